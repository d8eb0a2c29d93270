import { describe, expect, test } from '@jest/globals'
import { systemClock } from '../../node/kernel/clock.js'
import { silentLog } from '../../node/kernel/log.js'
import { openStore } from '../../node/resources.js'
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
