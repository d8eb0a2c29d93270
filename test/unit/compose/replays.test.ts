import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { bySigner, entries, states } from '../../../node/catalogue/list-records.js'
import type { AuditEvent } from '../../../node/audit/event.js'
import { readBit, unpackBits } from '../../../node/credentials/status/bitstring.js'
import { activations } from '../../../node/discovery/activation-record.js'
import { partyRecords, type Party } from '../../../node/identity/party.js'
import { createPartyKeys } from '../../../node/identity/party-keys.js'
import { createReplays } from '../../../node/compose/replays.js'
import { put } from '../../../node/stores/contracts.js'
import { numberPart } from '../../../node/stores/numbered-keys.js'
import { tokens } from '../../../node/tokens/token-store.js'
import {
  createTestHolder,
  createTestIdentity,
  memberSubject,
  testStart,
  type TestIdentity,
} from '../../support/credentials.js'
import { rejectionOf } from '../../support/refusals.js'

/** Where everything happens. */
let lost: TestIdentity
/** What the backup knows: the party, and no more. */
let restored: TestIdentity
let party: Party

beforeEach(async () => {
  lost = await createTestIdentity()
  restored = await createTestIdentity()
  party = await lost.parties.create({ subject: 'uitgever', id: 'uitgever' })
  await restored.parties.create({ subject: 'uitgever', id: 'uitgever' })
})

afterEach(async () => {
  await lost.end()
  await restored.end()
})

/** Does again what happened in the lost one. */
async function replay(): Promise<void> {
  const replays = createReplays(restored)
  for (const event of await lost.journal()) {
    const operations = (await replays[event.code]?.(event)) ?? []
    if (operations.length > 0) await restored.store.write(operations)
  }
}

async function issue() {
  const subject = memberSubject(createTestHolder().did)
  const expiresAt = testStart + 86_400_000
  return lost.issuer.issue({ issuer: party, type: 'LedenadministratieCredential', subject, expiresAt })
}

/** What the served lists say of a credential: whether it is revoked, and whether it is suspended. */
async function statusOf({ statusEntries }: Awaited<ReturnType<typeof issue>>): Promise<readonly unknown[]> {
  const found: unknown[] = []
  for (const { statusListCredential, statusListIndex } of statusEntries) {
    const page = String(statusListCredential).split('/').at(-1) ?? ''
    const { credentialSubject } = JSON.parse(await restored.statusLists.read(party.did, page)) as {
      credentialSubject: { encodedList: string }
    }
    const bits = await unpackBits(credentialSubject.encodedList)
    found.push(bits === undefined ? undefined : readBit(bits, Number(statusListIndex)))
  }
  return found
}

describe('status', () => {
  test('of credentials that were issued after the backup, in lists that it does not know, is what it was', async () => {
    const [revoked, suspended, resumed, untouched] = [await issue(), await issue(), await issue(), await issue()]
    const change = ({ id }: { id: string }) => ({ party, credentialId: id })
    await lost.statusLists.revoke(change(revoked))
    await lost.statusLists.suspend(change(suspended))
    await lost.statusLists.suspend(change(resumed))
    await lost.statusLists.resume(change(resumed))
    await replay()
    await replay()
    expect(await Promise.all([revoked, suspended, resumed, untouched].map(statusOf))).toEqual([
      [true, false],
      [false, true],
      [false, false],
      [false, false],
    ])
    // The restored node can revoke what it never issued, and knows what is revoked already.
    expect(await restored.statusLists.revoke(change(untouched))).toBe(true)
    expect(await restored.statusLists.revoke(change(revoked))).toBe(false)
    expect(await statusOf(untouched)).toEqual([true, false])
  })

  test.each<[string, object]>([
    ['no list', { list: 'https://node.example/elsewhere/1' }],
    ['an unknown kind of list', { type: 'Other' }],
    ['an unknown purpose', { purpose: 'message' }],
    ['a place beyond the list', { index: 131_072 }],
  ])('that names %s stops the replay: nothing is passed over', async (_, change) => {
    const list = `https://node.example/statuslist/${party.did}/1`
    const place = { list, type: 'StatusList2021', index: 1, purpose: 'revocation' }
    const again = createReplays(restored)['credential.revoked']
    const replaying = async (status: NonNullable<AuditEvent['object']>['status']) =>
      again?.({ code: 'credential.revoked', action: 'update', outcome: 'success', object: { credential: 'a', status } })
    expect((await rejectionOf(replaying([{ ...place, ...change }]))).code).toBe('store.damaged')
    expect(await replaying([place])).toHaveLength(2)
  })
})

describe('wallets and tokens', () => {
  test('a credential that was thrown away is gone, and another stays', async () => {
    const issuer = createTestHolder()
    const write = () =>
      issuer.signVc({ type: 'LedenadministratieCredential', subject: memberSubject(party.did), now: testStart })
    const [one, other] = [write(), write()]
    for (const { trusted } of [lost, restored]) trusted['LedenadministratieCredential'] = [issuer.did]
    const { id } = await lost.wallet.add(party, one)
    for (const compact of [one, other]) await restored.wallet.add(party, compact)
    expect(await restored.wallet.list(party)).toHaveLength(2)
    await lost.wallet.remove(party, id)
    await replay()
    const held = await restored.wallet.list(party)
    expect(held).toHaveLength(1)
    expect(held[0]?.id).not.toBe(id)
  })

  test('a token that was revoked is gone', async () => {
    const token = 'ab'.repeat(32)
    const record = {
      party: 'uitgever',
      requester: 'did:web:lid.example.nl',
      clientId: 'https://lid.example.nl/oauth2/lid',
      scope: 'a',
      claims: {},
      evidence: [],
      issuedAt: testStart,
      expiresAt: testStart + 900_000,
    }
    await restored.store.write([put(tokens, [token], record), put(tokens, ['other'], record)])
    await lost.audit.record({ code: 'token.revoked', action: 'delete', outcome: 'success', object: { token } })
    await replay()
    expect(await restored.store.records.get(tokens, [token])).toBeUndefined()
    expect(await restored.store.records.get(tokens, ['other'])).toBeDefined()
  })
})

describe('keys and parties', () => {
  test('a key that was removed is in no document and in no key store', async () => {
    const keys = createPartyKeys(lost)
    const added = await keys.add({ subject: 'uitgever', algorithm: 'ES256' })
    const before = await restored.parties.get('uitgever')
    await restored.keyStore.createKey(added.keyId, 'ES256')
    await restored.store.write([put(partyRecords, ['uitgever'], { ...before, keys: [...before.keys, added] })])
    await keys.remove({ subject: 'uitgever', key: added.keyId, force: true })
    await replay()
    expect((await restored.parties.get('uitgever')).keys).toEqual(before.keys)
    expect(await restored.keyStore.listKeys()).toEqual(before.keys.map(({ keyId }) => keyId))
  })

  test('a party that was ended speaks no more, and another one of a name that ended does', async () => {
    await lost.parties.deactivate('uitgever')
    await restored.parties.create({ subject: 'ander' })
    const actor = { did: 'did:web:node.example:iam:een-ander' }
    await lost.audit.record({ code: 'party.removed', action: 'delete', outcome: 'success', party: 'ander', actor })
    await replay()
    expect((await restored.parties.list()).map(({ subject }) => subject)).toEqual(['ander'])
    expect((await rejectionOf(restored.parties.resolve(party.did))).code).toBe('identity.did_deactivated')
    expect(await restored.keyStore.listKeys()).toHaveLength(1)
  })
})

describe('listings', () => {
  test('one that was withdrawn is off the list, which everybody reads anew; a listing that came is not undone', async () => {
    const listed = (signer: string, timestamp: number) => {
      const entry = { timestamp, presentation: 'a', presentationId: signer, signer, expiresAt: testStart + 60_000 }
      return [put(bySigner, ['regio', signer], entry), put(entries, ['regio', numberPart(timestamp)], entry)]
    }
    await restored.store.write([
      put(states, ['regio'], { seed: 'before', timestamp: 2 }),
      ...listed('did:web:a', 1),
      ...listed('did:web:b', 2),
    ])
    const accept = (action: 'create' | 'delete', did: string): Promise<number> =>
      lost.audit.record({
        code: 'registration.accepted',
        action,
        outcome: 'success',
        actor: { did },
        object: { service: 'regio' },
      })
    await accept('create', 'did:web:b')
    await accept('delete', 'did:web:a')
    await replay()
    const { items } = await restored.store.records.list(entries, { limit: 10 })
    expect(items.map(({ value }) => value.signer)).toEqual(['did:web:b'])
    expect(await restored.store.records.get(bySigner, ['regio', 'did:web:a'])).toBeUndefined()
    const state = await restored.store.records.get(states, ['regio'])
    expect(state?.value).toEqual({ seed: expect.not.stringMatching('before'), timestamp: 2 })
  })

  test('one that an administrator ended is not renewed, but withdrawn', async () => {
    const activation = { service: 'regio', subject: 'uitgever', parameters: {} }
    await restored.store.write([put(activations, ['regio', 'uitgever'], activation)])
    await lost.audit.record({
      code: 'discovery.deactivated',
      action: 'delete',
      outcome: 'success',
      party: 'uitgever',
      object: { service: 'regio' },
    })
    await replay()
    const stored = await restored.store.records.get(activations, ['regio', 'uitgever'])
    expect(stored?.value).toEqual({ ...activation, withdrawing: true })
  })
})
