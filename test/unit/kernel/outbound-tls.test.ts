import { createServer } from 'node:https'
import type { TLSSocket } from 'node:tls'
import { afterEach, describe, expect, test } from '@jest/globals'
import { createOutboundWorld, refusalOf, type TestServer } from '../../support/outbound-world.js'
import { createTestCertificate, type TestCertificate } from '../../support/test-certificates.js'

const { close, createOutbound: outboundWith, listen } = createOutboundWorld()

afterEach(close)

describe('a call out over TLS', () => {
  const authority = {
    commonName: 'test authority',
    certificate: createTestCertificate({ commonName: 'test authority' }),
  }
  const otherAuthority = { commonName: 'other', certificate: createTestCertificate({ commonName: 'other' }) }
  const serverCertificate = createTestCertificate({ commonName: 'server', issuer: authority, dnsNames: ['localhost'] })
  const clientOf = (issuer: typeof authority): TestCertificate =>
    createTestCertificate({ commonName: 'zorgkantoor Noord', issuer })

  async function serveTls(options: { readonly asksClient: boolean }): Promise<TestServer> {
    const settings = { ...serverCertificate, ca: authority.certificate.cert }
    const asking = { requestCert: options.asksClient, rejectUnauthorized: options.asksClient }
    const server = createServer({ ...settings, ...asking }, (request, response) => {
      // Every socket of an https server is one.
      const peer = (request.socket as TLSSocket).getPeerCertificate()
      response.end(String(peer.subject?.CN))
    })
    server.on('tlsClientError', () => undefined)
    return listen(server, 'secureConnection')
  }

  test('shows the client certificate to a server that asks for it', async () => {
    const server = await serveTls({ asksClient: true })
    const outbound = outboundWith({ clientCertificate: { ...clientOf(authority), ca: authority.certificate.cert } })
    const answer = await outbound.request({ method: 'GET', url: `https://localhost:${server.port}/` })
    expect(answer.body.toString()).toBe('zorgkantoor Noord')
  })

  test('fails when the server does not trust the client certificate', async () => {
    const server = await serveTls({ asksClient: true })
    const outbound = outboundWith({
      clientCertificate: { ...clientOf(otherAuthority), ca: authority.certificate.cert },
    })
    expect((await refusalOf(outbound, { url: `https://localhost:${server.port}/` })).code).toBe('outbound.failed')
    expect(server.requests).toEqual([])
  })

  test('fails when the server certificate is not trusted', async () => {
    const server = await serveTls({ asksClient: false })
    expect((await refusalOf(outboundWith(), { url: `https://localhost:${server.port}/` })).code).toBe('outbound.failed')
    expect(server.requests).toEqual([])
  })

  test('trusts an authority that is added, beside those of the platform', async () => {
    const server = await serveTls({ asksClient: true })
    const url = `https://localhost:${server.port}/`
    const added = outboundWith({ certificateAuthorities: [authority.certificate.cert] })
    expect((await refusalOf(added, { url })).code).toBe('outbound.failed')
    const both = { ca: otherAuthority.certificate.cert, ...clientOf(authority) }
    const outbound = outboundWith({ clientCertificate: both, certificateAuthorities: [authority.certificate.cert] })
    expect((await outbound.request({ method: 'GET', url })).body.toString()).toBe('zorgkantoor Noord')
    const other = outboundWith({ certificateAuthorities: [otherAuthority.certificate.cert] })
    expect((await refusalOf(other, { url })).code).toBe('outbound.failed')
    expect(server.requests).toHaveLength(1)
  })

  test('fails when the server certificate is for another name', async () => {
    const server = await serveTls({ asksClient: false })
    const outbound = outboundWith({ clientCertificate: { ...clientOf(authority), ca: authority.certificate.cert } })
    expect((await refusalOf(outbound, { url: `https://127.0.0.1:${server.port}/` })).code).toBe('outbound.failed')
    expect(server.requests).toEqual([])
  })
})
