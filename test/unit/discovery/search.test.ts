import { beforeEach, describe, expect, test } from '@jest/globals'
import type { Listing } from '../../../node/discovery/listing.js'
import { createReplica, type Replica, type ReplicaWriter } from '../../../node/discovery/replica.js'
import { createSearch, type Search } from '../../../node/discovery/search.js'
import { toRfc3339, type MovableClock } from '../../../node/kernel/clock.js'
import { createDiscoveryWorld, service } from '../../support/discovery-world.js'
import { rejectionOf } from '../../support/refusals.js'

let clock: MovableClock
let replica: Replica
let writer: ReplicaWriter
let search: Search
let fault: string | undefined

beforeEach(async () => {
  const world = createDiscoveryWorld()
  clock = world.clock
  replica = createReplica(world.node)
  writer = replica.under(world.node.store)
  fault = undefined
  // What a synchronisation would say of the same copy.
  const status = async (name: string) => ({ asOf: (await replica.state(name))?.syncedAt, fault })
  search = createSearch({
    clock,
    replica,
    sync: { status, run: () => Promise.resolve() },
    definitions: [world.definition],
  })
})

async function list(signer: string, ...subjects: Listing['subjects']): Promise<void> {
  const listing = {
    service,
    timestamp: 1,
    signer,
    presentationId: 'x',
    presentation: 'x',
    expiresAt: clock.now() + 60_000,
    fields: {},
    parameters: {},
    subjects,
    verifiedAt: clock.now(),
  }
  await writer.commit(service, { seed: 'a', timestamp: 1, syncedAt: clock.now() }, [{ kind: 'list', listing }])
}

const noord = { organization: { name: 'Zorgkantoor Noord', city: 'Noordstad', role: 'zorgkantoor', size: 12 } }
const zuid = { organization: { name: 'Zorgkantoor Zuid', city: 'Zuidstad', role: 'zorgkantoor' } }

const found = async (conditions: Readonly<Record<string, string>>): Promise<readonly string[]> =>
  (await search(service, conditions)).listings.map(({ signer }) => signer).sort()

describe('a search', () => {
  beforeEach(async () => {
    await list('did:web:noord', noord, { authServerURL: 'https://noord.example.nl' })
    await list('did:web:zuid', zuid, { authServerURL: 'https://zuid.example.nl' })
  })

  test('without conditions finds everybody', async () => {
    expect(await found({})).toEqual(['did:web:noord', 'did:web:zuid'])
  })

  test.each([
    ['Zorgkantoor Noord', ['did:web:noord']],
    ['zorgkantoor NOORD', ['did:web:noord']],
    ['Zorgkantoor', []],
    ['Zorgkantoor*', ['did:web:noord', 'did:web:zuid']],
    ['*Zuid', ['did:web:zuid']],
    ['*kantoor*', ['did:web:noord', 'did:web:zuid']],
    ['*kantoor', []],
    ['kantoor*', []],
    ['*', ['did:web:noord', 'did:web:zuid']],
    ['**', ['did:web:noord', 'did:web:zuid']],
    ['', []],
    ['Zorgkantoor.Noord', []],
    ['Zorgkantoor_Noord', []],
    ['%', []],
  ])('for the name "%s" finds %j', async (pattern, expected) => {
    expect(await found({ 'credentialSubject.organization.name': pattern })).toEqual(expected)
  })

  test.each(['Zorg*Noord', '*Zorg*Noord', 'Zorg*Noord*', '***'])('refuses * inside "%s"', async (pattern) => {
    const refusal = await rejectionOf(search(service, { 'credentialSubject.organization.name': pattern }))
    expect([refusal.code, refusal.notes]).toEqual(['request.bad_parameters', ['* may only begin or end a search text']])
  })

  test('finds who meets all conditions with one credential', async () => {
    const name = { 'credentialSubject.organization.name': 'Zorgkantoor Noord' }
    expect(await found({ ...name, 'credentialSubject.organization.city': 'noord*' })).toEqual(['did:web:noord'])
    expect(await found({ ...name, 'credentialSubject.organization.city': 'zuid*' })).toEqual([])
    expect(await found({ ...name, 'credentialSubject.authServerURL': '*' })).toEqual([])
    expect(await found({ 'credentialSubject.authServerURL': 'https://noord*' })).toEqual(['did:web:noord'])
  })

  test.each([
    'credentialSubject.organization',
    'credentialSubject.organization.size',
    'credentialSubject.organization.onbekend',
    'credentialSubject.organization.name.length',
    'credentialSubject.constructor.name',
    'credentialSubject.__proto__',
    'credentialSubject.toString',
  ])('finds nobody by %s, which is no text of a credential', async (path) => {
    expect(await found({ [path]: '*' })).toEqual([])
  })

  test.each([
    'organization.name',
    'issuer',
    '',
    'credentialSubject',
    'credentialSubject.',
    'credentialSubject..name',
    'credentialSubject.a.b.c.d.e.f.g.h.i',
    'CredentialSubject.id',
  ])('refuses "%s" as a path', async (path) => {
    expect((await rejectionOf(search(service, { [path]: '*' }))).code).toBe('request.bad_parameters')
  })

  test('refuses a text of more than 256 characters', async () => {
    const path = 'credentialSubject.organization.name'
    expect(await found({ [path]: 'x'.repeat(256) })).toEqual([])
    expect((await rejectionOf(search(service, { [path]: 'x'.repeat(257) }))).code).toBe('request.bad_parameters')
  })

  test.each(['onbekend', 'constructor', ''])('of the service "%s" is refused', async (name) => {
    expect((await rejectionOf(search(name, {}))).code).toBe('discovery.service_unknown')
  })

  test('does not find who has expired', async () => {
    clock.move(59.999)
    expect(await found({})).toHaveLength(2)
    clock.move(0.001)
    expect(await found({})).toEqual([])
  })

  test('does not find who withdrew', async () => {
    const state = { seed: 'a', timestamp: 2, syncedAt: clock.now() }
    await writer.commit(service, state, [{ kind: 'withdraw', signer: 'did:web:noord' }])
    expect(await found({})).toEqual(['did:web:zuid'])
  })
})

describe('an answer', () => {
  test('says of a list that was never read that it is stale', async () => {
    expect(await search(service, {})).toEqual({
      service,
      asOf: undefined,
      stale: true,
      fault: undefined,
      listings: [],
    })
  })

  test('says when the list was read', async () => {
    await list('did:web:noord', noord)
    const read = toRfc3339(clock.now())
    clock.move(30)
    expect(await search(service, {})).toMatchObject({ asOf: read, stale: false, fault: undefined })
  })

  test('is stale after a fault, and still has who was found', async () => {
    await list('did:web:noord', noord)
    fault = 'outbound.failed'
    expect(await search(service, {})).toMatchObject({
      stale: true,
      fault: 'outbound.failed',
      listings: [{ signer: 'did:web:noord' }],
    })
  })

  test('of a list without anybody is empty and not stale', async () => {
    await writer.commit(service, { seed: 'a', timestamp: 0, syncedAt: clock.now() }, [])
    expect(await search(service, {})).toMatchObject({ stale: false, listings: [] })
  })
})

describe('a copy', () => {
  test('of more than a thousand listings is found whole', async () => {
    const state = { seed: 'a', timestamp: 1, syncedAt: clock.now() }
    const changes = Array.from({ length: 1001 }, (_, number) => ({
      kind: 'list' as const,
      listing: {
        service,
        timestamp: number,
        signer: `did:web:${String(number)}`,
        presentationId: 'x',
        presentation: 'x',
        expiresAt: clock.now() + 60_000,
        fields: {},
        parameters: {},
        subjects: [noord],
        verifiedAt: clock.now(),
      },
    }))
    await writer.commit(service, state, changes)
    expect(await found({ 'credentialSubject.organization.name': '*' })).toHaveLength(1001)
    await writer.restart(service, state, [])
    expect(await found({})).toEqual([])
  })

  test('of one service is not touched by what happens to another', async () => {
    await list('did:web:noord', noord)
    await writer.restart('ander', { seed: 'b', timestamp: 1 }, [{ kind: 'withdraw', signer: 'did:web:noord' }])
    expect(await found({})).toEqual(['did:web:noord'])
  })
})
