import { describe, expect, test } from '@jest/globals'
import { parseCompactCredential, parseObjectCredential, type Credential } from '../../../node/credentials/credential.js'
import { createTestHolder, testStart, type Json } from '../../support/credentials.js'
import { refusalOf } from '../../support/refusals.js'

const issuer = createTestHolder()
const subject = { id: 'did:web:node.example', role: 'zorgkantoor' }
const context = 'https://www.w3.org/2018/credentials/v1'
const second = testStart / 1000

const compactOf = (changes: { readonly claims?: Json; readonly vc?: Json } = {}): string =>
  issuer.signVc({ type: 'TestCredential', subject, now: testStart, ...changes })

const parse = (changes?: { readonly claims?: Json; readonly vc?: Json }): Credential =>
  parseCompactCredential(compactOf(changes))

describe('a JWT credential', () => {
  test('is taken apart', () => {
    const compact = compactOf({ claims: { jti: 'urn:uuid:1' } })
    const credential = parseCompactCredential(compact)
    expect(credential).toMatchObject({
      format: 'jwt_vc',
      raw: compact,
      id: 'urn:uuid:1',
      type: 'TestCredential',
      issuer: issuer.did,
      subjectId: 'did:web:node.example',
      subject,
      issuedAt: testStart,
      expiresAt: testStart + 3_600_000,
      dataModel: '1.1',
      types: ['VerifiableCredential', 'TestCredential'],
      subjects: [subject],
      statusEntries: [],
      proofs: [],
    })
    expect(credential.jwt?.header.kid).toBe(issuer.keyId)
  })

  test('is seen by definitions as the vc claim with the registered claims filled in', () => {
    expect(parse({ claims: { jti: 'urn:uuid:1' }, vc: { name: 'x' } }).view).toEqual({
      '@context': [context],
      type: ['VerifiableCredential', 'TestCredential'],
      name: 'x',
      id: 'urn:uuid:1',
      issuer: issuer.did,
      issuanceDate: '2026-11-24T09:00:00Z',
      expirationDate: '2026-11-24T10:00:00Z',
      credentialSubject: [subject],
    })
  })

  test('without an end has none', () => {
    const credential = parse({ claims: { exp: undefined } })
    expect([credential.expiresAt, 'expirationDate' in credential.view]).toEqual([undefined, false])
  })

  test('may name its subject in sub only, in the vc claim only, or twice the same', () => {
    const withoutId = { credentialSubject: { role: 'zorgkantoor' } }
    const credentials = [parse({ vc: withoutId }), parse({ claims: { sub: undefined } }), parse()]
    expect(
      credentials.map(({ subjectId, subject, view }) => [subjectId, subject['id'], view['credentialSubject']]),
    ).toEqual(credentials.map(() => ['did:web:node.example', 'did:web:node.example', [subject]]))
  })

  test('may have its context as a text, its types in any order, and its subject as an object', () => {
    const vc = { '@context': context, type: ['TestCredential', 'VerifiableCredential'], credentialSubject: subject }
    expect(parse({ vc }).type).toBe('TestCredential')
  })

  test('may repeat its registered claims in the vc claim', () => {
    const vc = {
      id: 'urn:uuid:1',
      issuer: issuer.did,
      issuanceDate: '2026-11-24T10:00:00.5+01:00',
      expirationDate: '2026-11-24T10:00:00Z',
    }
    expect(parse({ claims: { jti: 'urn:uuid:1' }, vc }).view).toMatchObject({ issuanceDate: '2026-11-24T09:00:00Z' })
  })

  test('shows its status entries as written, one or several, of whatever type', () => {
    const entry = { type: 'StatusList2021Entry' }
    const statuses = [entry, [entry, { type: 'Other' }]]
    expect(statuses.map((credentialStatus) => parse({ vc: { credentialStatus } }).statusEntries)).toEqual([
      [entry],
      [entry, { type: 'Other' }],
    ])
  })

  test('may say several things about one subject', () => {
    const { subjects, subjectId } = parse({ vc: { credentialSubject: [{ a: 1 }, { id: subject.id, b: 2 }] } })
    expect([subjectId, subjects]).toEqual([
      subject.id,
      [
        { a: 1, id: subject.id },
        { b: 2, id: subject.id },
      ],
    ])
  })

  test('ignores claims that it does not know', () => {
    expect(parse({ claims: { aud: 'x', custom: { a: 1 } } }).type).toBe('TestCredential')
  })

  test.each<[string, { readonly claims?: Json; readonly vc?: Json }]>([
    ['no issuer', { claims: { iss: undefined } }],
    ['an issuer that is an object', { claims: { iss: { id: 'x' } } }],
    ['no id', { claims: { jti: undefined } }],
    ['an empty id', { claims: { jti: '' } }],
    ['an id over 2048 letters', { claims: { jti: 'x'.repeat(2049) } }],
    ['no beginning', { claims: { nbf: undefined } }],
    ['a beginning that is a text', { claims: { nbf: '1' } }],
    ['a beginning outside the calendar', { claims: { nbf: 1e15 } }],
    ['a beginning before the year 0', { claims: { nbf: -1e11 } }],
    ['an end after the year 9999', { claims: { exp: 253_402_300_800 } }],
    ['an end that is a text', { claims: { exp: 'never' } }],
    ['no vc claim', { claims: { vc: undefined } }],
    ['a vc claim that is a text', { claims: { vc: 'x' } }],
    ['no subject at all', { claims: { sub: undefined }, vc: { credentialSubject: { role: 'x' } } }],
    ['no subject claim', { vc: { credentialSubject: undefined } }],
    ['an empty list of subjects', { vc: { credentialSubject: [] } }],
    ['two subjects', { vc: { credentialSubject: [subject, { id: 'did:web:other.example' }] } }],
    [
      'two subjects without sub, one of them without an id',
      { claims: { sub: undefined }, vc: { credentialSubject: [subject, {}] } },
    ],
    ['a status that is nothing', { vc: { credentialStatus: null } }],
    ['an empty list of statuses', { vc: { credentialStatus: [] } }],
    ['a status that is a text', { vc: { credentialStatus: 'https://node.example/status' } }],
    ['a subject that is a text', { vc: { credentialSubject: 'did:web:node.example' } }],
    ['two names for its subject', { claims: { sub: 'did:web:other.example' } }],
    ['a subject whose id is no text', { vc: { credentialSubject: { id: 1 } } }],
    ['another issuer in the vc claim', { vc: { issuer: 'did:web:other.example' } }],
    ['an issuer object in the vc claim', { vc: { issuer: { id: issuer.did } } }],
    ['another id in the vc claim', { vc: { id: 'urn:uuid:other' } }],
    ['another beginning in the vc claim', { vc: { issuanceDate: '2026-11-24T09:00:01Z' } }],
    ['another end in the vc claim', { vc: { expirationDate: '2026-11-24T09:59:59Z' } }],
    ['an end in the vc claim only', { claims: { exp: undefined }, vc: { expirationDate: '2026-11-24T10:00:00Z' } }],
    ['a date in the vc claim that is none', { vc: { issuanceDate: 'yesterday' } }],
    ['no context', { vc: { '@context': undefined } }],
    ['another context only', { vc: { '@context': ['https://www.w3.org/ns/credentials/v2'] } }],
    ['a context that is an object', { vc: { '@context': [context, { a: 'b' }] } }],
    ['no type', { vc: { type: undefined } }],
    ['the base type only', { vc: { type: ['VerifiableCredential'] } }],
    ['no base type', { vc: { type: ['TestCredential'] } }],
    ['three types', { vc: { type: ['VerifiableCredential', 'TestCredential', 'OtherCredential'] } }],
    ['a type twice', { vc: { type: ['VerifiableCredential', 'TestCredential', 'TestCredential'] } }],
  ])('with %s is refused', (_, changes) => {
    expect(refusalOf(() => parse(changes)).code).toBe('credential.malformed')
  })

  test.each([
    ['first', -62_167_219_200],
    ['last', 253_402_300_799],
  ])('may have the %s second of the calendar', (_, exp) => {
    expect(parse({ claims: { exp } }).expiresAt).toBe(exp * 1000)
  })

  test('may begin in the year 0', () => {
    expect(parse({ claims: { nbf: -62_167_219_200 } }).view['issuanceDate']).toBe('0000-01-01T00:00:00Z')
  })

  test('that is no token at all is refused', () => {
    expect(refusalOf(() => parseCompactCredential('x.y')).code).toBe('credential.malformed')
  })
})

const objectOf = (changes: Json = {}): Json => ({
  '@context': [context, 'https://nuts.nl/credentials/v1'],
  type: ['VerifiableCredential', 'TestCredential'],
  id: 'urn:uuid:1',
  issuer: issuer.did,
  issuanceDate: '2026-11-24T09:00:00Z',
  credentialSubject: subject,
  ...changes,
})

describe('a credential object', () => {
  test('is taken apart', () => {
    const object = objectOf({ expirationDate: '2026-11-24T11:00:00.5+01:00' })
    expect(parseObjectCredential(object)).toEqual({
      format: 'ldp_vc',
      raw: JSON.stringify(object),
      jwt: undefined,
      id: 'urn:uuid:1',
      type: 'TestCredential',
      issuer: issuer.did,
      subjectId: 'did:web:node.example',
      subject,
      issuedAt: second * 1000,
      expiresAt: testStart + 3_600_500,
      dataModel: '1.1',
      object,
      types: ['VerifiableCredential', 'TestCredential'],
      subjects: [subject],
      statusEntries: [],
      proofs: [],
      view: object,
    })
  })

  test('is seen by definitions with its one subject as an object', () => {
    expect(parseObjectCredential(objectOf({ credentialSubject: [subject] })).view['credentialSubject']).toEqual(subject)
  })

  test('is seen by definitions with its subjects as a list when there are several', () => {
    const several = [subject, { id: subject.id, b: 2 }]
    expect(parseObjectCredential(objectOf({ credentialSubject: several })).view['credentialSubject']).toEqual(several)
  })

  test('shows its status entries and its proofs as written', () => {
    const proof = { type: 'JsonWebSignature2020' }
    const { statusEntries, proofs } = parseObjectCredential(objectOf({ credentialStatus: { a: 1 }, proof }))
    expect([statusEntries, proofs]).toEqual([[{ a: 1 }], [proof]])
    expect(parseObjectCredential(objectOf({ proof: [proof, proof] })).proofs).toEqual([proof, proof])
  })

  test('may name its issuer by an object', () => {
    expect(parseObjectCredential(objectOf({ issuer: { id: issuer.did, name: 'x' } })).issuer).toBe(issuer.did)
  })

  test('of data model 2.0 has other dates, and need not begin', () => {
    const changes = {
      '@context': ['https://www.w3.org/ns/credentials/v2', 'https://nuts.nl/credentials/v1'],
      issuanceDate: undefined,
    }
    const dated = { ...changes, validFrom: '2026-11-24T09:00:00Z', validUntil: '2026-11-24T10:00:00Z' }
    const read = [changes, dated].map((change) => parseObjectCredential(objectOf(change)))
    expect(read.map(({ dataModel, issuedAt, expiresAt }) => [dataModel, issuedAt, expiresAt])).toEqual([
      ['2.0', undefined, undefined],
      ['2.0', testStart, testStart + 3_600_000],
    ])
  })

  test.each<[string, unknown]>([
    ['nothing', null],
    ['a number', 1],
    ['a list', [objectOf()]],
    ['an empty proof', objectOf({ proof: null })],
    ['no proof in the list', objectOf({ proof: [] })],
    ['a proof that is a text', objectOf({ proof: 'x' })],
    ['the contexts of both data models', objectOf({ '@context': ['https://www.w3.org/ns/credentials/v2', context] })],
    [
      'the context of data model 2.0 not at the front',
      objectOf({ '@context': ['https://nuts.nl/credentials/v1', 'https://www.w3.org/ns/credentials/v2'] }),
    ],
    ['no id', objectOf({ id: undefined })],
    ['no issuer', objectOf({ issuer: undefined })],
    ['an issuer object without id', objectOf({ issuer: { name: 'x' } })],
    ['no date', objectOf({ issuanceDate: undefined })],
    ['a date without a time', objectOf({ issuanceDate: '2026-11-24' })],
    ['a date without a zone', objectOf({ issuanceDate: '2026-11-24T09:00:00' })],
    ['a date that does not exist', objectOf({ issuanceDate: '2026-02-30T09:00:00Z' })],
    ['an hour that does not exist', objectOf({ issuanceDate: '2026-02-28T24:00:00Z' })],
    ['a month that does not exist', objectOf({ issuanceDate: '2026-13-01T09:00:00Z' })],
    ['an end that is no date', objectOf({ expirationDate: 'never' })],
    ['two subjects', objectOf({ credentialSubject: [subject, { id: 'did:web:other.example' }] })],
    ['a second subject that is not named', objectOf({ credentialSubject: [subject, { a: 1 }] })],
    ['a subject without an id', objectOf({ credentialSubject: { role: 'x' } })],
    ['no base context', objectOf({ '@context': 'https://nuts.nl/credentials/v1' })],
    ['two types of its own', objectOf({ type: ['VerifiableCredential', 'A', 'B'] })],
  ])('with %s is refused', (_, value) => {
    expect(refusalOf(() => parseObjectCredential(value)).code).toBe('credential.malformed')
  })

  test.each([['2024-02-29T23:59:59Z'], ['2026-11-24T09:00:00.123456789-12:00']])('may be of %s', (issuanceDate) => {
    expect(parseObjectCredential(objectOf({ issuanceDate })).issuedAt).toBe(Date.parse(issuanceDate))
  })
})
