import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { epochSeconds } from '../../../node/kernel/clock.js'
import { idOf, listing, registration, retraction, service } from '../../support/discovery-world.js'
import { createOutsider, type Outsider } from '../../support/outsider.js'
import { rejectionOf } from '../../support/refusals.js'
import { createReplicaWorld, type ReplicaWorld } from '../../support/replica-world.js'

let world: ReplicaWorld
let member: Outsider
let other: Outsider

beforeEach(async () => {
  world = await createReplicaWorld()
  member = createOutsider(world.clock)
  other = createOutsider(world.clock)
})

afterEach(() => world.close())

describe('one bad entry among good ones', () => {
  test('of a megabyte costs the others nothing', async () => {
    world.serveEntries({
      1: registration(world.list, member),
      2: 'x'.repeat(1_000_000),
      3: registration(world.list, other),
    })
    await world.sync()
    expect(new Set(await world.found())).toEqual(new Set([member.did, other.did]))
    expect(await world.quarantined()).toEqual({ 2: 'discovery.registration_invalid' })
  })

  test('on a page of nearly 5 MiB costs the others nothing', async () => {
    const large = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [index + 2, 'x'.repeat(100_000)]))
    world.serveEntries({ 1: registration(world.list, member), ...large, 99: registration(world.list, other) })
    await world.sync()
    expect(await world.found()).toHaveLength(2)
    expect(Object.keys(await world.quarantined())).toHaveLength(50)
  })

  test('that begins in the future is set aside, and counts when its time has come', async () => {
    const nbf = epochSeconds(world.clock.now()) + 300
    world.serveEntries({ 1: registration(world.list, member, { claims: { nbf, iat: nbf, exp: nbf + 600 } }) })
    await world.sync()
    expect([await world.found(), await world.quarantined()]).toEqual([[], { 1: 'presentation.not_yet_valid' }])
    world.clock.move(300)
    world.serveEntries({}, 'a')
    world.script.length = 0
    world.script.push(() => ({ json: { seed: 'a', timestamp: 1, entries: {} } }))
    await world.sync()
    expect([await world.found(), await world.quarantined()]).toEqual([[member.did], {}])
  })

  test('with the id of another party takes nothing from it', async () => {
    const good = registration(world.list, member)
    world.serveEntries({
      1: good,
      2: registration(world.list, other, { claims: { jti: idOf(good) } }),
      3: retraction(world.list, other, idOf(good)),
    })
    await world.sync()
    expect(await world.found()).toEqual([member.did])
  })

  test('that says a BSN of its party is set aside', async () => {
    const credentials = [world.list.membership(other.did), listing(world.list, other.did, { contact: 'x 999990019' })]
    world.serveEntries({ 1: registration(world.list, member), 2: registration(world.list, other, { credentials }) })
    await world.sync()
    expect([await world.found(), await world.quarantined()]).toEqual([
      [member.did],
      { 2: 'discovery.registration_invalid' },
    ])
  })
})

describe('bytes that are no UTF-8', () => {
  test('are the fault of the list: the copy stays, and is read on when they are gone', async () => {
    world.serveEntries({ 1: registration(world.list, member) })
    await world.sync()
    world.script.push(() => ({ text: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]) as unknown as string }))
    expect((await rejectionOf(world.sync())).code).toBe('json.malformed')
    expect(await world.found()).toEqual([member.did])
    world.script.push(() => ({ json: { seed: 'a', timestamp: 2, entries: { 2: registration(world.list, other) } } }))
    world.script.push(() => ({ json: { seed: 'a', timestamp: 2, entries: {} } }))
    await world.sync()
    expect(await world.found()).toHaveLength(2)
  })
})

describe('an old registration that is shown again', () => {
  test('does not take the place of the new one, also under another seed', async () => {
    const old = registration(world.list, member)
    world.clock.move(120)
    const renewed = registration(world.list, member)
    world.serveEntries({ 2: renewed })
    await world.sync()
    world.serveEntries({ 1: old }, 'b')
    world.script.unshift(() => ({ json: { seed: 'b', timestamp: 1, entries: {} } }))
    await world.sync()
    expect((await world.listed()).map(({ presentation }) => presentation)).toEqual([renewed])
  })

  test('does not end the new one when it is a withdrawal', async () => {
    const old = registration(world.list, member)
    const withdrawal = retraction(world.list, member, idOf(old))
    world.clock.move(120)
    const renewed = registration(world.list, member)
    world.serveEntries({ 1: old, 2: renewed, 3: withdrawal })
    await world.sync()
    expect((await world.listed()).map(({ presentation }) => presentation)).toEqual([renewed])
  })
})

describe('a signer that does not answer', () => {
  test('is set aside while the others are listed, and listed when it does', async () => {
    const did = 'did:web:traag.example.nl'
    const slow = world.publish(did, createOutsider(world.clock))
    let release = (): void => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    world.holding.set(did, held)
    await world.list.register(registration(world.list, slow))
    for (let number = 0; number < 5; number += 1) {
      await world.list.register(registration(world.list, createOutsider(world.clock)))
    }
    await world.list.register(registration(world.list, member))
    const running = world.sync()
    while ((await world.found()).length < 6) await new Promise((resolve) => setTimeout(resolve, 20))
    expect(await world.found()).not.toContain(did)
    release()
    world.holding.clear()
    await running
    expect(await world.found()).toContain(did)
    expect(await world.quarantined()).toEqual({})
  })
})

describe('other rules of trust', () => {
  test('take out who counts no more though the list cannot be had, and leave it out', async () => {
    await world.list.register(registration(world.list, member))
    await world.sync()
    world.restart({ trusting: 'nobody' })
    world.script.push(() => ({ status: 503, text: '' }))
    expect((await rejectionOf(world.sync())).code).toBe('outbound.bad_answer')
    expect(await world.found()).toEqual([])
    await world.sync()
    expect([await world.found(), await world.quarantined()]).toEqual([[], { 1: 'credential.issuer_untrusted' }])
  })
})

describe('a list that is read again each day', () => {
  test('loses who is on it no more, and keeps who cannot be reached', async () => {
    const did = 'did:web:ander.example.nl'
    const remote = world.publish(did, createOutsider(world.clock))
    const exp = (): number => epochSeconds(world.clock.now()) + 3500
    world.serveEntries({
      1: registration(world.list, member),
      2: registration(world.list, remote),
      3: registration(world.list, other),
    })
    await world.sync()
    expect(await world.found()).toHaveLength(3)
    world.clock.move(500)
    world.unreachable.add(did)
    const state = await world.client.replica.state(service)
    if (state === undefined) throw new Error('there is no copy')
    // As if the day had passed: registrations here live for an hour at most.
    const { store } = world.client.node
    await world.client.replica.under(store).commit(service, { ...state, readAgainAt: world.clock.now() }, [])
    const entries = Object.fromEntries(
      (await world.listed())
        .filter(({ signer }) => signer !== other.did)
        .map(({ timestamp, presentation }) => [timestamp, presentation]),
    )
    world.clock.move(80)
    world.serveEntries({ ...entries, 9: registration(world.list, member, { claims: { exp: exp() } }) })
    await world.sync()
    expect(new Set(await world.found())).toEqual(new Set([member.did, did]))
    expect(await world.quarantined()).toEqual({})
  })
})
