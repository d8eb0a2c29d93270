import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { PageRequest } from '../../../node/catalogue/list-pages.js'
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

const state = () => world.client.replica.state(service)

describe('a copy of a list', () => {
  test('holds who is listed, verified', async () => {
    const presentation = await world.register(member)
    await world.sync()
    expect(await world.listed()).toEqual([
      {
        service,
        timestamp: 1,
        signer: member.did,
        presentationId: idOf(presentation),
        presentation,
        expiresAt: world.clock.now() + 600_000,
        fields: expect.objectContaining({ organization_name: 'Zorgkantoor Noord' }),
        parameters: { authServerURL: 'https://lid.example.nl/oauth2/lid' },
        credentials: [
          expect.objectContaining({
            type: 'LedenadministratieCredential',
            issuer: world.list.stelselbeheerder.did,
            subject: expect.objectContaining({ organization: expect.anything() }),
          }),
          expect.objectContaining({ type: 'DiscoveryRegistrationCredential', issuer: member.did }),
        ],
        registeredAt: expect.any(Number),
        verifiedAt: world.clock.now(),
      },
    ])
  })

  test('is read from where it ended the last time', async () => {
    await world.register(member)
    await world.sync()
    await world.register(other)
    await world.sync()
    expect(world.seen()).toEqual(['GET timestamp=0', 'GET timestamp=1'])
    expect(new Set(await world.found())).toEqual(new Set([member.did, other.did]))
  })

  test('goes on where it was after a restart', async () => {
    await world.register(member)
    await world.sync()
    world.restart()
    await world.sync()
    expect(world.seen().at(-1)).toBe('GET timestamp=1')
    expect(await world.found()).toEqual([member.did])
  })

  test('holds the newest registration of each', async () => {
    await world.register(member)
    await world.sync()
    const renewed = await world.register(member)
    await world.sync()
    expect((await world.listed()).map(({ presentation }) => presentation)).toEqual([renewed])
  })

  test('loses who withdraws', async () => {
    const presentation = await world.register(member)
    await world.register(other)
    await world.sync()
    await world.list.register(retraction(world.list, member, idOf(presentation)))
    await world.sync()
    expect(await world.found()).toEqual([other.did])
  })

  test('is read page by page', async () => {
    const first = registration(world.list, member)
    const second = registration(world.list, other)
    const page = (timestamp: number, entries: object) => () => ({ json: { seed: 'a', timestamp, entries } })
    world.script.push(page(1, { 1: first }), page(2, { 2: second }), page(2, {}))
    await world.sync()
    expect(world.seen()).toEqual(['GET timestamp=0', 'GET timestamp=1', 'GET timestamp=2'])
    expect(await world.found()).toHaveLength(2)
  })

  test('of a list that this node hosts is made without a call out', async () => {
    const { client, list, clock } = world
    await world.register(member)
    const { verifyRegistration, definition } = list
    const page = (name: string, request: PageRequest) => list.listServer.page(name, request)
    const outbound = { request: () => Promise.reject(new Error('called out')) }
    const own = createSync({
      clock,
      log: silentLog,
      outbound,
      replica: client.replica,
      leases: client.node.leases,
      verifyRegistration,
      definitions: [definition],
      hosted: { services: [service], page },
      rulesOf: () => '',
    })
    await own.run(service)
    expect(await world.found()).toEqual([member.did])
  })

  test('is not made of a service that nobody defined', async () => {
    expect((await rejectionOf(world.client.sync.run('onbekend'))).code).toBe('discovery.service_unknown')
    expect(await world.client.sync.status('onbekend')).toMatchObject({ asOf: undefined, fault: undefined })
  })

  test('is made once when two ask together', async () => {
    await world.register(member)
    await Promise.all([world.sync(), world.sync()])
    expect(await world.found()).toEqual([member.did])
    expect(world.seen()).toEqual(['GET timestamp=0', 'GET timestamp=1'])
  })

  test('is not held up by another list that does not answer', async () => {
    const { client, list, clock } = world
    await world.register(member)
    let release = (): void => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    const page = async (name: string, request: PageRequest) => {
      if (name === 'stil') await held
      return list.listServer.page(service, request)
    }
    const both = createSync({
      clock,
      log: silentLog,
      outbound: { request: () => Promise.reject(new Error('called out')) },
      replica: client.replica,
      leases: client.node.leases,
      verifyRegistration: list.verifyRegistration,
      definitions: [{ ...list.definition, id: 'stil' }, list.definition],
      hosted: { services: ['stil', service], page },
      rulesOf: () => '',
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
    await world.register(member)
    await world.sync()
    const { clock, list } = world
    world.list = createDiscoveryWorld({ clock, stelselbeheerder: list.stelselbeheerder })
    const presentation = await world.register(other)
    await world.sync()
    expect((await world.listed()).map((listing) => listing.presentation)).toEqual([presentation])
    const { seed } = await world.list.page()
    expect(await state()).toMatchObject({ seed, timestamp: 1, syncedAt: clock.now(), isWhole: true, listed: 1 })
    expect(world.logged).toEqual(['discovery list started anew: reading it from the beginning'])
  })

  test('takes what was set aside with it', async () => {
    world.script.push(() => ({ json: { seed: 'a', timestamp: 7, entries: { 7: 'nonsense' } } }))
    world.script.push(() => ({ json: { seed: 'a', timestamp: 7, entries: {} } }))
    await world.sync()
    expect(await world.client.replica.quarantined(service)).toHaveLength(1)
    await world.sync()
    expect(await world.client.replica.quarantined(service)).toEqual([])
  })

  test('leaves the copy as it was when its beginning cannot be had', async () => {
    await world.register(member)
    await world.sync()
    const before = await state()
    world.script.push(
      () => ({ json: { seed: 'new', timestamp: 0, entries: {} } }),
      () => ({ status: 503, text: '' }),
    )
    expect((await rejectionOf(world.sync())).code).toBe('outbound.bad_answer')
    expect(await world.found()).toEqual([member.did])
    expect(await state()).toEqual(before)
  })

  test('at every look is not believed', async () => {
    await world.register(member)
    await world.sync()
    let seeds = 0
    const flip = () => ({ json: { seed: `seed ${(seeds += 1)}`, timestamp: 9, entries: {} } })
    world.script.push(...Array.from({ length: 10 }, () => flip))
    expect((await rejectionOf(world.sync())).code).toBe('discovery.list_unstable')
    expect(await world.found()).toEqual([member.did])
  })

  test('more than three times in an hour is not followed, and then it is', async () => {
    await world.register(member)
    await world.sync()
    const { clock, list } = world
    const { stelselbeheerder } = list
    for (let time = 1; time <= 3; time += 1) {
      world.list = createDiscoveryWorld({ clock, stelselbeheerder })
      await world.register(member)
      await world.sync()
    }
    world.list = createDiscoveryWorld({ clock, stelselbeheerder })
    await world.register(other)
    expect((await rejectionOf(world.sync())).code).toBe('discovery.list_unstable')
    expect(await world.found()).toEqual([member.did])
    expect(await world.client.sync.status(service)).toMatchObject({ fault: 'discovery.list_unstable' })
    clock.move(3601)
    await world.register(other)
    await world.sync()
    expect(await world.found()).toEqual([other.did])
  })
})
