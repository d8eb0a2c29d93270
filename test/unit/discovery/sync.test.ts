import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createSync } from '../../../node/discovery/sync.js'
import { silentLog } from '../../../node/kernel/log.js'
import { createDiscoveryWorld, idOf, registration, retraction, service } from '../../support/discovery-world.js'
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

const sync = (): Promise<void> => world.client.sync.run(service)

async function register(who: Outsider): Promise<string> {
  const presentation = registration(world.list, who)
  await world.list.register(presentation)
  return presentation
}

const state = () => world.client.replica.state(service)

describe('a copy of a list', () => {
  test('holds who is listed, verified', async () => {
    const presentation = await register(member)
    await sync()
    expect(await world.client.replica.listings(service)).toEqual([
      {
        service,
        timestamp: 1,
        signer: member.did,
        presentationId: idOf(presentation),
        presentation,
        expiresAt: world.clock.now() + 600_000,
        fields: expect.objectContaining({ organization_name: 'Zorgkantoor Noord' }),
        parameters: { authServerURL: 'https://lid.example.nl/oauth2/lid' },
        subjects: [expect.objectContaining({ organization: expect.anything() }), expect.anything()],
        verifiedAt: world.clock.now(),
      },
    ])
  })

  test('is read from where it ended the last time', async () => {
    await register(member)
    await sync()
    await register(other)
    await sync()
    expect(world.seen()).toEqual(['GET timestamp=0', 'GET timestamp=1', 'GET timestamp=1', 'GET timestamp=2'])
    expect(new Set(await world.found())).toEqual(new Set([member.did, other.did]))
  })

  test('goes on where it was after a restart', async () => {
    await register(member)
    await sync()
    world.restart()
    await sync()
    expect(world.seen().at(-1)).toBe('GET timestamp=1')
    expect(await world.found()).toEqual([member.did])
  })

  test('holds the newest registration of each', async () => {
    await register(member)
    await sync()
    const renewed = await register(member)
    await sync()
    expect((await world.client.replica.listings(service)).map(({ presentation }) => presentation)).toEqual([renewed])
  })

  test('loses who withdraws', async () => {
    const presentation = await register(member)
    await register(other)
    await sync()
    await world.list.register(retraction(world.list, member, idOf(presentation)))
    await sync()
    expect(await world.found()).toEqual([other.did])
  })

  test('is read page by page', async () => {
    const first = registration(world.list, member)
    const second = registration(world.list, other)
    const page = (timestamp: number, entries: object) => () => ({ json: { seed: 'a', timestamp, entries } })
    world.script.push(page(1, { 1: first }), page(2, { 2: second }), page(2, {}))
    await sync()
    expect(world.seen()).toEqual(['GET timestamp=0', 'GET timestamp=1', 'GET timestamp=2'])
    expect(await world.found()).toHaveLength(2)
  })

  test('of a list that this node hosts is made without a call out', async () => {
    const { client, list, clock } = world
    await register(member)
    const { verifyRegistration, definition } = list
    const page = (name: string, timestamp: number) => list.listServer.page(name, timestamp)
    const outbound = { request: () => Promise.reject(new Error('called out')), close: () => {} }
    const own = createSync({
      clock,
      log: silentLog,
      outbound,
      replica: client.replica,
      leases: client.node.leases,
      verifyRegistration,
      definitions: [definition],
      hosted: { services: [service], page },
    })
    await own.run(service)
    expect(await world.found()).toEqual([member.did])
  })

  test('is not made of a service that nobody defined', async () => {
    expect((await rejectionOf(world.client.sync.run('onbekend'))).code).toBe('discovery.service_unknown')
    expect(await world.client.sync.status('onbekend')).toEqual({ asOf: undefined, fault: undefined })
  })

  test('is made once when two ask together', async () => {
    await register(member)
    await Promise.all([sync(), sync()])
    expect(await world.found()).toEqual([member.did])
    expect(world.seen()).toEqual(['GET timestamp=0', 'GET timestamp=1', 'GET timestamp=1'])
  })

  test('is not held up by another list that does not answer', async () => {
    const { client, list, clock } = world
    await register(member)
    let release = (): void => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    const page = async (name: string, timestamp: number) => {
      if (name === 'stil') await held
      return list.listServer.page(service, timestamp)
    }
    const both = createSync({
      clock,
      log: silentLog,
      outbound: { request: () => Promise.reject(new Error('called out')), close: () => {} },
      replica: client.replica,
      leases: client.node.leases,
      verifyRegistration: list.verifyRegistration,
      definitions: [{ ...list.definition, id: 'stil' }, list.definition],
      hosted: { services: ['stil', service], page },
    })
    const silent = both.run('stil')
    await both.run(service)
    expect(await world.found()).toEqual([member.did])
    release()
    await silent
  })
})

describe('a list that starts anew', () => {
  test('takes the place of the copy', async () => {
    await register(member)
    await sync()
    const { clock, list } = world
    world.list = createDiscoveryWorld({ clock, stelselbeheerder: list.stelselbeheerder })
    const presentation = await register(other)
    await sync()
    expect((await world.client.replica.listings(service)).map((listing) => listing.presentation)).toEqual([
      presentation,
    ])
    expect(await state()).toEqual({ seed: (await world.list.page()).seed, timestamp: 1, syncedAt: clock.now() })
    expect(world.logged).toEqual(['discovery list started anew: reading it from the beginning'])
  })

  test('takes what was set aside with it', async () => {
    world.script.push(() => ({ json: { seed: 'a', timestamp: 7, entries: { 7: 'nonsense' } } }))
    world.script.push(() => ({ json: { seed: 'a', timestamp: 7, entries: {} } }))
    await sync()
    expect(await world.client.replica.quarantined(service)).toHaveLength(1)
    await sync()
    expect(await world.client.replica.quarantined(service)).toEqual([])
  })

  test('leaves the copy as it was when its beginning cannot be had', async () => {
    await register(member)
    await sync()
    const before = await state()
    world.script.push(
      () => ({ json: { seed: 'new', timestamp: 0, entries: {} } }),
      () => ({ status: 503, text: '' }),
    )
    expect((await rejectionOf(sync())).code).toBe('outbound.bad_answer')
    expect(await world.found()).toEqual([member.did])
    expect(await state()).toEqual(before)
  })

  test('at every look is not believed', async () => {
    await register(member)
    await sync()
    let seeds = 0
    const flip = () => ({ json: { seed: `seed ${(seeds += 1)}`, timestamp: 9, entries: {} } })
    world.script.push(...Array.from({ length: 10 }, () => flip))
    expect((await rejectionOf(sync())).code).toBe('outbound.bad_answer')
    expect(await world.found()).toEqual([member.did])
  })
})

describe('a number of a list', () => {
  test('never goes back: the copy stays, and the list is at fault', async () => {
    await register(member)
    await register(other)
    await sync()
    const { seed } = await world.list.page()
    world.script.push(() => ({ json: { seed, timestamp: 1, entries: {} } }))
    expect((await rejectionOf(sync())).code).toBe('outbound.bad_answer')
    expect(await state()).toMatchObject({ seed, timestamp: 2 })
    expect(await world.found()).toHaveLength(2)
  })

  test('that was read before is not read again: an old registration does not push out the new one', async () => {
    const old = await register(member)
    await sync()
    const renewed = await register(member)
    await sync()
    const { seed } = await world.list.page()
    const entries = { 1: old, 2: retraction(world.list, member, idOf(renewed)) }
    world.script.push(() => ({ json: { seed, timestamp: 2, entries } }))
    await sync()
    expect((await world.client.replica.listings(service)).map((listing) => listing.presentation)).toEqual([renewed])
    expect(await state()).toMatchObject({ timestamp: 2 })
  })

  test('may be ahead of the page that it stands on', async () => {
    const presentation = registration(world.list, member)
    world.script.push(() => ({ json: { seed: 'a', timestamp: 3, entries: { 5: presentation } } }))
    world.script.push(() => ({ json: { seed: 'a', timestamp: 5, entries: {} } }))
    await sync()
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
    await sync()
    expect((await world.client.replica.listings(service)).map(({ timestamp }) => timestamp)).toEqual([10])
  })
})

describe('how fresh a copy is', () => {
  test('is known from the end of the last look', async () => {
    expect(await world.client.sync.status(service)).toEqual({ asOf: undefined, fault: undefined })
    await sync()
    const read = world.clock.now()
    expect(await world.client.sync.status(service)).toEqual({ asOf: read, fault: undefined })
    world.clock.move(60)
    world.script.push(() => ({ status: 500, text: '' }))
    await rejectionOf(sync())
    expect(await world.client.sync.status(service)).toEqual({ asOf: read, fault: 'outbound.bad_answer' })
    await sync()
    expect(await world.client.sync.status(service)).toEqual({ asOf: world.clock.now(), fault: undefined })
  })

  test('does not count a look that broke off half-way', async () => {
    const presentation = registration(world.list, member)
    world.script.push(() => ({ json: { seed: 'a', timestamp: 1, entries: { 1: presentation } } }))
    world.script.push(() => ({ status: 500, text: '' }))
    await rejectionOf(sync())
    expect(await world.client.sync.status(service)).toEqual({ asOf: undefined, fault: 'outbound.bad_answer' })
    expect(await world.found()).toEqual([member.did])
  })

  test('is not claimed of a list that never ends', async () => {
    let last = 0
    const endless = () => ({ json: { seed: 'a', timestamp: (last += 1), entries: { [last]: 'nonsense' } } })
    world.script.push(...Array.from({ length: 200 }, () => endless))
    await sync()
    expect(world.seen()).toHaveLength(100)
    expect(await world.client.sync.status(service)).toEqual({ asOf: undefined, fault: undefined })
    expect(world.logged).toContain('discovery list did not come to its end')
  })
})
