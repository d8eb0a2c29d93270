import { beforeEach, describe, expect, test } from '@jest/globals'
import type { Progress } from '../../../node/discovery/copy-records.js'
import { freshnessOfList } from '../../../node/discovery/freshness.js'
import type { Listing } from '../../../node/discovery/listing.js'
import { createReplica, type Replica, type ReplicaWriter } from '../../../node/discovery/replica.js'
import { createSearch, type Search } from '../../../node/discovery/search.js'
import { toRfc3339, type MovableClock } from '../../../node/kernel/clock.js'
import { createDiscoveryWorld, service } from '../../support/discovery-world.js'
import { progressOf } from '../../support/progress.js'
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
  const status = async (name: string) => {
    const asOf = (await replica.state(name))?.syncedAt
    return { asOf, freshness: freshnessOfList(asOf, clock.now()), fault }
  }
  search = createSearch({
    clock,
    replica,
    sync: { status },
    definitions: [world.definition],
  })
})

const progress = (generation = 1): Progress => progressOf({ syncedAt: clock.now(), generation })

/** Who shows credentials with these subjects. */
function listing(signer: string, subjects: readonly Listing['credentials'][number]['subject'][]): Listing {
  return {
    service,
    timestamp: 1,
    signer,
    presentationId: 'x',
    presentation: 'x',
    registeredAt: clock.now(),
    expiresAt: clock.now() + 60_000,
    fields: {},
    parameters: {},
    credentials: subjects.map((subject, index) => ({
      id: `urn:${String(index)}`,
      type: index === 0 ? 'LedenadministratieCredential' : 'DiscoveryRegistrationCredential',
      issuer: index === 0 ? 'did:web:stelsel' : signer,
      subject: { ...subject, id: signer },
    })),
    verifiedAt: clock.now(),
  }
}

async function list(signer: string, ...subjects: Parameters<typeof listing>[1]): Promise<void> {
  await writer.commit(service, progress(), [{ kind: 'list', listing: listing(signer, subjects), status: [] }])
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
    'issuer.id',
    'credentialSubject[0].id',
    '',
    'credentialSubject',
    'credentialSubject.',
    'credentialSubject..name',
    'credentialSubject.a.b.c.d.e.f.g.h.i',
    'CredentialSubject.id',
  ])('refuses "%s" as a path', async (path) => {
    expect((await rejectionOf(search(service, { [path]: '*' }))).code).toBe('request.bad_parameters')
  })

  test('looks at the id, the issuer and the type of a credential too', async () => {
    expect(await found({ issuer: 'did:web:stelsel', 'credentialSubject.organization.city': 'noord*' })).toEqual([
      'did:web:noord',
    ])
    expect(await found({ type: 'DiscoveryRegistration*', issuer: 'did:web:zuid' })).toEqual(['did:web:zuid'])
    expect(await found({ id: 'urn:7' })).toEqual([])
  })

  test('finds one party by its DID', async () => {
    expect(await found({ 'credentialSubject.id': 'did:web:zuid' })).toEqual(['did:web:zuid'])
    expect(await found({ 'credentialSubject.id': 'did:web:*' })).toEqual(['did:web:noord', 'did:web:zuid'])
    expect(await found({ 'credentialSubject.id': 'did:web:oost' })).toEqual([])
    const noord = { 'credentialSubject.id': 'did:web:noord' }
    expect(await found({ ...noord, 'credentialSubject.organization.city': 'zuid*' })).toEqual([])
  })

  test.each(['999990019', '*999990019', 'x 999990019 y', '999 99 0019', '999.990.019', '９９９９９００１９'])(
    'refuses "%s", which could be a BSN, and does not repeat it',
    async (text) => {
      const refusal = await rejectionOf(search(service, { 'credentialSubject.organization.name': text }))
      expect(refusal.code).toBe('request.bad_parameters')
      expect(refusal.notes.join(' ')).not.toMatch(/9/)
      expect((await rejectionOf(search(service, { [`credentialSubject.${text}`]: 'x' }))).code).toBe(
        'request.bad_parameters',
      )
    },
  )

  test.each([
    ['a KvK number', '62253778'],
    ['an OIN', '00000001999990019000'],
    ['nine digits that fail the test', '999990018'],
    ['ten digits', '9999900190'],
    ['a URA', '90000019'],
  ])('looks for %s', async (_what, text) => {
    expect(await found({ 'credentialSubject.organization.id': text })).toEqual([])
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
    const withdrawal = { kind: 'withdraw', signer: 'did:web:noord', registeredAt: clock.now() } as const
    await writer.commit(service, progress(), [withdrawal])
    expect(await found({})).toEqual(['did:web:zuid'])
  })
})

describe('an answer', () => {
  test('says of a list that was never read that it is stale', async () => {
    expect(await search(service, {})).toEqual({
      service,
      asOf: undefined,
      freshness: 'stale',
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

  test('after a fault says so, and still has who was found', async () => {
    await list('did:web:noord', noord)
    fault = 'outbound.failed'
    expect(await search(service, {})).toMatchObject({
      freshness: 'fresh',
      stale: false,
      fault: 'outbound.failed',
      listings: [{ signer: 'did:web:noord' }],
    })
  })

  test.each([
    [3599.999, 'fresh', false],
    [3600, 'flagged', false],
    [86_399.999, 'flagged', false],
    [86_400, 'stale', true],
  ])('%d s after the list was read is %s', async (seconds, freshness, stale) => {
    await writer.commit(service, progress(), [])
    clock.move(seconds)
    expect(await search(service, {})).toMatchObject({ freshness, stale })
  })

  test('of a list without anybody is empty and not stale', async () => {
    await writer.commit(service, progress(), [])
    expect(await search(service, {})).toMatchObject({ stale: false, listings: [] })
  })
})

describe('a copy', () => {
  test('of more than a thousand listings is found whole', async () => {
    const changes = Array.from({ length: 1001 }, (_, number) => ({
      kind: 'list' as const,
      listing: listing(`did:web:${String(number)}`, [noord]),
      status: [],
    }))
    await writer.commit(service, progress(), changes)
    expect(await found({ 'credentialSubject.organization.name': '*' })).toHaveLength(1001)
    await writer.begin(service, progress(2))
    expect(await found({})).toHaveLength(1001)
    await writer.sweep(service, progress(2))
    expect(await found({})).toEqual([])
  })

  test('of one service is not touched by what happens to another', async () => {
    await list('did:web:noord', noord)
    await writer.commit('ander', progress(2), [{ kind: 'sweep', signer: 'did:web:noord' }])
    expect(await found({})).toEqual(['did:web:noord'])
  })
})
