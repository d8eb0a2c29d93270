import { describe, expect, test } from '@jest/globals'
import { createTrust } from '../../../node/credentials/trust.js'
import { parseCompactCredential, type Credential } from '../../../node/credentials/credential.js'
import type { CredentialType, TrustRule } from '../../../node/credentials/types/credential-type.js'
import { getCredentialType } from '../../../node/credentials/types/table.js'
import { createTestHolder, testStart } from '../../support/credentials.js'
import { refusalOf } from '../../support/refusals.js'

const [issuer, holder] = [createTestHolder(), createTestHolder()]
const base = getCredentialType('LedenadministratieCredential')

function credentialAbout(subjectId: string): Credential {
  return parseCompactCredential(issuer.signVc({ type: 'TestCredential', subject: { id: subjectId }, now: testStart }))
}

const typeWith = (trust: TrustRule, type = 'TestCredential'): CredentialType => ({ ...base, type, trust })

describe('a type with configured issuers', () => {
  test('takes the word of those, and of nobody else', () => {
    const credential = credentialAbout(holder.did)
    const type = typeWith('configured')
    expect(() =>
      createTrust({ TestCredential: ['did:web:a.example', issuer.did] }).checkIssuer(credential, type, undefined),
    ).not.toThrow()
    const refusal = refusalOf(() =>
      createTrust({ TestCredential: [holder.did] }).checkIssuer(credential, type, issuer.did),
    )
    expect([refusal.code, refusal.notes]).toEqual([
      'credential.issuer_untrusted',
      ['the issuer of the TestCredential is not trusted here'],
    ])
  })

  test('takes nobody’s word when it is not configured', () => {
    const trust = createTrust({ OtherCredential: [issuer.did] })
    expect(trust.issuersOf('TestCredential')).toEqual([])
    expect(
      refusalOf(() => trust.checkIssuer(credentialAbout(holder.did), typeWith('configured'), undefined)).code,
    ).toBe('credential.issuer_untrusted')
  })

  test.each([['constructor'], ['__proto__'], ['toString'], ['hasOwnProperty']])(
    'by the name %s has no issuers',
    (name) => {
      const trust = createTrust({})
      expect(trust.issuersOf(name)).toEqual([])
      expect(
        refusalOf(() => trust.checkIssuer(credentialAbout(holder.did), typeWith('configured', name), undefined)).code,
      ).toBe('credential.issuer_untrusted')
    },
  )
})

describe('a type of the bronhouder', () => {
  const trust = createTrust({ TestCredential: [holder.did] })

  test('takes the word of the party at whose source it is used, and not that of a configured issuer', () => {
    const credential = credentialAbout(holder.did)
    expect(() => trust.checkIssuer(credential, typeWith('bronhouder'), issuer.did)).not.toThrow()
    expect(refusalOf(() => trust.checkIssuer(credential, typeWith('bronhouder'), holder.did)).code).toBe(
      'credential.issuer_untrusted',
    )
  })

  test('is not weighed where there is no source', () => {
    expect(() => trust.checkIssuer(credentialAbout(holder.did), typeWith('bronhouder'), undefined)).not.toThrow()
  })
})

describe('a type of the holder', () => {
  const trust = createTrust({ TestCredential: [issuer.did] })

  test('takes the word of the subject about itself, and nobody else’s', () => {
    expect(() => trust.checkIssuer(credentialAbout(issuer.did), typeWith('holder'), undefined)).not.toThrow()
    expect(refusalOf(() => trust.checkIssuer(credentialAbout(holder.did), typeWith('holder'), issuer.did)).code).toBe(
      'credential.issuer_untrusted',
    )
  })
})

describe('a certificate authority', () => {
  const authority = `did:x509:0:sha256:${'A'.repeat(43)}`
  const type = typeWith('configured', 'X509Credential')
  const trust = createTrust({ X509Credential: [authority] })
  const from = (did: string): Credential => ({ ...credentialAbout(holder.did), issuer: did })

  test('that is trusted speaks through every certificate below it', () => {
    expect(() => trust.checkIssuer(from(`${authority}::subject:O:De%20Linde`), type, undefined)).not.toThrow()
  })

  test.each([
    ['another authority', `did:x509:0:sha256:${'B'.repeat(43)}::subject:O:De%20Linde`],
    ['an authority whose name begins the same', `${authority}A::subject:O:De%20Linde`],
    ['a DID of another method', `did:web:${authority}::subject`],
  ])('does not speak through %s', (_, did) => {
    expect(refusalOf(() => trust.checkIssuer(from(did), type, undefined)).code).toBe('credential.issuer_untrusted')
  })
})

test('a type of nobody is trusted from nobody, also not from a configured issuer', () => {
  const trust = createTrust({ TestCredential: [issuer.did] })
  expect(refusalOf(() => trust.checkIssuer(credentialAbout(issuer.did), typeWith('nobody'), issuer.did)).code).toBe(
    'credential.issuer_untrusted',
  )
})
