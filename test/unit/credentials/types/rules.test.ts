import { describe, expect, test } from '@jest/globals'
import { NodeError } from '../../../../node/kernel/errors.js'
import { parseUra } from '../../../../node/kernel/identifiers.js'
import { passes } from '../../../../node/credentials/types/credential-type.js'
import { checkTypeRules } from '../../../../node/credentials/types/table.js'
import { goodSubjects, x509Issuer } from '../../../support/credential-examples.js'
import { testStart, type Json } from '../../../support/credentials.js'
import { refusalOf } from '../../../support/refusals.js'

const did = 'did:web:node.example:iam:1'
const good = goodSubjects(did)

function notesOf(type: string, subject: Json, more: { readonly id?: string; readonly issuer?: string } = {}) {
  const credential = { type, subject, expiresAt: testStart, issuer: did, ...more }
  const refusal = refusalOf(() => checkTypeRules(credential))
  expect(refusal.code).toBe('credential.rule_broken')
  return refusal.notes
}

describe('a membership', () => {
  test.each([
    ['zorgkantoor', 'agb', '06020101', 'uzovi'],
    ['zorgkantoor', 'kvk', '62253778', 'uzovi'],
    ['ciz', 'uzovi', '5999', 'kvk or oin'],
    ['cak', 'gemeentecode', '0344', 'kvk or oin'],
    ['gemeente', 'agb', '06020101', 'gemeentecode or oin'],
    ['huisarts', 'uzovi', '5999', 'agb or ura'],
    ['zorgaanbieder', 'oin', '00000001002220647000', 'agb or ura or kvk'],
    ['stelselbeheerder', 'ura', '90000382', 'kvk or oin'],
  ])('of a %s is not known by %s', (role, id_type, id, known) => {
    const organization = { name: 'Lid', city: 'Noordstad', id, id_type, role }
    expect(notesOf('LedenadministratieCredential', { id: did, organization })).toEqual([
      `credentialSubject.organization.id_type: a ${role} is known by ${known}`,
    ])
  })
})

describe('an organisation', () => {
  const type = 'NutsOrganizationCredential'
  const subject = good[type] ?? {}

  test('is named by an issuer under whose DID the id of the credential stands', () => {
    const rules = { type, subject, expiresAt: undefined, issuer: did }
    expect(checkTypeRules({ ...rules, id: `${did}#1` }).trust).toBe('configured')
    expect(notesOf(type, subject, { id: 'did:web:elsewhere.example#1' })).toEqual([
      'id: starts with the DID of the issuer',
    ])
    expect(notesOf(type, subject, { id: `${did}0#1` })).toEqual(['id: starts with the DID of the issuer'])
  })

  test.each<[string, Json]>([
    ['a blank name', { name: ' ', city: 'Noordstad' }],
    ['no city', { name: 'De Linde' }],
    ['a name that is no text', { name: ['De Linde'], city: 'Noordstad' }],
  ])('with %s is refused', (_, organization) => {
    expect(notesOf(type, { id: did, organization })).toHaveLength(1)
  })

  test('with a URA that is none is refused, and it is not repeated', () => {
    const organization = { ura: '9000038x', name: 'De Linde', city: 'Noordstad' }
    expect(notesOf('NutsUraCredential', { id: did, organization })).toEqual([
      'credentialSubject.organization.ura: not a URA',
    ])
  })
})

test('a fault of our own is not taken for an identifier that is none', () => {
  const fail = (error: Error) => () => {
    throw error
  }
  expect(passes(() => parseUra('90000382'))).toBe(true)
  expect(passes(fail(new NodeError('request.bad_parameters')))).toBe(false)
  expect(() => passes(fail(new TypeError('a mistake')))).toThrow('a mistake')
})

describe('a grant', () => {
  const type = 'NutsAuthorizationCredential'
  const subject = good[type] ?? {}

  test.each([
    ['as iWlz writes its person', { subject: 'urn:oid:2.16.840.1.113883.2.4.6.3:999990019' }],
    ['as iWlz writes its consent', { legalBase: { consentType: 'implicit' } }],
    ['about no person', { subject: undefined }],
  ])('is read %s', (_, changes) => {
    expect(checkTypeRules({ type, subject: { ...subject, ...changes }, expiresAt: testStart }).trust).toBe('bronhouder')
  })

  test('is written as Nuts v5 does, and an AutorisatieCredential as iWlz does', () => {
    const given = {
      ...subject,
      legalBase: { consentType: 'implicit' },
      subject: 'urn:oid:2.16.840.1.113883.2.4.6.3:999990019',
    }
    const row = checkTypeRules({ type, subject: given, expiresAt: testStart })
    expect(row.spell?.(given)).toEqual(subject)
    const own = { ...good['AutorisatieCredential'], legalBase: { consentType: 'implied' } }
    const ownRow = checkTypeRules({ type: 'AutorisatieCredential', subject: own, expiresAt: testStart })
    expect(ownRow.spell?.(own)).toEqual(good['AutorisatieCredential'])
  })

  test('keeps a consent that was asked for, and gets none where none is named', () => {
    const { spell } = checkTypeRules({ type, subject, expiresAt: testStart })
    const { legalBase: _, subject: _person, ...bare } = { legalBase: {}, subject: '', ...subject }
    expect(spell?.({ ...bare, legalBase: { consentType: 'explicit' } })).toEqual({
      ...bare,
      legalBase: { consentType: 'explicit' },
    })
    expect(spell?.(bare)).toEqual(bare)
  })

  test('about a person whose number is no BSN is refused, and it is not repeated', () => {
    const person = 'urn:oid:2.16.840.1.113883.2.4.6.3.999990018'
    const notes = notesOf(type, { ...subject, subject: person })
    expect(notes).toEqual(['credentialSubject.subject: not a BSN behind its OID'])
  })

  test('of an operation that does not exist is refused', () => {
    expect(notesOf(type, { ...subject, resources: [{ path: '/Task', operations: ['admin'] }] })).toHaveLength(1)
  })

  test('of iWlz names no person', () => {
    const person = { subject: 'urn:oid:2.16.840.1.113883.2.4.6.3:999990019' }
    expect(notesOf('AutorisatieCredential', { ...good['AutorisatieCredential'], ...person })).toHaveLength(1)
  })
})

describe('an X509Credential', () => {
  const type = 'X509Credential'
  const subject = good[type] ?? {}

  test.each<[string, Json, string]>([
    ['a value that the DID does not have', { subject: { O: 'Zorgaanbieder De Eik' } }, x509Issuer],
    ['an attribute that the DID does not have', { ...subject, subject: { L: 'Noordstad' } }, x509Issuer],
    ['a value under another policy', { san: { O: 'Zorgaanbieder De Linde' } }, x509Issuer],
    ['a value that the DID writes encoded', { subject: { O: 'Zorgaanbieder%20De%20Linde' } }, x509Issuer],
    ['anything when the DID says it twice', subject, `${x509Issuer}::subject:O:Zorgaanbieder%20De%20Linde`],
  ])('does not claim %s', (_, claims, issuer) => {
    expect(notesOf(type, { id: did, ...claims }, { issuer })).toHaveLength(1)
  })

  test.each([
    ['did:web:node.example'],
    ['did:x509:1:sha256:AAAA::subject:O:Zorgaanbieder%20De%20Linde'],
    [`did:x509:0:sha256:${'A'.repeat(43)}`],
    [`did:x509:0:sha256:${'A'.repeat(43)}::subject:O`],
    [`did:x509:0:sha256:${'A'.repeat(43)}::subject:O:%E0%A4%A`],
  ])('is not issued by %s', (issuer) => {
    expect(notesOf(type, subject, { issuer })).toEqual(['issuer: a did:x509'])
  })

  test('says something, as a JWT', () => {
    expect(notesOf(type, { id: did }, { issuer: x509Issuer })).toEqual([
      'credentialSubject: says nothing of the certificate',
    ])
    const object = { type, subject, expiresAt: testStart, issuer: x509Issuer, format: 'ldp_vc' } as const
    expect(refusalOf(() => checkTypeRules(object)).notes).toEqual(['an X509Credential is a JWT'])
  })
})

describe('what a holder says about itself', () => {
  test.each<[string, string, Json]>([
    ['an employee without a name', 'NutsEmployeeCredential', { name: undefined }],
    ['an employee with a nested member', 'NutsEmployeeCredential', { member: { name: 'T. Test' } }],
    ['a delegation without a role', 'HealthCareProfessionalDelegationCredential', { roleCode: '' }],
    ['a patient without a system', 'PatientEnrollmentCredential', { patientId: '999990019' }],
    ['a patient with two numbers', 'PatientEnrollmentCredential', { patientId: 'http://a.example/b|1|2' }],
  ])('does not hold %s', (_, type, changes) => {
    expect(notesOf(type, { ...good[type], ...changes }).length).toBeGreaterThan(0)
  })

  test('does not hold a patient whose number is no BSN, and it is not repeated', () => {
    const patientId = 'http://fhir.nl/fhir/NamingSystem/bsn|999990018'
    expect(notesOf('PatientEnrollmentCredential', { ...good['PatientEnrollmentCredential'], patientId })).toEqual([
      'credentialSubject.patientId: not a BSN',
    ])
  })
})
