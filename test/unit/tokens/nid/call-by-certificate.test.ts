import { createServer } from 'node:https'
import type { TLSSocket } from 'node:tls'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { startTrace } from '../../../../node/kernel/trace.js'
import {
  createCallByCertificate,
  type CallByCertificate,
  type CertifiedWay,
} from '../../../../node/tokens/nid/call-by-certificate.js'
import { createRequestNidToken } from '../../../../node/tokens/nid/request-nid-token.js'
import { createNodeParts, type NodeParts } from '../../../support/node-parts.js'
import { createOutboundWorld, type TestServer } from '../../../support/outbound-world.js'
import { createTestCertificate } from '../../../support/test-certificates.js'

const network = createOutboundWorld()
const authority = { commonName: 'root', certificate: createTestCertificate({ commonName: 'root' }) }
const serving = createTestCertificate({ commonName: 'gateway', issuer: authority, dnsNames: ['localhost'] })
const scope = 'organisaties/zorgkantoor/notificaties/notificatie:create'

/** What is answered, in turn; the last goes on. A path of its own for tokens and for the gateway. */
let tokens: readonly { readonly status: number; readonly body: unknown }[]
let statuses: readonly number[]
/** Who was seen at each call, by the certificate alone. */
let seen: string[]
let server: TestServer
let given = 0

/** Nobody without a certificate of the authority comes in: the connection ends. */
beforeAll(async () => {
  const tls = { cert: serving.cert, key: serving.key, ca: authority.certificate.cert }
  const listener = createServer({ ...tls, requestCert: true, rejectUnauthorized: true }, (request, response) => {
    const { subject } = (request.socket as TLSSocket).getPeerCertificate()
    seen.push(`${String(subject.CN)} ${request.url ?? ''}`)
    request.resume().on('end', () => {
      const isToken = request.url === '/token'
      const { status, body } = isToken
        ? (tokens[Math.min(given++, tokens.length - 1)] ?? { status: 500, body: '' })
        : {
            status:
              statuses[Math.min(seen.filter((each) => !each.endsWith('/token')).length, statuses.length) - 1] ?? 500,
            body: {},
          }
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    })
  })
  server = await network.listen(listener, 'secureConnection')
})
afterAll(() => network.close())

let node: NodeParts
let ways: Map<string, CertifiedWay>
let call: (changes?: Partial<Parameters<CallByCertificate>[0]>) => ReturnType<CallByCertificate>

function wayOf(commonName: string): CertifiedWay {
  const { cert, key } = createTestCertificate({ commonName, issuer: authority })
  const ca = [authority.certificate.cert]
  const outbound = network.createOutbound({ certificateAuthorities: ca, clientCertificate: { cert, key } })
  return { outbound, certificate: commonName }
}

beforeEach(async () => {
  seen = []
  given = 0
  tokens = [1, 2, 3].map((number) => ({
    status: 200,
    body: { access_token: `token${String(number)}`, token_type: 'Bearer', expires_in: 3600, scope },
  }))
  statuses = [200]
  node = createNodeParts()
  const party = await node.parties.create({ subject: 'ciz' })
  ways = new Map([['ciz', wayOf('ciz-1')]])
  const callByCertificate = createCallByCertificate({
    clock: node.clock,
    wayOf: (subject) => ways.get(subject),
    requestNidToken: createRequestNidToken(node),
  })
  const base = `https://localhost:${String(server.port)}`
  call = (changes = {}) =>
    callByCertificate({
      party,
      tokenEndpoint: `${base}/token`,
      audience: 'https://zk.example/br/graphql',
      scope,
      url: `${base}/pep`,
      body: { query: '{ _empty }' },
      accept: 'application/json',
      trace: startTrace(),
      ...changes,
    })
})

const requestsSince = (count: number) => server.requests.slice(count)

describe('a call to a gateway of the present network', () => {
  test('shows the certificate twice, and asks the token as JSON for the resource', async () => {
    const before = server.requests.length
    const trace = startTrace()
    expect((await call({ trace })).status).toBe(200)
    expect(seen).toEqual(['ciz-1 /token', 'ciz-1 /pep'])
    const [asked, called] = requestsSince(before)
    expect(JSON.parse(asked?.body ?? '')).toEqual({
      grant_type: 'client_credentials',
      scope,
      audience: 'https://zk.example/br/graphql',
    })
    expect(asked?.headers).toMatchObject({ 'content-type': 'application/json', 'x-b3-traceid': trace.traceId })
    expect(asked?.headers['authorization']).toBeUndefined()
    expect([called?.headers['authorization'], called?.body]).toEqual(['Bearer token1', '{"query":"{ _empty }"}'])
    expect(called?.headers['x-b3-traceid']).toBe(trace.traceId)
    expect((await node.journal()).at(-1)).toMatchObject({
      code: 'token.requested',
      outcome: 'success',
      party: 'ciz',
      object: { scope, peer: expect.stringMatching(/\/token$/) },
    })
  })

  test('keeps its token for the next, until shortly before its end, and for that resource alone', async () => {
    await call()
    await call()
    await call({ audience: 'https://ander.example/graphql' })
    node.clock.move(3571)
    await call()
    expect(seen.filter((each) => each.endsWith('/token'))).toHaveLength(3)
  })

  test('takes a token that is refused with 401 for one that ended, once', async () => {
    statuses = [401, 200]
    expect((await call()).status).toBe(200)
    expect(seen).toEqual(['ciz-1 /token', 'ciz-1 /pep', 'ciz-1 /token', 'ciz-1 /pep'])
    statuses = [401]
    expect((await call()).status).toBe(401)
  })

  test('asks a token anew for another certificate', async () => {
    await call()
    ways.set('ciz', wayOf('ciz-2'))
    await call()
    expect(seen).toEqual(['ciz-1 /token', 'ciz-1 /pep', 'ciz-2 /token', 'ciz-2 /pep'])
  })

  test('of a party without a certificate reaches nobody', async () => {
    ways.clear()
    await expect(call()).rejects.toMatchObject({ code: 'notification.way_unsupported' })
    expect(seen).toEqual([])
  })

  test('with a certificate of another authority gets no connection', async () => {
    const { cert, key } = createTestCertificate({ commonName: 'ciz-1' })
    const outbound = network.createOutbound({
      certificateAuthorities: [authority.certificate.cert],
      clientCertificate: { cert, key },
    })
    ways.set('ciz', { outbound, certificate: 'forged' })
    await expect(call()).rejects.toMatchObject({ code: 'outbound.failed' })
    expect((await node.journal()).at(-1)).toMatchObject({ outcome: 'failed', error: 'outbound.failed' })
  })
})

describe('a token that is not given', () => {
  test.each([
    [400, 'audience is required', 'the other node answered with status 400: audience is required'],
    [403, 'Invalid Client Certificate', 'the other node answered with status 403: Invalid Client Certificate'],
    [401, 'no 999990019 here', 'the other node answered with status 401: no'],
    [500, { error: 'server_error' }, 'the other node answered server_error'],
    [500, undefined, 'the other node answered with status 500'],
  ])('with %s %p is told in those words, without what looks like a number', async (status, body, note) => {
    tokens = [{ status, body }]
    await expect(call()).rejects.toMatchObject({
      code: 'token.peer_refused',
      notes: [expect.stringContaining(note), ...[]],
    })
    expect(seen).toEqual(['ciz-1 /token'])
    expect((await node.journal()).at(-1)).toMatchObject({ outcome: 'refused', error: 'token.peer_refused' })
    await expect(call()).rejects.not.toMatchObject({ notes: [expect.stringContaining('999990019')] })
  })

  test.each([
    ['a bound token', { access_token: 'a', token_type: 'DPoP', expires_in: 60 }],
    ['none', { token_type: 'Bearer', expires_in: 60 }],
    ['a text', 'token'],
  ])('because the answer holds %s is not used', async (_what, body) => {
    tokens = [{ status: 200, body }]
    await expect(call()).rejects.toMatchObject({ code: 'token.peer_unsupported' })
    expect(seen).toEqual(['ciz-1 /token'])
  })
})
