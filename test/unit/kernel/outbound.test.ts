import type { RequestListener } from 'node:http'
import { inspect } from 'node:util'
import { afterEach, describe, expect, test } from '@jest/globals'
import { createAddressGuard, parseCidr } from '../../../node/kernel/address-guard.js'
import { createOutbound } from '../../../node/kernel/outbound.js'
import { startTrace } from '../../../node/kernel/trace.js'
import { createOutboundWorld, refusalOf } from '../../support/outbound-world.js'

const { close, createOutbound: outboundWith, serve } = createOutboundWorld()

afterEach(close)

describe('a call out', () => {
  test('gives the whole answer', async () => {
    const server = await serve((_, response) => {
      response
        .writeHead(201, { 'content-type': 'Application/JSON; charset=utf-8', 'x-kind': 'answer' })
        .end('{"ok":true}')
    })
    const answer = await outboundWith().request({ method: 'GET', url: `http://127.0.0.1:${server.port}/a?b=c#d` })
    expect(answer).toMatchObject({ status: 201, mediaType: 'application/json', body: Buffer.from('{"ok":true}') })
    expect([answer.headers.get('X-Kind'), answer.headers.get('x-other')]).toEqual(['answer', undefined])
    expect(server.requests[0]?.path).toBe('/a?b=c')
  })

  test('sends method, headers, body and trace as given, and nothing guessed', async () => {
    const server = await serve((_, response) => response.end())
    const trace = startTrace()
    await outboundWith().request({
      method: 'POST',
      url: `http://127.0.0.1:${server.port}/token`,
      headers: { 'Content-Type': 'application/x-www-form-urlencoded', DPoP: 'proof' },
      body: 'a=é',
      accept: 'application/json',
      trace,
    })
    expect(server.requests).toMatchObject([
      {
        method: 'POST',
        body: Buffer.from('a=é').toString('latin1'),
        headers: {
          host: `127.0.0.1:${server.port}`,
          'content-type': 'application/x-www-form-urlencoded',
          'content-length': '4',
          dpop: 'proof',
          accept: 'application/json',
          'user-agent': 'bronnet-test',
          'x-b3-traceid': trace.traceId,
          'x-b3-spanid': trace.spanId,
          traceparent: `00-${trace.traceId}-${trace.spanId}-01`,
        },
      },
    ])
  })

  test('sends no trace headers and no content type of its own accord', async () => {
    const server = await serve((_, response) => response.end())
    await outboundWith().request({ method: 'PUT', url: `http://127.0.0.1:${server.port}/`, body: 'text' })
    const sent = Object.keys(server.requests[0]?.headers ?? {})
    expect(sent).toContain('user-agent')
    expect(sent.filter((name) => ['x-b3-traceid', 'traceparent', 'content-type'].includes(name))).toEqual([])
  })

  test.each(['Host', 'content-length', 'Transfer-Encoding'])('does not let the caller set %s', async (name) => {
    const server = await serve((_, response) => response.end())
    const error = await refusalOf(outboundWith(), { url: `http://127.0.0.1:${server.port}/`, headers: { [name]: 'x' } })
    expect([error.code, server.countConnections()]).toEqual(['internal.fault', 0])
  })

  test('uses one connection for calls after each other', async () => {
    const server = await serve((_, response) => response.end('x'))
    const outbound = outboundWith()
    for (let times = 0; times < 3; times += 1) {
      await outbound.request({ method: 'GET', url: `http://localhost:${server.port}/` })
    }
    expect([server.requests.length, server.countConnections()]).toEqual([3, 1])
  })

  test.each([301, 302, 303, 307, 308])('gives redirect %i as the answer and does not follow it', async (status) => {
    const server = await serve((_, response) => response.writeHead(status, { location: '/target' }).end())
    const answer = await outboundWith().request({ method: 'GET', url: `http://127.0.0.1:${server.port}/start` })
    expect([answer.status, answer.headers.get('location')]).toEqual([status, '/target'])
    expect(server.requests.map(({ path }) => path)).toEqual(['/start'])
  })

  test('gives an error status as an answer', async () => {
    const server = await serve((_, response) => response.writeHead(503).end('later'))
    const answer = await outboundWith().request({ method: 'GET', url: `http://127.0.0.1:${server.port}/` })
    expect([answer.status, answer.mediaType, answer.body.toString()]).toEqual([503, undefined, 'later'])
  })
})

describe('which address a call out reaches', () => {
  test.each(['localhost', '127.0.0.1', '127.1', '0x7f.1', '2130706433', '127.9.9.9', '[::ffff:127.0.0.1]'])(
    'no connection is made to http://%s when loopback is not allowed',
    async (host) => {
      const server = await serve((_, response) => response.end())
      const error = await refusalOf(outboundWith({ allowed: [] }), { url: `http://${host}:${server.port}/` })
      expect([error.code, server.countConnections()]).toEqual(['outbound.refused', 0])
    },
  )

  test.each(['localhost', '127.0.0.1', '127.1', '0x7f.1', '2130706433', '[::ffff:127.0.0.1]'])(
    'http://%s is reached when loopback is allowed',
    async (host) => {
      const server = await serve((_, response) => response.end())
      const answer = await outboundWith().request({ method: 'GET', url: `http://${host}:${server.port}/` })
      expect([answer.status, server.countConnections()]).toEqual([200, 1])
    },
  )

  test('what carries its own signature is not had from this machine either, when that is not allowed', async () => {
    const server = await serve((_, response) => response.end())
    const guard = createAddressGuard({ allowed: [], denied: [] })
    const outbound = createOutbound({ guard, userAgent: 'bronnet-test', allowPlainHttp: 'signed', allowedPorts: 'any' })
    const refusal = await refusalOf(outbound, { url: `http://127.0.0.1:${server.port}/` })
    expect([refusal.code, server.countConnections()]).toEqual(['outbound.refused', 0])
  })

  test('over https, too, no connection is made to a name or address that is not allowed', async () => {
    const server = await serve((_, response) => response.end())
    const outbound = outboundWith({ allowed: [] })
    const codes = [
      (await refusalOf(outbound, { url: `https://localhost:${server.port}/` })).code,
      (await refusalOf(outbound, { url: `https://127.0.0.1:${server.port}/` })).code,
    ]
    expect([codes, server.countConnections()]).toEqual([['outbound.refused', 'outbound.refused'], 0])
  })

  test.each(['http://1.1.1.1/', 'http://[2a00::1]/'])('plain %s is refused although it is public', async (url) => {
    expect((await refusalOf(outboundWith({ allowed: ['0.0.0.0/0'] }), { url })).code).toBe('outbound.refused')
  })

  test('unless said otherwise there is no plain http, no other port than 443 and no reserved name', async () => {
    const server = await serve((_, response) => response.end())
    const guard = createAddressGuard({ allowed: [parseCidr('127.0.0.0/8')], denied: [] })
    const outbound = createOutbound({ guard, userAgent: 'bronnet-test' })
    for (const url of [`http://127.0.0.1:${server.port}/`, `https://127.0.0.1:${server.port}/`, 'https://localhost/']) {
      expect((await refusalOf(outbound, { url })).code).toBe('outbound.refused')
    }
    expect(server.countConnections()).toBe(0)
  })
})

describe('failures of a call out', () => {
  test.each([
    ['a port where nobody listens', undefined],
    ['a connection that is dropped', ((request) => request.socket.destroy()) as RequestListener],
    [
      'an answer that is cut short',
      ((request, response) => {
        response.writeHead(200, { 'content-length': '10' }).write('x', () => request.socket.destroy())
      }) as RequestListener,
    ],
    [
      'a chunked answer that is cut short',
      ((request, response) => response.writeHead(200).write('x', () => request.socket.destroy())) as RequestListener,
    ],
  ])('%s is a failure', async (_, listener) => {
    const server = await serve(listener ?? ((): void => undefined))
    if (listener === undefined) await server.close()
    const error = await refusalOf(outboundWith(), { url: `http://127.0.0.1:${server.port}/` })
    expect(error.code).toBe('outbound.failed')
  })

  test('an error names the host and never path, query, headers or body', async () => {
    const server = await serve((request, response) => {
      if (request.url?.startsWith('/slow')) return
      if (request.url?.startsWith('/drop')) request.socket.destroy()
      else response.writeHead(200, { 'content-type': 'text/html' }).end('geheim'.repeat(10))
    })
    const base = `http://localhost:${server.port}`
    const common = { headers: { authorization: 'geheim' }, body: 'geheim', method: 'POST' as const }
    const errors = [
      await refusalOf(outboundWith({ allowed: [] }), { ...common, url: `${base}/refused/geheim?q=geheim` }),
      await refusalOf(outboundWith(), { ...common, url: `${base}/slow/geheim?q=geheim`, timeoutMilliseconds: 50 }),
      await refusalOf(outboundWith(), { ...common, url: `${base}/drop/geheim?q=geheim` }),
      await refusalOf(outboundWith(), { ...common, url: `${base}/large/geheim?q=geheim`, maxResponseBytes: 5 }),
      await refusalOf(outboundWith(), {
        ...common,
        url: `${base}/type/geheim`,
        expectedMediaTypes: ['application/json'],
      }),
      await refusalOf(outboundWith(), {
        ...common,
        url: `${base}/geheim`,
        headers: { authorization: 'geheim\r\nx: y' },
      }),
    ]
    expect(errors.map(({ code }) => code)).toEqual([
      'outbound.refused',
      'outbound.timed_out',
      'outbound.failed',
      'outbound.too_large',
      'outbound.bad_answer',
      'outbound.failed',
    ])
    for (const error of errors) {
      expect(error.detail).toContain('localhost')
      expect(inspect(error, { depth: 9 })).not.toContain('geheim')
    }
  })

  test('closing fails the calls under way and refuses later ones, also those that wait for a connection', async () => {
    const server = await serve(() => undefined)
    const outbound = outboundWith()
    const url = `http://127.0.0.1:${server.port}/`
    const calls = Array.from({ length: 20 }, () => refusalOf(outbound, { url }))
    while (server.requests.length < 16) await new Promise(setImmediate)
    outbound.close()
    calls.push(refusalOf(outbound, { url }))
    expect(new Set((await Promise.all(calls)).map(({ code }) => code))).toEqual(new Set(['internal.stopping']))
    expect(server.requests).toHaveLength(16)
  })
})
