import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createReplica } from '../../../node/discovery/replica.js'
import { createWatch } from '../../../node/discovery/watch.js'
import { epochSeconds } from '../../../node/kernel/clock.js'
import { silentLog } from '../../../node/kernel/log.js'
import { listing, registration, service } from '../../support/discovery-world.js'
import { createOutsider, type Outsider } from '../../support/outsider.js'
import { createReplicaWorld, type ReplicaWorld } from '../../support/replica-world.js'

let world: ReplicaWorld
let member: Outsider
let other: Outsider

beforeEach(async () => {
  world = await createReplicaWorld()
  member = createOutsider(world.clock)
  other = createOutsider(world.clock)
  await world.serveStatus('a', [])
})

afterEach(() => world.close())

const watch = (): Promise<void> => world.client.watch.run(service)

/** Registers for an hour with a membership that has a place in a status list. */
async function register(who: Outsider, index: number, name = 'a', purpose = 'revocation'): Promise<void> {
  const credentials = [world.listedMembership(who.did, name, index, purpose), listing(world.list, who.did)]
  const exp = epochSeconds(world.clock.now()) + 3500
  await world.list.register(registration(world.list, who, { credentials, claims: { exp } }))
}

async function changes(): Promise<readonly string[]> {
  const page = await world.client.replica.changesSince(service, undefined, 100)
  return page.changes.map(({ kind, signer }) => `${kind} ${signer}`)
}

const statusRequests = (): number => world.server.requests.filter(({ path }) => path.startsWith('/status/')).length

describe('a listing whose credential is revoked', () => {
  test('leaves at the next look at its status list, with the reason, and the others stay', async () => {
    await register(member, 1)
    await register(other, 2)
    await world.sync()
    await watch()
    expect(await world.found()).toHaveLength(2)
    await world.serveStatus('a', [1])
    await watch()
    expect(await world.found()).toEqual([other.did])
    expect(await world.quarantined()).toEqual({ 1: 'credential.revoked' })
    expect(await changes()).toEqual([`listed ${other.did}`, `gone ${member.did}`])
    expect(world.logged).toContain('discovery listing no longer counts: credential.revoked')
  })

  test('leaves though the copy of the list that verified it was fresh', async () => {
    await register(member, 1)
    await world.sync()
    await world.serveStatus('a', [1])
    world.clock.move(45)
    await watch()
    expect(await world.found()).toEqual([])
  })

  test('leaves after a restart too', async () => {
    await register(member, 1)
    await world.sync()
    world.restart()
    await world.serveStatus('a', [1])
    await watch()
    expect(await world.found()).toEqual([])
  })

  test('leaves when another process of the node listed it', async () => {
    await watch()
    await register(member, 1)
    await world.sync()
    const { node } = world.client
    const elsewhere = createWatch({ ...node, log: silentLog, replica: createReplica(node) })
    await elsewhere.run(service)
    await world.serveStatus('a', [1])
    await elsewhere.run(service)
    expect(await world.found()).toEqual([])
  })

  test('does not come back when its entry is read again', async () => {
    await register(member, 1)
    await world.sync()
    await world.serveStatus('a', [1])
    await watch()
    world.restart({ trusting: 'nobody' })
    await world.sync()
    world.restart()
    world.clock.move(60)
    await world.sync()
    expect([await world.found(), await world.quarantined()]).toEqual([[], { 1: 'credential.revoked' }])
  })

  test('does not take its successor with it', async () => {
    await register(member, 1)
    await world.sync()
    await watch()
    await register(member, 2)
    await world.sync()
    await world.serveStatus('a', [1])
    await watch()
    expect(await world.found()).toEqual([member.did])
  })
})

describe('a listing whose credential is suspended', () => {
  test('leaves, and comes back when the suspension ends', async () => {
    await world.serveStatus('s', [], 'suspension')
    await register(member, 3, 's', 'suspension')
    await world.sync()
    await world.serveStatus('s', [3], 'suspension')
    await watch()
    expect([await world.found(), await world.quarantined()]).toEqual([[], { 1: 'credential.suspended' }])
    await world.serveStatus('s', [], 'suspension')
    await watch()
    world.clock.move(900)
    await world.sync()
    expect([await world.found(), await world.quarantined()]).toEqual([[member.did], {}])
  })
})

describe('a status list that cannot be had', () => {
  test('keeps nobody out for a day, and then everybody until it is back', async () => {
    const exp = epochSeconds(world.clock.now()) + 7 * 86_400
    const credentials = [world.listedMembership(member.did, 'a', 1), listing(world.list, member.did)]
    // Longer than this list allows, so it is put into the copy by hand.
    await register(member, 1)
    await world.sync()
    const [found] = await world.listed()
    const state = await world.client.replica.state(service)
    if (found === undefined || state === undefined) throw new Error('nobody is listed')
    const status = [
      {
        type: 'LedenadministratieCredential',
        issuer: world.list.stelselbeheerder.did,
        statusEntries: [
          JSON.parse(Buffer.from(String(credentials[0]).split('.')[1] ?? '', 'base64url').toString()).vc
            .credentialStatus,
        ],
      },
    ]
    const long = { ...found, presentation: 'another', expiresAt: exp * 1000 }
    await world.client.replica
      .under(world.client.node.store)
      .commit(service, state, [{ kind: 'list', listing: long, status }])
    await watch()
    await world.serveStatus('a', undefined)
    world.clock.move(86_400)
    await watch()
    expect(await world.found()).toEqual([member.did])
    world.clock.move(1)
    await watch()
    expect([await world.found(), await world.quarantined()]).toEqual([[], { 1: 'credential.status_unavailable' }])
  })

  test('at the first look sets an entry aside, and lets it in when it is back', async () => {
    await register(member, 1)
    await world.serveStatus('a', undefined)
    await world.sync()
    expect([await world.found(), await world.quarantined()]).toEqual([[], { 1: 'credential.status_unavailable' }])
    await world.serveStatus('a', [])
    world.clock.move(2)
    await world.sync()
    expect([await world.found(), await world.quarantined()]).toEqual([[member.did], {}])
  })

  test('does not hold up another', async () => {
    await world.serveStatus('b', [])
    await register(member, 1, 'a')
    await register(other, 1, 'b')
    await world.sync()
    await world.serveStatus('a', undefined)
    await world.serveStatus('b', [1])
    await watch()
    expect(await world.found()).toEqual([member.did])
  })
})

describe('a look', () => {
  test('asks each status list once, however many are in it, and verifies nobody again', async () => {
    const members = Array.from({ length: 20 }, () => createOutsider(world.clock))
    for (const [index, each] of members.entries()) await register(each, index)
    await world.sync()
    const before = statusRequests()
    await watch()
    expect(statusRequests() - before).toBe(1)
    await watch()
    expect(statusRequests() - before).toBe(2)
    expect(await world.found()).toHaveLength(20)
  })

  test('takes out who has expired, and says so in the feed', async () => {
    await register(member, 1)
    await world.list.register(registration(world.list, other))
    await world.sync()
    world.clock.move(600)
    expect(await changes()).toEqual([`listed ${member.did}`])
    await watch()
    expect(await changes()).toEqual([`listed ${member.did}`, `gone ${other.did}`])
    expect(await world.quarantined()).toEqual({})
    expect(await world.client.replica.state(service)).toMatchObject({ listed: 1 })
  })

  test('forgets departures after a month; who comes back later begins anew', async () => {
    await register(member, 1)
    await world.sync()
    const { feed, sequence } = await world.client.replica.changesSince(service, undefined, 10)
    world.clock.move(3600)
    await watch()
    expect(await changes()).toEqual([`gone ${member.did}`])
    world.clock.move(30 * 86_400 + 1)
    await watch()
    expect(await changes()).toEqual([])
    expect(await world.client.replica.changesSince(service, { feed, sequence }, 10)).toMatchObject({ startsAnew: true })
  })

  test('at a list that was never read does nothing', async () => {
    await watch()
    await world.client.watch.run('onbekend')
    expect(world.seen()).toEqual([])
  })
})
