import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { parseCompactCredential } from '../../../node/credentials/credential.js'
import { parsePresentation, type Presentation } from '../../../node/credentials/presentation.js'
import { parsePresentations } from '../../../node/credentials/presentations.js'
import {
  createTestHolder,
  createTestIdentity,
  memberSubject,
  testStart,
  type Json,
  type TestIdentity,
} from '../../support/credentials.js'
import { refusalOf } from '../../support/refusals.js'

const holder = createTestHolder()
const registrar = createTestHolder()
const audience = 'https://node.example/oauth2/ciz'
const v1 = 'https://www.w3.org/2018/credentials/v1'
const v2 = 'https://www.w3.org/ns/credentials/v2'
const second = testStart / 1000

let identity: TestIdentity
beforeAll(async () => {
  identity = await createTestIdentity()
})
afterAll(() => identity.end())

const joseCredential = (changes: Json = {}, header: Json = {}): string =>
  registrar.signVp(
    {
      '@context': [v2],
      type: ['VerifiableCredential', 'LedenadministratieCredential'],
      id: 'urn:uuid:1',
      issuer: registrar.did,
      validFrom: '2026-11-24T09:00:00Z',
      validUntil: '2026-11-25T09:00:00Z',
      credentialSubject: memberSubject(holder.did),
      ...changes,
    },
    { typ: 'vc+jwt', cty: 'vc', ...header },
  )
const jwtCredential = registrar.signVc({
  type: 'LedenadministratieCredential',
  subject: memberSubject(holder.did),
  now: testStart,
})
const objectCredential: Json = {
  '@context': [v1],
  type: ['VerifiableCredential', 'DiscoveryRegistrationCredential'],
  id: 'urn:uuid:2',
  issuer: holder.did,
  issuanceDate: '2026-11-24T09:00:00Z',
  credentialSubject: { id: holder.did },
}
const enveloped = (compact: string, changes: Json = {}): Json => ({
  '@context': v2,
  type: 'EnvelopedVerifiableCredential',
  id: `data:application/vc+jwt,${compact}`,
  ...changes,
})

describe('a credential of VC-JOSE', () => {
  test('is its own payload', () => {
    const compact = joseCredential()
    expect(parseCompactCredential(compact)).toMatchObject({
      format: 'vc+jwt',
      dataModel: '2.0',
      raw: compact,
      object: undefined,
      proofs: [],
      id: 'urn:uuid:1',
      type: 'LedenadministratieCredential',
      issuer: registrar.did,
      subjectId: holder.did,
      issuedAt: testStart,
      expiresAt: testStart + 86_400_000,
    })
  })

  test('may come in an envelope', () => {
    const compact = joseCredential()
    expect(identity.verifier.parse(enveloped(compact))).toEqual(identity.verifier.parse(compact))
  })

  test.each<[string, Json, Json]>([
    ['a vc claim', { vc: {} }, {}],
    ['a vp claim', { vp: {} }, {}],
    ['a proof', { proof: { type: 'x' } }, {}],
    ['another content type', {}, { cty: 'vp' }],
    ['the context of data model 1.1', { '@context': [v1], issuanceDate: '2026-11-24T09:00:00Z' }, {}],
    ['another iss', { iss: holder.did }, {}],
    ['another sub', { sub: registrar.did }, {}],
    ['another jti', { jti: 'urn:uuid:3' }, {}],
  ])('with %s is refused', (_, changes, header) => {
    expect(refusalOf(() => parseCompactCredential(joseCredential(changes, header))).code).toBe('credential.malformed')
  })

  test('is not taken for one of data model 1.1, nor the other way round', () => {
    const { iss, sub, jti, nbf, vc }: Json = { iss: registrar.did, sub: holder.did, jti: 'x', nbf: second, vc: {} }
    const confused = [
      joseCredential({}, { typ: 'JWT' }),
      registrar.signVp({ iss, sub, jti, nbf, vc }, { typ: 'vc+jwt' }),
    ]
    for (const compact of confused) {
      expect(refusalOf(() => parseCompactCredential(compact)).code).toBe('credential.malformed')
    }
  })

  test.each<[string, Json]>([
    ['no context', { '@context': undefined }],
    ['another context', { '@context': [v1] }],
    ['no data URL', { id: 'https://node.example/credential' }],
    ['a data URL of another type', { id: `data:application/vp+jwt,${joseCredential()}` }],
    ['an id that is a list', { id: [`data:application/vc+jwt,${joseCredential()}`] }],
  ])('in an envelope with %s is refused', (_, changes) => {
    // Absent, and not only without a value.
    const value: unknown = JSON.parse(JSON.stringify(enveloped(joseCredential(), changes)))
    expect(refusalOf(() => identity.verifier.parse(value)).code).toBe('credential.malformed')
  })
})

const josePresentation = (changes: Json = {}, header: Json = {}): string =>
  holder.signVp(
    {
      '@context': [v2],
      type: ['VerifiablePresentation'],
      holder: holder.did,
      aud: audience,
      iat: second - 1,
      exp: second + 4,
      nonce: 'n',
      verifiableCredential: [enveloped(joseCredential()), enveloped(joseCredential({ id: 'urn:uuid:4' }))],
      ...changes,
    },
    { typ: 'vp+jwt', cty: 'vp', ...header },
  )

const linkedPresentation = (changes: Json = {}, proof: Json = {}): Json => ({
  '@context': [v1],
  type: ['VerifiablePresentation'],
  id: 'urn:uuid:p',
  holder: holder.did,
  verifiableCredential: jwtCredential,
  proof: {
    type: 'JsonWebSignature2020',
    proofPurpose: 'assertionMethod',
    verificationMethod: holder.keyId,
    created: '2026-11-24T08:59:59Z',
    expires: '2026-11-24T09:00:04Z',
    domain: audience,
    nonce: 'n',
    challenge: 'c',
    jws: 'x..y',
    ...proof,
  },
  ...changes,
})

const parse = (value: unknown): Presentation =>
  parsePresentation(typeof value === 'string' ? value : JSON.stringify(value), identity.verifier)

describe('a presentation', () => {
  test.each<[string, string, unknown]>([
    ['of VC-JOSE', 'vp+jwt', josePresentation()],
    [
      'of VC-JOSE in an envelope',
      'vp+jwt',
      {
        '@context': [v2],
        type: ['EnvelopedVerifiablePresentation'],
        id: `data:application/vp+jwt,${josePresentation()}`,
      },
    ],
    ['with a linked-data proof', 'ldp_vp', linkedPresentation()],
  ])('%s is taken apart', (_, format, value) => {
    expect(parse(value)).toMatchObject({
      format,
      keyId: holder.keyId,
      signer: holder.did,
      audiences: [audience],
      notBefore: testStart - 1000,
      expiresAt: testStart + 4000,
      nonce: 'n',
    })
  })

  test('of any form may hold credentials of every form', () => {
    const verifiableCredential = [jwtCredential, objectCredential, enveloped(joseCredential())]
    const inEach = [
      josePresentation({ verifiableCredential }),
      linkedPresentation({ verifiableCredential }),
      holder.presentation({ audience, credentials: verifiableCredential, now: testStart }),
    ].map((value) => parse(value).credentials.map(({ format }) => format))
    expect(inEach).toEqual(Array.from({ length: 3 }, () => ['jwt_vc', 'ldp_vc', 'vc+jwt']))
  })

  test('with a linked-data proof shows its credential where a path finds it, single or in a list', () => {
    const single = parse(linkedPresentation())
    expect(single.credentialOf(single.envelope.verifiableCredential)?.type).toBe('LedenadministratieCredential')
    const several = parse(linkedPresentation({ verifiableCredential: [jwtCredential, objectCredential] }))
    expect([several.envelope.verifiableCredential].flat().map(several.credentialOf)).toEqual(several.credentials)
  })

  test('with a linked-data proof may have its holder as an object, and a challenge for a nonce', () => {
    const read = parse(linkedPresentation({ holder: { id: holder.did } }, { nonce: undefined }))
    expect([read.signer, read.nonce]).toEqual([holder.did, 'c'])
  })

  test('with a linked-data proof without a domain is for nobody in particular', () => {
    expect(parse(linkedPresentation({}, { domain: undefined })).audiences).toEqual([])
  })

  test.each<[string, unknown]>([
    ['a vp claim beside its content', josePresentation({ vp: {} })],
    ['a vc claim beside its content', josePresentation({ vc: {} })],
    ['a proof inside a JWT', josePresentation({ proof: {} })],
    ['another content type', josePresentation({}, { cty: 'vc' })],
    ['the context of data model 1.1 in a vp+jwt', josePresentation({ '@context': [v1] })],
    ['the payload of a vp+jwt under another typ', josePresentation({}, { typ: 'JWT' })],
    ['no proof', linkedPresentation({ proof: undefined })],
    ['two proofs', linkedPresentation({ proof: [linkedPresentation()['proof'], linkedPresentation()['proof']] })],
    ['no beginning', linkedPresentation({}, { created: undefined })],
    ['no end', linkedPresentation({}, { expires: undefined })],
    ['an end that is no date', linkedPresentation({}, { expires: 'soon' })],
    ['no key', linkedPresentation({}, { verificationMethod: undefined })],
    ['no context', linkedPresentation({ '@context': ['https://nuts.nl/credentials/v1'] })],
    ['both contexts', linkedPresentation({ '@context': [v2, v1] })],
    ['another type', linkedPresentation({ type: ['VerifiableCredential'] })],
  ])('with %s is refused', (_, value) => {
    expect(refusalOf(() => parse(value)).code).toBe('presentation.malformed')
  })

  test.each<[string, unknown]>([
    ['a holder that did not sign', linkedPresentation({ holder: registrar.did })],
    ['a key of somebody else', linkedPresentation({}, { verificationMethod: registrar.keyId })],
    [
      'a credential about somebody else',
      josePresentation({
        verifiableCredential: [enveloped(joseCredential({ credentialSubject: memberSubject(registrar.did) }))],
      }),
    ],
  ])('with %s is refused', (_, value) => {
    expect(refusalOf(() => parse(value)).code).toBe('presentation.signer')
  })
})

describe('a list of presentations', () => {
  const list = (...items: readonly unknown[]): string => JSON.stringify(items)

  test('is one envelope, in which paths find the credentials of each', () => {
    const read = parsePresentations(list(linkedPresentation(), josePresentation()), identity.verifier)
    expect([read.signer, read.items.map(({ format }) => format), read.credentials.length]).toEqual([
      holder.did,
      ['ldp_vp', 'vp+jwt'],
      3,
    ])
    expect(read.envelope).toEqual(read.items.map(({ envelope }) => envelope))
    const values = read.items.flatMap(({ envelope }) => [envelope.verifiableCredential].flat())
    expect(values.map(read.credentialOf)).toEqual(read.credentials)
    expect(read.credentialOf('x')).toBeUndefined()
  })

  test('of one presentation that is not in a list is that presentation', () => {
    const read = parsePresentations(josePresentation(), identity.verifier)
    expect([read.items.length, read.envelope]).toEqual([1, read.items[0]?.envelope])
  })

  test.each<[string, string, string]>([
    ['nothing', list(), 'presentation.malformed'],
    ['a number', list(1), 'presentation.malformed'],
    ['more than eight', list(...Array.from({ length: 9 }, () => josePresentation())), 'presentation.malformed'],
    ['no JSON', '[x', 'presentation.malformed'],
    [
      'two signers',
      list(josePresentation(), registrar.presentation({ audience, credentials: [], now: testStart })),
      'presentation.signer',
    ],
  ])('of %s is refused', (_, text, code) => {
    expect(refusalOf(() => parsePresentations(text, identity.verifier)).code).toBe(code)
  })
})
