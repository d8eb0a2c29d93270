import { afterEach, describe, expect, test } from '@jest/globals'
import type { AccessToken } from '../../../registry-client/client.js'
import { createClientWorlds, failureOf, json, type Answering } from '../../support/client-world.js'

const worlds = createClientWorlds()
afterEach(() => worlds.close())

const graphql = { 'content-type': 'application/graphql-response+json' }
const token: AccessToken = { token: 'abc', type: 'Bearer', expiresInSeconds: 900 }
const bound: AccessToken = { ...token, type: 'DPoP', keyId: 'did:web:a#1' }
const unauthorized = (error: string, headers: object = {}): Answering =>
  json(
    401,
    { errors: [{ message: 'No.', extensions: { code: 'token-invalid' } }] },
    {
      'www-authenticate': `DPoP error="${error}"`,
      ...headers,
    },
  )

/** Node and source in one: tokens and proofs are numbered, and the source gives these answers in turn. */
async function start(answers: readonly Answering[], issued: object = {}) {
  let [tokens, proofs, asked] = [0, 0, 0]
  return worlds.start((response, seen) => {
    if (seen.path.endsWith('/request-service-access-token'))
      json(200, { access_token: `token ${(tokens += 1)}`, token_type: 'DPoP', dpop_kid: 'did:web:a#1', ...issued })(
        response,
        seen,
      )
    else if (seen.path.startsWith('/internal/auth/v2/dpop/'))
      json(200, { dpop: `proof ${(proofs += 1)}` })(response, seen)
    else answers[Math.min(asked, answers.length - 1)]?.(response, seen)
    if (seen.path === '/graphql') asked += 1
  })
}

const ok = json(200, { data: { a: 1 }, extensions: { rule: 'A-1.v1', traceId: 't' } }, graphql)

describe('a query', () => {
  test('goes with its variables and the token, and gives the data and the rule', async () => {
    const { client, url, server } = await start([ok])
    const answer = await client.graphql(
      { url: `${url}/graphql`, token },
      { query: 'query Q { a }', variables: { id: '1' } },
    )
    expect(answer).toEqual({ data: { a: 1 }, errors: [], rule: 'A-1.v1', traceId: 't' })
    const [seen, ...more] = server.requests
    expect(more).toEqual([])
    expect(seen).toMatchObject({
      method: 'POST',
      path: '/graphql',
      headers: {
        authorization: 'Bearer abc',
        'content-type': 'application/json',
        accept: 'application/graphql-response+json, application/json;q=0.9',
      },
    })
    expect(seen?.headers).not.toHaveProperty('dpop')
    expect(JSON.parse(seen?.body ?? '')).toEqual({ query: 'query Q { a }', variables: { id: '1' } })
  })

  test('gets its token by itself, and a proof for this very request', async () => {
    const { client, url, server } = await start([ok])
    const source = { url: `${url}/graphql?a=b`, authorizationServer: `${url}/oauth2/a`, scope: 's' }
    await client.graphql(source, { query: '{ a }', operationName: 'Q' })
    await client.graphql(source, { query: '{ a }' })
    expect(server.requests.map(({ path }) => path)).toEqual([
      '/internal/auth/v2/noord/request-service-access-token',
      '/internal/auth/v2/dpop/did%3Aweb%3Aa%231',
      '/graphql?a=b',
      '/internal/auth/v2/dpop/did%3Aweb%3Aa%231',
      '/graphql?a=b',
    ])
    expect(JSON.parse(server.requests[1]?.body ?? '')).toEqual({ htm: 'POST', htu: `${url}/graphql`, token: 'token 1' })
    expect(server.requests[2]?.headers).toMatchObject({ authorization: 'DPoP token 1', dpop: 'proof 1' })
    expect(server.requests[4]?.headers).toMatchObject({ authorization: 'DPoP token 1', dpop: 'proof 2' })
  })

  test('is repeated with a new proof when the source is busy', async () => {
    const { client, url, server } = await start([json(503, {}), ok])
    await client.graphql({ url: `${url}/graphql`, token: bound }, { query: '{ a }' })
    expect(server.requests[1]?.headers['dpop']).toBe('proof 1')
    expect(server.requests[3]?.headers['dpop']).toBe('proof 2')
  })

  test('gives data that its parser made', async () => {
    const { client, url } = await start([ok])
    const parse = (data: unknown) => (data as { a: number }).a + 1
    const { data } = await client.graphql({ url: `${url}/graphql`, token }, { query: '{ a }' }, { parse })
    expect(data).toBe(2)
  })

  test('fails without the data when its parser does not know it', async () => {
    const { client, url } = await start([json(200, { data: { a: 'geheim' } })])
    const parse = (data: unknown): never => {
      throw new Error(JSON.stringify(data))
    }
    const failure = await failureOf(client.graphql({ url: `${url}/graphql`, token }, { query: '{ a }' }, { parse }))
    expect(failure.code).toBe('protocol')
    expect(`${failure.message} ${String(failure.stack)} ${String(failure.cause)}`).not.toContain('geheim')
  })

  test('gives data with errors beside it', async () => {
    const { client, url } = await start([json(200, { data: { a: null }, errors: [{ message: 'Half.' }] })])
    expect(await client.graphql({ url: `${url}/graphql`, token }, { query: '{ a }' })).toMatchObject({
      data: { a: null },
      errors: [{ message: 'Half.', extensions: {} }],
    })
  })

  test.each([
    'mutation { a }',
    'query Q { a }\nmutation M { b }',
    '# query\nsubscription { a }',
    'fragment F on A { a } mutation M($a: A = {b: 1}) { c }',
  ])('is no query when it is "%s", and is not sent', async (query) => {
    const { client, url, server } = await start([ok])
    const failure = await failureOf(client.graphql({ url: `${url}/graphql`, token }, { query }))
    expect([failure.code, failure.from]).toEqual(['invalid_request', 'client'])
    expect(server.requests).toEqual([])
  })

  test.each([
    '{ mutation }',
    'query mutation { a }',
    'query Q($subscription: A = {a: 1}) { a(b: "mutation { a }") }',
    'query Q { a(b: """\n} mutation {\n""") } # } mutation {',
    'fragment subscription on mutation { a } query Q { ...subscription }',
  ])('may be "%s"', async (query) => {
    const { client, url } = await start([ok])
    expect((await client.graphql({ url: `${url}/graphql`, token }, { query })).data).toEqual({ a: 1 })
  })

  test('and its token go nowhere without TLS', async () => {
    const { client } = await start([ok])
    const source = { url: 'http://bron.voorbeeld.nl/graphql', token }
    expect((await failureOf(client.graphql(source, { query: '{ a }' }))).code).toBe('invalid_request')
  })
})

describe('a refusal', () => {
  test('names the rule and its reasons', async () => {
    const reasons = ['UCIR-0001.v1: filter must be your own uzovi']
    const error = {
      message: 'The policy does not allow this.',
      extensions: { code: 'access-denied', reasons, traceId: 't' },
    }
    const { client, url, server } = await start([json(403, { errors: [error] }, graphql)])
    expect(await failureOf(client.graphql({ url: `${url}/graphql`, token }, { query: '{ a }' }))).toMatchObject({
      code: 'refused',
      from: 'source',
      status: 403,
      problem: 'access-denied',
      rule: 'UCIR-0001.v1',
      reasons,
      traceId: 't',
    })
    expect(server.requests).toHaveLength(1)
  })

  test.each([
    ['no data', { data: null, errors: [{ message: 'No.', extensions: { code: 'FORBIDDEN' } }] }, 'refused'],
    ['no data and no code', { data: null, errors: [{ message: 'No.' }] }, 'unavailable'],
    ['nothing executed', { errors: [{ message: 'Cannot query field.' }] }, 'invalid_request'],
    ['neither', {}, 'protocol'],
  ])('may come with 200: %s', async (_, body, code) => {
    const { client, url } = await start([json(200, body)])
    expect((await failureOf(client.graphql({ url: `${url}/graphql`, token }, { query: '{ a }' }))).code).toBe(code)
  })
})

describe('a token that the source refuses', () => {
  test('is forgotten, and the query sent once more with a new one', async () => {
    const { client, url, server } = await start([unauthorized('invalid_token'), ok])
    const source = { url: `${url}/graphql`, authorizationServer: `${url}/oauth2/a`, scope: 's' }
    expect((await client.graphql(source, { query: '{ a }' })).data).toEqual({ a: 1 })
    expect(server.requests.map(({ headers }) => headers['authorization']).filter(Boolean)).toEqual([
      'DPoP token 1',
      'DPoP token 2',
    ])
    const asked = server.requests.filter(({ path }) => path.endsWith('token'))
    expect(asked.map(({ headers }) => headers['cache-control'])).toEqual([undefined, 'no-cache'])
    await client.graphql(source, { query: '{ a }' })
    expect(server.requests.at(-1)?.headers['authorization']).toBe('DPoP token 2')
  })

  test('twice is the end of it', async () => {
    const { client, url, server } = await start([unauthorized('invalid_token')])
    const source = { url: `${url}/graphql`, authorizationServer: `${url}/oauth2/a`, scope: 's' }
    expect(await failureOf(client.graphql(source, { query: '{ a }' }))).toMatchObject({
      code: 'unauthorized',
      problem: 'token-invalid',
    })
    expect(server.requests.filter(({ path }) => path === '/graphql')).toHaveLength(2)
  })

  test('and is the own one of the application is not replaced', async () => {
    const { client, url, server } = await start([unauthorized('invalid_token')])
    expect((await failureOf(client.graphql({ url: `${url}/graphql`, token }, { query: '{ a }' }))).code).toBe(
      'unauthorized',
    )
    expect(server.requests).toHaveLength(1)
  })
})

describe('a source that wants a nonce of its own', () => {
  test('gets it in the next proof, with the same token, and from then on at once', async () => {
    const wants = unauthorized('use_dpop_nonce', { 'dpop-nonce': 'van-de-bron' })
    const { client, url, server } = await start([wants, ok])
    const source = { url: `${url}/graphql`, token: bound }
    await client.graphql(source, { query: '{ a }' })
    await client.graphql(source, { query: '{ a }' })
    const proofs = server.requests
      .filter(({ path }) => path.includes('/dpop/'))
      .map(({ body }) => JSON.parse(body).nonce)
    expect(proofs).toEqual([undefined, 'van-de-bron', 'van-de-bron'])
  })

  test('without end is refused', async () => {
    const wants = unauthorized('use_dpop_nonce', { 'dpop-nonce': 'van-de-bron' })
    const { client, url, server } = await start([wants])
    expect((await failureOf(client.graphql({ url: `${url}/graphql`, token: bound }, { query: '{ a }' }))).code).toBe(
      'unauthorized',
    )
    expect(server.requests.filter(({ path }) => path === '/graphql')).toHaveLength(2)
  })
})
