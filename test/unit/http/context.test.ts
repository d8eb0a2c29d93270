import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { jsonAnswer, type Route } from '../../../node/http/exchange.js'
import { wellKnownPath } from '../../../node/tokens/metadata.js'
import { requestText, send, type WireAnswer } from './connection.js'
import { createServedWorld, echo, type Served } from './served.js'

const world = createServedWorld()
afterAll(() => world.close())

const body = { maxBytes: 100, mediaTypes: ['application/json'] }
const routes: readonly Route[] = [
  echo({ pattern: '/thing' }),
  echo({ pattern: '/thing', method: 'POST', body }),
  echo({ pattern: '/hot/:id', hot: true }),
  echo({ pattern: `${wellKnownPath}/oauth2/:subject`, family: 'oauth' }),
  { ...echo({ pattern: '/empty', method: 'DELETE' }), handle: () => Promise.resolve({ status: 204 }) },
  { ...echo({ pattern: '/fault' }), handle: () => Promise.reject(new Error('geheim')) },
  {
    ...echo({ pattern: '/page' }),
    handle: () => Promise.resolve(jsonAnswer(200, {}, { 'x-frame-options': 'SAMEORIGIN' })),
  },
]

async function askAt(served: Served, target: string, lines?: readonly string[], method = 'GET'): Promise<WireAnswer> {
  return send(served.port, requestText(method, target, lines))
}

describe('headers of every answer', () => {
  let served: Served
  beforeAll(async () => {
    served = await world.serve(routes)
  })

  test.each<[string, number, string, string, readonly string[]]>([
    ['an answer', 200, 'GET', '/thing', []],
    ['an answer in front of the framework', 200, 'GET', '/hot/a', []],
    ['an answer to HEAD', 200, 'HEAD', '/thing', []],
    ['an empty answer', 204, 'DELETE', '/empty', []],
    ['404', 404, 'GET', '/nothing', []],
    ['405', 405, 'PUT', '/thing', []],
    ['a bad target', 400, 'GET', '//thing', []],
    ['a bad header', 400, 'GET', '/hot/a', ['Accept: a/b', 'Accept: a/b']],
    ['a path that does not decode', 400, 'GET', '/hot/%zz', []],
    ['a fault', 500, 'GET', '/fault', []],
    ['a body too large', 413, 'POST', '/thing', ['Content-Type: application/json', 'Content-Length: 101']],
    ['a wrong media type', 415, 'POST', '/thing', []],
    ['an unmet expectation', 400, 'POST', '/thing', ['Expect: tea']],
  ])('%s is not sniffed, framed or told on, and has ids', async (_, status, method, target, lines) => {
    const answer = await askAt(served, target, lines, method)
    expect(answer.status).toBe(status)
    const { headers } = answer
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('x-frame-options')).toBe('DENY')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f]{16}$/)
    expect(headers.get('x-b3-traceid')).toMatch(/^[0-9a-f]{32}$/)
    if (status >= 400) expect(headers.get('cache-control')).toBe('no-store')
    for (const name of ['x-powered-by', 'server', 'etag']) expect(headers.has(name)).toBe(false)
  })

  test('an empty answer has no length and no media type', async () => {
    const { headers } = await askAt(served, '/empty', [], 'DELETE')
    expect([headers.has('content-length'), headers.has('content-type')]).toEqual([false, false])
  })

  test('a route that needs another value gives its own', async () => {
    expect((await askAt(served, '/page')).headers.get('x-frame-options')).toBe('SAMEORIGIN')
  })
})

describe('the trace of a request', () => {
  const traceId = '0af7651916cd43dd8448eb211c80319c'
  const spanId = 'b7ad6b7169203331'
  const other = '4bf92f3577b34da6a3ce929d0e0e4736'
  let served: Served
  beforeAll(async () => {
    served = await world.serve(routes)
  })

  test.each<[string, string, readonly string[]]>([
    ['X-B3', '/thing', [`X-B3-TraceId: ${traceId}`, `X-B3-SpanId: ${spanId}`]],
    ['W3C', '/thing', [`traceparent: 00-${traceId}-${spanId}-01`]],
    ['W3C in front of the framework', '/hot/a', [`traceparent: 00-${traceId}-${spanId}-01`]],
    [
      'X-B3 before W3C',
      '/hot/a',
      [`X-B3-TraceId: ${traceId}`, `X-B3-SpanId: ${spanId}`, `traceparent: 00-${other}-${spanId}-01`],
    ],
    ['W3C when X-B3 is malformed', '/thing', ['X-B3-TraceId: 0', `traceparent: 00-${traceId}-${spanId}-00`]],
  ])('iwlz-rfc0022a goes on with %s, in the handler and in the answer', async (_, target, lines) => {
    const { headers, body: text } = await askAt(served, target, lines)
    const { trace } = JSON.parse(text) as { trace: Record<string, string> }
    expect(trace).toMatchObject({ traceId, parentSpanId: spanId })
    expect(trace['spanId']).not.toBe(spanId)
    expect(headers.get('x-b3-traceid')).toBe(traceId)
    expect(headers.get('x-request-id')).toBe(trace['spanId'])
  })

  test.each([
    ['none', []],
    ['zeros', [`X-B3-TraceId: ${'0'.repeat(32)}`]],
    ['a half', ['X-B3-TraceId: 463ac35c9f6413ad']],
    ['capitals', [`X-B3-TraceId: ${traceId.toUpperCase()}`]],
    ['a line of a log', ['X-B3-TraceId: abc" injected="1']],
    ['another version of W3C that is no version', [`traceparent: zz-${traceId}-${spanId}-01`]],
  ])('iwlz-rfc0022a begins anew with %s', async (_, lines) => {
    const { headers } = await askAt(served, '/thing', lines)
    expect(headers.get('x-b3-traceid')).toMatch(/^[0-9a-f]{32}$/)
    expect(headers.get('x-b3-traceid')).not.toBe(traceId)
  })

  test('goes on in a refusal too, in its body', async () => {
    const { headers, body: text } = await askAt(served, '/nothing', [`X-B3-TraceId: ${traceId}`])
    expect(headers.get('x-b3-traceid')).toBe(traceId)
    expect(JSON.parse(text)).toMatchObject({ traceId })
  })

  test('two requests of one trace have two ids', async () => {
    const ids = await Promise.all([1, 2].map(() => askAt(served, '/thing', [`X-B3-TraceId: ${traceId}`])))
    expect(new Set(ids.map(({ headers }) => headers.get('x-request-id'))).size).toBe(2)
  })
})

describe('a node behind a base path', () => {
  let served: Served
  beforeAll(async () => {
    served = await world.serve(routes, { basePath: '/care/node' })
  })

  test.each([
    '/care/node/thing',
    '/thing',
    '/care/node/hot/a',
    '/hot/a',
    '/care/node/thing?a=1',
    `${wellKnownPath}/care/node/oauth2/ciz`,
    `/care/node${wellKnownPath}/oauth2/ciz`,
    `${wellKnownPath}/oauth2/ciz`,
  ])('rfc8414-3.1 answers %s', async (target) => {
    expect((await askAt(served, target)).status).toBe(200)
  })

  test('keeps the query', async () => {
    expect(JSON.parse((await askAt(served, '/care/node/thing?a=1')).body)).toMatchObject({ query: { a: '1' } })
  })

  test.each([
    '/care/node',
    '/care/node/',
    '/care/thing',
    '/care/nodething',
    '/care/node/care/node/thing',
    '/Care/Node/thing',
    '/care%2Fnode/thing',
    `${wellKnownPath}/care/node`,
    `${wellKnownPath}/care/nodeoauth2/ciz`,
    `${wellKnownPath}/care/node/care/node/oauth2/ciz`,
    '/.well-known/care/node/thing',
    '/.well-known',
  ])('has nothing at %s', async (target) => {
    expect((await askAt(served, target)).status).toBe(404)
  })

  test.each(['/care/node//thing', '//care/node/thing', '/care/node/../thing', '/care/node/%2e%2e/thing'])(
    'refuses %s',
    async (target) => {
      expect((await askAt(served, target)).status).toBe(400)
    },
  )

  test('allows at a known path what it would allow without', async () => {
    const { status, headers } = await askAt(served, '/care/node/thing', [], 'PUT')
    expect([status, headers.get('allow')]).toEqual([405, 'GET, HEAD, POST'])
  })
})
