import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { idOf, registration, retraction, service } from '../../support/discovery-world.js'
import { createOutsider, type Outsider } from '../../support/outsider.js'
import { createReplicaWorld } from '../../support/replica-world.js'
import type { ReplicaWorld } from '../../support/replica-world.js'
import { zorgkantoor } from '../../support/token-world.js'

let world: ReplicaWorld
let member: Outsider
let other: Outsider

beforeEach(async () => {
  world = await createReplicaWorld()
  member = createOutsider(world.clock)
  other = createOutsider(world.clock)
})

afterEach(() => world.close())

describe('an entry that does not verify', () => {
  test('is set aside with its reason, and the good ones stay', async () => {
    const good = registration(world.list, member)
    const fake = createOutsider(world.clock)
    const subject = { id: fake.did, organization: zorgkantoor }
    const credentials = [fake.issue({ type: 'LedenadministratieCredential', subject })]
    const [head, claims] = registration(world.list, other).split('.')
    world.serveEntries({
      1: good,
      2: 'nonsense',
      3: 17,
      4: { vp: good },
      5: null,
      6: 'x'.repeat(70_000),
      7: registration(world.list, fake, { credentials }),
      8: `${head}.${claims}.${good.split('.')[2]}`,
      9: registration(world.list, other, { claims: { aud: 'andere-lijst' } }),
      10: registration(world.list, other),
    })
    await world.sync()
    expect(new Set(await world.found())).toEqual(new Set([member.did, other.did]))
    expect(await world.quarantined()).toEqual({
      2: 'presentation.malformed',
      3: 'discovery.registration_invalid',
      4: 'discovery.registration_invalid',
      5: 'discovery.registration_invalid',
      6: 'discovery.registration_invalid',
      7: 'presentation.unfulfilled',
    })
    expect(world.logged.filter((line) => line.startsWith('discovery entry set aside'))).toHaveLength(8)
    // Nothing here can pass by itself, so nothing of it is kept to be tried again.
    const { replica } = world.client
    const kept = await Promise.all([2, 3, 4, 5, 6, 7].map((number) => replica.quarantinedText(service, number)))
    expect(kept.every((text) => text === undefined)).toBe(true)
  })

  test('of the signer of a good one is forgotten with it', async () => {
    world.serveEntries({
      1: registration(world.list, member, { claims: { aud: 'andere-lijst' } }),
      2: registration(world.list, member),
    })
    await world.sync()
    expect(await world.quarantined()).toEqual({})
  })

  test('that comes after a good one of the same signer does not push it out', async () => {
    world.serveEntries({
      1: registration(world.list, member),
      2: registration(world.list, member, { credentials: [] }),
    })
    await world.sync()
    expect(await world.found()).toEqual([member.did])
    expect(await world.quarantined()).toEqual({ 2: 'presentation.unfulfilled' })
  })

  test('does not withdraw anybody, whomever it names', async () => {
    const good = registration(world.list, member)
    const names = { iss: member.did, sub: member.did }
    const [head] = good.split('.')
    const [, claims, signature] = retraction(world.list, other, idOf(good), names).split('.')
    world.serveEntries({
      1: good,
      2: retraction(world.list, other, idOf(good)),
      3: retraction(world.list, other, idOf(good), names),
      4: `${head}.${claims}.${signature}`,
    })
    await world.sync()
    expect(await world.found()).toEqual([member.did])
    expect(await world.quarantined()).toEqual({ 3: 'presentation.signer', 4: 'presentation.signature' })
  })

  test('is forgotten when no registration could live so long', async () => {
    world.serveEntries({ 1: 'nonsense' })
    await world.sync()
    world.clock.move(3605)
    expect(await world.quarantined()).toEqual({ 1: 'presentation.malformed' })
    world.clock.move(0.001)
    expect(await world.quarantined()).toEqual({})
  })

  test('is in the log once, not at every look', async () => {
    world.serveEntries({ 1: 'nonsense' })
    await world.sync()
    world.script.push(() => ({ json: { seed: 'a', timestamp: 1, entries: {} } }))
    await world.sync()
    expect(world.logged).toEqual(['discovery entry set aside: presentation.malformed'])
  })

  test('is one of ten thousand that are remembered; the list is read on, with few lines in the log', async () => {
    world.serveEntries({
      1: registration(world.list, member),
      ...Object.fromEntries(Array.from({ length: 10_050 }, (_, index) => [index + 2, 'nonsense'])),
      20_000: registration(world.list, other),
    })
    await world.sync()
    expect(Object.keys(await world.quarantined())).toHaveLength(10_000)
    expect(new Set(await world.found())).toEqual(new Set([member.did, other.did]))
    expect(await world.client.replica.state(service)).toMatchObject({ timestamp: 20_000, isWhole: true })
    expect(world.logged).toHaveLength(51)
  })
})

describe('an entry whose signer cannot be reached', () => {
  const did = 'did:web:ander.example.nl'
  let key: Outsider
  let remote: Outsider

  beforeEach(() => {
    key = createOutsider(world.clock)
    remote = world.publish(did, key)
    world.unreachable.add(did)
  })

  /** After the time for which a failure to resolve is remembered. */
  async function becomeReachable(): Promise<void> {
    world.unreachable.delete(did)
    world.clock.move(31)
  }

  async function register(who: Outsider): Promise<string> {
    const presentation = registration(world.list, who)
    await world.list.register(presentation)
    return presentation
  }

  test('is tried again at the next look, and then listed', async () => {
    await register(remote)
    await register(member)
    await world.sync()
    expect(await world.found()).toEqual([member.did])
    expect(await world.quarantined()).toEqual({ 1: 'identity.did_unresolvable' })
    await world.sync()
    expect(await world.quarantined()).toEqual({ 1: 'identity.did_unresolvable' })
    await becomeReachable()
    await world.sync()
    expect(new Set(await world.found())).toEqual(new Set([member.did, did]))
    expect(await world.quarantined()).toEqual({})
  })

  test('is not tried again once it turned out to be bad, until the rules are others', async () => {
    await register(remote)
    await world.sync()
    world.publish(did, createOutsider(world.clock))
    await becomeReachable()
    await world.sync()
    expect(await world.quarantined()).toEqual({ 1: 'presentation.signature' })
    world.publish(did, key)
    world.clock.move(301)
    await world.sync()
    expect(await world.found()).toEqual([])
    world.restart()
    await world.sync()
    expect(await world.found()).toEqual([])
    world.restart({ trusting: 'nobody' })
    await world.sync()
    world.restart()
    await world.sync()
    expect(await world.found()).toEqual([did])
  })

  test('does not come back when it was withdrawn meanwhile', async () => {
    const presentation = await register(remote)
    await world.sync()
    await becomeReachable()
    await world.list.register(retraction(world.list, remote, idOf(presentation)))
    await world.sync()
    expect([await world.found(), await world.quarantined()]).toEqual([[], {}])
    await world.sync()
    expect(await world.found()).toEqual([])
  })

  test('does not come back when it was withdrawn and that could not be verified either', async () => {
    for (let number = 1; number <= 8; number += 1) await register(createOutsider(world.clock))
    const presentation = await register(remote)
    await world.sync()
    await world.list.register(retraction(world.list, remote, idOf(presentation)))
    await world.sync()
    expect(await world.quarantined()).toEqual({ 9: 'identity.did_unresolvable', 10: 'identity.did_unresolvable' })
    await becomeReachable()
    await world.sync()
    expect(await world.quarantined()).toEqual({})
    expect(await world.found()).toHaveLength(8)
    expect(await world.found()).not.toContain(did)
  })

  test('does not push out the newer one of the same signer', async () => {
    await register(remote)
    await world.sync()
    await becomeReachable()
    const renewed = await register(remote)
    await world.sync()
    await world.sync()
    expect((await world.listed()).map(({ presentation }) => presentation)).toEqual([renewed])
    expect(await world.quarantined()).toEqual({})
  })

  test('is not listed after it has expired', async () => {
    await register(remote)
    await world.sync()
    world.unreachable.delete(did)
    world.clock.move(600)
    await world.sync()
    expect([await world.found(), await world.quarantined()]).toEqual([[], { 1: 'presentation.expired' }])
  })

  test('stays listed when it was verified before', async () => {
    world.unreachable.delete(did)
    await register(remote)
    await world.sync()
    world.unreachable.add(did)
    world.restart()
    await world.sync()
    expect(await world.found()).toEqual([did])
  })
})

describe('the first look after a start', () => {
  test('takes out who is no longer trusted, and lets in who is trusted again', async () => {
    await world.list.register(registration(world.list, member))
    await world.sync()
    world.restart({ trusting: 'nobody' })
    await world.sync()
    expect([await world.found(), await world.quarantined()]).toEqual([[], { 1: 'credential.issuer_untrusted' }])
    await world.sync()
    expect(await world.found()).toEqual([])
    world.restart()
    await world.sync()
    expect([await world.found(), await world.quarantined()]).toEqual([[member.did], {}])
  })

  test('takes in who could not be listed for our own configuration', async () => {
    world.restart({ trusting: 'nobody' })
    await world.list.register(registration(world.list, member))
    await world.sync()
    expect(await world.found()).toEqual([])
    world.restart()
    await world.sync()
    expect(await world.found()).toEqual([member.did])
  })
})
