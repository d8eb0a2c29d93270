import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { reportLostKeys } from '../../../node/compose/lost-keys.js'
import { createParties } from '../../../node/identity/parties.js'
import { createPartyKeys, promoteAfterMilliseconds, type PartyKeys } from '../../../node/identity/party-keys.js'
import { didDocumentOf, signingKey, type Party } from '../../../node/identity/party.js'
import { NodeError } from '../../../node/kernel/errors.js'
import { isSignatureUnder } from '../../contracts/key-store.js'
import { createTestIdentity, type TestIdentity } from '../../support/credentials.js'
import { rejectionOf } from '../../support/refusals.js'

let identity: TestIdentity
let partyKeys: PartyKeys
let subject = ''
let count = 0

beforeAll(async () => {
  identity = await createTestIdentity()
  partyKeys = createPartyKeys(identity)
})

afterAll(() => identity.end())

beforeEach(async () => {
  count += 1
  subject = `party-${String(count)}`
  await identity.parties.create({ subject })
})

const getParty = (): Promise<Party> => identity.parties.get(subject)
const statesOf = async (): Promise<readonly string[]> => (await partyKeys.list(subject)).map(({ state }) => state)
const waitForOthers = (): void => identity.clock.move(promoteAfterMilliseconds / 1000)

/** Adds a key and lets the time pass after which it may sign. */
async function addKey(algorithm: 'ES256' | 'EdDSA' = 'ES256'): Promise<string> {
  const { keyId } = await partyKeys.add({ subject, algorithm })
  waitForOthers()
  return keyId
}

describe('a key whose private half is lost', () => {
  test('is listed as such, makes signing fail as a fault of the node, and another takes its place', async () => {
    const party = await getParty()
    const { keyId: lost } = signingKey(party)
    expect(await partyKeys.list(subject)).not.toContainEqual(expect.objectContaining({ lost: true }))
    await identity.keyStore.deleteKey(lost)
    expect(await partyKeys.list(subject)).toMatchObject([{ keyId: lost, state: 'signing', lost: true }])
    expect((await rejectionOf(identity.parties.sign(party, 'text'))).code).toBe('identity.key_store_closed')
    const lines: unknown[] = []
    const log = { error: (...line: readonly unknown[]) => void lines.push(line) }
    await reportLostKeys({ parties: identity.parties, partyKeys, log })
    expect(lines).toEqual([[expect.stringContaining('private key'), { party: subject, detail: lost }]])

    const key = await addKey()
    await partyKeys.promote({ subject, key })
    expect(await identity.parties.sign(await getParty(), 'text')).toHaveLength(64)
    expect(await partyKeys.list(subject)).toMatchObject([{ lost: true, state: 'retired' }, { state: 'signing' }])
  })

  test('is not told of while nobody can look', async () => {
    const listKeys = () => Promise.reject(new NodeError('identity.key_store_closed'))
    const blind = createPartyKeys({ ...identity, keyStore: { ...identity.keyStore, listKeys } })
    expect(await blind.list(subject)).toEqual([expect.not.objectContaining({ lost: true })])
  })
})

test('a key that cannot be reached signs nothing for now, and is not said to be lost', async () => {
  const party = await getParty()
  let isAway = true
  const sign: TestIdentity['keyStore']['sign'] = async (keyId, data) => {
    if (isAway) throw new NodeError('identity.key_store_closed', { detail: 'away' })
    return identity.keyStore.sign(keyId, data)
  }
  const keyStore = { ...identity.keyStore, sign }
  const parties = createParties({ ...identity, keyStore, url: 'https://node.example' })
  const { code, detail } = await rejectionOf(parties.sign(party, 'text'))
  expect([code, detail]).toEqual(['identity.key_store_closed', 'away'])
  isAway = false
  expect(await parties.sign(party, 'text')).toHaveLength(64)
})

describe('a key that is added', () => {
  test.each(['ES256', 'EdDSA'] as const)('of %s is published at once and does not sign', async (algorithm) => {
    const before = signingKey(await getParty())
    const { keyId } = await partyKeys.add({ subject, algorithm })
    const party = await getParty()
    const document = didDocumentOf(party)
    expect(document.verificationMethod.map(({ id }) => id)).toEqual([before.keyId, keyId])
    expect([document.assertionMethod, document.authentication]).toEqual([
      [before.keyId, keyId],
      [before.keyId, keyId],
    ])
    expect([signingKey(party), await statesOf()]).toEqual([before, ['signing', 'added']])
  })

  test('does not sign before everybody can know it, unless by force', async () => {
    const { keyId: key } = await partyKeys.add({ subject, algorithm: 'ES256' })
    identity.clock.move(promoteAfterMilliseconds / 1000 - 1)
    const refusal = await rejectionOf(partyKeys.promote({ subject, key }))
    expect([refusal.code, refusal.notes[0]]).toEqual([
      'identity.key_state',
      expect.stringContaining('it can sign from'),
    ])
    expect(await statesOf()).toEqual(['signing', 'added'])
    await partyKeys.promote({ subject, key, force: true })
    expect(signingKey(await getParty()).keyId).toBe(key)
  })

  test('is given up by retiring it, and can be removed then', async () => {
    const key = await addKey()
    expect(await partyKeys.retire({ subject, key })).toMatchObject({ state: 'retired' })
    expect((await rejectionOf(partyKeys.retire({ subject, key }))).code).toBe('identity.key_state')
    await partyKeys.remove({ subject, key })
    expect(await statesOf()).toEqual(['signing'])
  })

  test('is one of twenty at most', async () => {
    for (let number = 1; number < 20; number += 1) await partyKeys.add({ subject, algorithm: 'EdDSA' })
    const keys = await identity.keyStore.listKeys()
    expect((await rejectionOf(partyKeys.add({ subject, algorithm: 'EdDSA' }))).code).toBe('identity.key_state')
    expect(await identity.keyStore.listKeys()).toHaveLength(keys.length)
  })
})

describe('a key that is promoted', () => {
  test('signs from then on, and the one before stays published', async () => {
    const { keyId: old } = signingKey(await getParty())
    const key = await addKey('EdDSA')
    await partyKeys.promote({ subject, key })
    const party = await getParty()
    expect(signingKey(party)).toEqual({ keyId: key, algorithm: 'EdDSA' })
    expect(didDocumentOf(party).assertionMethod).toEqual([key, old])
    const publicKey = party.keys.find(({ keyId }) => keyId === key)?.publicKey
    const signature = await identity.parties.sign(party, 'text')
    expect(publicKey !== undefined && isSignatureUnder(publicKey, 'text', signature)).toBe(true)
    expect(await statesOf()).toEqual(['retired', 'signing'])
  })

  test('is named by the fragment of its id as well', async () => {
    const key = await addKey()
    expect((await partyKeys.promote({ subject, key: key.split('#')[1] ?? '' })).keyId).toBe(key)
  })

  test('can give way to the one before it', async () => {
    const { keyId: old } = signingKey(await getParty())
    await partyKeys.promote({ subject, key: await addKey() })
    expect(await partyKeys.promote({ subject, key: old })).toMatchObject({ state: 'signing' })
    const [first] = await partyKeys.list(subject)
    expect([first?.keyId, first?.retiredAt, await statesOf()]).toEqual([old, undefined, ['signing', 'retired']])
  })

  test('is not promoted again', async () => {
    const { keyId: key } = signingKey(await getParty())
    expect((await rejectionOf(partyKeys.promote({ subject, key }))).code).toBe('identity.key_state')
  })

  test('is one, when two are promoted at the same moment', async () => {
    const keys = [await addKey(), await addKey()]
    await Promise.allSettled(keys.map((key) => partyKeys.promote({ subject, key })))
    expect([...(await statesOf())].sort()).toEqual(['retired', 'retired', 'signing'])
  })

  test('is neither retired nor removed, by force or not', async () => {
    await addKey()
    const { keyId: key } = signingKey(await getParty())
    const attempts = [
      partyKeys.retire({ subject, key }),
      partyKeys.remove({ subject, key }),
      partyKeys.remove({ subject, key, force: true }),
    ]
    for (const attempt of attempts) expect((await rejectionOf(attempt)).code).toBe('identity.key_state')
    expect(await identity.keyStore.listKeys()).toContain(key)
  })
})

describe('a key that is removed', () => {
  test('is gone from the document and from the key store', async () => {
    const { keyId: old } = signingKey(await getParty())
    await partyKeys.promote({ subject, key: await addKey() })
    await partyKeys.remove({ subject, key: old })
    expect(didDocumentOf(await getParty()).assertionMethod).not.toContain(old)
    expect(await identity.keyStore.listKeys()).not.toContain(old)
  })

  test('signed nothing that still counts, unless by force', async () => {
    const party = await getParty()
    const { keyId: old } = signingKey(party)
    const day = 24 * 60 * 60_000
    await identity.parties.sign(party, 'a credential', identity.clock.now() + 3 * day)
    await identity.parties.sign(party, 'a presentation')
    await partyKeys.promote({ subject, key: await addKey() })
    const refusal = await rejectionOf(partyKeys.remove({ subject, key: old }))
    expect([refusal.code, refusal.notes[0]]).toEqual(['identity.key_in_use', expect.stringContaining('needed until')])
    expect((await partyKeys.list(subject))[0]?.neededUntil).toMatch(/T00:00:00Z$/)
    identity.clock.move((4 * day) / 1000)
    expect((await partyKeys.list(subject))[0]).not.toHaveProperty('neededUntil')
    await partyKeys.remove({ subject, key: old })
    expect(await statesOf()).toEqual(['signing'])
  })

  test('by force is gone although what it signed counts for ever', async () => {
    const party = await getParty()
    const { keyId: old } = signingKey(party)
    await identity.parties.sign(party, 'a credential without end', Number.POSITIVE_INFINITY)
    await partyKeys.promote({ subject, key: await addKey() })
    expect((await rejectionOf(partyKeys.remove({ subject, key: old }))).code).toBe('identity.key_in_use')
    await partyKeys.remove({ subject, key: old, force: true })
    expect(await statesOf()).toEqual(['signing'])
  })
})

describe('a change of keys', () => {
  test('is in the audit journal, with the key', async () => {
    const { keyId: old } = signingKey(await getParty())
    const trace = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) }
    const key = await addKey()
    await partyKeys.promote({ subject, key, trace })
    await partyKeys.remove({ subject, key: old })
    const other = await addKey()
    await partyKeys.retire({ subject, key: other })
    const events = (await identity.journal()).filter(({ party }) => party === subject)
    expect(events.filter((event) => event.trace !== undefined).map((event) => [event.code, event.trace])).toEqual([
      ['key.promoted', trace],
    ])
    expect(events.map(({ code, action, object }) => [code, action, object?.key])).toEqual([
      ['party.created', 'create', undefined],
      ['key.made', 'create', key],
      ['key.promoted', 'update', key],
      ['key.removed', 'delete', old],
      ['key.made', 'create', other],
      ['key.retired', 'update', other],
    ])
  })

  test('of a subject or key that is not there is refused', async () => {
    const nobody = { subject: 'nobody', key: 'k' }
    for (const attempt of [
      partyKeys.list('nobody'),
      partyKeys.add({ subject: 'nobody', algorithm: 'ES256' }),
      partyKeys.promote(nobody),
      partyKeys.retire(nobody),
      partyKeys.remove(nobody),
    ]) {
      expect((await rejectionOf(attempt)).code).toBe('identity.party_unknown')
    }
    const noKey = { subject, key: 'nobody' }
    for (const attempt of [partyKeys.promote(noKey), partyKeys.retire(noKey), partyKeys.remove(noKey)]) {
      expect((await rejectionOf(attempt)).code).toBe('identity.key_not_found')
    }
  })

  test('is seen by the resolver of the same node at once', async () => {
    const party = await getParty()
    await identity.resolver.resolve(party.did)
    const { keyId } = await partyKeys.add({ subject, algorithm: 'ES256' })
    expect((await identity.resolver.keyFor(keyId, 'assertionMethod')).keyId).toBe(keyId)
  })
})
