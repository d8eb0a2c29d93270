import { connect } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { afterEach, describe, expect, test } from '@jest/globals'
import { jsonAnswer, type Route } from '../../../node/http/exchange.js'
import { openConnection, requestText, send } from './connection.js'
import { createServedWorld, echo } from './served.js'

const world = createServedWorld()
afterEach(() => world.close())

const post: Route = echo({
  pattern: '/thing',
  method: 'POST',
  body: { maxBytes: 1000, mediaTypes: ['application/json'] },
})
const quick = { headers: 60, request: 120, check: 20 }

describe('slow requests', () => {
  test('headers that do not end are cut off with 408', async () => {
    const { port } = await world.serve([post], { limits: quick })
    const connection = openConnection(port)
    connection.write('POST /thing HTTP/1.1\r\nHost: node.example\r\nX-Slow: a')
    expect((await connection.answer()).status).toBe(408)
    await connection.closed
    connection.end()
  })

  test('a body that does not end is cut off with 408, and the handler is never called', async () => {
    let calls = 0
    const handle = (): Promise<never> => {
      calls += 1
      return Promise.reject(new Error('called'))
    }
    const { port, lines } = await world.serve([{ ...post, handle }], { limits: quick })
    const connection = openConnection(port)
    connection.write(requestText('POST', '/thing', ['Content-Type: application/json', 'Content-Length: 10']))
    connection.write('{')
    expect((await connection.answer()).status).toBe(408)
    await connection.closed
    connection.end()
    while (!lines().some(({ msg }) => msg === 'request')) await new Promise(setImmediate)
    expect(calls).toBe(0)
  })

  test('a caller that keeps its half open does not keep the connection', async () => {
    const { port, listener } = await world.serve([post], { limits: quick })
    const connection = openConnection(port)
    connection.write('no HTTP at all\r\n\r\n')
    expect((await connection.answer()).status).toBe(400)
    await listener.close(60_000)
    connection.end()
  })

  test('a request in time is answered', async () => {
    const { port } = await world.serve([post], { limits: { check: 20 } })
    const answer = await send(port, requestText('POST', '/thing', ['Content-Type: application/json'], '{}'))
    expect(answer.status).toBe(200)
  })
})

describe('slow readers', () => {
  // More than the system keeps for a connection.
  const large: Route = {
    ...echo({ pattern: '/large' }),
    handle: () => Promise.resolve({ status: 200, body: Buffer.alloc(64 * 1024 * 1024) }),
  }

  test('a caller that does not read its answer does not keep the connection', async () => {
    const limits = { stalled: 100, connectionCount: 1 }
    const { port } = await world.serve([large, echo({ pattern: '/thing' })], { limits })
    const socket = connect(port, '127.0.0.1').pause()
    socket.on('error', () => {}).write(requestText('GET', '/large'))
    const ask = () => send(port, requestText('GET', '/thing')).catch(() => undefined)
    let answer = await ask()
    while (answer === undefined) answer = await ask()
    expect(answer.status).toBe(200)
    socket.destroy()
  })

  test('an answer that takes long to make is waited for', async () => {
    const handle = async () => setTimeout(500, jsonAnswer(200, { made: true }))
    const late: Route = { ...echo({ pattern: '/late' }), handle }
    const { port } = await world.serve([late], { limits: { stalled: 50 } })
    expect((await send(port, requestText('GET', '/late'))).body).toBe('{"made":true}')
  })

  test('a caller that reads has all of it', async () => {
    const { port } = await world.serve([large])
    const { size } = await (await fetch(`http://127.0.0.1:${port}/large`)).blob()
    expect(size).toBe(64 * 1024 * 1024)
  })

  test('a connection that is kept alive still ends when nothing comes', async () => {
    const { port } = await world.serve([echo({ pattern: '/thing' })], { limits: { idle: 50 } })
    const connection = openConnection(port)
    connection.write(requestText('GET', '/thing'))
    expect((await connection.answer()).status).toBe(200)
    await connection.closed
    connection.end()
  })
})

describe('the number of connections', () => {
  test('has a cap: one more is closed without an answer', async () => {
    const { port } = await world.serve([echo({ pattern: '/thing' })], { limits: { connectionCount: 1 } })
    const first = openConnection(port)
    first.write(requestText('GET', '/thing'))
    expect((await first.answer()).status).toBe(200)
    const second = openConnection(port)
    second.write(requestText('GET', '/thing'))
    await second.closed
    await expect(second.answer()).rejects.toThrow('the connection ended after: ')
    first.write(requestText('GET', '/thing'))
    expect((await first.answer()).status).toBe(200)
    for (const connection of [first, second]) connection.end()
  })
})

/** A route whose answer waits until the test lets it go. */
function gate(): { readonly route: Route; readonly reached: Promise<void>; readonly open: () => void } {
  let open = (): void => {}
  let reach = (): void => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  const reached = new Promise<void>((resolve) => {
    reach = resolve
  })
  const route = echo({
    pattern: '/slow',
    async handle() {
      reach()
      await opened
      return jsonAnswer(200, { done: true })
    },
  })
  return { route, reached, open }
}

describe('closing', () => {
  test('lets a running request finish, tells it to go, and takes no other', async () => {
    const { route, reached, open } = gate()
    const { port, listener } = await world.serve([route, echo({ pattern: '/thing' })])
    const idle = openConnection(port)
    idle.write(requestText('GET', '/thing'))
    await idle.answer()
    const running = openConnection(port)
    running.write(requestText('GET', '/slow'))
    await reached

    const closing = listener.close(60_000)
    await idle.closed
    const late = openConnection(port)
    await late.closed

    open()
    const answer = await running.answer()
    expect([answer.status, answer.body]).toEqual([200, '{"done":true}'])
    expect(answer.headers.get('connection')).toBe('close')
    await running.closed
    await closing
    for (const connection of [idle, running, late]) connection.end()
  })

  test('breaks off what takes longer than it may', async () => {
    const { route, reached, open } = gate()
    const { port, listener } = await world.serve([route])
    const running = openConnection(port)
    running.write(requestText('GET', '/slow'))
    await reached
    await listener.close(10)
    await running.closed
    await expect(running.answer()).rejects.toThrow('the connection ended after: ')
    open()
    running.end()
  })

  test('is done at once when nothing runs', async () => {
    const { port, listener } = await world.serve([echo({ pattern: '/thing' })])
    await send(port, requestText('GET', '/thing'))
    await listener.close(60_000)
    const late = openConnection(port)
    await late.closed
    late.end()
  })
})
