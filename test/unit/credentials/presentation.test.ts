import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import {
  checkAudience,
  checkPeriod,
  parsePresentation,
  type Presentation,
} from '../../../node/credentials/presentation.js'
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
const second = testStart / 1000

let identity: TestIdentity

beforeAll(async () => {
  identity = await createTestIdentity()
})

afterAll(() => identity.end())

const membershipOf = (did: string): string =>
  registrar.signVc({ type: 'LedenadministratieCredential', subject: memberSubject(did), now: testStart })
const membership = membershipOf(holder.did)
const registration: Json = {
  '@context': ['https://www.w3.org/2018/credentials/v1'],
  type: ['VerifiableCredential', 'DiscoveryRegistrationCredential'],
  id: 'urn:uuid:1',
  issuer: holder.did,
  issuanceDate: '2026-11-24T09:00:00Z',
  credentialSubject: { id: holder.did, authServerURL: 'https://node.example/oauth2/x' },
}

interface Changes {
  readonly credentials?: readonly unknown[]
  readonly claims?: Json
  readonly vp?: Json
  readonly header?: Json
}

function parse({ credentials = [membership], ...changes }: Changes = {}): Presentation {
  const compact = holder.presentation({ audience, credentials, now: testStart, nonce: 'n', ...changes })
  return parsePresentation(compact, identity.verifier)
}

const refuse = (changes: Changes): string => refusalOf(() => parse(changes)).code

describe('a presentation', () => {
  test('of today is taken apart', () => {
    const presentation = parse({ credentials: [membership, registration], claims: { jti: 'urn:uuid:p' } })
    expect(presentation).toMatchObject({
      keyId: holder.keyId,
      signer: holder.did,
      id: 'urn:uuid:p',
      audiences: [audience],
      notBefore: testStart - 1000,
      expiresAt: testStart + 4000,
      nonce: 'n',
      types: ['VerifiablePresentation'],
      retracts: undefined,
    })
    expect(presentation.credentials.map(({ type }) => type)).toEqual([
      'LedenadministratieCredential',
      'DiscoveryRegistrationCredential',
    ])
  })

  test('of nuts-node v6.2 is read: no iss, no iat, a holder, and one credential as a text', () => {
    const presentation = parse({
      claims: { iss: undefined, iat: undefined },
      vp: { holder: holder.did, type: 'VerifiablePresentation', verifiableCredential: membership },
    })
    expect(presentation.credentials.map(({ raw }) => raw)).toEqual([membership])
    expect(presentation.types).toEqual(['VerifiablePresentation'])
  })

  test('may have one credential that is an object', () => {
    expect(parse({ vp: { verifiableCredential: registration } }).credentials).toHaveLength(1)
  })

  test('may have no credentials, as a retraction has', () => {
    const presentation = parse({
      claims: { retract_jti: 'urn:uuid:p' },
      vp: { verifiableCredential: undefined, type: ['VerifiablePresentation', 'RetractedVerifiablePresentation'] },
    })
    expect([presentation.credentials, presentation.retracts]).toEqual([[], 'urn:uuid:p'])
  })

  test('that holds one credential twice holds it once', () => {
    expect(parse({ credentials: [membership, membership] }).credentials).toHaveLength(1)
  })

  test('holds ten credentials at most', () => {
    const many = Array.from({ length: 11 }, () => membershipOf(holder.did))
    expect(parse({ credentials: many.slice(0, 10) }).credentials).toHaveLength(10)
    expect(refuse({ credentials: many })).toBe('presentation.malformed')
  })

  test('finds the credential that a value of its envelope is', () => {
    const { credentialOf, credentials, envelope } = parse({ credentials: [membership, registration] })
    expect(Array.isArray(envelope.verifiableCredential) && envelope.verifiableCredential.map(credentialOf)).toEqual(
      credentials,
    )
    expect(credentialOf(envelope.verifiableCredential)).toBeUndefined()
  })

  test('takes iat for a missing nbf, and nbf before iat', () => {
    expect(parse({ claims: { nbf: undefined, iat: second } }).notBefore).toBe(testStart)
    expect(parse({ claims: { nbf: second, iat: second - 100 } }).notBefore).toBe(testStart)
  })

  test.each<[string, Changes]>([
    ['a key id', { header: { kid: undefined } }],
    ['an end', { claims: { exp: undefined } }],
    ['a beginning', { claims: { nbf: undefined, iat: undefined } }],
    ['a vp claim', { claims: { vp: undefined } }],
    ['its type', { vp: { type: ['RetractedVerifiablePresentation'] } }],
    ['any type', { vp: { type: undefined } }],
    ['the base context', { vp: { '@context': ['https://nuts.nl/credentials/v1'] } }],
  ])('without %s is refused', (_, changes) => {
    expect(refuse(changes)).toBe('presentation.malformed')
  })

  test.each<[string, Changes]>([
    ['a beginning that is a text', { claims: { nbf: String(second) } }],
    ['an end that is a text', { claims: { exp: String(second) } }],
    ['an empty nonce', { claims: { nonce: '' } }],
    ['a nonce that is a number', { claims: { nonce: 1 } }],
    ['a nonce over 2048 letters', { claims: { nonce: 'x'.repeat(2049) } }],
    ['an audience that is an object', { claims: { aud: {} } }],
    ['no audience in the list', { claims: { aud: [] } }],
    ['a number for a credential', { credentials: [1] }],
    ['a list in the list', { credentials: [[membership]] }],
  ])('with %s is refused', (_, changes) => {
    expect(refuse(changes)).toBe('presentation.malformed')
  })

  test.each<[string, Changes]>([
    ['iss', { claims: { iss: registrar.did } }],
    ['sub', { claims: { sub: registrar.did } }],
    ['holder', { vp: { holder: registrar.did } }],
    ['kid', { header: { kid: registrar.keyId } }],
  ])('whose %s is somebody else is refused', (_, changes) => {
    expect(refuse(changes)).toBe('presentation.signer')
  })

  test('of a credential about somebody else is refused, and says so', () => {
    const refusal = refusalOf(() => parse({ credentials: [membership, membershipOf(registrar.did)] }))
    expect([refusal.code, refusal.notes]).toEqual([
      'presentation.signer',
      ['every credential must be about the one who presents it'],
    ])
  })

  test.each([['none'], ['HS256'], ['RS256']])('with the algorithm %s is refused', (alg) => {
    expect(refuse({ header: { alg } })).toBe('presentation.algorithm')
  })

  test('with a credential that is none is refused', () => {
    expect([refuse({ credentials: ['x.y.z'] }), refuse({ credentials: [{}] })]).toEqual([
      'credential.malformed',
      'credential.malformed',
    ])
  })

  test('that is not JSON where an object begins is refused', () => {
    for (const text of ['{', '{"a":1,"a":2}']) {
      expect(refusalOf(() => parsePresentation(text, identity.verifier)).code).toBe('presentation.malformed')
    }
  })

  test('that is no token is refused', () => {
    expect(refusalOf(() => parsePresentation('{}', identity.verifier)).code).toBe('presentation.malformed')
  })

  test('that is a credential is refused', () => {
    expect(refusalOf(() => parsePresentation(membership, identity.verifier)).code).toBe('presentation.malformed')
  })
})

describe('the period of a presentation', () => {
  const judge = (claims: Json, longest = 5): string | undefined => {
    const presentation = parse({ claims })
    try {
      checkPeriod(presentation, { now: testStart, longest })
      return undefined
    } catch {
      return refusalOf(() => checkPeriod(presentation, { now: testStart, longest })).code
    }
  }

  test.each<[string, number, number, string | undefined]>([
    ['as long as allowed', 0, 5, undefined],
    ['longer than allowed', 0, 5.001, 'presentation.validity'],
    ['of no length', 0, 0, 'presentation.validity'],
    ['that ends before it begins', 1, 0, 'presentation.validity'],
    ['that begins within five seconds', 5, 10, undefined],
    ['that begins later', 5.001, 10, 'presentation.not_yet_valid'],
    ['that ended five seconds ago', -10, -5, undefined],
    ['that ended longer ago', -10, -5.001, 'presentation.expired'],
    ['without any bound', -1e300, 1e300, 'presentation.validity'],
    ['beyond all time', 1e306, 1e307, 'presentation.validity'],
  ])('%s: %d to %d s gives %s', (_, from, until, expected) => {
    expect(judge({ nbf: second + from, exp: second + until })).toBe(expected)
  })

  test('may be longer where that is allowed', () => {
    expect([judge({ exp: second + 1000 }, 1001), judge({ exp: second + 1001 }, 1001)]).toEqual([
      undefined,
      'presentation.validity',
    ])
  })
})

describe('the audience of a presentation', () => {
  test.each([[audience], [[audience]], [['https://other.example', audience]]])('%j is ours', (aud) => {
    expect(() => checkAudience(parse({ claims: { aud } }), audience)).not.toThrow()
  })

  test.each([
    [undefined],
    ['https://other.example'],
    [`${audience}/`],
    [audience.toUpperCase()],
    [audience.slice(0, -1)],
    ['https://node.example:443/oauth2/ciz'],
    [['https://other.example']],
    [`${audience} https://other.example`],
  ])('%j is not ours', (aud) => {
    expect(refusalOf(() => checkAudience(parse({ claims: { aud } }), audience)).code).toBe('presentation.audience')
  })
})
