import { describe, expect, test } from '@jest/globals'
import { checkTypeRules, credentialTypeNames, getCredentialType } from '../../../../node/credentials/types/table.js'
import { goodSubjects, x509Issuer } from '../../../support/credential-examples.js'
import { autorisatieSubject, memberSubject, testStart, type Json } from '../../../support/credentials.js'
import { refusalOf } from '../../../support/refusals.js'

const did = 'did:web:node.example:iam:1'
const expiresAt = testStart

const member = (organization: Json = {}): Json => memberSubject(did, organization)
const autorisatie = (changes: Json = {}): Json => ({ ...autorisatieSubject(did), ...changes })
const registration = (changes: Json = {}): Json => ({
  id: did,
  authServerURL: 'https://node.example/oauth2/x',
  ...changes,
})

const goodOf = goodSubjects(did)
/** Only an X509Credential looks at its issuer without an id. */
const check = (type: string, subject: Json, end: number | undefined = expiresAt) =>
  checkTypeRules({ type, subject, expiresAt: end, issuer: x509Issuer })

/** Types whose subject may say more than their rules ask. */
const open = ['NutsOrganizationCredential', 'StatusList2021Credential', 'BitstringStatusListCredential']

describe('the table of credential types', () => {
  test('has an example here for each type', () => {
    expect(Object.keys(goodOf)).toEqual([...credentialTypeNames])
  })

  test.each([...credentialTypeNames])('takes a good %s and gives its row', (type) => {
    expect(check(type, goodOf[type] ?? {})).toBe(getCredentialType(type))
  })

  test.each(credentialTypeNames.filter((type) => !open.includes(type)))(
    'refuses a %s with a member that its subject does not have',
    (type) => {
      const refusal = refusalOf(() => check(type, { ...goodOf[type], extra: { a: 1 } }))
      expect(refusal.code).toBe('credential.rule_broken')
    },
  )

  test.each([...credentialTypeNames])('refuses a %s about something that has no DID or URL', (type) => {
    const refusal = refusalOf(() => check(type, { ...goodOf[type], id: 'node.example'.repeat(200) }))
    expect(refusal.code).toBe('credential.rule_broken')
  })

  test.each([['OtherCredential'], ['ledenadministratieCredential'], ['constructor'], ['__proto__'], ['']])(
    'refuses the unknown type %j and names those that are known',
    (type) => {
      const refusal = refusalOf(() => checkTypeRules({ type, subject: member(), expiresAt }))
      expect([refusal.code, refusal.notes]).toEqual([
        'credential.type_unknown',
        [`known types: ${credentialTypeNames.join(', ')}`],
      ])
    },
  )

  test.each([
    ['LedenadministratieCredential'],
    ['AutorisatieCredential'],
    ['NutsAuthorizationCredential'],
    ['X509Credential'],
    ['StatusList2021Credential'],
  ])('refuses a %s without an end', (type) => {
    const rules = { type, subject: goodOf[type] ?? {}, expiresAt: undefined, issuer: x509Issuer }
    const refusal = refusalOf(() => checkTypeRules(rules))
    expect([refusal.code, refusal.notes]).toEqual(['credential.rule_broken', [`a ${type} has an expirationDate`]])
  })

  test('takes a DiscoveryRegistrationCredential without an end', () => {
    const type = 'DiscoveryRegistrationCredential'
    expect(checkTypeRules({ type, subject: registration(), expiresAt: undefined }).trust).toBe('holder')
  })
})

describe('a LedenadministratieCredential', () => {
  const type = 'LedenadministratieCredential'

  test.each([
    ['agb', '06020101', 'zorgaanbieder'],
    ['uzovi', '5999', 'zorgkantoor'],
    ['kvk', '62253778', 'ciz'],
    ['ura', '90000382', 'huisarts'],
    ['oin', '00000001002220647000', 'gemeente'],
    ['gemeentecode', '0344', 'gemeente'],
  ])('names an organisation by %s', (id_type, id, role) => {
    expect(checkTypeRules({ type, subject: member({ id_type, id, role }), expiresAt }).type).toBe(type)
  })

  test.each([
    ['agb', '6020101'],
    ['agb', '0602010１'],
    ['uzovi', '599'],
    ['kvk', '622537780'],
    ['ura', '123456789'],
    ['oin', '00000001002220648000'],
    ['gemeentecode', '344'],
  ])('refuses what is no %s, and does not repeat it', (id_type, id) => {
    const refusal = refusalOf(() => checkTypeRules({ type, subject: member({ id_type, id }), expiresAt }))
    expect(refusal.code).toBe('credential.rule_broken')
    expect(`${refusal.message} ${refusal.notes.join()}`).not.toContain(id)
  })

  test.each<[string, Json]>([
    ['a kind of identifier that names people', { id_type: 'bsn', id: '999990019' }],
    ['an unknown kind of identifier', { id_type: 'constructor' }],
    ['an unknown role', { role: 'verzekeraar' }],
    ['no name', { name: undefined }],
    ['a blank name', { name: ' ' }],
    ['a name over 200 letters', { name: 'x'.repeat(201) }],
    ['no city', { city: undefined }],
    ['a number for an id', { id: 5999 }],
    ['one member too many', { bsn: '999990019' }],
  ])('refuses an organisation with %s, and says where without repeating it', (_, organization) => {
    const refusal = refusalOf(() => checkTypeRules({ type, subject: member(organization), expiresAt }))
    expect(refusal.code).toBe('credential.rule_broken')
    expect(refusal.notes).toEqual([
      expect.stringMatching(/^credentialSubject\.organization[.a-z_]*: not as the type demands$/),
    ])
  })
})

describe('an AutorisatieCredential', () => {
  const type = 'AutorisatieCredential'
  const resource = {
    path: '/wlzIndicatie/53089759-97a5-4a50-b1c9-bae97b8e73f0',
    operations: ['query'],
    userContext: false,
  }

  test('may say what its ground is shown by', () => {
    const legalBase = { consentType: 'explicit', evidence: { path: '/toestemming/1', type: 'brief' } }
    expect(checkTypeRules({ type, subject: autorisatie({ legalBase }), expiresAt }).trust).toBe('bronhouder')
  })

  test.each<[string, Json]>([
    ['no ground', { legalBase: undefined }],
    ['another kind of consent', { legalBase: { consentType: 'none' } }],
    ['a purpose in small letters', { purposeOfUse: 'zorg' }],
    ['no record', { resources: [] }],
    ['two records', { resources: [resource, resource] }],
    ['all records', { resources: [{ ...resource, path: '/wlzIndicatie' }] }],
    ['a record named by a BSN', { resources: [{ ...resource, path: '/client/999990019' }] }],
    ['a path with something behind it', { resources: [{ ...resource, path: `${resource.path}/x` }] }],
    ['another operation', { resources: [{ ...resource, operations: ['delete'] }] }],
    ['a user', { resources: [{ ...resource, userContext: true }] }],
    ['no fields', { localParameters: { fields: [] } }],
    ['a field without its type', { localParameters: { fields: ['bsn'] } }],
    ['all fields', { localParameters: { fields: ['WlzIndicatie.*'] } }],
  ])('is refused with %s', (_, changes) => {
    expect(refusalOf(() => checkTypeRules({ type, subject: autorisatie(changes), expiresAt })).code).toBe(
      'credential.rule_broken',
    )
  })
})

describe('a DiscoveryRegistrationCredential', () => {
  const type = 'DiscoveryRegistrationCredential'

  test('may hold texts of any name', () => {
    const subject = registration({
      fhirBaseURL: 'https://node.example/fhir',
      indicatieregister: 'https://node.example/g',
    })
    expect(checkTypeRules({ type, subject, expiresAt: undefined }).type).toBe(type)
  })

  test.each<[string, Json]>([
    ['no authorization server', { authServerURL: undefined }],
    ['a number', { port: 8080 }],
    ['a text over 2048 letters', { note: 'x'.repeat(2049) }],
  ])('is refused with %s', (_, changes) => {
    expect(refusalOf(() => checkTypeRules({ type, subject: registration(changes), expiresAt })).code).toBe(
      'credential.rule_broken',
    )
  })
})
