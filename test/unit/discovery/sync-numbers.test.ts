import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { idOf, registration, retraction, service } from '../../support/discovery-world.js'
import { createOutsider, type Outsider } from '../../support/outsider.js'
import { rejectionOf } from '../../support/refusals.js'
import { createReplicaWorld } from '../../support/replica-world.js'
import type { ReplicaWorld } from '../../support/replica-world.js'

let world: ReplicaWorld
let member: Outsider
let other: Outsider

beforeEach(async () => {
  world = await createReplicaWorld()
  member = createOutsider(world.clock)
  other = createOutsider(world.clock)
})

afterEach(() => world.close())

const state = () => world.client.replica.state(service)

describe('a number of a list', () => {
  test('never goes back: the copy stays, and the list is at fault', async () => {
    await world.register(member)
    await world.register(other)
    await world.sync()
    const { seed } = await world.list.page()
    world.script.push(() => ({ json: { seed, timestamp: 1, entries: {} } }))
    expect((await rejectionOf(world.sync())).code).toBe('outbound.bad_answer')
    expect(await state()).toMatchObject({ seed, timestamp: 2 })
    expect(await world.found()).toHaveLength(2)
  })

  test('that was read before is not read again: an old registration does not push out the new one', async () => {
    const old = await world.register(member)
    await world.sync()
    const renewed = await world.register(member)
    await world.sync()
    const { seed } = await world.list.page()
    const entries = { 1: old, 2: retraction(world.list, member, idOf(renewed)) }
    world.script.push(() => ({ json: { seed, timestamp: 2, entries } }))
    await world.sync()
    expect((await world.listed()).map((listing) => listing.presentation)).toEqual([renewed])
    expect(await state()).toMatchObject({ timestamp: 2 })
  })

  test('may be ahead of the page that it stands on', async () => {
    const presentation = registration(world.list, member)
    world.script.push(() => ({ json: { seed: 'a', timestamp: 3, entries: { 5: presentation } } }))
    world.script.push(() => ({ json: { seed: 'a', timestamp: 5, entries: {} } }))
    await world.sync()
    expect(world.seen()).toEqual(['GET timestamp=0', 'GET timestamp=5'])
    expect(await state()).toMatchObject({ timestamp: 5 })
  })

  test('is taken in the order of numbers, whatever the order of the page', async () => {
    const [first, second] = [registration(world.list, member), registration(world.list, member)]
    const text = JSON.stringify({ seed: 'a', timestamp: 10, entries: {} }).replace(
      '{}',
      `{"10":${JSON.stringify(second)},"09":${JSON.stringify(first)}}`,
    )
    world.script.push(() => ({ text }))
    world.script.push(() => ({ json: { seed: 'a', timestamp: 10, entries: {} } }))
    await world.sync()
    expect((await world.listed()).map(({ timestamp }) => timestamp)).toEqual([10])
  })
})

describe('how fresh a copy is', () => {
  test('is known from the end of the last look', async () => {
    expect(await world.client.sync.status(service)).toMatchObject({ asOf: undefined, fault: undefined })
    await world.sync()
    const read = world.clock.now()
    expect(await world.client.sync.status(service)).toEqual({ asOf: read, freshness: 'fresh', fault: undefined })
    world.clock.move(60)
    world.script.push(() => ({ status: 500, text: '' }))
    await rejectionOf(world.sync())
    expect(await world.client.sync.status(service)).toMatchObject({ asOf: read, fault: 'outbound.bad_answer' })
    await world.sync()
    expect(await world.client.sync.status(service)).toMatchObject({ asOf: world.clock.now(), fault: undefined })
  })

  test('does not count a look that broke off half-way', async () => {
    const presentation = registration(world.list, member)
    world.script.push(() => ({ json: { seed: 'a', timestamp: 1, entries: { 1: presentation } } }))
    world.script.push(() => ({ status: 500, text: '' }))
    await rejectionOf(world.sync())
    expect(await world.client.sync.status(service)).toMatchObject({ asOf: undefined, fault: 'outbound.bad_answer' })
    expect(await world.found()).toEqual([member.did])
  })

  test('is not claimed of a list that never ends', async () => {
    let last = 0
    const endless = () => ({ json: { seed: 'a', timestamp: (last += 1), entries: { [last]: 'nonsense' } } })
    world.script.push(...Array.from({ length: 100 }, () => endless))
    await world.sync()
    expect(world.seen().length).toBeLessThan(25)
    expect(await world.client.sync.status(service)).toMatchObject({ asOf: undefined, fault: undefined })
    expect(world.logged).toContain('discovery list did not come to its end')
  })
})
