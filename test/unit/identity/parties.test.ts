import { createPublicKey, verify } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createAudit } from '../../../node/audit/audit.js'
import { createParties, type Parties } from '../../../node/identity/parties.js'
import { createPartyKeys } from '../../../node/identity/party-keys.js'
import { NodeError } from '../../../node/kernel/errors.js'
import { didDocumentOf, signingKey } from '../../../node/identity/party.js'
import { createMemoryStore } from '../../../node/stores/memory.js'
import { createTestIdentity, type TestIdentity } from '../../support/credentials.js'
import { rejectionOf } from '../../support/refusals.js'
import { publicKeySchema } from '../../../schemas/jwk.js'
import { testNode } from '../../support/node-parts.js'

let identity: TestIdentity
let parties: Parties

beforeAll(async () => {
  identity = await createTestIdentity()
  parties = identity.parties
})

afterAll(() => identity.end())

/** All that a node keeps: parties, audit events and key files. */
async function everything(): Promise<unknown> {
  return [await parties.list(), await identity.journal(), (await readdir(identity.keyDirectory)).sort()]
}

describe('making a party', () => {
  test('gives it a did:web with a random id, a key of its own and the time', async () => {
    const party = await parties.create({ subject: 'ciz' })
    expect(party).toEqual({
      subject: 'ciz',
      did: `did:web:node.example:iam:${party.id}`,
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      keys: [
        {
          keyId: expect.stringMatching(/^did:web:node\.example:iam:[0-9a-f-]{36}#[0-9a-f-]{36}$/),
          publicKey: expect.anything(),
          state: 'signing',
          addedAt: '2026-11-24T09:00:00Z',
        },
      ],
      services: [],
      createdAt: '2026-11-24T09:00:00Z',
    })
    expect(signingKey(party).keyId.startsWith(`${party.did}#`)).toBe(true)
  })

  test('is in the audit journal', async () => {
    const trace = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) }
    const { did } = await parties.create({ subject: 'accounted', trace })
    expect((await identity.journal()).filter(({ party }) => party === 'accounted')).toEqual([
      { code: 'party.created', action: 'create', outcome: 'success', party: 'accounted', actor: { did }, trace },
    ])
  })

  test('under an id that is given makes the did:web of that id', async () => {
    expect((await parties.create({ subject: 'given', id: 'noord' })).did).toBe('did:web:node.example:iam:noord')
  })

  test.each([
    ['name is taken', { subject: 'taken' }],
    ['id is taken', { subject: 'another', id: 'taken-id' }],
  ])('whose %s is refused and changes nothing', async (_, options) => {
    if ((await parties.find('taken')) === undefined) await parties.create({ subject: 'taken', id: 'taken-id' })
    const before = await everything()
    expect((await rejectionOf(parties.create({ ...options }))).code).toBe('identity.party_exists')
    const [list, journal] = (await everything()) as unknown[]
    expect([list, journal]).toEqual((before as unknown[]).slice(0, 2))
  })

  test('whose name is taken makes no key', async () => {
    await parties.create({ subject: 'keyless' })
    const before = await everything()
    await rejectionOf(parties.create({ subject: 'keyless' }))
    expect(await everything()).toEqual(before)
  })

  test('twice at the same moment makes one', async () => {
    const outcomes = await Promise.allSettled([
      parties.create({ subject: 'race' }),
      parties.create({ subject: 'race' }),
    ])
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect((await identity.journal()).filter(({ party }) => party === 'race')).toHaveLength(1)
  })

  test.each([['a'], ['A-b_c.9'], ['x'.repeat(64)], ['...'], ['.a']])('takes the name %s', async (subject) => {
    expect((await parties.create({ subject })).subject).toBe(subject)
  })

  test.each([[''], ['.'], ['..'], ['a/b'], ['a b'], ['é'], ['x'.repeat(65)], ['a%2Fb'], ['a\n']])(
    'refuses the name %j',
    async (subject) => {
      const refusal = await rejectionOf(parties.create({ subject }))
      expect([refusal.code, refusal.notes]).toEqual([
        'request.bad_parameters',
        ['subject: use 1 to 64 letters, digits, dots, underscores or hyphens'],
      ])
    },
  )

  test.each([[''], ['..'], ['a/b'], ['a:b']])('refuses the id %j', async (id) => {
    expect((await rejectionOf(parties.create({ subject: 'with-id', id }))).code).toBe('request.bad_parameters')
    expect(await parties.find('with-id')).toBeUndefined()
  })
})

describe('a store that fails', () => {
  test('is not a name that is taken', async () => {
    const store = { ...identity.store, write: () => Promise.reject(new NodeError('store.unavailable')) }
    const failing = createParties({ ...identity, store, url: 'https://node.example' })
    expect((await rejectionOf(failing.create({ subject: 'unwritten' }))).code).toBe('store.unavailable')
    expect((await parties.create({ subject: 'unwritten' })).subject).toBe('unwritten')
  })
})

describe('finding a party', () => {
  test('by name, DID and id gives the same party', async () => {
    const party = await parties.create({ subject: 'found' })
    expect([
      await parties.find('found'),
      await parties.get('found'),
      await parties.findByDid(party.did),
      await parties.findById(party.id),
    ]).toEqual([party, party, party, party])
  })

  test.each([['nobody'], [''], ['a/b'], ['found\0']])('by the name %j finds none', async (name) => {
    expect(await parties.find(name)).toBeUndefined()
    expect((await rejectionOf(parties.get(name))).code).toBe('identity.party_unknown')
  })

  test.each([
    ['nobody has', 'nobody'],
    ['is empty', ''],
    ['no index can hold', '\0'],
    ['is not ASCII', 'é'],
    ['is too long for an index', 'x'.repeat(2000)],
  ])('by a DID or id that %s finds none', async (_, text) => {
    expect([await parties.findByDid(text), await parties.findById(text)]).toEqual([undefined, undefined])
  })

  test('lists all of them, also over more than one page', async () => {
    const { clock } = identity
    const store = createMemoryStore({ clock })
    // One key for all: this is about the list.
    const publicKey = await identity.keyStore.createKey('of many', 'ES256')
    const keyStore = { ...identity.keyStore, createKey: async () => publicKey }
    const audit = createAudit({ store, clock, node: testNode, pseudonymKey: Buffer.alloc(32) })
    const many = createParties({ store, keyStore, audit, clock, url: 'https://node.example' })
    const names = Array.from({ length: 501 }, (_, number) => `p${String(number).padStart(3, '0')}`)
    for (const subject of names) await many.create({ subject })
    expect((await many.list()).map(({ subject }) => subject)).toEqual(names)
  })
})

describe('a party that is deactivated', () => {
  test('is found by nobody, signs nothing and gives its name and id to no other', async () => {
    const party = await parties.create({ subject: 'ended', id: 'ended-id' })
    await parties.deactivate('ended')
    expect([
      await parties.find('ended'),
      await parties.findByDid(party.did),
      await parties.findById('ended-id'),
      (await parties.list()).some(({ subject }) => subject === 'ended'),
    ]).toEqual([undefined, undefined, undefined, false])
    expect((await rejectionOf(parties.sign(party, 'text'))).code).toBe('identity.key_unknown')
    for (const again of [{ subject: 'ended' }, { subject: 'other', id: 'ended-id' }]) {
      expect((await rejectionOf(parties.create(again))).code).toBe('identity.party_exists')
    }
    expect((await rejectionOf(parties.deactivate('ended'))).code).toBe('identity.party_unknown')
    expect((await identity.journal()).filter((event) => event.party === 'ended').map(({ code }) => code)).toEqual([
      'party.created',
      'party.removed',
    ])
  })

  test('has no document any more, and nobody is asked for one', async () => {
    const { did } = await parties.create({ subject: 'undocumented' })
    await parties.deactivate('undocumented')
    expect((await rejectionOf(identity.resolver.resolve(did))).code).toBe('identity.did_deactivated')
  })

  test('was one that this node spoke for', async () => {
    expect((await rejectionOf(parties.deactivate('nobody'))).code).toBe('identity.party_unknown')
  })
})

describe('the name of a party', () => {
  test('is that of the party, and nobody has one who is not there', async () => {
    const { did } = await parties.create({ subject: 'named' })
    expect(await parties.findName('named')).toEqual({ subject: 'named', did })
    expect(await parties.findName('onbekend')).toBeUndefined()
    expect(await parties.findName('../named')).toBeUndefined()
  })

  test('is there as soon as the party is, also when it was asked for before', async () => {
    expect(await parties.findName('later')).toBeUndefined()
    const { did } = await parties.create({ subject: 'later' })
    expect(await parties.findName('later')).toEqual({ subject: 'later', did })
  })

  test('is gone at once when this process deactivated the party', async () => {
    await parties.create({ subject: 'named-and-ended' })
    await parties.findName('named-and-ended')
    await parties.deactivate('named-and-ended')
    expect(await parties.findName('named-and-ended')).toBeUndefined()
  })

  test('is gone too when it was being read while the party was deactivated', async () => {
    await parties.create({ subject: 'read-and-ended' })
    await Promise.all([parties.deactivate('read-and-ended'), parties.findName('read-and-ended')])
    expect(await parties.findName('read-and-ended')).toBeUndefined()
  })

  test('is gone after five seconds when another replica deactivated the party, also with a clock that was set back', async () => {
    const { clock } = identity
    const replica = createParties({ ...identity, url: 'https://node.example' })
    for (const [subject, seconds] of [
      ['ended-elsewhere', 5],
      ['ended-elsewhere-too', -1],
    ] as const) {
      const { did } = await parties.create({ subject })
      await parties.findName(subject)
      await replica.deactivate(subject)
      expect(await parties.findName(subject)).toEqual({ subject, did })
      clock.move(seconds)
      expect(await parties.findName(subject)).toBeUndefined()
    }
  })
})

describe('a party', () => {
  test('signs with the key of its document', async () => {
    const party = await parties.create({ subject: 'signer' })
    const [method] = didDocumentOf(party).verificationMethod
    const key = createPublicKey({ key: { ...publicKeySchema.parse(method?.publicKeyJwk) }, format: 'jwk' })
    const signature = await parties.sign(party, 'text')
    expect(verify('sha256', Buffer.from('text'), { key, dsaEncoding: 'ieee-p1363' }, signature)).toBe(true)
  })

  test('signs with any key that it has, and with no other', async () => {
    const [party, other] = [
      await parties.create({ subject: 'two-keys' }),
      await parties.create({ subject: 'other-key' }),
    ]
    const { keyId } = await createPartyKeys(identity).add({ subject: 'two-keys', algorithm: 'EdDSA' })
    expect(await parties.signWith(await parties.get('two-keys'), keyId, 'text')).toHaveLength(64)
    const refusal = await rejectionOf(parties.signWith(party, signingKey(other).keyId, 'text'))
    expect(refusal.code).toBe('identity.key_unknown')
  })

  test('is the only kind of DID that resolves here', async () => {
    const { did } = await parties.create({ subject: 'resolved' })
    expect((await parties.resolve(did))?.did).toBe(did)
    expect(await parties.resolve('did:web:elsewhere.example')).toBeUndefined()
  })

  test('without a key signs nothing', async () => {
    const party = { ...(await parties.get('ciz')), keys: [] }
    expect((await rejectionOf(parties.sign(party, 'text'))).code).toBe('identity.key_unknown')
  })

  test('has a document with absolute key ids under four relationships', async () => {
    const party = await parties.create({ subject: 'document', id: '6f2c' })
    const did = 'did:web:node.example:iam:6f2c'
    const keyId = signingKey(party).keyId
    expect(didDocumentOf(party)).toEqual({
      '@context': [
        'https://www.w3.org/ns/did/v1',
        'https://w3c-ccg.github.io/lds-jws2020/contexts/lds-jws2020-v1.json',
      ],
      id: did,
      verificationMethod: [
        { id: keyId, type: 'JsonWebKey2020', controller: did, publicKeyJwk: party.keys[0]?.publicKey },
      ],
      assertionMethod: [keyId],
      authentication: [keyId],
      capabilityInvocation: [keyId],
      capabilityDelegation: [keyId],
      service: [],
    })
  })

  test.each([
    ['https://node.example', 'did:web:node.example:iam', 'https://node.example/oauth2'],
    ['https://node.example:8443', 'did:web:node.example%3A8443:iam', 'https://node.example:8443/oauth2'],
    ['https://node.example/nuts', 'did:web:node.example:nuts:iam', 'https://node.example/nuts/oauth2'],
    ['http://localhost:3000/a/b', 'did:web:localhost%3A3000:a:b:iam', 'http://localhost:3000/a/b/oauth2'],
  ])('of the node at %s is %s', async (url, did, issuerUrl) => {
    const id = String((await parties.list()).length)
    const there = createParties({ ...identity, url })
    const party = await there.create({ subject: `node-${id}`, id })
    expect([party.did, there.issuerUrl(party)]).toEqual([`${did}:${id}`, `${issuerUrl}/node-${id}`])
  })
})
