import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { registration, service } from '../../support/discovery-world.js'
import { createOutsider, type Outsider } from '../../support/outsider.js'
import { rejectionOf } from '../../support/refusals.js'
import { createReplicaWorld } from '../../support/replica-world.js'
import type { ReplicaWorld } from '../../support/replica-world.js'

let world: ReplicaWorld
let member: Outsider

beforeEach(async () => {
  world = await createReplicaWorld()
  member = createOutsider(world.clock)
  await world.list.register(registration(world.list, member))
  await world.client.sync.run(service)
})

afterEach(() => world.close())

const page = (changes: Record<string, unknown>) => ({ json: { seed: 'a', timestamp: 1, entries: {}, ...changes } })

describe('a server that answers', () => {
  test.each([
    ['with an empty text', { text: '' }, 'json.malformed'],
    ['with HTML', { text: '<html>Welkom</html>', headers: { 'content-type': 'text/html' } }, 'json.malformed'],
    ['with half of JSON', { text: '{"seed":"a","timestamp":1' }, 'json.malformed'],
    ['with a byte order mark', { text: '\ufeff{}' }, 'json.malformed'],
    ['with one member twice', { text: '{"seed":"a","seed":"b","timestamp":1,"entries":{}}' }, 'json.duplicate_member'],
    ['with a prototype', { text: '{"seed":"a","timestamp":1,"entries":{"__proto__":"x"}}' }, 'json.forbidden_text'],
    ['with endless depth', { text: '['.repeat(100_000) }, 'json.too_deep'],
    ['with a page of more than 5 MiB', { text: ' '.repeat(5 * 1024 * 1024 + 1) }, 'outbound.too_large'],
    [
      'with a hundred thousand entries',
      page({ entries: Object.fromEntries(Array.from({ length: 100_001 }, (_, index) => [index, ''])) }),
      'json.too_large',
    ],
    ['with a list', { json: [] }, 'outbound.bad_answer'],
    ['with nothing', { json: null }, 'outbound.bad_answer'],
    ['without a seed', page({ seed: undefined }), 'outbound.bad_answer'],
    ['with an empty seed', page({ seed: '' }), 'outbound.bad_answer'],
    ['with a number for a seed', page({ seed: 1 }), 'outbound.bad_answer'],
    ['with a number below zero', page({ timestamp: -1 }), 'outbound.bad_answer'],
    ['with half a number', page({ timestamp: 1.5 }), 'outbound.bad_answer'],
    [
      'with a number that is no longer whole',
      { text: '{"seed":"a","timestamp":1e300,"entries":{}}' },
      'outbound.bad_answer',
    ],
    ['with a number as text', page({ timestamp: '1' }), 'outbound.bad_answer'],
    ['without entries', page({ entries: undefined }), 'outbound.bad_answer'],
    ['with a list of entries', page({ entries: ['x'] }), 'outbound.bad_answer'],
    ['with an entry below zero', page({ entries: { '-1': 'x' } }), 'outbound.bad_answer'],
    ['with an entry between two', page({ entries: { '1.5': 'x' } }), 'outbound.bad_answer'],
    ['with an entry of too many digits', page({ entries: { '1000000000000000': 'x' } }), 'outbound.bad_answer'],
    [
      'with an entry named like a member of every object',
      page({ entries: { constructor: 'x' } }),
      'outbound.bad_answer',
    ],
    ['404', { status: 404, json: {} }, 'outbound.bad_answer'],
    ['201', { ...page({}), status: 201 }, 'outbound.bad_answer'],
    ['with a redirect', { status: 307, headers: { location: '/elsewhere' }, text: '' }, 'outbound.bad_answer'],
  ])('%s is at fault, and the copy stays', async (_how, scripted, expected) => {
    const before = await world.client.replica.state(service)
    world.script.push(() => scripted)
    expect((await rejectionOf(world.client.sync.run(service))).code).toBe(expected)
    expect(await world.client.search(service, {})).toMatchObject({
      fault: expected,
      listings: [{ signer: member.did }],
    })
    expect(await world.client.replica.state(service)).toEqual(before)
    expect(await world.client.replica.quarantined(service)).toEqual([])
  })

  test('not at all is at fault, and the copy stays', async () => {
    await world.server.close()
    expect((await rejectionOf(world.client.sync.run(service))).code).toBe('outbound.failed')
    expect(await world.found()).toEqual([member.did])
  })

  test('with members that nobody knows is read all the same', async () => {
    const { seed } = await world.list.page()
    world.script.push(() => page({ seed, more: { to: 'come' } }))
    await world.client.sync.run(service)
    expect(await world.client.search(service, {})).toMatchObject({ stale: false, listings: [{ signer: member.did }] })
  })
})
