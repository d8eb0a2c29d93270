import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createSelfAttested } from '../../../node/credentials/issue.js'
import type { Party } from '../../../node/identity/party.js'
import { createTestIdentity, memberSubject, testStart, type TestIdentity } from '../../support/credentials.js'
import { refusalOf } from '../../support/refusals.js'

let identity: TestIdentity
let party: Party

beforeAll(async () => {
  identity = await createTestIdentity()
  party = await identity.parties.create({ subject: 'noord' })
})

afterAll(() => identity.end())

describe('what a party says about itself', () => {
  const options = () => ({
    party,
    type: 'DiscoveryRegistrationCredential',
    subject: { authServerURL: 'https://node.example/oauth2/noord', id: 'did:web:other.example' },
    now: testStart + 999,
  })

  test('is about that party, whatever it says, and has no proof', () => {
    const credential = createSelfAttested(options())
    expect(credential).toMatchObject({ format: 'ldp_vc', issuer: party.did, subjectId: party.did, jwt: undefined })
    expect(JSON.parse(credential.raw)).toEqual({
      '@context': ['https://www.w3.org/2018/credentials/v1', 'https://nuts.nl/credentials/v1'],
      type: ['VerifiableCredential', 'DiscoveryRegistrationCredential'],
      id: expect.stringMatching(/^urn:uuid:[0-9a-f-]{36}$/),
      issuer: party.did,
      issuanceDate: '2026-11-24T09:00:00Z',
      credentialSubject: { id: party.did, authServerURL: 'https://node.example/oauth2/noord' },
    })
  })

  test.each([
    ['membership', 'LedenadministratieCredential', 'credential.rule_broken'],
    ['an authorization', 'AutorisatieCredential', 'credential.rule_broken'],
    ['something unknown', 'OtherCredential', 'credential.type_unknown'],
  ])('cannot be %s', (_, type, code) => {
    expect(refusalOf(() => createSelfAttested({ ...options(), type })).code).toBe(code)
  })

  test('cannot be what another has to say, with a good subject either', () => {
    const type = 'NutsOrganizationCredential'
    const subject = { organization: { name: 'Zorgkantoor Noord', city: 'Noordstad' } }
    const refusal = refusalOf(() => createSelfAttested({ ...options(), type, subject }))
    expect([refusal.code, refusal.notes]).toEqual([
      'credential.rule_broken',
      [`a ${type} cannot be said by the holder itself`],
    ])
    expect(
      refusalOf(() =>
        createSelfAttested({ ...options(), type: 'LedenadministratieCredential', subject: memberSubject(party.did) }),
      ).code,
    ).toBe('credential.rule_broken')
  })
})
