import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { jws2020Context } from '../../../node/credentials/proofs/json-web-signature.js'
import { createWallet } from '../../../node/credentials/wallet.js'
import type { Party } from '../../../node/identity/party.js'
import { NodeError } from '../../../node/kernel/errors.js'
import { createMemoryStore } from '../../../node/stores/memory.js'
import type { Store } from '../../../node/stores/contracts.js'
import { countReads } from '../../support/count-reads.js'
import {
  createTestHolder,
  createTestIdentity,
  memberSubject,
  tamper,
  testStart,
  type Json,
  type TestIdentity,
} from '../../support/credentials.js'
import { createTestProver } from '../../support/proofs.js'
import { rejectionOf } from '../../support/refusals.js'

const registrar = createTestHolder()

let identity: TestIdentity
let party: Party

beforeAll(async () => {
  identity = await createTestIdentity()
  identity.trusted['LedenadministratieCredential'] = [registrar.did]
})

beforeEach(async () => {
  party = await identity.parties.create({ subject: `holder-${String((await identity.parties.list()).length)}` })
})

afterAll(() => identity.end())

const membership = (claims: Json = {}, about: { readonly did: string } = party): string =>
  registrar.signVc({ type: 'LedenadministratieCredential', subject: memberSubject(about.did), now: testStart, claims })

const idsOf = async (of: Party = party): Promise<readonly string[]> =>
  (await identity.wallet.list(of)).map(({ id }) => id)

async function eventsOf(of: Party = party) {
  return (await identity.journal()).filter((event) => event.party === of.subject && event.code !== 'party.created')
}

describe('a credential that comes in', () => {
  test('is in the wallet, as it came', async () => {
    const compact = membership()
    expect((await identity.wallet.add(party, compact)).raw).toBe(compact)
    expect((await identity.wallet.list(party)).map(({ raw }) => raw)).toEqual([compact])
  })

  test('may be an object with a proof, and is in the wallet as it came', async () => {
    const issuer = createTestProver('ES256')
    const type = 'NutsOrganizationCredential'
    identity.trusted[type] = [issuer.did]
    const object = await issuer.prove(
      {
        '@context': ['https://www.w3.org/2018/credentials/v1', 'https://nuts.nl/credentials/v1', jws2020Context],
        id: `${issuer.did}#1`,
        type: ['VerifiableCredential', type],
        issuer: issuer.did,
        issuanceDate: '2026-11-24T09:00:00Z',
        credentialSubject: { id: party.did, organization: { name: 'Zorgkantoor Noord', city: 'Noordstad' } },
      },
      'JsonWebSignature2020',
    )
    await identity.wallet.add(party, object)
    expect((await identity.wallet.list(party)).map((credential) => credential.object)).toEqual([object])
    expect(await identity.wallet.examine(party)).toMatchObject([{ unusable: undefined }])
  })

  test('is in the audit journal, without its content', async () => {
    const trace = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) }
    const { id } = await identity.wallet.add(party, membership(), trace)
    expect(await eventsOf()).toEqual([
      {
        code: 'credential.received',
        action: 'create',
        outcome: 'success',
        party: party.subject,
        actor: { did: registrar.did },
        object: { credential: id, credentialType: 'LedenadministratieCredential' },
        trace,
      },
    ])
  })

  test('is in the wallet of that party only', async () => {
    const other = await identity.parties.create({ subject: `${party.subject}-other` })
    const { id } = await identity.wallet.add(party, membership())
    expect([await idsOf(party), await idsOf(other)]).toEqual([[id], []])
  })

  test('a second time is refused, and the first one stays', async () => {
    const claims = { jti: 'urn:uuid:twice' }
    const compact = membership(claims)
    await identity.wallet.add(party, compact)
    const later = membership({ ...claims, nbf: testStart / 1000 - 1 })
    for (const again of [compact, later]) {
      expect((await rejectionOf(identity.wallet.add(party, again))).code).toBe('credential.exists')
    }
    expect((await identity.wallet.list(party)).map(({ raw }) => raw)).toEqual([compact])
    expect(await eventsOf()).toHaveLength(1)
  })

  test.each<[string, () => string, string]>([
    ['about somebody else', () => membership({}, createTestHolder()), 'credential.subject_mismatch'],
    ['that was changed', () => tamper(membership(), (claims) => ({ ...claims, jti: 'x' })), 'credential.signature'],
    ['that has expired', () => membership({ exp: testStart / 1000 }), 'credential.expired'],
    ['that nobody trusts', () => membership({ iss: party.did }), 'credential.issuer_untrusted'],
    ['that is none', () => 'x', 'credential.malformed'],
    ['whose id the store cannot hold', () => membership({ jti: 'x'.repeat(513) }), 'credential.malformed'],
  ])('%s is refused and leaves nothing', async (_, make, code) => {
    expect((await rejectionOf(identity.wallet.add(party, make()))).code).toBe(code)
    expect([await idsOf(), await eventsOf()]).toEqual([[], []])
  })

  test('may have the longest id that the store can hold', async () => {
    const id = 'x'.repeat(512)
    await identity.wallet.add(party, membership({ jti: id }))
    expect(await idsOf()).toEqual([id])
  })
})

test('a store that fails is neither a credential that is there already nor one that is not', async () => {
  const { id } = await identity.wallet.add(party, membership())
  const store = { ...identity.store, write: () => Promise.reject(new NodeError('store.unavailable')) }
  const failing = createWallet({ ...identity, store })
  for (const attempt of [failing.add(party, membership()), failing.remove(party, id)]) {
    expect((await rejectionOf(attempt)).code).toBe('store.unavailable')
  }
  expect(await idsOf()).toEqual([id])
})

describe('the list of a wallet', () => {
  test('leaves out what has expired', async () => {
    const claims = { exp: testStart / 1000 + 60 }
    const short = await identity.wallet.add(party, membership({ ...claims, jti: 'urn:uuid:a' }))
    const long = await identity.wallet.add(party, membership({ jti: 'urn:uuid:b' }))
    identity.clock.move(59.999)
    const before = await idsOf()
    identity.clock.move(0.001)
    const after = await idsOf()
    identity.clock.move(-60)
    expect([before, after]).toEqual([[short.id, long.id], [long.id]])
  })

  test('is whole, also over more than one page', async () => {
    const store = createMemoryStore(identity)
    const full = createWallet({ ...identity, store })
    const ids = Array.from({ length: 1001 }, (_, number) => `urn:uuid:${String(number).padStart(4, '0')}`)
    for (const jti of ids) await full.add(party, membership({ jti }))
    expect((await full.list(party)).map(({ id }) => id)).toEqual(ids)
  })
})

describe('throwing a credential away', () => {
  test('removes it and nothing else', async () => {
    const [first, second] = [
      await identity.wallet.add(party, membership()),
      await identity.wallet.add(party, membership()),
    ]
    await identity.wallet.remove(party, first.id)
    expect(await idsOf()).toEqual([second.id])
  })

  test('is in the audit journal as the deed of the party', async () => {
    const { id } = await identity.wallet.add(party, membership())
    await identity.wallet.remove(party, id)
    expect((await eventsOf()).slice(1)).toEqual([
      {
        code: 'credential.removed',
        action: 'delete',
        outcome: 'success',
        party: party.subject,
        actor: { did: party.did },
        object: { credential: id, credentialType: 'LedenadministratieCredential' },
      },
    ])
  })

  test.each([['urn:uuid:unknown'], [''], ['x'.repeat(513)], ['a\0b']])('refuses what is not there: %#', async (id) => {
    expect((await rejectionOf(identity.wallet.remove(party, id))).code).toBe('credential.not_found')
    expect(await eventsOf()).toEqual([])
  })

  test('of another party is refused', async () => {
    const other = await identity.parties.create({ subject: `${party.subject}-other` })
    const { id } = await identity.wallet.add(party, membership())
    expect((await rejectionOf(identity.wallet.remove(other, id))).code).toBe('credential.not_found')
    expect(await idsOf()).toEqual([id])
  })

  test('twice at the same moment happens once', async () => {
    const { id } = await identity.wallet.add(party, membership())
    const outcomes = await Promise.allSettled([identity.wallet.remove(party, id), identity.wallet.remove(party, id)])
    const failures = outcomes.filter((outcome) => outcome.status === 'rejected')
    expect(failures.map(({ reason }) => (reason as { code: string }).code)).toEqual(['credential.not_found'])
    expect(await eventsOf()).toHaveLength(2)
  })

  test('makes room for the same credential', async () => {
    const compact = membership()
    const { id } = await identity.wallet.add(party, compact)
    await identity.wallet.remove(party, id)
    await identity.wallet.add(party, compact)
    expect(await idsOf()).toEqual([id])
  })
})

describe('a wallet that is looked at often', () => {
  test('costs one record when nothing changed, whoever looks', async () => {
    await identity.wallet.add(party, membership())
    const { store, reads } = countReads(identity.store)
    const other = createWallet({ ...identity, store })
    await other.list(party)
    const before = reads()
    for (let look = 0; look < 5; look += 1) expect(await other.list(party)).toHaveLength(1)
    expect(reads() - before).toBe(5)
  })

  test('shows at once what another process put in or took out', async () => {
    const replica = createWallet(identity)
    expect(await replica.list(party)).toEqual([])
    const { id } = await identity.wallet.add(party, membership())
    expect((await replica.list(party)).map((credential) => credential.id)).toEqual([id])
    await replica.remove(party, id)
    expect(await identity.wallet.list(party)).toEqual([])
  })

  test('is not believed when it changed while it was read', async () => {
    let meanwhile = async (): Promise<unknown> => undefined
    const store: Store = {
      ...identity.store,
      records: {
        ...identity.store.records,
        async list(collection, query) {
          const page = await identity.store.records.list(collection, query)
          await meanwhile()
          return page
        },
      },
    }
    const slow = createWallet({ ...identity, store })
    meanwhile = async () => {
      meanwhile = async () => undefined
      await identity.wallet.add(party, membership())
    }
    expect(await slow.list(party)).toEqual([])
    expect(await slow.list(party)).toHaveLength(1)
  })
})

describe('examining a wallet', () => {
  test('names what has expired and what was revoked, and leaves the rest usable', async () => {
    const soon = await identity.wallet.add(party, membership({ exp: testStart / 1000 + 60 }))
    const good = await identity.wallet.add(party, membership())
    identity.clock.move(120)
    try {
      const examined = await identity.wallet.examine(party)
      expect(new Map(examined.map(({ credential, unusable }) => [credential.id, unusable]))).toEqual(
        new Map([
          [soon.id, 'the LedenadministratieCredential has expired'],
          [good.id, undefined],
        ]),
      )
      expect(await idsOf()).toEqual([good.id])
      expect(await identity.wallet.listAll(party)).toHaveLength(2)
    } finally {
      identity.clock.move(-120)
    }
  })

  test('names in full what was revoked', async () => {
    const issuer = await identity.parties.create({ subject: `${party.subject}-issuer` })
    identity.trusted['LedenadministratieCredential']?.push(issuer.did)
    const type = 'LedenadministratieCredential'
    const subject = memberSubject(party.did)
    const credential = await identity.issuer.issue({ issuer, type, subject, expiresAt: testStart + 3_600_000 })
    await identity.wallet.add(party, credential.raw)
    await identity.statusLists.revoke({ party: issuer, credentialId: credential.id })
    expect((await identity.wallet.examine(party)).map(({ unusable }) => unusable)).toEqual([
      'the LedenadministratieCredential was revoked by its issuer',
    ])
  })

  test('does not blame a credential for whom this node does not trust any more', async () => {
    await identity.wallet.add(party, membership())
    const trusted = identity.trusted['LedenadministratieCredential']
    identity.trusted['LedenadministratieCredential'] = []
    const [held] = await identity.wallet.examine(party)
    identity.trusted['LedenadministratieCredential'] = trusted ?? []
    expect(held?.unusable).toBeUndefined()
  })
})
