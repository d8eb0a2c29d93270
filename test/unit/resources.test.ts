import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { systemClock } from '../../node/kernel/clock.js'
import { silentLog } from '../../node/kernel/log.js'
import { keySettings, openStore } from '../../node/resources.js'
import { configurationSchema } from '../../schemas/configuration.js'
import { rejectionOf } from '../support/refusals.js'

const configurationOf = (storageUrl: string) =>
  configurationSchema.parse({ url: 'https://node.example.nl', storage: { url: storageUrl } })

describe('the store that storage.url names', () => {
  test.each(['postgres', 'postgresql'])('is a database for %s:, and its refusal names the setting', async (scheme) => {
    const configuration = configurationOf(`${scheme}://someone:hidden@127.0.0.1:1/none`)
    expect(await rejectionOf(openStore(configuration, systemClock, silentLog))).toMatchObject({
      code: 'store.unavailable',
      notes: ['storage.url: The server cannot be reached: nothing listens at that address.'],
    })
  })

  test('is in memory for memory:', async () => {
    const store = await openStore(configurationOf('memory:'), systemClock, silentLog)
    expect(await store.journal.append('there')).toBe(1)
    await store.close()
  })
})

describe('the passphrase that a node makes for itself', () => {
  test('is one, however many replicas start at the same moment', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'bronnet-passphrase-'))
    const configuration = configurationSchema.parse({
      url: 'http://localhost:1',
      strictmode: false,
      keys: { directory },
    })
    const settings = await Promise.all([1, 2, 3, 4].map(() => keySettings(configuration)))
    const passphrases = settings.map(({ passphrase }) => passphrase.reveal())
    expect(passphrases).toEqual(passphrases.map(() => passphrases[0]))
    expect(await readdir(directory)).toEqual(['passphrase'])
    await rm(directory, { recursive: true })
  })
})
