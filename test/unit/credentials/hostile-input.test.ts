import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parseCompactCredential, parseObjectCredential } from '../../../node/credentials/credential.js'
import { decodeJwt } from '../../../node/credentials/jwt.js'
import { parsePresentation } from '../../../node/credentials/presentation.js'
import { checkTypeRules } from '../../../node/credentials/types/table.js'
import { NodeError } from '../../../node/kernel/errors.js'
import { claimsOf, createTestHolder, memberSubject, testStart, type Json } from '../../support/credentials.js'

const holder = createTestHolder()
const credential = holder.signVc({
  type: 'LedenadministratieCredential',
  subject: memberSubject(holder.did),
  now: testStart,
})
const presentation = holder.presentation({ audience: 'https://a.example', credentials: [credential], now: testStart })
const parser = {
  parse: (value: unknown) => (typeof value === 'string' ? parseCompactCredential(value) : parseObjectCredential(value)),
}

/** Does the work, and says how it ended: `done`, or the code of the refusal. Anything else that is thrown is a defect. */
function outcomeOf(work: () => unknown): string {
  try {
    work()
    return 'done'
  } catch (error) {
    if (NodeError.is(error)) return error.code
    throw error
  }
}

/** Values that look like what is expected in some places, and like anything in others. */
const hostile = fc.oneof(
  fc.constantFrom<unknown>(
    undefined,
    null,
    '',
    0,
    -1,
    1e308,
    '__proto__',
    [],
    {},
    [[]],
    'constructor',
    'did:web:a',
    NaN,
  ),
  fc.jsonValue({ maxDepth: 2 }),
  fc.string({ unit: 'binary' }),
)

/** The claims with one member, at any depth, replaced. */
function replaceMember(claims: Json, path: readonly string[], value: unknown): Json {
  const [name, ...rest] = path
  if (name === undefined) return claims
  const inner = claims[name]
  const isRecord = typeof inner === 'object' && inner !== null && !Array.isArray(inner)
  return { ...claims, [name]: rest.length === 0 || !isRecord ? value : replaceMember(inner as Json, rest, value) }
}

const credentialMember = fc.constantFrom(
  ...['iss', 'sub', 'jti', 'nbf', 'exp', 'iat', 'vc'].map((name) => [name]),
  ...[
    '@context',
    'type',
    'id',
    'issuer',
    'issuanceDate',
    'expirationDate',
    'credentialSubject',
    'credentialStatus',
  ].map((name) => ['vc', name]),
)
const presentationMember = fc.constantFrom(
  ...['iss', 'sub', 'jti', 'aud', 'nbf', 'exp', 'iat', 'nonce', 'retract_jti', 'vp'].map((name) => [name]),
  ...['@context', 'type', 'holder', 'verifiableCredential'].map((name) => ['vp', name]),
)

/** A valid token with letters replaced, removed and doubled. */
const mutatedFrom = (token: string): fc.Arbitrary<string> =>
  fc
    .array(
      fc.tuple(fc.nat(token.length), fc.nat(3), fc.string({ unit: fc.constantFrom(...'.aZ_-=+/%"\0é'), maxLength: 3 })),
      {
        minLength: 1,
        maxLength: 3,
      },
    )
    .map((changes) =>
      changes.reduce((text, [at, cut, insert]) => text.slice(0, at) + insert + text.slice(at + cut), token),
    )

describe('whatever comes in', () => {
  test('any text is a token or refused', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), mutatedFrom(presentation)), (text) => {
        expect(['done', 'presentation.malformed']).toContain(outcomeOf(() => decodeJwt(text, 'presentation.malformed')))
      }),
      { numRuns: 300 },
    )
  })

  test('any text is a credential or refused as one', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), mutatedFrom(credential)), (text) => {
        expect(['done', 'credential.malformed']).toContain(outcomeOf(() => parseCompactCredential(text)))
      }),
      { numRuns: 300 },
    )
  })

  test('a token of any claims is a credential or refused as one', () => {
    const seen = new Set<string>()
    fc.assert(
      fc.property(credentialMember, hostile, (path, value) => {
        const compact = holder.signVp(replaceMember(claimsOf(credential), path, value))
        const outcome = outcomeOf(() => checkTypeRules(parseCompactCredential(compact)))
        seen.add(outcome)
        expect(outcome).toMatch(/^done$|^credential\./)
      }),
      { numRuns: 300 },
    )
    expect(seen).toContain('done')
    expect(seen).toContain('credential.malformed')
  })

  test('any value is a credential object or refused as a credential', () => {
    const members = fc.constantFrom('@context', 'type', 'id', 'issuer', 'issuanceDate', 'credentialSubject', 'proof')
    const object: Json = {
      '@context': ['https://www.w3.org/2018/credentials/v1'],
      type: ['VerifiableCredential', 'TestCredential'],
      id: 'urn:uuid:1',
      issuer: holder.did,
      issuanceDate: '2026-11-24T09:00:00Z',
      credentialSubject: { id: holder.did },
    }
    const changed = fc.tuple(members, hostile).map(([name, value]): unknown => ({ ...object, [name]: value }))
    fc.assert(
      fc.property(fc.oneof(hostile, changed), (value) => {
        expect(['done', 'credential.malformed']).toContain(outcomeOf(() => parseObjectCredential(value)))
      }),
      { numRuns: 300 },
    )
  })

  test('a token of any claims is a presentation or refused', () => {
    const seen = new Set<string>()
    fc.assert(
      fc.property(presentationMember, hostile, (path, value) => {
        const compact = holder.signVp(replaceMember(claimsOf(presentation), path, value))
        const outcome = outcomeOf(() => parsePresentation(compact, parser))
        seen.add(outcome)
        expect(outcome).toMatch(/^done$|^presentation\.|^credential\.malformed$/)
      }),
      { numRuns: 300 },
    )
    expect(seen).toContain('done')
    expect(seen).toContain('presentation.signer')
  })

  test('any text is a presentation or refused', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), mutatedFrom(presentation)), (text) => {
        expect(outcomeOf(() => parsePresentation(text, parser))).toMatch(
          /^done$|^presentation\.|^credential\.malformed$/,
        )
      }),
      { numRuns: 300 },
    )
  })
})
