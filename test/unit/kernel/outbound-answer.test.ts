import type { RequestListener } from 'node:http'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { afterEach, describe, expect, test } from '@jest/globals'
import { NodeError } from '../../../node/kernel/errors.js'
import { createOutboundWorld, refusalOf } from '../../support/outbound-world.js'

const { close, createOutbound: outboundWith, serve } = createOutboundWorld()

afterEach(close)

const mebibyte = 1024 * 1024

describe('limits of a call out', () => {
  test('an answer of the largest size passes and one byte more does not', async () => {
    const server = await serve((request, response) =>
      response.end(Buffer.alloc(mebibyte + (request.url === '/more' ? 1 : 0))),
    )
    const outbound = outboundWith()
    const answer = await outbound.request({ method: 'GET', url: `http://127.0.0.1:${server.port}/` })
    expect(answer.body).toHaveLength(mebibyte)
    expect((await refusalOf(outbound, { url: `http://127.0.0.1:${server.port}/more` })).code).toBe('outbound.too_large')
  })

  test('the limit of one call replaces the usual one', async () => {
    const server = await serve((_, response) => response.end('12345'))
    const url = `http://127.0.0.1:${server.port}/`
    const answer = await outboundWith().request({ method: 'GET', url, maxResponseBytes: 5 })
    expect(answer.body.toString()).toBe('12345')
    expect((await refusalOf(outboundWith(), { url, maxResponseBytes: 4 })).code).toBe('outbound.too_large')
  })

  test('the limit holds for what gzip unpacks to', async () => {
    const server = await serve((request, response) => {
      const size = request.url === '/bomb' ? 30 * mebibyte : mebibyte
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(size)))
    })
    const outbound = outboundWith()
    const answer = await outbound.request({ method: 'GET', url: `http://127.0.0.1:${server.port}/` })
    expect(answer.body).toHaveLength(mebibyte)
    expect((await refusalOf(outbound, { url: `http://127.0.0.1:${server.port}/bomb` })).code).toBe('outbound.too_large')
  })

  test('a limit of nothing is a fault and not a lack of limit', async () => {
    const server = await serve((_, response) => response.end('x'))
    const error = await refusalOf(outboundWith(), { url: `http://127.0.0.1:${server.port}/`, maxResponseBytes: 0 })
    expect([error.code, server.countConnections()]).toEqual(['internal.fault', 0])
  })

  test.each([
    ['an answer that does not begin', (): void => undefined],
    ['an answer that does not end', ((_, response) => void response.writeHead(200).write('x')) as RequestListener],
    [
      'a packed answer that does not end',
      ((_, response) => {
        response.writeHead(200, { 'content-encoding': 'gzip' }).write(gzipSync('x').subarray(0, 12))
      }) as RequestListener,
    ],
  ])('%s is given up', async (_, listener) => {
    const server = await serve(listener)
    const error = await refusalOf(outboundWith({ timeoutMilliseconds: 100 }), {
      url: `http://127.0.0.1:${server.port}/`,
    })
    expect([error.code, server.countConnections()]).toEqual(['outbound.timed_out', 1])
  })

  test('an answer that trickles is given up although it keeps moving', async () => {
    const server = await serve((_, response) => {
      const timer = setInterval(() => response.write('x'), 10)
      response.on('close', () => clearInterval(timer))
    })
    const url = `http://127.0.0.1:${server.port}/`
    expect((await refusalOf(outboundWith(), { url, timeoutMilliseconds: 100 })).code).toBe('outbound.timed_out')
  })

  test('calls that were given up leave room for others', async () => {
    const server = await serve((request, response) => {
      if (request.url === '/good') response.end('good')
      else response.writeHead(200, { 'content-type': 'text/html' }).write('x')
    })
    const outbound = outboundWith()
    const url = `http://127.0.0.1:${server.port}/`
    const bad = Array.from({ length: 40 }, (_, at) =>
      at % 2 === 0
        ? refusalOf(outbound, { url, timeoutMilliseconds: 100 })
        : refusalOf(outbound, { url, expectedMediaTypes: ['application/json'] }),
    )
    const codes = new Set((await Promise.all(bad)).map(({ code }) => code))
    expect(codes).toEqual(new Set(['outbound.timed_out', 'outbound.bad_answer']))
    const answer = await outbound.request({ method: 'GET', url: `${url}good` })
    expect(answer.body.toString()).toBe('good')
  })
})

describe('encoding of an answer', () => {
  test('gzip is asked for and unpacked', async () => {
    const server = await serve((_, response) =>
      response.writeHead(200, { 'content-encoding': 'GZip' }).end(gzipSync('answer')),
    )
    const answer = await outboundWith().request({ method: 'GET', url: `http://127.0.0.1:${server.port}/` })
    expect(answer.body.toString()).toBe('answer')
    expect(server.requests[0]?.headers['accept-encoding']).toBe('gzip')
  })

  test.each([
    ['br', brotliCompressSync('answer')],
    ['gzip, gzip', gzipSync(gzipSync('answer'))],
    ['zstd', Buffer.from('answer')],
  ])('%s was not asked for and is refused', async (encoding, body) => {
    const server = await serve((_, response) => response.writeHead(200, { 'content-encoding': encoding }).end(body))
    const error = await refusalOf(outboundWith(), { url: `http://127.0.0.1:${server.port}/` })
    expect(error.code).toBe('outbound.bad_answer')
  })

  test.each([
    ['breaks off', gzipSync('answer'.repeat(100)).subarray(0, 20)],
    ['is not gzip', Buffer.from('answer')],
  ])('gzip that %s is a failure', async (_, body) => {
    const server = await serve((__, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(body))
    const error = await refusalOf(outboundWith(), { url: `http://127.0.0.1:${server.port}/` })
    expect(error.code).toBe('outbound.failed')
  })

  test('an answer without a body needs no unpacking', async () => {
    const server = await serve((_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end())
    const answer = await outboundWith().request({ method: 'HEAD', url: `http://127.0.0.1:${server.port}/` })
    expect([answer.status, answer.body.length]).toEqual([200, 0])
  })
})

describe('media type of an answer', () => {
  const call = async (status: number, contentType: string | undefined): Promise<string> => {
    const server = await serve((_, response) => {
      if (contentType !== undefined) response.setHeader('content-type', contentType)
      response.writeHead(status).end(status === 204 ? undefined : '{}')
    })
    const url = `http://127.0.0.1:${server.port}/`
    try {
      const answer = await outboundWith().request({ method: 'GET', url, expectedMediaTypes: ['application/json'] })
      return String(answer.status)
    } catch (error) {
      return NodeError.codeOf(error)
    }
  }

  test.each([
    [200, 'application/json'],
    [201, 'Application/Json ; charset=utf-8'],
    [204, undefined],
    [404, 'text/html'],
    [302, undefined],
  ])('%i with %s passes', async (status, contentType) => {
    expect(await call(status, contentType)).toBe(String(status))
  })

  test.each([
    [200, 'text/html'],
    [200, undefined],
    [200, ''],
    [200, 'application/jsonx'],
    [201, 'text/html; x=application/json'],
  ])('%i with %j is refused', async (status, contentType) => {
    expect(await call(status, contentType)).toBe('outbound.bad_answer')
  })
})
