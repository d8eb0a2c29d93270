import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { openServerTls, type ServerTls } from '../../../node/compose/tls.js'
import { checkConfiguration } from '../../../node/config.js'
import { createListener, type Listener } from '../../../node/http/listener.js'
import { createMetrics } from '../../../node/http/metrics.js'
import { createFixedClock } from '../../../node/kernel/clock.js'
import { createLog, silentLog } from '../../../node/kernel/log.js'
import { rejectionOf } from '../../support/refusals.js'
import { createTestCertificate, type TestCertificate } from '../../support/test-certificates.js'
import { callOverTls } from '../../support/tls-call.js'
import { openConnection } from './connection.js'
import { echo } from './served.js'

const issuer = { commonName: 'test', certificate: createTestCertificate({ commonName: 'test' }) }
const ca = issuer.certificate.cert
const certificateOf = (commonName: string, dnsName = 'localhost'): TestCertificate =>
  createTestCertificate({ commonName, issuer, dnsNames: [dnsName] })

let directory: string
let lines: Record<string, unknown>[]
let ends: number[]
let listener: Listener | undefined

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bronnet-tls-'))
  lines = []
  ends = []
})

afterEach(async () => {
  await listener?.close(0)
  listener = undefined
  await rm(directory, { recursive: true })
})

async function write({ cert, key }: Partial<TestCertificate>): Promise<void> {
  if (cert !== undefined) await writeFile(join(directory, 'chain.pem'), cert)
  if (key !== undefined) await writeFile(join(directory, 'key.pem'), key)
}

async function open(now = '2026-11-24T09:00:00Z'): Promise<ServerTls> {
  const { configuration } = checkConfiguration({
    strictmode: false,
    url: 'http://localhost:1',
    http: {
      public: {
        tls: {
          certificate: join(directory, 'chain.pem'),
          key: join(directory, 'key.pem'),
          url: 'https://localhost:2',
        },
      },
    },
  })
  const log = createLog({
    level: 'info',
    destination: { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
  })
  const clock = createFixedClock(Date.parse(now))
  const tls = await openServerTls({ configuration, clock, log, report: (end) => void ends.push(end) })
  if (tls === undefined) throw new Error('there are settings for it')
  return tls
}

async function serve(
  tls: ServerTls,
  limits: NonNullable<Parameters<typeof createListener>[0]['limits']> = {},
): Promise<{ readonly port: number; readonly plainPort: number }> {
  const metrics = createMetrics({ version: '0' })
  listener = createListener({
    listener: 'public',
    version: '1.2.3',
    log: silentLog,
    metrics,
    limits,
    routes: [echo({ pattern: '/thing' })],
  })
  const address = { host: '127.0.0.1', port: 0 }
  const { port: plainPort } = await listener.listen(address)
  return { plainPort, ...(await listener.listenTls(address, tls.options)) }
}

/** Whose certificate a new connection is shown. */
function shownAt(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: 'localhost', port, ca }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN))
      socket.destroy()
    })
    socket.on('error', reject)
  })
}

describe('the certificate of a node', () => {
  test('is replaced without a restart when its files change', async () => {
    await write(certificateOf('eerste'))
    const tls = await open()
    const { port } = await serve(tls)
    const renewed: unknown[] = []
    const refresh = (): Promise<void> =>
      tls.refresh((options) => {
        renewed.push(options)
        listener?.renewTls(options)
      })
    await refresh()
    expect([renewed.length, await shownAt(port)]).toEqual([0, 'eerste'])

    await write(certificateOf('tweede'))
    await refresh()
    expect([renewed.length, await shownAt(port)]).toEqual([1, 'tweede'])
    expect(lines).toContainEqual(expect.objectContaining({ msg: 'the TLS certificate was renewed' }))
  })

  test('stays while the new one cannot be used, and is replaced when it can', async () => {
    await write(certificateOf('eerste'))
    const tls = await open()
    const { port } = await serve(tls)
    const refresh = (): Promise<void> => tls.refresh((options) => listener?.renewTls(options))
    const next = certificateOf('tweede')
    for (const bad of [{ cert: next.cert }, { cert: 'half' }, certificateOf('derde', 'elders.example.nl')]) {
      await write(bad)
      await refresh()
      await refresh()
      expect(await shownAt(port)).toBe('eerste')
    }
    await rm(join(directory, 'key.pem'))
    await refresh()
    // Said once for each content; and what is not there is said each time.
    expect(lines.filter(({ level }) => level === 50).map(({ detail }) => detail)).toEqual([
      'http.public.tls: the certificate is of another key',
      'http.public.tls: there is no certificate in PEM',
      'http.public.tls: the certificate is not for localhost',
      expect.stringContaining('does not exist'),
    ])
    await write(next)
    await refresh()
    expect(await shownAt(port)).toBe('tweede')
  })

  test('that ends within two weeks is warned of once a day, and its end is a metric', async () => {
    await write(certificateOf('eerste'))
    await (await open()).refresh(() => undefined)
    expect(lines).toEqual([])
    const tls = await open('2049-12-20T00:00:00Z')
    await tls.refresh(() => undefined)
    expect(lines.map(({ msg }) => msg)).toEqual(['the TLS certificate ends soon or has ended'])
    expect(new Set(ends)).toEqual(new Set([Date.parse('2049-12-31T23:59:59Z')]))
  })

  const encrypted = '-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n'
  test.each<[string, () => Partial<TestCertificate>, string]>([
    ['a missing key', () => ({ cert: certificateOf('a').cert }), 'key.pem does not exist'],
    ['a missing certificate', () => ({ key: certificateOf('a').key }), 'chain.pem does not exist'],
    ['another key', () => ({ ...certificateOf('a'), key: certificateOf('b').key }), 'is of another key'],
    ['no certificate', () => ({ ...certificateOf('a'), cert: 'niets' }), 'no certificate in PEM'],
    ['no key', () => ({ ...certificateOf('a'), key: 'niets' }), 'no private key in PEM'],
    ['a key that is encrypted', () => ({ ...certificateOf('a'), key: encrypted }), 'is encrypted'],
    ['a certificate of another host', () => certificateOf('a', 'elders.example.nl'), 'is not for localhost'],
    [
      'a broken certificate behind the first',
      () => {
        const { cert, key } = certificateOf('a')
        return { key, cert: `${cert}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n` }
      },
      'cannot be used for TLS',
    ],
  ])('does not start with %s', async (_what, files, note) => {
    await write(files())
    const refusal = await rejectionOf(open())
    expect([refusal.code, refusal.notes.join()]).toEqual(['config.invalid', expect.stringContaining(note)])
  })
})

describe('a listener with and without TLS', () => {
  test('has one cap on connections for both', async () => {
    await write(certificateOf('a'))
    const { port, plainPort } = await serve(await open(), { connectionsPerAddress: 1 })
    const first = openConnection(plainPort)
    first.write('GET /thing HTTP/1.1\r\nHost: a\r\n\r\n')
    expect((await first.answer()).status).toBe(200)
    await expect(callOverTls({ url: `https://localhost:${String(port)}/thing`, ca })).rejects.toThrow()
    first.end()
    let status: number | undefined
    // Until the server has seen that the first one is gone.
    while (status === undefined)
      status = await callOverTls({ url: `https://localhost:${String(port)}/thing`, ca }).then(
        (reply) => reply.status,
        () => undefined,
      )
    expect(status).toBe(200)
  })

  test('ends a handshake that does not come, and an answer under way is finished at a stop', async () => {
    await write(certificateOf('a'))
    const { port } = await serve(await open(), { headers: 60, check: 20 })
    const silent = openConnection(port)
    await silent.closed
    expect((await callOverTls({ url: `https://localhost:${String(port)}/thing`, ca })).status).toBe(200)
    await listener?.close(60_000)
    await expect(callOverTls({ url: `https://localhost:${String(port)}/thing`, ca })).rejects.toThrow()
  })
})
