import { beforeEach, describe, expect, test } from '@jest/globals'
import { createForward, type Forward } from '../../../node/catalogue/forward.js'
import { NodeError } from '../../../node/kernel/errors.js'
import type { OutboundAnswer, OutboundRequest } from '../../../node/kernel/outbound.js'
import { createDiscoveryWorld, service, type DiscoveryWorld } from '../../support/discovery-world.js'
import { rejectionOf } from '../../support/refusals.js'

const trace = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) }
const endpoint = `https://lijst.example.nl/discovery/${service}`

let world: DiscoveryWorld
let forward: Forward
let sent: OutboundRequest[]
let answer: Partial<OutboundAnswer>

beforeEach(() => {
  world = createDiscoveryWorld({ endpoint })
  sent = []
  answer = {}
  forward = createForward({
    audit: world.node.audit,
    definitions: [world.definition],
    url: 'https://node.example.nl/pad',
    outbound: {
      request(call) {
        sent.push(call)
        const headers = { get: () => undefined }
        return Promise.resolve({
          status: 200,
          headers,
          mediaType: 'application/json',
          body: Buffer.from('{}'),
          ...answer,
        })
      },
    },
  })
})

const request = (headers: Readonly<Record<string, string>> = {}, name = service) => ({
  service: name,
  header: (wanted: string) => headers[wanted],
  trace,
})

describe('a page of a list that is hosted elsewhere', () => {
  test('is asked of the endpoint of the definition, marked as forwarded, and given as it comes', async () => {
    answer = { body: Buffer.from('{"seed":"a","timestamp":7,"entries":{}}') }
    expect(String(await forward.page(request(), { after: 6, limit: 10 }))).toBe(
      '{"seed":"a","timestamp":7,"entries":{}}',
    )
    expect(sent).toEqual([
      expect.objectContaining({
        method: 'GET',
        url: `${endpoint}?timestamp=6&limit=10`,
        headers: { 'x-forwarded-host': 'lijst.example.nl', via: '1.1 bronnet-discovery' },
      }),
    ])
    await forward.page(request(), { after: 0 })
    expect(sent[1]?.url).toBe(`${endpoint}?timestamp=0`)
  })

  test.each([
    [404, 'discovery.service_unknown'],
    [400, 'discovery.registration_invalid'],
    [500, 'outbound.bad_answer'],
    [302, 'outbound.bad_answer'],
    [204, 'outbound.bad_answer'],
  ])('that its server answers with %d is refused', async (status, code) => {
    answer = { status }
    expect((await rejectionOf(forward.page(request(), { after: 0 }))).code).toBe(code)
  })
})

describe('a registration for a list that is hosted elsewhere', () => {
  test('is in the journal, and sent on as it came', async () => {
    answer = { status: 201, body: Buffer.alloc(0) }
    await forward.register(request(), 'a.b.c')
    expect(sent).toEqual([expect.objectContaining({ method: 'POST', url: endpoint, body: '"a.b.c"', trace })])
    expect((await world.node.journal()).at(-1)).toMatchObject({ code: 'registration.forwarded', object: { service } })
  })

  test('that is refused there is refused here, in its words and without numbers', async () => {
    answer = { status: 400, body: Buffer.from('{"title":"x","detail":"jti 123456789 is on the list"}') }
    const refusal = await rejectionOf(forward.register(request(), 'a.b.c'))
    expect([refusal.code, refusal.notes]).toEqual([
      'discovery.registration_invalid',
      ['the discovery server refuses the request', 'jti ••• is on the list'],
    ])
  })

  test('is not sent when the journal cannot be written', async () => {
    const unaccounted = createForward({
      audit: { record: () => Promise.reject(new NodeError('audit.unavailable')) },
      definitions: [world.definition],
      url: 'https://node.example.nl',
      outbound: { request: () => Promise.reject(new Error('called out')) },
    })
    expect((await rejectionOf(unaccounted.register(request(), 'a.b.c'))).code).toBe('audit.unavailable')
  })
})

describe('what would go round', () => {
  test.each([
    ['came by the host of the list', { 'x-forwarded-host': 'lijst.example.nl' }],
    ['came by it among others', { 'x-forwarded-host': 'proxy.example.nl, LIJST.example.nl' }],
    ['came by it with a scheme', { 'x-forwarded-host': 'https://lijst.example.nl/x' }],
    ['was forwarded already', { via: '1.1 proxy, 1.1 bronnet-discovery' }],
  ])('because it %s is refused and not sent', async (_why, headers: Readonly<Record<string, string>>) => {
    for (const work of [forward.page(request(headers), { after: 0 }), forward.register(request(headers), 'a.b.c')]) {
      expect((await rejectionOf(work)).code).toBe('discovery.not_a_server')
    }
    expect(sent).toEqual([])
  })

  test('because the list is said to be here is refused and not sent', async () => {
    const definition = { ...world.definition, endpoint: 'https://node.example.nl/discovery/x' }
    const own = createForward({
      audit: world.node.audit,
      definitions: [definition],
      url: 'https://node.example.nl/pad',
      outbound: { request: () => Promise.reject(new Error('called out')) },
    })
    expect((await rejectionOf(own.page(request(), { after: 0 }))).code).toBe('discovery.not_a_server')
  })

  test.each([{}, { 'x-forwarded-host': 'node.example.nl' }, { via: '1.1 proxy' }])(
    'is not every request that came through a proxy: %j',
    async (headers: Readonly<Record<string, string>>) => {
      await forward.page(request(headers), { after: 0 })
      expect(sent).toHaveLength(1)
    },
  )
})

test('a list that nobody defined is not forwarded anywhere', async () => {
  for (const name of ['onbekend', 'constructor', '']) {
    expect((await rejectionOf(forward.page(request({}, name), { after: 0 }))).code).toBe('discovery.service_unknown')
  }
  expect(sent).toEqual([])
})
