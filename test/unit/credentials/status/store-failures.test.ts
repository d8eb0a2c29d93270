import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import type { Credential } from '../../../../node/credentials/credential.js'
import { entryRecords, listRecords } from '../../../../node/credentials/status/records.js'
import { createSignList } from '../../../../node/credentials/status/sign-list.js'
import { createStatusLists } from '../../../../node/credentials/status/status-lists.js'
import type { Party } from '../../../../node/identity/party.js'
import { NodeError, type ErrorCode } from '../../../../node/kernel/errors.js'
import { put, remove, type Store } from '../../../../node/stores/contracts.js'
import { createTestIdentity, memberSubject, type TestIdentity } from '../../../support/credentials.js'
import { rejectionOf } from '../../../support/refusals.js'

const type = 'LedenadministratieCredential'
const url = 'https://node.example'

let identity: TestIdentity
let party: Party
let credential: Credential

beforeAll(async () => {
  identity = await createTestIdentity({ url })
})

beforeEach(async () => {
  const number = String((await identity.parties.list()).length)
  party = await identity.parties.create({ subject: `issuer-${number}` })
  identity.trusted[type] = [party.did]
  credential = await identity.issuer.issue({
    issuer: party,
    type,
    subject: memberSubject('did:web:lid.example'),
    expiresAt: identity.clock.now() + 3_600_000,
    status: [{ list: 'StatusList2021', purpose: 'revocation' }],
  })
})

afterAll(() => identity.end())

const codeOf = async (promise: Promise<unknown>): Promise<string> => (await rejectionOf(promise)).code
const verify = () => identity.verifier.verify(credential, {})
const revoke = () => identity.statusLists.revoke({ party, credentialId: credential.id })
const readList = () => identity.store.records.get(listRecords, [party.did, '1'])

/** The lists of a node whose writes end like this. */
function listsWhoseWrites(end: Store['write']) {
  const signList = createSignList({ parties: identity.parties, linkedData: identity.linkedData })
  const store = { ...identity.store, write: end }
  return createStatusLists({ ...identity, store, url, signList, restoredAt: 0 })
}

describe('a list that is damaged in the store', () => {
  beforeEach(async () => {
    const stored = await readList()
    if (stored !== undefined) {
      await identity.store.write([put(listRecords, stored.key, { ...stored.value, packed: 'AAAA' })])
    }
  })

  test('lets nobody through, and is not written over', async () => {
    const before = await readList()
    expect([await codeOf(verify()), await codeOf(revoke())]).toEqual(['store.damaged', 'store.damaged'])
    expect(await readList()).toEqual(before)
  })
})

describe('a list that is lost', () => {
  test('lets nobody through, and is not begun again as if nobody were revoked', async () => {
    await identity.store.write([remove(listRecords, [party.did, '1'])])
    expect([await codeOf(verify()), await codeOf(revoke())]).toEqual(['credential.status_unavailable', 'store.damaged'])
    const { items } = await identity.store.records.list(entryRecords, { prefix: [party.did], limit: 10 })
    expect([await readList(), items.map(({ value }) => value.set)]).toEqual([undefined, [false]])
  })
})

describe('a list that is read', () => {
  const failing =
    (code: ErrorCode): Store['write'] =>
    () =>
      Promise.reject(new NodeError(code))

  test('while the store takes nothing is not served unsigned', async () => {
    expect(await codeOf(listsWhoseWrites(failing('store.unavailable')).read(party.did, '1'))).toBe('store.unavailable')
  })

  test('while others change it all the time is to be asked for again', async () => {
    expect(await codeOf(listsWhoseWrites(failing('store.conflict')).read(party.did, '1'))).toBe('store.unavailable')
  })

  test('while another replica signs it is the one that the other signed', async () => {
    let theirs = ''
    const slow = listsWhoseWrites(async (operations) => {
      theirs = await identity.statusLists.read(party.did, '1')
      return identity.store.write(operations)
    })
    identity.clock.move(1)
    expect([await slow.read(party.did, '1'), theirs]).toEqual([theirs, expect.stringContaining('JsonWebSignature2020')])
  })

  test('after its party ended is served until it has to be signed again, and then is not there', async () => {
    const served = await identity.statusLists.read(party.did, '1')
    await identity.parties.deactivate(party.subject)
    expect(await identity.statusLists.read(party.did, '1')).toBe(served)
    identity.clock.move(18 * 3600 + 1)
    expect(await codeOf(identity.statusLists.read(party.did, '1'))).toBe('request.not_found')
  })
})
