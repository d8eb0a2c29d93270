import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from '@jest/globals'
import { createListServer } from '../../../node/catalogue/list-server.js'
import { createFixedClock } from '../../../node/kernel/clock.js'
import { silentLog } from '../../../node/kernel/log.js'
import { openLevelStore } from '../../../node/stores/level.js'
import {
  createDiscoveryWorld,
  idOf,
  listing,
  registration,
  retraction,
  service,
} from '../../support/discovery-world.js'
import type { DiscoveryWorld } from '../../support/discovery-world.js'
import { moment } from '../../support/node-parts.js'
import { createOutsider, type Outsider } from '../../support/outsider.js'
import { rejectionOf } from '../../support/refusals.js'
import { createFaultyStore } from '../stores/faulty-store.js'

let world: DiscoveryWorld
let member: Outsider
let other: Outsider

beforeEach(() => {
  world = createDiscoveryWorld()
  member = createOutsider(world.clock)
  other = createOutsider(world.clock)
})

describe('a list', () => {
  test('shows registrations by ascending number', async () => {
    const presentations = [registration(world, member), registration(world, other)]
    for (const presentation of presentations) await world.register(presentation)
    expect(await world.page()).toEqual({
      seed: expect.any(String),
      timestamp: 2,
      entries: { 1: presentations[0], 2: presentations[1] },
    })
  })

  test('shows what came after a number, and nothing to who has everything', async () => {
    await world.register(registration(world, member))
    await world.register(registration(world, other))
    expect(Object.keys((await world.page(1)).entries)).toEqual(['2'])
    expect(await world.page(2)).toMatchObject({ timestamp: 2, entries: {} })
    expect(await world.page(9)).toMatchObject({ timestamp: 2, entries: {} })
  })

  test('gives a signer one place: a new registration takes a new number and the old one goes', async () => {
    await world.register(registration(world, member))
    await world.register(registration(world, other))
    const renewed = registration(world, member)
    await world.register(renewed)
    const { timestamp, entries } = await world.page()
    expect([timestamp, Object.keys(entries), entries['3']]).toEqual([3, ['2', '3'], renewed])
  })

  test('that is unknown or hosted elsewhere takes and shows nothing', async () => {
    const { node, definition, verifyRegistration } = world
    const elsewhere = createListServer({ ...node, verifyRegistration, definitions: [definition], hosted: [] })
    const trace = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) }
    for (const name of ['onbekend', 'constructor', '']) {
      expect((await rejectionOf(elsewhere.page(name, { after: 0 }))).code).toBe('discovery.service_unknown')
      expect((await rejectionOf(elsewhere.register(name, 'x', trace))).code).toBe('discovery.service_unknown')
    }
    expect((await rejectionOf(elsewhere.page(service, { after: 0 }))).code).toBe('discovery.not_a_server')
    expect((await rejectionOf(elsewhere.register(service, 'x', trace))).code).toBe('discovery.not_a_server')
  })

  test('drops a registration at the moment that it expires', async () => {
    await world.register(registration(world, member))
    world.clock.move(599.999)
    expect(Object.keys((await world.page()).entries)).toEqual(['1'])
    world.clock.move(0.001)
    expect(await world.page()).toMatchObject({ timestamp: 1, entries: {} })
  })

  test('gives the next number after everything has expired', async () => {
    await world.register(registration(world, member))
    const { seed } = await world.page()
    world.clock.move(700)
    await world.node.store.sweep(1000)
    await world.register(registration(world, member))
    expect(await world.page()).toMatchObject({ seed, timestamp: 2, entries: { 2: expect.any(String) } })
  })

  test('has one seed, also for many who look first', async () => {
    const pages = await Promise.all(Array.from({ length: 20 }, () => world.page()))
    expect(new Set(pages.map(({ seed }) => seed)).size).toBe(1)
    await world.register(registration(world, member))
    expect((await world.page()).seed).toBe(pages[0]?.seed)
  })

  test('gives registrations that arrive together numbers of their own', async () => {
    const members = Array.from({ length: 40 }, () => createOutsider(world.clock))
    await Promise.all(members.map((each) => world.register(registration(world, each))))
    const { timestamp, entries } = await world.page()
    expect(timestamp).toBe(40)
    expect(Object.keys(entries).map(Number)).toEqual(Array.from({ length: 40 }, (_, index) => index + 1))
    expect(new Set(Object.values(entries)).size).toBe(40)
  })

  test('gives them numbers of their own in two replicas of the node too', async () => {
    const { stelselbeheerder, clock } = world
    const replica = createDiscoveryWorld({ store: world.node.store, clock, stelselbeheerder })
    const members = Array.from({ length: 10 }, () => createOutsider(clock))
    await Promise.all(
      members.map((each, index) => (index % 2 === 0 ? world : replica).register(registration(world, each))),
    )
    expect(await replica.page()).toEqual(await world.page())
    expect(Object.keys((await world.page()).entries)).toHaveLength(10)
  })
})

describe('a page of a list', () => {
  test('stays below 1 MiB and says where to go on', async () => {
    const long = Object.fromEntries(Array.from({ length: 18 }, (_, index) => [`bron${index}`, 'x'.repeat(2000)]))
    const members = Array.from({ length: 25 }, () => createOutsider(world.clock))
    for (const each of members) {
      const credentials = [world.membership(each.did), listing(world, each.did, long)]
      await world.register(registration(world, each, { credentials }))
    }
    const sizes: number[] = []
    const seen: string[] = []
    let after = 0
    for (;;) {
      const text = (await world.listServer.page(service, { after })).body.toString()
      const { timestamp, entries } = JSON.parse(text) as { timestamp: number; entries: Record<string, string> }
      if (Object.keys(entries).length === 0) break
      expect(timestamp).toBe(Number(Object.keys(entries).at(-1)))
      sizes.push(Buffer.byteLength(text))
      seen.push(...Object.keys(entries))
      after = timestamp
    }
    expect(sizes.length).toBeGreaterThan(1)
    expect(Math.max(...sizes)).toBeLessThan(1024 * 1024)
    expect(seen.map(Number)).toEqual(members.map((_, index) => index + 1))
  })

  test('shows what another replica of the node listed', async () => {
    const { stelselbeheerder, clock } = world
    const replica = createDiscoveryWorld({ store: world.node.store, clock, stelselbeheerder })
    await world.register(registration(world, member))
    expect(await replica.page()).toMatchObject({ timestamp: 1 })
    await world.register(registration(world, other))
    expect(Object.keys((await replica.page()).entries)).toEqual(['1', '2'])
  })
})

describe('the account of a list', () => {
  test('says who was listed and who withdrew', async () => {
    const presentation = registration(world, member)
    await world.register(presentation)
    await world.register(retraction(world, member, idOf(presentation)))
    const about = { code: 'registration.accepted', outcome: 'success', actor: { did: member.did }, object: { service } }
    expect(await world.node.journal()).toEqual([
      { ...about, action: 'create', trace: expect.anything() },
      { ...about, action: 'delete', trace: expect.anything() },
    ])
  })

  test('says what was refused, which is never shown', async () => {
    const bad = registration(world, member, { credentials: [] })
    expect((await rejectionOf(world.register(bad))).code).toBe('presentation.unfulfilled')
    expect(await world.node.journal()).toMatchObject([
      { code: 'registration.refused', outcome: 'refused', error: 'presentation.unfulfilled', object: { service } },
    ])
    expect(await world.page()).toMatchObject({ timestamp: 0, entries: {} })
  })

  test('is written together with the registration or not at all', async () => {
    const clock = createFixedClock(moment)
    const { store, medium } = createFaultyStore(clock)
    const faulty = createDiscoveryWorld({ store, clock })
    await faulty.page()
    medium.fault = 'before'
    expect((await rejectionOf(faulty.register(registration(faulty, member)))).code).toBe('audit.unavailable')
    expect(await faulty.page()).toMatchObject({ timestamp: 0, entries: {} })
  })
})

describe('after a restart', () => {
  test('a list goes on where it was, under the same seed', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'bronnet-list-'))
    const clock = createFixedClock(moment)
    const open = () => openLevelStore({ directory, clock, log: silentLog })
    try {
      const store = await open()
      const first = createDiscoveryWorld({ store, clock })
      const presentation = registration(first, member)
      await first.register(presentation)
      const before = await first.page()
      await store.close()
      const reopened = await open()
      const second = createDiscoveryWorld({ store: reopened, clock, stelselbeheerder: first.stelselbeheerder })
      expect(await second.page()).toEqual(before)
      expect((await rejectionOf(second.register(presentation))).code).toBe('discovery.registration_taken')
      await second.register(registration(second, member))
      expect((await second.page()).timestamp).toBe(2)
      await reopened.close()
    } finally {
      await rm(directory, { recursive: true })
    }
  })
})
