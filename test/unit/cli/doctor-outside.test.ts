import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { systemClock, type Clock } from '../../../node/kernel/clock.js'
import { examine, writeDefinition } from '../../support/examine.js'
import { createOutboundWorld } from '../../support/outbound-world.js'
import { createTestCertificate, type TestCertificate } from '../../support/test-certificates.js'

const servers = createOutboundWorld()
let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bronnet-doctor-'))
})
afterEach(() => servers.close())
afterAll(() => rm(directory, { recursive: true, force: true }))

const url = 'http://localhost:1'
const memory = { storage: { url: 'memory:' } }

describe('the clock', () => {
  test.each([
    [0, 'ok'],
    [2_500, 'attention'],
    [-2_500, 'attention'],
    [60_000, 'broken'],
    [-60_000, 'broken'],
  ])('that is %d ms off is %s', async (offset, status) => {
    const server = await servers.serve((_, response) => response.writeHead(404).end())
    await writeDefinition(directory, 'klok', `http://localhost:${String(server.port)}/discovery/klok`)
    const clock = { now: () => systemClock.now() + offset }
    const { of } = await examine({ ...memory, url, discovery: { definitions: join(directory, 'klok') } }, { clock })
    expect(of('clock')).toMatchObject([{ status }])
    expect(server.requests.map(({ method, path }) => `${method} ${path}`)).toEqual(['HEAD /'])
  })

  test('is compared with no server that the settings do not name', async () => {
    expect((await examine({ ...memory, url })).of('clock')).toMatchObject([
      { status: 'attention', says: expect.stringContaining('the settings name no other server') },
    ])
  })
})

describe('the certificate', () => {
  const authority = createTestCertificate({ commonName: 'gezag' })
  const issuer = { commonName: 'gezag', certificate: authority }
  const good = createTestCertificate({ commonName: 'localhost', dnsNames: ['localhost'], issuer })
  const other = createTestCertificate({ commonName: 'elders', dnsNames: ['elders.voorbeeld.nl'], issuer })

  async function show(
    { cert, key }: TestCertificate,
    { trusts, clock = systemClock }: { trusts: boolean; clock?: Clock },
  ) {
    await writeFile(join(directory, 'gezag.pem'), authority.cert)
    const server = await servers.listen(
      createServer({ cert, key }, (_, response) => response.end()),
      'secureConnection',
    )
    const outbound = trusts ? { certificateAuthorities: [join(directory, 'gezag.pem')] } : {}
    const report = await examine({ ...memory, url: `https://localhost:${String(server.port)}`, outbound }, { clock })
    return report.of('TLS')
  }

  test('that is good is told with its end', async () => {
    expect(await show(good, { trusts: true })).toMatchObject([
      { status: 'ok', says: expect.stringContaining('ends at 2049-12-31') },
    ])
  })

  test('that ends within two weeks needs attention', async () => {
    const clock = { now: () => Date.parse('2049-12-24T00:00:00Z') }
    expect(await show(good, { trusts: true, clock })).toMatchObject([{ status: 'attention' }])
  })

  test('of an authority that is not trusted, or for another name, is broken', async () => {
    expect(await show(good, { trusts: false })).toMatchObject([
      { status: 'broken', says: expect.stringContaining('chain') },
    ])
    expect(await show(other, { trusts: true })).toMatchObject([
      { status: 'broken', says: expect.stringMatching(/not for this name; it is for DNS:elders\.voorbeeld\.nl$/) },
    ])
  })

  test('that is not there is broken', async () => {
    const server = await servers.serve((_, response) => response.end())
    const { of } = await examine({ ...memory, url: `https://localhost:${String(server.port)}` })
    expect(of('TLS')).toMatchObject([{ status: 'broken', says: expect.stringContaining('makes no TLS connection') }])
  })
})

describe('the client certificate of a party', () => {
  const { cert, key } = createTestCertificate({ commonName: 'systeem' })

  async function look(certificate: string, now = '2026-11-24T09:00:00Z') {
    const files = { certificate: join(directory, 'systeem.pem'), key: join(directory, 'systeem-key.pem') }
    await writeFile(files.certificate, certificate)
    await writeFile(files.key, key)
    const parties = [{ subject: 'ciz', clientCertificate: files }, { subject: 'zonder' }]
    const report = await examine({ ...memory, url, parties }, { clock: { now: () => Date.parse(now) } })
    return report.of('certificates')
  }

  test('is good, ends soon or has ended', async () => {
    expect(await look(cert)).toMatchObject([{ status: 'ok', says: expect.stringContaining('ends at 2049-12-31') }])
    expect(await look(cert, '2049-12-24T00:00:00Z')).toMatchObject([{ status: 'attention' }])
    expect(await look(cert, '2050-01-02T00:00:00Z')).toMatchObject([{ status: 'broken', mend: 'renew it' }])
  })

  test('that cannot be used is broken, and its key is not told', async () => {
    const findings = await look(createTestCertificate({ commonName: 'ander' }).cert)
    expect(findings).toMatchObject([
      { status: 'broken', says: expect.stringContaining('the certificate is of another key') },
    ])
    expect(JSON.stringify(findings)).not.toContain('PRIVATE')
  })
})
