import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { createAllocateStatus } from '../../../../node/credentials/status/allocate.js'
import type { StatusKind } from '../../../../node/credentials/status/kinds.js'
import type { Party } from '../../../../node/identity/party.js'
import type { Instant } from '../../../../node/kernel/clock.js'
import { createTestIdentity, testStart, type TestIdentity } from '../../../support/credentials.js'

const url = 'https://node.example'
const minute = Math.floor(testStart / 60_000)
const revocation: StatusKind = { list: 'StatusList2021', purpose: 'revocation' }
const suspension: StatusKind = { list: 'StatusList2021', purpose: 'suspension' }

let identity: TestIdentity
let party: Party

beforeAll(async () => {
  identity = await createTestIdentity({ url })
})

beforeEach(async () => {
  party = await identity.parties.create({ subject: `issuer-${String((await identity.parties.list()).length)}` })
})

afterAll(() => identity.end())

/** Which list a credential gets a place in; the place is taken. */
async function takeIn(credentialId: string, restoredAt: Instant, kind = revocation): Promise<string | undefined> {
  const allocate = createAllocateStatus({ store: identity.store, url, restoredAt })
  const { entries, operations } = await allocate({ issuer: party, credentialId, kinds: [kind] })
  await identity.store.write(operations)
  return entries[0]?.statusListCredential
}

const listOf = (page: number): string => `${url}/statuslist/${party.did}/${page}`

describe('after a restore', () => {
  test('places come from new lists, beyond all that may be forgotten, and from the same one again', async () => {
    expect(await takeIn('urn:a', 0)).toBe(listOf(1))
    expect(await takeIn('urn:b', testStart)).toBe(listOf(minute + 1))
    expect(await takeIn('urn:c', testStart)).toBe(listOf(minute + 1))
    expect(await takeIn('urn:d', testStart, suspension)).toBe(listOf(minute + 2))
    // Lists of before are changed and served as ever.
    expect(await identity.statusLists.revoke({ party, credentialId: 'urn:a' })).toBe(true)
    expect(await identity.statusLists.read(party.did, '1')).toContain(listOf(1))
  })

  test('and after another one of the same backup from other lists again', async () => {
    // What the first restore gave is forgotten: nothing of it is in the store.
    expect(await takeIn('urn:b', testStart + 60_000)).toBe(listOf(minute + 2))
  })

  test('with a clock that was set back no list of before is used either', async () => {
    await takeIn('urn:a', testStart)
    expect(await takeIn('urn:b', 60_000)).toBe(listOf(minute + 2))
  })
})
