import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { VerifiedCredential } from '../../../node/credentials/verify-credential.js'
import {
  createTestHolder,
  createTestIdentity,
  memberSubject,
  tamper,
  testStart,
  type Json,
  type TestIdentity,
} from '../../support/credentials.js'
import { rejectionOf } from '../../support/refusals.js'

const type = 'LedenadministratieCredential'
const holder = createTestHolder()
const registrar = createTestHolder()

let identity: TestIdentity

beforeAll(async () => {
  identity = await createTestIdentity()
  identity.trusted[type] = [registrar.did]
})

afterAll(() => identity.end())

describe('what a holder says about itself', () => {
  const object = (changes: Json = {}): Json => ({
    '@context': ['https://www.w3.org/2018/credentials/v1'],
    type: ['VerifiableCredential', 'DiscoveryRegistrationCredential'],
    id: 'urn:uuid:1',
    issuer: holder.did,
    issuanceDate: '2026-11-24T09:00:00Z',
    credentialSubject: { id: holder.did, authServerURL: 'https://node.example/oauth2/x' },
    ...changes,
  })
  const verify = (value: unknown): Promise<VerifiedCredential> =>
    identity.verifier.verify(identity.verifier.parse(value), {})

  test('needs no proof', async () => {
    expect(VerifiedCredential.is(await verify(object()))).toBe(true)
  })

  test('is refused when somebody else says it', async () => {
    const refusal = await rejectionOf(verify(object({ issuer: registrar.did })))
    expect(refusal.code).toBe('credential.issuer_untrusted')
  })

  test('has no status: an address that nobody signed is not called', async () => {
    const credentialStatus = {
      type: 'StatusList2021Entry',
      statusPurpose: 'revocation',
      statusListIndex: '1',
      statusListCredential: 'https://elsewhere.example/list',
    }
    expect((await rejectionOf(verify(object({ credentialStatus })))).code).toBe('credential.status_unsupported')
  })

  test('is refused after its end', async () => {
    const refusal = await rejectionOf(verify(object({ expirationDate: '2026-11-24T09:00:00Z' })))
    expect(refusal.code).toBe('credential.expired')
  })

  test('as a token has to be signed', async () => {
    const subject = { id: holder.did, authServerURL: 'https://node.example/oauth2/x' }
    const compact = holder.signVc({ type: 'DiscoveryRegistrationCredential', subject, now: testStart })
    expect(VerifiedCredential.is(await verify(compact))).toBe(true)
    const forged = tamper(compact, (claims) => ({ ...claims, jti: 'urn:uuid:2' }))
    expect((await rejectionOf(verify(forged))).code).toBe('credential.signature')
  })

  test('is no membership, whoever is trusted for that', async () => {
    const claim = object({
      type: ['VerifiableCredential', type],
      issuer: registrar.did,
      expirationDate: '2027-01-01T00:00:00Z',
      credentialSubject: memberSubject(holder.did),
    })
    const refusal = await rejectionOf(verify(claim))
    expect([refusal.code, refusal.notes]).toEqual(['credential.signature', [`the ${type} has no proof`]])
  })
})
