import type { ServerResponse } from 'node:http'
import { afterEach, describe, expect, test } from '@jest/globals'
import { createRegistryClient, RegistryError, type RegistryClient } from '../../../registry-client/client.js'
import { createOutboundWorld, type SeenRequest, type TestServer } from '../../support/outbound-world.js'

const world = createOutboundWorld()
afterEach(() => world.close())

type Answering = (response: ServerResponse, request: { readonly url?: string | undefined }) => void

/** A server that gives one kind of answer, and a client of it. */
async function serve(
  answer: Answering,
  options: { readonly subject?: string; readonly slash?: string; readonly timeoutSeconds?: number } = {},
): Promise<{
  readonly client: RegistryClient
  readonly url: string
  readonly server: TestServer
  seen(): SeenRequest
}> {
  const server = await world.serve((request, response) => {
    request.resume()
    request.on('end', () => answer(response, request))
  })
  const url = `http://127.0.0.1:${server.port}`
  const { subject = 'noord', slash = '', timeoutSeconds } = options
  const client = createRegistryClient({
    nodeUrl: `${url}${slash}`,
    subject,
    ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
  })
  return {
    client,
    url,
    server,
    seen() {
      const [first, ...more] = server.requests
      if (first === undefined || more.length > 0) throw new Error(`${server.requests.length} requests were made`)
      return first
    },
  }
}

function json(status: number, value: unknown, type = 'application/json'): Answering {
  return (response) => {
    response.writeHead(status, { 'content-type': type }).end(JSON.stringify(value))
  }
}

async function failureOf(promise: Promise<unknown>): Promise<RegistryError> {
  try {
    await promise
  } catch (error) {
    if (error instanceof RegistryError) return error
    throw error
  }
  throw new Error('nothing failed')
}

const token = { token: 'abc', type: 'Bearer', expiresInSeconds: 900 }
const listing = { did: 'did:web:a', parameters: { authServerURL: 'https://a/oauth2/a' }, fields: { role: 'ciz' } }

describe('finding parties', () => {
  test('asks the own node, and gives what it found with how fresh that is', async () => {
    const { client, seen } = await serve(json(200, { asOf: '2026-11-24T09:00:00Z', stale: false, listings: [listing] }))
    const found = await client.find('een lijst/1', { 'credentialSubject.organization.name': 'Zorg & co*' })
    expect(found).toEqual({ asOf: '2026-11-24T09:00:00Z', stale: false, parties: [listing] })
    expect(seen()).toMatchObject({
      method: 'GET',
      path: '/internal/bronnet/v1/discovery/een%20lijst%2F1/listings?credentialSubject.organization.name=Zorg+%26+co*',
    })
  })

  test('says that a list was never read', async () => {
    const { client } = await serve(json(200, { stale: true, listings: [] }))
    expect(await client.find('a', {})).toEqual({ asOf: undefined, stale: true, parties: [] })
  })

  test('takes the address of the node with slashes at its end', async () => {
    const { client, seen } = await serve(json(200, { stale: false, listings: [] }), { slash: '//' })
    await client.find('a', {})
    expect(seen().path).toBe('/internal/bronnet/v1/discovery/a/listings')
  })

  test('fails in the words of the node', async () => {
    const problem = { title: 'Not here.', status: 404, detail: 'x', code: 'service-unknown', errors: ['a', 'b'] }
    const { client } = await serve(json(404, problem, 'application/problem+json'))
    const failure = await failureOf(client.find('a', {}))
    expect(failure).toMatchObject({
      name: 'RegistryError',
      status: 404,
      code: 'service-unknown',
      message: 'Not here.',
      reasons: ['a', 'b'],
    })
  })
})

describe('requesting a token', () => {
  test('asks the own node for the subject, and sends no more than is needed', async () => {
    const answer = { access_token: 'abc', token_type: 'Bearer', expires_in: 60, scope: 's' }
    const { client, seen } = await serve(json(200, answer), { subject: 'zorg/noord' })
    expect(await client.requestToken('https://a/oauth2/a', 's')).toEqual({ ...token, expiresInSeconds: 60 })
    const { method, path, headers, body } = seen()
    expect([method, path]).toEqual(['POST', '/internal/auth/v2/zorg%2Fnoord/request-service-access-token'])
    expect(headers['content-type']).toBe('application/json')
    expect(headers['authorization']).toBeUndefined()
    expect(JSON.parse(body)).toEqual({ authorization_server: 'https://a/oauth2/a', scope: 's' })
    expect(headers['cache-control']).toBeUndefined()
  })

  test('takes a token without a lifetime for a quarter of an hour', async () => {
    const { client } = await serve(json(200, { access_token: 'abc', token_type: 'Bearer' }))
    expect(await client.requestToken('https://a', 's')).toEqual(token)
  })

  test('fails with what the wallet lacks', async () => {
    const problem = { title: 'No.', status: 412, code: 'no-matching-credential', errors: ['lidmaatschap: nothing'] }
    const { client } = await serve(json(412, problem, 'application/problem+json'))
    const failure = await failureOf(client.requestToken('https://a', 's'))
    expect([failure.status, failure.code, failure.reasons]).toEqual([
      412,
      'no-matching-credential',
      ['lidmaatschap: nothing'],
    ])
  })

  test('does not repeat an answer that is not as it should be', async () => {
    const { client } = await serve(json(200, { access_token: '', token_type: 'geheim' }))
    const failure = await failureOf(client.requestToken('https://a', 's'))
    expect([failure.status, failure.code]).toEqual([200, 'bad-answer'])
    expect(`${failure.message} ${String(failure.stack)}`).not.toContain('geheim')
  })
})

describe('a token that is bound to a key', () => {
  const keyId = 'did:web:a#1'
  const bound = { token: 'abc', type: 'DPoP', expiresInSeconds: 900, keyId }

  /** Node and source in one: makes proofs that say their nonce, and wants `wanted` in them. */
  const source =
    (wanted?: string): Answering =>
    (response, { url = '' }) => {
      const proofs = seenProofs.length
      if (url.startsWith('/internal/auth/v2/dpop/')) {
        seenProofs.push(url)
        response.writeHead(200).end(JSON.stringify({ dpop: `proof ${proofs}` }))
      } else if (wanted !== undefined && proofs < 2) {
        response.writeHead(401, { 'dpop-nonce': wanted }).end(JSON.stringify({ errors: [{ message: 'nonce' }] }))
      } else response.writeHead(200).end(JSON.stringify({ data: {} }))
    }
  const seenProofs: string[] = []
  afterEach(() => void seenProofs.splice(0))

  test('is asked for fresh when the kept one was refused', async () => {
    const answer = { access_token: 'abc', token_type: 'DPoP', expires_in: 900, dpop_kid: keyId }
    const { client, seen } = await serve(json(200, answer))
    expect(await client.requestToken('https://a/oauth2/a', 's', { fresh: true })).toEqual(bound)
    expect(seen().headers['cache-control']).toBe('no-cache')
  })

  test('is sent with a proof of the own node for this very question', async () => {
    const { client, url, server } = await serve(source())
    await client.query(`${url}/graphql`, bound, 'query Q { a }', {})
    const [proving, asking] = server.requests
    expect([proving?.method, proving?.path]).toEqual(['POST', '/internal/auth/v2/dpop/did%3Aweb%3Aa%231'])
    expect(JSON.parse(proving?.body ?? '')).toEqual({ htm: 'POST', htu: `${url}/graphql`, token: 'abc' })
    expect(asking?.headers).toMatchObject({ authorization: 'DPoP abc', dpop: 'proof 0' })
  })

  test('is sent once more with the nonce that the source wants', async () => {
    const { client, url, server } = await serve(source('van-de-bron'))
    expect((await client.query(`${url}/graphql`, bound, 'query Q { a }', {})).status).toBe(200)
    expect(JSON.parse(server.requests[2]?.body ?? '')).toMatchObject({ nonce: 'van-de-bron' })
    expect(server.requests[3]?.headers['dpop']).toBe('proof 1')
  })
})

describe('querying a source', () => {
  const graphql = 'application/graphql-response+json'

  test('sends query, variables and token, and gives the data', async () => {
    const { client, url, seen } = await serve(json(200, { data: { a: 1 }, extensions: { rule: 'A-1.v1' } }, graphql))
    const answer = await client.query(`${url}/sources/ciz/a/graphql`, token, 'query Q { a }', { id: '1' })
    expect(answer).toEqual({ status: 200, data: { a: 1 }, errors: [], extensions: { rule: 'A-1.v1' } })
    const { method, path, headers, body } = seen()
    expect([method, path]).toEqual(['POST', '/sources/ciz/a/graphql'])
    expect(headers).toMatchObject({
      authorization: 'Bearer abc',
      'content-type': 'application/json',
      accept: 'application/graphql-response+json, application/json;q=0.9',
    })
    expect(JSON.parse(body)).toEqual({ query: 'query Q { a }', variables: { id: '1' } })
  })

  test('gives a refusal as an answer', async () => {
    const refusal = { errors: [{ message: 'No.', extensions: { code: 'access-denied', reasons: ['wie: no'] } }] }
    const { client, url } = await serve(json(403, refusal, graphql))
    expect(await client.query(url, token, '{ a }', {})).toEqual({
      status: 403,
      data: undefined,
      errors: refusal.errors,
      extensions: {},
    })
  })

  test('gives data with errors beside it', async () => {
    const { client, url } = await serve(json(200, { data: null, errors: [{ message: 'Half.' }] }))
    expect(await client.query(url, token, '{ a }', {})).toMatchObject({
      data: null,
      errors: [{ message: 'Half.', extensions: {} }],
    })
  })

  test('follows no redirect: nothing of the question goes elsewhere', async () => {
    const other = await serve(json(200, { data: {} }))
    const { client, url } = await serve((response) => {
      response.writeHead(307, { location: `${other.url}/` }).end()
    })
    expect((await failureOf(client.query(url, token, '{ a }', {}))).code).toBe('source-unreachable')
    expect(other.server.requests).toEqual([])
  })

  test.each<[string, Answering]>([
    ['a problem', json(404, { title: 'There is nothing here.', code: 'not-found' }, 'application/problem+json')],
    ['an empty object', json(200, {})],
    ['a list', json(200, [])],
    ['null', json(200, null)],
    ['a page', (response) => void response.writeHead(502).end('<html>geheim</html>')],
    ['nothing', (response) => void response.writeHead(204).end()],
    ['half an object', (response) => void response.writeHead(200).end('{"data":')],
  ])('fails when the source answers with %s', async (_, answer) => {
    const { client, url } = await serve(answer)
    const failure = await failureOf(client.query(url, token, '{ a }', {}))
    expect(failure.code).toBe('bad-answer')
    expect(failure.message).not.toContain('geheim')
  })
})

describe('a node that does not answer as a node', () => {
  test.each<[string, Answering, number]>([
    ['a page', (response) => void response.writeHead(502).end('<html>Bad gateway</html>'), 502],
    ['nothing', (response) => void response.writeHead(500).end(), 500],
    ['another object', json(400, { error: 'x' }), 400],
  ])('with %s and a status is an unknown error', async (_, answer, status) => {
    const { client } = await serve(answer)
    const failure = await failureOf(client.find('a', {}))
    expect([failure.status, failure.code]).toEqual([status, 'unknown'])
  })

  test.each<[string, Answering]>([
    ['a page', (response) => void response.writeHead(200).end('<html></html>')],
    ['another object', json(200, { listings: [] })],
    ['a listing without a DID', json(200, { stale: false, listings: [{ parameters: {}, fields: {} }] })],
  ])('with %s and 200 is a bad answer', async (_, answer) => {
    const { client } = await serve(answer)
    const failure = await failureOf(client.find('a', {}))
    expect([failure.status, failure.code]).toEqual([200, 'bad-answer'])
  })

  test('is unreachable when nothing listens', async () => {
    const { client, server } = await serve(json(200, {}))
    await server.close()
    const failure = await failureOf(client.find('a', {}))
    expect([failure.status, failure.code]).toEqual([0, 'node-unreachable'])
    expect(failure.cause).toBeDefined()
  })

  test('is unreachable when it breaks off', async () => {
    const { client } = await serve((response) => void response.socket?.destroy())
    expect((await failureOf(client.requestToken('https://a', 's'))).code).toBe('node-unreachable')
  })

  test('is unreachable when it takes longer than it may', async () => {
    const { client } = await serve(() => {}, { timeoutSeconds: 0.05 })
    expect((await failureOf(client.find('a', {}))).code).toBe('node-unreachable')
  })
})
