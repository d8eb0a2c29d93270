import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { gunzipSync } from 'node:zlib'
import { discoveryListRoutes } from '../../../node/http/routes/discovery-list.js'
import type { HttpAnswer } from '../../../node/http/exchange.js'
import { startTrace } from '../../../node/kernel/trace.js'
import { createDiscoveryWorld, registration, service } from '../../support/discovery-world.js'
import { createOutsider } from '../../support/outsider.js'
import { rejectionOf } from '../../support/refusals.js'
import { startComposedNode, type ComposedNode } from './composed.js'

const world = createDiscoveryWorld()
const forwarded: string[] = []
const routes = discoveryListRoutes({
  listServer: world.listServer,
  hosted: [service],
  forward: {
    page({ service: name }, { after, limit }) {
      forwarded.push(`page ${name} ${String(after)} ${String(limit)}`)
      return Promise.resolve(Buffer.from('{"seed":"b","timestamp":0,"entries":{}}'))
    },
    register({ service: name }, compact) {
      forwarded.push(`register ${name} ${compact}`)
      return Promise.resolve()
    },
  },
})

function ask(
  method: 'GET' | 'POST',
  options: {
    readonly name?: string
    readonly query?: Readonly<Record<string, string>>
    readonly headers?: Readonly<Record<string, string>>
    readonly body?: string
  } = {},
): Promise<HttpAnswer> {
  const route = routes.find((candidate) => candidate.method === method)
  if (route === undefined) throw new Error('there is no such route')
  return route.handle({
    method,
    params: { service: options.name ?? service },
    query: options.query ?? {},
    remoteAddress: '127.0.0.1',
    callerAddress: '127.0.0.1',
    baseUrls: [],
    clientCertificate: () => undefined,
    header: (name) => options.headers?.[name],
    body: Buffer.from(options.body ?? ''),
    trace: startTrace(),
  })
}

beforeAll(() => world.register(registration(world, createOutsider(world.clock))))

describe('a page of a hosted list', () => {
  test.each(['gzip', 'deflate, gzip;q=0.5', 'br, GZIP', 'x-gzip'])(
    'is packed for who accepts "%s"',
    async (accepted) => {
      const plain = await ask('GET')
      const packed = await ask('GET', { headers: { 'accept-encoding': accepted } })
      expect(packed.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'accept-encoding' })
      expect(gunzipSync(packed.body as Buffer).equals(plain.body as Buffer)).toBe(true)
    },
  )

  test.each([undefined, '', 'identity', 'deflate', 'br', 'gzip;q=0', 'gzip;q=0.0, deflate'])(
    'is plain for who accepts %p',
    async (accepted) => {
      const { headers, body } = await ask(
        'GET',
        accepted === undefined ? {} : { headers: { 'accept-encoding': accepted } },
      )
      expect(headers).not.toHaveProperty('content-encoding')
      expect(headers).toMatchObject({ 'cache-control': 'no-store', vary: 'accept-encoding' })
      expect(JSON.parse(String(body))).toMatchObject({ timestamp: 1 })
    },
  )

  test('is not sent again to who names it', async () => {
    const etag = (await ask('GET')).headers?.['etag'] ?? ''
    for (const known of [etag, `"x", ${etag}`, etag.replace('W/', '')]) {
      const answer = await ask('GET', { headers: { 'if-none-match': known } })
      expect(answer).toEqual({ status: 304, headers: expect.objectContaining({ etag }) })
    }
    expect((await ask('GET', { headers: { 'if-none-match': '"x"' } })).status).toBe(200)
    expect((await ask('GET', { query: { timestamp: '1' }, headers: { 'if-none-match': etag } })).status).toBe(200)
  })

  test.each(['0', '-1', '1001', 'x', '1.5', ''])('has no limit of "%s"', async (limit) => {
    const refusal = await rejectionOf(ask('GET', { query: { limit } }))
    expect([refusal.code, refusal.notes]).toEqual(['request.bad_parameters', ['limit: a whole number from 1 to 1000']])
  })

  test('takes a limit, and parameters that it does not know', async () => {
    const { body } = await ask('GET', { query: { limit: '1', tag: 'x' } })
    expect(JSON.parse(String(body))).toMatchObject({ more: false })
  })
})

describe('a list that is hosted elsewhere', () => {
  test('is asked there', async () => {
    const answer = await ask('GET', { name: 'elders', query: { timestamp: '4', limit: '5' } })
    expect(JSON.parse(String(answer.body))).toMatchObject({ seed: 'b' })
    await ask('POST', { name: 'elders', body: '"a.b.c"' })
    expect(forwarded).toEqual(['page elders 4 5', 'register elders a.b.c'])
  })

  test('gets no body that is no text', async () => {
    for (const body of ['{}', '1', 'null', '["a"]']) {
      expect((await rejectionOf(ask('POST', { name: 'elders', body }))).code).toBe('discovery.registration_invalid')
    }
  })
})

describe('the list of a running node', () => {
  let running: ComposedNode
  const listPath = '/discovery/voorbeeld'
  beforeAll(async () => {
    running = await startComposedNode()
  })
  afterAll(() => running.end())

  test('refuses in the shape of a problem', async () => {
    for (const [path, body, status] of [
      ['/discovery/onbekend', '"a.b.c"', 404],
      [listPath, '{}', 400],
      [listPath, '"a.b.c"', 400],
    ] as const) {
      const { status: got, headers } = await running.outside('POST', path, body, { 'content-type': 'application/json' })
      expect([got, headers.get('content-type')]).toEqual([status, 'application/problem+json'])
    }
  })
})
