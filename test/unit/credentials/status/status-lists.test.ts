import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { parseObjectCredential } from '../../../../node/credentials/credential.js'
import { createLinkedData } from '../../../../node/credentials/proofs/linked-data.js'
import { createVerifyProofs } from '../../../../node/credentials/proofs/verify-proofs.js'
import { unpackBits, readBit } from '../../../../node/credentials/status/bitstring.js'
import type { StatusKind } from '../../../../node/credentials/status/kinds.js'
import { createSignList } from '../../../../node/credentials/status/sign-list.js'
import { createStatusLists, type StatusLists } from '../../../../node/credentials/status/status-lists.js'
import type { Party } from '../../../../node/identity/party.js'
import { createFixedClock, type MovableClock } from '../../../../node/kernel/clock.js'
import { NodeError } from '../../../../node/kernel/errors.js'
import { createTestIdentity, testStart, type Json, type TestIdentity } from '../../../support/credentials.js'
import { rejectionOf } from '../../../support/refusals.js'

const url = 'https://node.example'
const linkedData = createLinkedData({ examples: false })
const revocation: StatusKind = { list: 'StatusList2021', purpose: 'revocation' }
const suspension: StatusKind = { list: 'StatusList2021', purpose: 'suspension' }
const bitstring: StatusKind = { list: 'BitstringStatusList', purpose: 'revocation' }

let clock: MovableClock
let identity: TestIdentity
let party: Party
let lists: StatusLists

beforeAll(async () => {
  clock = createFixedClock(testStart)
  identity = await createTestIdentity({ clock, url })
  lists = listsWith()
})

beforeEach(async () => {
  party = await identity.parties.create({ subject: `issuer-${String((await identity.parties.list()).length)}` })
})

afterAll(() => identity.end())

function listsWith(pickIndex?: () => number): StatusLists {
  const signList = createSignList({ parties: identity.parties, linkedData })
  const parts = { ...identity, url, signList, restoredAt: 0 }
  return createStatusLists(pickIndex === undefined ? parts : { ...parts, pickIndex })
}

/** Places of a credential, taken. */
async function take(credentialId: string, kinds: readonly StatusKind[] = [revocation], from = lists) {
  const { entries, operations } = await from.allocate({ issuer: party, credentialId, kinds })
  await identity.store.write(operations)
  return entries
}

async function served(page = '1'): Promise<Json> {
  return JSON.parse(await lists.read(party.did, page)) as Json
}

async function bitAt(index: string | undefined, page = '1'): Promise<boolean | undefined> {
  const { encodedList } = (await served(page))['credentialSubject'] as { readonly encodedList: string }
  const bits = await unpackBits(encodedList.replace(/^u/, ''))
  return bits === undefined ? undefined : readBit(bits, Number(index))
}

describe('an entry', () => {
  test('names the list, the place in it and the purpose, as nuts-node v6 reads it', async () => {
    const [entry] = await take('urn:a')
    const listUrl = `${url}/statuslist/${party.did}/1`
    expect(entry).toEqual({
      id: `${listUrl}#${String(entry?.statusListIndex)}`,
      type: 'StatusList2021Entry',
      statusPurpose: 'revocation',
      statusListIndex: expect.stringMatching(/^\d{1,6}$/),
      statusListCredential: listUrl,
    })
  })

  test('of another purpose or kind is in another list of the same issuer', async () => {
    const entries = await take('urn:a', [revocation, suspension, bitstring])
    expect(
      entries.map(({ type, statusPurpose, statusListCredential }) => [
        type,
        statusPurpose,
        statusListCredential.at(-1),
      ]),
    ).toEqual([
      ['StatusList2021Entry', 'revocation', '1'],
      ['StatusList2021Entry', 'suspension', '2'],
      ['BitstringStatusListEntry', 'revocation', '3'],
    ])
  })

  test('is random: places do not tell in which order credentials were issued', async () => {
    const places: number[] = []
    for (let n = 0; n < 40; n += 1) places.push(Number((await take(`urn:${String(n)}`))[0]?.statusListIndex))
    expect(new Set(places).size).toBe(40)
    expect(places).not.toEqual([...places].sort((a, b) => a - b))
    expect(Math.max(...places)).toBeGreaterThan(65_536)
    expect(Math.min(...places)).toBeLessThan(65_536)
  })

  test('is never given twice: a taken place is passed over, and when all that were tried are taken a new list begins', async () => {
    const picks = [5, 5, 6]
    const from = listsWith(() => picks.shift() ?? 5)
    const places = [await take('urn:a', [revocation], from), await take('urn:b', [revocation], from)]
    expect(places.flat().map(({ statusListIndex }) => statusListIndex)).toEqual(['5', '6'])
    const [third] = await take('urn:c', [revocation], from)
    expect([third?.statusListIndex, third?.statusListCredential.at(-1)]).toEqual(['5', '2'])
  })

  test('is never given twice when two issuers pick the same place at the same moment', async () => {
    await take('urn:first')
    const from = [listsWith(() => 9), listsWith(() => 9)]
    const both = await Promise.all(
      from.map((one) => one.allocate({ issuer: party, credentialId: 'urn:x', kinds: [revocation] })),
    )
    const outcomes = await Promise.allSettled(both.map(({ operations }) => identity.store.write(operations)))
    const codes = outcomes.map((one) => (one.status === 'rejected' ? NodeError.codeOf(one.reason) : 'written'))
    expect(codes.sort()).toEqual(['store.conflict', 'written'])
  })
})

describe('a list', () => {
  test('is a credential of data model 1.1 about itself, for a day, with nobody in it', async () => {
    const [entry] = await take('urn:a')
    const listUrl = `${url}/statuslist/${party.did}/1`
    const credential = parseObjectCredential(await served())
    expect(credential).toMatchObject({
      id: listUrl,
      issuer: party.did,
      type: 'StatusList2021Credential',
      subject: { id: listUrl, type: 'StatusList2021', statusPurpose: 'revocation' },
    })
    expect((await served())['@context']).toEqual([
      'https://www.w3.org/2018/credentials/v1',
      'https://w3id.org/vc/status-list/2021/v1',
      'https://w3c-ccg.github.io/lds-jws2020/contexts/lds-jws2020-v1.json',
    ])
    expect((credential.expiresAt ?? 0) - clock.now()).toBe(24 * 3_600_000)
    expect(await bitAt(entry?.statusListIndex)).toBe(false)
  })

  test('of the newer kind is a credential of data model 2.0', async () => {
    await take('urn:a', [bitstring])
    expect(await served()).toMatchObject({
      '@context': ['https://www.w3.org/ns/credentials/v2'],
      type: ['VerifiableCredential', 'BitstringStatusListCredential'],
      issuer: party.did,
      credentialSubject: { type: 'BitstringStatusList', encodedList: expect.stringMatching(/^uH4sI/) },
    })
  })

  test.each([
    [revocation, 'JsonWebSignature2020'],
    [bitstring, 'DataIntegrityProof'],
  ])('%j is signed by its issuer with a %s that verifies', async (kind, type) => {
    await take('urn:a', [kind])
    const document = await served()
    expect(document['proof']).toMatchObject({ type, proofPurpose: 'assertionMethod' })
    const verifyProofs = createVerifyProofs({ clock, resolver: identity.resolver, linkedData })
    await verifyProofs(document, { purpose: 'assertionMethod', controller: party.did })
    const forged = { ...document, issuer: 'did:web:elsewhere.example' }
    const refused = await rejectionOf(verifyProofs(forged, { purpose: 'assertionMethod', controller: party.did }))
    expect(refused.code).toBe('proof.signature')
  })

  test('stays the same text until less than six hours remain, and is then signed again', async () => {
    await take('urn:a')
    const first = await lists.read(party.did, '1')
    clock.move(18 * 3600)
    expect(await lists.read(party.did, '1')).toBe(first)
    clock.move(1)
    const second = parseObjectCredential(await served())
    expect((second.expiresAt ?? 0) - clock.now()).toBe(24 * 3_600_000)
  })

  test('is one and the same for readers that ask together', async () => {
    await take('urn:a')
    const read = await Promise.all(Array.from({ length: 5 }, () => lists.read(party.did, '1')))
    expect(new Set(read).size).toBe(1)
  })

  test.each([['2'], ['0'], ['01'], ['1x'], [''], ['9'.repeat(20)]])('with page "%s" does not exist', async (page) => {
    await take('urn:a')
    expect((await rejectionOf(lists.read(party.did, page))).code).toBe('request.not_found')
  })

  test.each([['did:web:elsewhere.example'], ['x'], [`did:web:${'x'.repeat(600)}`]])(
    'of %s does not exist',
    async (issuer) => {
      expect((await rejectionOf(lists.read(issuer, '1'))).code).toBe('request.not_found')
    },
  )
})

describe('revoking', () => {
  test('sets the bit in the list that is served from then on, and no other', async () => {
    const [a] = await take('urn:a')
    const [b] = await take('urn:b')
    await lists.read(party.did, '1')
    await lists.revoke({ party, credentialId: 'urn:a' })
    expect([await bitAt(a?.statusListIndex), await bitAt(b?.statusListIndex)]).toEqual([true, false])
  })

  test('is in the journal, with what is needed to set the bit again and without numbers that could be a person’s', async () => {
    const [entry] = await take('urn:a')
    const trace = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) }
    await lists.revoke({ party, credentialId: 'urn:a', reason: 'no longer a member: 999990019', trace })
    expect((await identity.journal()).at(-1)).toEqual({
      code: 'credential.revoked',
      action: 'update',
      outcome: 'success',
      party: party.subject,
      actor: { did: party.did },
      object: {
        credential: 'urn:a',
        status: [
          {
            list: entry?.statusListCredential,
            type: 'StatusList2021',
            index: Number(entry?.statusListIndex),
            purpose: 'revocation',
          },
        ],
      },
      reasons: ['no longer a member: •••'],
      trace,
    })
  })

  test('twice is the same as once', async () => {
    const [entry] = await take('urn:a')
    await lists.revoke({ party, credentialId: 'urn:a' })
    const { length } = await identity.journal()
    await lists.revoke({ party, credentialId: 'urn:a' })
    expect(await bitAt(entry?.statusListIndex)).toBe(true)
    expect((await identity.journal()).length).toBe(length)
  })

  test('is done in every list that the credential has for it', async () => {
    const [old, newer] = await take('urn:a', [revocation, bitstring])
    await lists.revoke({ party, credentialId: 'urn:a' })
    expect([await bitAt(old?.statusListIndex, '1'), await bitAt(newer?.statusListIndex, '2')]).toEqual([true, true])
  })

  test('of many credentials in one list at the same moment loses none', async () => {
    const entries = []
    for (let n = 0; n < 8; n += 1) entries.push(...(await take(`urn:${String(n)}`)))
    await Promise.all(entries.map((_, n) => lists.revoke({ party, credentialId: `urn:${String(n)}` })))
    expect(await Promise.all(entries.map(({ statusListIndex }) => bitAt(statusListIndex)))).toEqual(
      entries.map(() => true),
    )
  })

  test('never makes the list older than it was, also when the clock goes back', async () => {
    await take('urn:a')
    const before = (await served())['issuanceDate']
    clock.move(-3600)
    await lists.revoke({ party, credentialId: 'urn:a' })
    expect((await served())['issuanceDate']).toBe(before)
    clock.move(3600)
  })

  test('of what another party issued, or nobody, is refused', async () => {
    await take('urn:a')
    const other = await identity.parties.create({ subject: `other-${party.subject}` })
    expect((await rejectionOf(lists.revoke({ party: other, credentialId: 'urn:a' }))).code).toBe('credential.not_found')
    expect((await rejectionOf(lists.revoke({ party, credentialId: 'urn:none' }))).code).toBe('credential.not_found')
  })
})

describe('suspending', () => {
  test('sets the bit, and resuming clears it; both are in the journal', async () => {
    const [, entry] = await take('urn:a', [revocation, suspension])
    await lists.suspend({ party, credentialId: 'urn:a' })
    expect(await bitAt(entry?.statusListIndex, '2')).toBe(true)
    await lists.resume({ party, credentialId: 'urn:a' })
    expect(await bitAt(entry?.statusListIndex, '2')).toBe(false)
    expect((await identity.journal()).slice(-2).map(({ code }) => code)).toEqual([
      'credential.suspended',
      'credential.resumed',
    ])
  })

  test('does not end a revocation when it is resumed', async () => {
    const [entry] = await take('urn:a', [revocation, suspension])
    await lists.revoke({ party, credentialId: 'urn:a' })
    await lists.suspend({ party, credentialId: 'urn:a' })
    await lists.resume({ party, credentialId: 'urn:a' })
    expect(await bitAt(entry?.statusListIndex)).toBe(true)
  })

  test('is refused for a credential that was issued without that status', async () => {
    await take('urn:a')
    const refusal = await rejectionOf(lists.suspend({ party, credentialId: 'urn:a' }))
    expect([refusal.code, refusal.notes]).toEqual([
      'credential.not_revocable',
      ['it was issued without a status for suspension'],
    ])
  })
})
