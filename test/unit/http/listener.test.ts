import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Route } from '../../../node/http/exchange.js'
import { jsonAnswer } from '../../../node/http/exchange.js'
import { NodeError } from '../../../node/kernel/errors.js'
import { rejectionOf } from '../../support/refusals.js'
import { openConnection, requestText, send, type WireAnswer } from './connection.js'
import { createServedWorld, echo, type Served } from './served.js'

const world = createServedWorld()
afterAll(() => world.close())

const jsonBody = { maxBytes: 1000, mediaTypes: ['application/json'] }
const routes: readonly Route[] = [
  echo({ pattern: '/thing' }),
  echo({ pattern: '/thing', method: 'POST', body: jsonBody }),
  echo({ pattern: '/thing/:id' }),
  echo({ pattern: '/hot/:id', hot: true }),
  echo({ pattern: '/hot', method: 'POST', hot: true, family: 'oauth', body: jsonBody }),
  echo({ pattern: '/graph', method: 'POST', family: 'graphql', body: jsonBody }),
  echo({ pattern: '/only-delete', method: 'DELETE' }),
  {
    ...echo({ pattern: '/fault' }),
    handle: () => Promise.reject(new TypeError('geheim')),
  },
  {
    ...echo({ pattern: '/throws' }),
    handle: () => {
      throw new NodeError('source.unavailable', { detail: 'geheim' })
    },
  },
  { ...echo({ pattern: '/header' }), handle: () => Promise.resolve(jsonAnswer(200, {}, { 'x-own': 'yes' })) },
]

let served: Served
beforeAll(async () => {
  served = await world.serve(routes)
})

const ask = (method: string, target: string, lines?: readonly string[], body?: string): Promise<WireAnswer> =>
  send(served.port, requestText(method, target, lines, body))

/** What a problem says. */
function problem({ headers, body }: WireAnswer): unknown {
  expect(headers.get('content-type')).toBe('application/problem+json')
  return JSON.parse(body)
}

const json = ['Content-Type: application/json']

describe('a route', () => {
  test.each([
    ['/thing', {}],
    ['/thing/a', { id: 'a' }],
    ['/hot/a', { id: 'a' }],
    ['/thing/did:web:localhost%253A8080', { id: 'did:web:localhost%3A8080' }],
    ['/hot/did:web:localhost%253A8080', { id: 'did:web:localhost%3A8080' }],
  ])('is found at %s, with its parameters decoded once', async (target, params) => {
    const { status, body } = await ask('GET', target)
    expect(status).toBe(200)
    expect(JSON.parse(body)).toMatchObject({ method: 'GET', params })
  })

  test('gets its query flat', async () => {
    const { body } = await ask('GET', '/thing?a=1&b=c+d')
    expect(JSON.parse(body)).toMatchObject({ query: { a: '1', b: 'c d' } })
  })

  test('gets its body', async () => {
    const { body } = await ask('POST', '/thing', json, '{"é":1}')
    expect(JSON.parse(body)).toMatchObject({ body: '{"é":1}' })
  })

  test('keeps the headers of its answer', async () => {
    expect((await ask('GET', '/header')).headers.get('x-own')).toBe('yes')
  })

  test.each(['/thing', '/thing/a', '/hot/a'])('answers HEAD %s like GET, without the body', async (target) => {
    const [get, head] = [await ask('GET', target), await ask('HEAD', target)]
    expect(head.status).toBe(200)
    expect(head.body).toBe('')
    expect(head.headers.get('content-length')).toBe(get.headers.get('content-length'))
    expect(head.headers.get('content-type')).toBe(get.headers.get('content-type'))
  })

  test('that fails by a fault answers 500 without saying why', async () => {
    const answer = await ask('GET', '/fault')
    expect(answer.status).toBe(500)
    expect(problem(answer)).toMatchObject({ code: 'internal-fault', status: 500 })
    expect(answer.body).not.toContain('geheim')
  })

  test('that throws before it promises is refused in words as well', async () => {
    const answer = await ask('GET', '/throws')
    expect(problem(answer)).toMatchObject({ code: 'source-unavailable', status: 503 })
    expect(answer.body).not.toContain('geheim')
  })
})

describe('what is not there', () => {
  test.each([
    '/',
    '/nothing',
    '/thing/',
    '/thing/a/',
    '/Thing',
    '/THING/a',
    '/hot/a/',
    '/Hot/a',
    '/thing/a/b',
    '/thing%2Fa',
    '/nothing%zz',
    '/__proto__',
  ])('GET %s is 404 as a problem', async (target) => {
    const answer = await ask('GET', target)
    expect(answer.status).toBe(404)
    expect(problem(answer)).toMatchObject({ status: 404, code: 'not-found', title: 'There is nothing here.' })
  })

  test.each([
    ['DELETE', '/thing', 'GET, HEAD, POST'],
    ['PUT', '/thing/a', 'GET, HEAD'],
    ['POST', '/hot/a', 'GET, HEAD'],
    ['GET', '/hot', 'POST'],
    ['HEAD', '/hot', 'POST'],
    ['GET', '/only-delete', 'DELETE'],
    ['OPTIONS', '/thing', 'GET, HEAD, POST'],
    ['TRACE', '/thing', 'GET, HEAD, POST'],
    ['PATCH', '/hot/a', 'GET, HEAD'],
  ])('%s %s is 405 and allows %s', async (method, target, allow) => {
    const answer = await ask(method, target)
    expect(answer.status).toBe(405)
    expect(answer.headers.get('allow')).toBe(allow)
    if (method !== 'HEAD') expect(problem(answer)).toMatchObject({ status: 405, code: 'method-not-allowed' })
  })

  test('leaves the connection open for the next request', async () => {
    const connection = openConnection(served.port)
    connection.write(requestText('GET', '/nothing'))
    expect((await connection.answer()).status).toBe(404)
    connection.write(requestText('DELETE', '/thing'))
    expect((await connection.answer()).status).toBe(405)
    connection.write(requestText('GET', '/thing'))
    expect((await connection.answer()).status).toBe(200)
    connection.end()
  })
})

describe('a target that two programs could read differently', () => {
  test.each([
    '//thing',
    '/thing//a',
    '/x/../thing',
    '/./thing',
    '/thing/..',
    '/x/%2e%2e/thing',
    '/hot/%2e%2e',
    '/hot/.%2E',
    '/hot/a%5Cb',
    '/hot/a%00b',
    '/thing/a\\b',
    'http://other.example/thing',
    'http://other.example/hot/a',
    'https://node.example/nothing',
  ])('GET %s is refused', async (target) => {
    const answer = await ask('GET', target)
    expect(answer.status).toBe(400)
    expect(problem(answer)).toMatchObject({ code: 'bad-target' })
  })

  test.each(['/thing/%zz', '/hot/%FF'])('GET %s does not decode and is refused', async (target) => {
    expect(problem(await ask('GET', target))).toMatchObject({ status: 400, code: 'bad-target' })
  })

  test('OPTIONS * is refused', async () => {
    expect(problem(await ask('OPTIONS', '*'))).toMatchObject({ status: 400, code: 'bad-target' })
  })

  test('CONNECT gets no tunnel', async () => {
    const connection = openConnection(served.port)
    connection.write(requestText('CONNECT', 'other.example:443'))
    await connection.closed
    await expect(connection.answer()).rejects.toThrow('the connection ended after: ')
    connection.end()
  })

  test('an upgrade to another protocol is not made', async () => {
    const { status, headers } = await ask('GET', '/thing', ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c'])
    expect(status).toBe(200)
    expect(headers.get('upgrade')).toBeUndefined()
  })
})

describe('headers that two programs could read differently', () => {
  test.each(['/thing', '/hot/a', '/nothing'])('two hosts at %s are refused', async (target) => {
    const answer = await ask('GET', target, ['Host: other.example'])
    expect(problem(answer)).toMatchObject({ status: 400, code: 'bad-host' })
  })

  test.each([
    ['no host', 'GET /thing HTTP/1.1\r\n\r\n'],
    ['no host in the old version', 'GET /thing HTTP/1.0\r\n\r\n'],
    ['an empty host', 'GET /thing HTTP/1.1\r\nHost:\r\n\r\n'],
  ])('%s is refused', async (_, text) => {
    expect(problem(await send(served.port, text))).toMatchObject({ status: 400, code: 'bad-host' })
  })

  test.each(['Authorization: Bearer a', 'DPoP: a', 'Accept: a/b', 'traceparent: a', 'X-B3-TraceId: a'])(
    'twice %s is refused',
    async (line) => {
      expect((await ask('GET', '/hot/a', [line])).status).toBe(200)
      expect(problem(await ask('GET', '/hot/a', [line, line]))).toMatchObject({ status: 400, code: 'bad-header' })
    },
  )

  test('the refusal is in the family of the route', async () => {
    const oauth = await ask('POST', '/hot', [...json, 'Host: other.example'], '{}')
    expect(JSON.parse(oauth.body)).toMatchObject({ error: 'invalid_request', code: 'bad-host' })
    const graphql = await ask('POST', '/graph', [...json, ...json], '{}')
    expect(JSON.parse(graphql.body)).toMatchObject({ errors: [{ extensions: { code: 'bad-header' } }] })
  })

  test.each([
    ['a length and chunks', 'Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n'],
    ['two lengths', 'Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}'],
    ['chunks that are not last', 'Transfer-Encoding: chunked, identity\r\n\r\n2\r\n{}\r\n0\r\n\r\n'],
    ['a space before the colon', 'Content-Length : 2\r\n\r\n{}'],
    ['a folded line', 'X-Fold: a\r\n b\r\nContent-Length: 2\r\n\r\n{}'],
    ['a bare line feed', 'X-Bare: a\nContent-Length: 2\r\n\r\n{}'],
    ['U+0000', 'X-Nul: a\0b\r\nContent-Length: 2\r\n\r\n{}'],
    ['a length that is no number', 'Content-Length: 0x2\r\n\r\n{}'],
  ])('%s are no request, and the connection is closed', async (_, rest) => {
    const connection = openConnection(served.port)
    connection.write(`POST /thing HTTP/1.1\r\nHost: node.example\r\nContent-Type: application/json\r\n${rest}`)
    expect((await connection.answer()).status).toBe(400)
    await connection.closed
    connection.end()
  })

  test.each(['xchunked', 'gzip, chunked'])('the transfer coding %s is refused', async (coding) => {
    const lines = [...json, `Transfer-Encoding: ${coding}`]
    const answer = await send(served.port, `${requestText('POST', '/thing', lines)}2\r\n{}\r\n0\r\n\r\n`)
    expect(problem(answer)).toMatchObject({ status: 400, code: 'bad-header' })
    expect(answer.headers.get('connection')).toBe('close')
  })

  test('an expectation that is not met is refused', async () => {
    const answer = await ask('POST', '/thing', [...json, 'Expect: tea'], '{}')
    expect(problem(answer)).toMatchObject({ status: 400, code: 'bad-header' })
  })

  test('headers over 16 KiB are 431, and a hundred lines are taken', async () => {
    expect((await ask('GET', '/thing', [`X-Long: ${'a'.repeat(16 * 1024)}`])).status).toBe(431)
    const lines = Array.from({ length: 99 }, (_, index) => `X-${index}: a`)
    expect((await ask('GET', '/thing', lines)).status).toBe(200)
    expect(problem(await ask('GET', '/thing', [...lines, 'X-More: a']))).toMatchObject({ code: 'bad-header' })
  })

  test('what is not HTTP gets a status line and is shown the door', async () => {
    const connection = openConnection(served.port)
    connection.write('EHLO node.example\r\n\r\n')
    const { status, body } = await connection.answer()
    expect([status, body]).toEqual([400, ''])
    await connection.closed
    connection.end()
  })
})

describe('taking a port', () => {
  test('that is in use is refused with a note that says so', async () => {
    const other = await world.serve([])
    await other.listener.close(0)
    const { code, notes } = await rejectionOf(other.listener.listen({ host: '127.0.0.1', port: served.port }))
    expect(code).toBe('config.invalid')
    expect(notes).toEqual([`port ${served.port} on 127.0.0.1 is already in use: choose another, or stop what uses it`])
  })

  test('on an address that this machine does not have is refused with its reason', async () => {
    const other = await world.serve([])
    await other.listener.close(0)
    const { notes } = await rejectionOf(other.listener.listen({ host: '192.0.2.1', port: 0 }))
    expect(notes).toEqual(['port 0 on 192.0.2.1 cannot be used (EADDRNOTAVAIL)'])
  })
})
