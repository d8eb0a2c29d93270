import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { systemClock } from '../../node/kernel/clock.js'
import { silentLog } from '../../node/kernel/log.js'
import { keySettings, openOutbound, openStore } from '../../node/resources.js'
import { configurationSchema } from '../../schemas/configuration.js'
import { refusalOf, rejectionOf } from '../support/refusals.js'
import { createTestCertificate } from '../support/test-certificates.js'

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

describe('outbound.certificateAuthorities', () => {
  const issuer = { commonName: 'test', certificate: createTestCertificate({ commonName: 'test' }) }
  const other = createTestCertificate({ commonName: 'other' })
  const server = createServer(
    { ...createTestCertificate({ commonName: 'node', issuer, dnsNames: ['localhost'] }) },
    (_request, response) => response.end('ok'),
  )
  let directory: string
  const outboundWith = (...certificateAuthorities: readonly string[]) =>
    openOutbound(
      configurationSchema.parse({
        url: 'http://localhost:1',
        strictmode: false,
        outbound: { loopback: true, certificateAuthorities: [...certificateAuthorities] },
      }),
      'test',
    )

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bronnet-authorities-'))
    await writeFile(join(directory, 'ca.pem'), other.cert + issuer.certificate.cert)
    await writeFile(
      join(directory, 'bad.pem'),
      `${other.cert}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`,
    )
    await writeFile(join(directory, 'none.pem'), 'niets')
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  })
  afterAll(async () => {
    await new Promise((resolve) => server.close(resolve))
    await rm(directory, { recursive: true })
  })

  test('are trusted in calls out, every certificate of every file; without them a private root is not', async () => {
    const { port } = server.address() as AddressInfo
    const call = { method: 'GET', url: `https://localhost:${String(port)}/` } as const
    const outbound = outboundWith(join(directory, 'ca.pem'))
    expect((await outbound.request(call)).body.toString()).toBe('ok')
    outbound.close()
    const strict = outboundWith()
    expect((await rejectionOf(strict.request(call))).code).toBe('outbound.failed')
    strict.close()
  })

  test.each([
    ['absent.pem', 'does not exist'],
    ['bad.pem', 'holds no certificates that can be read'],
    ['none.pem', 'holds no certificates that can be read'],
  ])('stop the start when a file cannot be used: %s', (file, why) => {
    const path = join(directory, file)
    expect(refusalOf(() => outboundWith(path)).notes).toEqual([`outbound.certificateAuthorities: ${path} ${why}`])
  })
})
