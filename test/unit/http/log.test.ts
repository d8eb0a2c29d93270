import { afterEach, describe, expect, test } from '@jest/globals'
import { jsonAnswer, type Route } from '../../../node/http/exchange.js'
import { NodeError } from '../../../node/kernel/errors.js'
import { openConnection, requestText, send } from './connection.js'
import { createServedWorld, echo, type Served } from './served.js'

const world = createServedWorld()
afterEach(() => world.close())

const secret = '999990019'
const token = 'geheim-token'
const body = { maxBytes: 1000, mediaTypes: ['application/json'] }

async function* inParts(): AsyncGenerator<string> {
  yield 'the beginning'
  throw await Promise.resolve(new NodeError('store.damaged', { detail: 'entry 7', cause: new Error(secret) }))
}

const routes: readonly Route[] = [
  echo({ pattern: '/thing/:id' }),
  echo({ pattern: '/hot/:id', hot: true }),
  echo({ pattern: '/quiet', quiet: true }),
  echo({ pattern: '/thing/:id', method: 'POST', body }),
  {
    ...echo({ pattern: '/denied/:id' }),
    handle: () => Promise.reject(new NodeError('access.denied', { detail: 'denied by A-1', notes: [secret] })),
  },
  {
    ...echo({ pattern: '/broken/:id' }),
    handle: ({ params }) => Promise.reject(new TypeError(`cannot read ${params['id'] ?? ''}`)),
  },
  {
    ...echo({ pattern: '/down/:id' }),
    handle: () =>
      Promise.reject(new NodeError('store.unavailable', { detail: 'disk full', cause: new Error(`at ${secret}`) })),
  },
  { ...echo({ pattern: '/part' }), handle: () => Promise.resolve({ status: 200, body: inParts() }) },
  { ...echo({ pattern: '/odd' }), handle: () => Promise.reject(secret as unknown as Error) },
  { ...echo({ pattern: '/answer' }), handle: () => Promise.resolve(jsonAnswer(200, { secret })) },
]

/** What `LogFields` allows, and what the log itself adds. */
const allowed = new Set([
  ...['level', 'time', 'msg'],
  ...['requestId', 'traceId', 'parentSpanId', 'listener', 'method', 'route', 'status', 'milliseconds'],
  ...['code', 'detail', 'stack'],
])

/** The lines of the requests so far; waits for the last one, which is written after its answer. */
async function linesOf({ lines }: Served, count: number): Promise<readonly Readonly<Record<string, unknown>>[]> {
  while (lines().length < count) await new Promise(setImmediate)
  return lines()
}

describe('the request log', () => {
  test('says why an answer that had begun was broken off', async () => {
    const served = await world.serve(routes)
    const answer = await fetch(`http://127.0.0.1:${String(served.port)}/part`)
    await expect(answer.text()).rejects.toThrow()
    const [request, failed] = await linesOf(served, 2)
    expect(request).toMatchObject({ level: 30, route: '/part', status: 200 })
    expect(failed).toMatchObject({ level: 50, route: '/part', code: 'store.damaged', detail: 'entry 7' })
    expect(JSON.stringify(served.lines())).not.toContain(secret)
  })

  test('has one line per request, by pattern and not by path', async () => {
    const served = await world.serve(routes, { level: 'info' })
    const traceId = '0af7651916cd43dd8448eb211c80319c'
    const lines = [`X-B3-TraceId: ${traceId}`, 'X-B3-SpanId: b7ad6b7169203331']
    const { headers } = await send(served.port, requestText('GET', `/thing/${secret}?bsn=${secret}`, lines))
    expect(await linesOf(served, 1)).toEqual([
      {
        level: 30,
        time: expect.any(String),
        msg: 'request',
        listener: 'public',
        method: 'GET',
        route: '/thing/:id',
        status: 200,
        milliseconds: expect.any(Number),
        requestId: headers.get('x-request-id'),
        traceId,
        parentSpanId: 'b7ad6b7169203331',
      },
    ])
  })

  test.each([
    ['an answer', 'GET', `/thing/${secret}?bsn=${secret}`, undefined],
    ['an answer in front of the framework', 'GET', `/hot/${secret}?bsn=${secret}`, undefined],
    ['a body', 'POST', `/thing/${secret}`, `{"bsn":"${secret}"}`],
    ['a body that is too large', 'POST', `/thing/${secret}`, secret.repeat(200)],
    ['a refusal with notes', 'GET', `/denied/${secret}`, undefined],
    ['a fault that quotes its input', 'GET', `/broken/${secret}`, undefined],
    ['a failure with a cause', 'GET', `/down/${secret}`, undefined],
    ['something that is no error', 'GET', '/odd', undefined],
    ['an answer that holds it', 'GET', '/answer', undefined],
    ['a path that is not there', 'GET', `/nothing/${secret}`, undefined],
    ['a method that is not there', 'PUT', `/thing/${secret}`, undefined],
    ['a bad query', 'GET', `/thing/a?${secret}=1&${secret}=2`, undefined],
    ['a bad target', 'GET', `//${secret}`, undefined],
    ['a path that does not decode', 'GET', `/thing/${secret}%zz`, undefined],
  ])('holds only listed fields and nothing of the request, for %s', async (_, method, target, text) => {
    const served = await world.serve(routes)
    const lines = [`Authorization: Bearer ${token}`, 'Content-Type: application/json', `Cookie: ${secret}`]
    await send(served.port, requestText(method, target, lines, text))
    const written = await linesOf(served, 1)
    for (const line of written) expect(Object.keys(line).filter((name) => !allowed.has(name))).toEqual([])
    expect(JSON.stringify(written)).not.toContain(secret)
    expect(JSON.stringify(written)).not.toContain(token)
  })

  test('says of a fault where it was and not what it said', async () => {
    const served = await world.serve(routes, { level: 'error' })
    await send(served.port, requestText('GET', `/broken/${secret}`))
    const [line] = await linesOf(served, 1)
    expect(line).toMatchObject({ msg: 'request failed', code: 'internal.fault', route: '/broken/:id' })
    expect(line?.['stack']).toMatch(/^\s+at .*log\.test\.ts/)
  })

  test('says of a failure of ours what is known inside', async () => {
    const served = await world.serve(routes, { level: 'error' })
    await send(served.port, requestText('GET', '/down/a'))
    const [line] = await linesOf(served, 1)
    expect(line).toMatchObject({ msg: 'request failed', code: 'store.unavailable', detail: 'disk full' })
    expect(line).not.toHaveProperty('stack')
  })

  test('says at debug why a request was refused, also one that no route takes', async () => {
    const served = await world.serve(routes)
    await send(served.port, requestText('GET', '/denied/a'))
    await send(served.port, requestText('GET', '/nothing'))
    const refused = (await linesOf(served, 3)).filter(({ msg }) => msg === 'request refused')
    expect(refused.map(({ code }) => code)).toEqual(['access.denied', 'request.not_found'])
  })

  test('leaves quiet routes and strangers out at info', async () => {
    const served = await world.serve(routes, { level: 'info' })
    await send(served.port, requestText('GET', '/quiet'))
    await send(served.port, requestText('GET', '/nothing'))
    await send(served.port, requestText('GET', '/thing/a'))
    expect((await linesOf(served, 1)).map(({ route }) => route)).toEqual(['/thing/:id'])
  })

  test('has a line for a request whose caller went away', async () => {
    const served = await world.serve(routes)
    const connection = openConnection(served.port)
    const lines = ['Content-Type: application/json', 'Content-Length: 100', 'Expect: 100-continue']
    connection.write(requestText('POST', '/thing/a', lines))
    expect((await connection.answer()).status).toBe(100)
    connection.write(`{"bsn":"${secret}`)
    connection.end()
    const written = await linesOf(served, 2)
    expect(written.map(({ code, detail }) => [code, detail])).toContainEqual([
      'request.bad_body',
      'the caller broke off',
    ])
    expect(JSON.stringify(written)).not.toContain(secret)
  })
})

describe('the metrics', () => {
  test('count requests by pattern and refusals by public code, and name no path', async () => {
    const served = await world.serve(routes)
    for (const target of [`/thing/${secret}`, `/thing/${secret}`, `/denied/${secret}`, `/nothing/${secret}`])
      await send(served.port, requestText('GET', target))
    await linesOf(served, 5)
    const text = await served.metrics.text()
    expect(text).toContain(
      'bronnet_http_request_duration_seconds_count{listener="public",route="/thing/:id",status="200"} 2',
    )
    expect(text).toContain('bronnet_errors_total{listener="public",code="access-denied"} 1')
    expect(text).toContain('bronnet_errors_total{listener="public",code="not-found"} 1')
    expect(text).toContain('bronnet_node_info{version="0.0.0"} 1')
    expect(text).not.toContain(secret)
  })
})
