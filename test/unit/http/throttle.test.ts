import { connect } from 'node:net'
import { afterEach, describe, expect, test } from '@jest/globals'
import { addressOf, createThrottle } from '../../../node/http/throttle.js'
import { accountForThrottled } from '../../../node/compose/jobs.js'
import { createFixedClock } from '../../../node/kernel/clock.js'
import { NodeError } from '../../../node/kernel/errors.js'
import { createNodeParts, moment } from '../../support/node-parts.js'
import { createServedWorld, echo } from './served.js'

const isFree = (throttle: ReturnType<typeof createThrottle>, address: string): boolean => {
  try {
    throttle.check(address)
    return true
  } catch (error) {
    expect(NodeError.codeOf(error)).toBe('request.too_many')
    return false
  }
}

describe('the refusals of an address', () => {
  test('are as many as may be at once, and then as many as come back in time', () => {
    const clock = createFixedClock(moment)
    const throttle = createThrottle({ clock, refusalsPerMinute: 60 })
    for (let count = 0; count < 60; count += 1) {
      expect(isFree(throttle, '192.0.2.1')).toBe(true)
      throttle.refused('192.0.2.1')
    }
    expect(isFree(throttle, '192.0.2.1')).toBe(false)
    expect(isFree(throttle, '192.0.2.2')).toBe(true)
    clock.move(0.999)
    expect(isFree(throttle, '192.0.2.1')).toBe(false)
    clock.move(0.001)
    expect(isFree(throttle, '192.0.2.1')).toBe(true)
    throttle.refused('192.0.2.1')
    expect(isFree(throttle, '192.0.2.1')).toBe(false)
    clock.move(60)
    expect(isFree(throttle, '192.0.2.1')).toBe(true)
  })

  test('weigh for a minute at most, also when the clock was set back', () => {
    const clock = createFixedClock(moment)
    const throttle = createThrottle({ clock, refusalsPerMinute: 10 })
    for (let count = 0; count < 1000; count += 1) throttle.refused('192.0.2.1')
    clock.move(-3600)
    throttle.refused('192.0.2.1')
    clock.move(66)
    expect(isFree(throttle, '192.0.2.1')).toBe(true)
  })

  test('count for the network of an IPv6 address, and for an IPv4 address however it is written', () => {
    const throttle = createThrottle({ clock: createFixedClock(moment), refusalsPerMinute: 10 })
    for (let count = 0; count < 10; count += 1) {
      throttle.refused(`2001:db8:1:2::${count}`)
      throttle.refused('::ffff:192.0.2.1')
    }
    expect(['2001:db8:1:2:9::1', '2001:db8:1:3::1', '192.0.2.1'].map((address) => isFree(throttle, address))).toEqual([
      false,
      true,
      false,
    ])
  })

  test('count for the network of an IPv6 address also where its zeros are left out', () => {
    const throttle = createThrottle({ clock: createFixedClock(moment), refusalsPerMinute: 10 })
    for (let count = 1; count <= 10; count += 1) throttle.refused(`2001:db8::${count}:1:1:1`)
    expect(isFree(throttle, '2001:db8::ffff:1:1:1')).toBe(false)
  })

  test('that are turned away are accounted for together, once', async () => {
    const { audit, clock, journal } = createNodeParts()
    const throttle = createThrottle({ clock, refusalsPerMinute: 10 })
    for (let count = 0; count < 10; count += 1) throttle.refused('192.0.2.1')
    for (let count = 0; count < 500; count += 1) isFree(throttle, '192.0.2.1')
    await accountForThrottled({ audit, throttles: [throttle] })
    await accountForThrottled({ audit, throttles: [throttle] })
    expect(await journal()).toEqual([
      {
        code: 'requests.throttled',
        action: 'execute',
        outcome: 'refused',
        reasons: ['500 requests of 1 addresses'],
      },
    ])
  })
})

describe('the address of a caller', () => {
  const request = (headers: Record<string, string>) => ({ headers, socket: { remoteAddress: '127.0.0.1' } })

  test('is that of the connection, or the last that the proxy in front says', () => {
    expect(addressOf(request({ 'x-forwarded-for': '192.0.2.1' }), undefined)).toBe('127.0.0.1')
    expect(addressOf(request({ 'x-forwarded-for': '203.0.113.9, 192.0.2.1' }), 'X-Forwarded-For')).toBe('192.0.2.1')
    expect(addressOf(request({ 'x-forwarded-for': '192.0.2.1:50123' }), 'X-Forwarded-For')).toBe('192.0.2.1')
    expect(addressOf(request({}), 'X-Forwarded-For')).toBe('127.0.0.1')
    expect(addressOf(request({ 'x-forwarded-for': 'x'.repeat(65) }), 'X-Forwarded-For')).toBe('127.0.0.1')
  })
})

describe('a listener', () => {
  const world = createServedWorld()
  afterEach(() => world.close())

  test('turns an address away unread with 429 and Retry-After, for routes that are throttled only', async () => {
    let handled = 0
    const handle = () => {
      handled += 1
      return Promise.reject(new NodeError('token.replayed'))
    }
    const throttle = createThrottle({ clock: createFixedClock(moment), refusalsPerMinute: 10 })
    const { port } = await world.serve(
      [{ method: 'GET', pattern: '/token', family: 'oauth', throttled: [400], handle }, echo({ pattern: '/other' })],
      { throttle },
    )
    const ask = (path: string) => fetch(`http://127.0.0.1:${port}${path}`)
    for (let count = 0; count < 10; count += 1) expect((await ask('/token')).status).toBe(400)
    const refused = await ask('/token')
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '6'])
    expect(await refused.json()).toMatchObject({ error: 'temporarily_unavailable', code: 'too-many-refusals' })
    expect(handled).toBe(10)
    expect((await ask('/other')).status).toBe(200)
  })

  test.each([
    ['counts a token that does not count', 'token.invalid', 429],
    ['does not count what the rules refuse, although the source says it with the same status', 'access.denied', 401],
  ] as const)('%s', async (_what, code, last) => {
    const throttle = createThrottle({ clock: createFixedClock(moment), refusalsPerMinute: 10 })
    const handle = () => Promise.reject(new NodeError(code))
    const answerError = (error: unknown) => ({ status: NodeError.codeOf(error) === 'request.too_many' ? 429 : 401 })
    const { port } = await world.serve(
      [{ method: 'GET', pattern: '/bron', family: 'graphql', throttled: [401], answerError, handle }],
      { throttle },
    )
    const ask = () => fetch(`http://127.0.0.1:${port}/bron`)
    for (let count = 0; count < 10; count += 1) expect((await ask()).status).toBe(401)
    expect((await ask()).status).toBe(last)
  })

  test('breaks off connections of an address over its cap, and takes new ones when others have ended', async () => {
    const { port } = await world.serve([echo({ pattern: '/other' })], { limits: { connectionsPerAddress: 2 } })
    const open = () => connect(port, '127.0.0.1')
    const ended = (socket: ReturnType<typeof open>) =>
      new Promise((resolve) =>
        socket
          .once('close', resolve)
          .on('error', () => {})
          .resume(),
      )
    const [first, second] = [open(), open()]
    await Promise.all([first, second].map((socket) => new Promise((resolve) => socket.once('connect', resolve))))
    await ended(open())
    first.destroy()
    second.destroy()
    await Promise.all([ended(first), ended(second)])
    // The server hears of it a moment later.
    await expect(
      (async () => {
        for (;;) {
          const answer = await fetch(`http://127.0.0.1:${port}/other`).catch(() => undefined)
          if (answer !== undefined) return answer.status
        }
      })(),
    ).resolves.toBe(200)
  })
})
