import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Party } from '../../../../node/identity/party.js'
import { createTestIdentity, memberSubject, type TestIdentity } from '../../../support/credentials.js'
import { rejectionOf } from '../../../support/refusals.js'

const type = 'LedenadministratieCredential'

let identity: TestIdentity
let party: Party

beforeAll(async () => {
  identity = await createTestIdentity()
  party = await identity.parties.create({ subject: 'stelsel' })
  identity.trusted[type] = [party.did]
})

afterAll(() => identity.end())

const issue = () =>
  identity.issuer.issue({
    issuer: party,
    type,
    subject: memberSubject('did:web:lid.example'),
    expiresAt: identity.clock.now() + 3_600_000,
  })

const verdict = async (credential: Awaited<ReturnType<typeof issue>>): Promise<string> => {
  try {
    await identity.verifier.verify(credential, {})
    return 'good'
  } catch {
    return (await rejectionOf(identity.verifier.verify(credential, {}))).code
  }
}

describe('a credential of this node itself', () => {
  test('is known to be revoked, suspended or good again at once, without a call', async () => {
    const [revoked, suspended] = [await issue(), await issue()]
    expect([await verdict(revoked), await verdict(suspended)]).toEqual(['good', 'good'])
    await identity.statusLists.revoke({ party, credentialId: revoked.id })
    await identity.statusLists.suspend({ party, credentialId: suspended.id })
    expect([await verdict(revoked), await verdict(suspended)]).toEqual(['credential.revoked', 'credential.suspended'])
    await identity.statusLists.resume({ party, credentialId: suspended.id })
    expect([await verdict(revoked), await verdict(suspended)]).toEqual(['credential.revoked', 'good'])
  })

  test.each([
    ['of a list that does not exist', { statusListCredential: (url: string) => url.replace(/\d+$/, '99') }],
    ['of another kind of list', { type: () => 'BitstringStatusListEntry' }],
    ['of a list of another party', { statusListCredential: (url: string) => url.replace(/iam:[^/]+/, 'iam:other') }],
    ['for another purpose', { statusPurpose: () => 'suspension' }],
  ])('is not verified with an entry %s', async (_, changes) => {
    const { issuer, statusEntries } = await issue()
    const [entry = {}] = statusEntries
    const changed = Object.entries(changes).map(([name, change]) => [name, change(String(entry[name]))])
    const evidence = { type, issuer, statusEntries: [{ ...entry, ...Object.fromEntries(changed) }] }
    const refusal = await rejectionOf(identity.verifier.checkStatus(evidence, 'minute'))
    expect(refusal.code).toBe('credential.status_unavailable')
  })
})
