import { beforeEach, describe, expect, test } from '@jest/globals'
import type { DIDResolver } from 'did-resolver'
import { createLinkedData } from '../../../node/credentials/proofs/linked-data.js'
import { createVerifyProofs } from '../../../node/credentials/proofs/verify-proofs.js'
import { createTrust } from '../../../node/credentials/trust.js'
import {
  createCredentialVerifier,
  VerifiedCredential,
  type CredentialVerifier,
} from '../../../node/credentials/verify-credential.js'
import { singleKeyResult } from '../../../node/identity/single-key.js'
import { resolveDidJwk } from '../../../node/identity/did-jwk.js'
import { createDidResolver } from '../../../node/identity/resolve-did.js'
import { createFixedClock, type MovableClock } from '../../../node/kernel/clock.js'
import type { NodeError } from '../../../node/kernel/errors.js'
import {
  autorisatieSubject,
  createTestHolder,
  memberSubject,
  tamper,
  testStart,
  type Json,
  type TestHolder,
} from '../../support/credentials.js'
import { refusalOf, rejectionOf } from '../../support/refusals.js'
import { createOfflineCheckStatus } from '../../support/offline-status.js'

const type = 'LedenadministratieCredential'
const holder = createTestHolder()
const registrar = createTestHolder()
const linkedData = createLinkedData({ examples: false })

let clock: MovableClock
let verifier: CredentialVerifier

beforeEach(() => {
  clock = createFixedClock(testStart)
  verifier = createVerifier({ jwk: resolveDidJwk })
})

function createVerifier(methods: Readonly<Record<string, DIDResolver>>): CredentialVerifier {
  const resolver = createDidResolver({ clock, methods, own: async () => undefined })
  return createCredentialVerifier({
    clock,
    resolver,
    verifyProofs: createVerifyProofs({ clock, resolver, linkedData }),
    trust: createTrust({ [type]: [registrar.did, 'did:test:issuer'] }),
    checkStatus: createOfflineCheckStatus({ clock }),
  })
}

interface Changes {
  readonly claims?: Json
  readonly vc?: Json
  readonly header?: Json
}

const membership = (changes: Changes = {}, issuer: TestHolder = registrar): string =>
  issuer.signVc({ type, subject: memberSubject(holder.did), now: testStart, ...changes })

async function verify(compact: string, bronhouder?: string): Promise<VerifiedCredential> {
  return verifier.verify(verifier.parse(compact), { bronhouder })
}

const refuse = async (compact: string, bronhouder?: string): Promise<NodeError> =>
  rejectionOf(verify(compact, bronhouder))

describe('a credential', () => {
  test('that is good is verified, and says when', async () => {
    clock.move(60)
    const verified = await verify(membership())
    expect(verified.credential.subjectId).toBe(holder.did)
    expect(verified.verifiedAt).toBe(testStart + 60_000)
  })

  test('that an Ed25519 key signed is verified', async () => {
    const issuer = createTestHolder('EdDSA')
    const resolver = createDidResolver({ clock, methods: { jwk: resolveDidJwk }, own: async () => undefined })
    const trust = createTrust({ [type]: [issuer.did] })
    const checkStatus = createOfflineCheckStatus({ clock })
    const verifyProofs = createVerifyProofs({ clock, resolver, linkedData })
    verifier = createCredentialVerifier({ clock, resolver, verifyProofs, trust, checkStatus })
    expect(VerifiedCredential.is(await verify(membership({}, issuer)))).toBe(true)
  })

  test('is valid from five seconds before its beginning, for clocks that differ', async () => {
    const compact = membership()
    clock.move(-5)
    expect(VerifiedCredential.is(await verify(compact))).toBe(true)
    clock.move(-0.001)
    const refusal = await refuse(compact)
    expect([refusal.code, refusal.notes]).toEqual(['credential.not_yet_valid', [`the ${type} is not valid yet`]])
  })

  test('is valid until its end, and not a moment longer', async () => {
    const compact = membership()
    clock.move(3599.999)
    expect(VerifiedCredential.is(await verify(compact))).toBe(true)
    clock.move(0.001)
    const refusal = await refuse(compact)
    expect([refusal.code, refusal.notes]).toEqual(['credential.expired', [`the ${type} has expired`]])
  })

  test('whose claims were changed is refused, also after the good one was seen', async () => {
    const good = membership()
    await verify(good)
    const bad = tamper(good, (claims) => ({ ...claims, exp: Number(claims['exp']) + 3600 }))
    expect((await refuse(bad)).code).toBe('credential.signature')
  })

  test('with the signature of another credential is refused', async () => {
    const [first, second] = [membership(), membership()]
    const mixed = [...first.split('.').slice(0, 2), second.split('.')[2]].join('.')
    expect((await refuse(mixed)).code).toBe('credential.signature')
  })

  test('that somebody else signed in the name of the issuer is refused', async () => {
    const forged = membership({ claims: { iss: registrar.did } }, holder)
    expect((await refuse(forged)).code).toBe('credential.controller')
    const underItsKeyId = membership({ claims: { iss: registrar.did }, header: { kid: registrar.keyId } }, holder)
    expect((await refuse(underItsKeyId)).code).toBe('credential.signature')
  })

  test('whose key id only begins like the issuer is refused', async () => {
    expect((await refuse(membership({ header: { kid: `${registrar.did}x#0` } }))).code).toBe('credential.controller')
  })

  test('of an issuer with one key need not name it', async () => {
    const credentials = [membership({ header: { kid: undefined } }), membership({ header: { kid: registrar.did } })]
    for (const compact of credentials) expect(VerifiedCredential.is(await verify(compact))).toBe(true)
  })

  test.each([['none'], ['HS256'], ['ES384']])('with the algorithm %s is refused', async (alg) => {
    expect((await refuse(membership({ header: { alg } }))).code).toBe('credential.algorithm')
  })

  test('with an algorithm that is not the key’s is refused', async () => {
    expect((await refuse(membership({ header: { alg: 'EdDSA' } }))).code).toBe('credential.signature')
  })

  test('under a key that the issuer does not have is refused', async () => {
    expect((await refuse(membership({ header: { kid: `${registrar.did}#1` } }))).code).toBe('identity.key_unknown')
  })

  test('of an issuer that nobody configured is refused', async () => {
    expect((await refuse(membership({}, holder))).code).toBe('credential.issuer_untrusted')
  })

  test('with a status of an unknown kind is refused', async () => {
    const refusal = await refuse(membership({ vc: { credentialStatus: { type: 'RevocationList2020Status' } } }))
    expect([refusal.code, refusal.notes]).toEqual([
      'credential.status_unsupported',
      [`the status of the ${type} cannot be checked: its kind or purpose is not known here`],
    ])
  })

  test('is verified beside the main thread too, with the same outcome', async () => {
    const compact = membership()
    const bulk = (text: string) => verifier.verify(verifier.parse(text), { pace: 'bulk' })
    expect(VerifiedCredential.is(await bulk(compact))).toBe(true)
    const forged = tamper(compact, (claims) => ({ ...claims, jti: 'urn:uuid:other' }))
    for (const bad of [forged, membership({ header: { alg: 'EdDSA' } })]) {
      expect((await rejectionOf(bulk(bad))).code).toBe('credential.signature')
    }
  })

  test('that speaks of several subjects is refused, although all of them are one', async () => {
    const subjects = [memberSubject(holder.did), memberSubject(holder.did)]
    const refusal = await refuse(membership({ vc: { credentialSubject: subjects } }))
    expect([refusal.code, refusal.notes]).toEqual(['credential.rule_broken', [`a ${type} has one subject`]])
  })

  test.each([[undefined], [null], [1], [[]]])('is not %p', (value) => {
    expect(refusalOf(() => verifier.parse(value)).code).toBe('credential.malformed')
  })

  test('of an unknown type, or that breaks the rules of its type, is refused', async () => {
    const unknown = registrar.signVc({ type: 'OtherCredential', subject: memberSubject(holder.did), now: testStart })
    const broken = registrar.signVc({ type, subject: memberSubject(holder.did, { role: 'x' }), now: testStart })
    expect([(await refuse(unknown)).code, (await refuse(broken)).code]).toEqual([
      'credential.type_unknown',
      'credential.rule_broken',
    ])
  })

  test('of the bronhouder counts at its own source only', async () => {
    const subject = autorisatieSubject(holder.did)
    const compact = registrar.signVc({ type: 'AutorisatieCredential', subject, now: testStart })
    expect(VerifiedCredential.is(await verify(compact, registrar.did))).toBe(true)
    expect((await refuse(compact, holder.did)).code).toBe('credential.issuer_untrusted')
  })
})

describe('a credential that was seen before', () => {
  const did = 'did:test:issuer'
  let document: DIDResolver
  let compact: string

  beforeEach(() => {
    document = async (asked) => singleKeyResult(asked, `${did}#key`, registrar.key.key.export({ format: 'jwk' }))
    verifier = createVerifier({ test: (...asked) => document(...asked) })
    compact = membership({ claims: { iss: did }, header: { kid: `${did}#key` } })
  })

  test('is parsed once when its signature is good, and what anybody can make up is not kept', async () => {
    const first = verifier.parse(compact)
    expect(verifier.parse(compact)).not.toBe(first)
    await verifier.verify(first, {})
    expect(verifier.parse(compact)).toBe(first)
  })

  test('is refused as soon as the issuer has another key under the same id', async () => {
    await verify(compact)
    document = async (asked) => singleKeyResult(asked, `${did}#key`, holder.key.key.export({ format: 'jwk' }))
    clock.move(299)
    expect(VerifiedCredential.is(await verify(compact))).toBe(true)
    clock.move(1)
    expect((await refuse(compact)).code).toBe('credential.signature')
  })

  test('is refused as soon as the issuer no longer lists the key', async () => {
    await verify(compact)
    document = async (asked) => singleKeyResult(asked, `${did}#other`, holder.key.key.export({ format: 'jwk' }))
    clock.move(300)
    expect((await refuse(compact)).code).toBe('identity.key_unknown')
  })

  test('is weighed again by time', async () => {
    await verify(compact)
    clock.move(3600)
    expect((await refuse(compact)).code).toBe('credential.expired')
  })

  test('is weighed again by where it is used', async () => {
    const subject = autorisatieSubject(holder.did)
    const header = { kid: `${did}#key` }
    const grant = registrar.signVc({
      type: 'AutorisatieCredential',
      subject,
      now: testStart,
      claims: { iss: did },
      header,
    })
    await verify(grant, did)
    expect((await refuse(grant, holder.did)).code).toBe('credential.issuer_untrusted')
  })

  test('is not made good by a bad look-alike', async () => {
    const at = compact.lastIndexOf('.') + 1
    const bad = `${compact.slice(0, at)}${compact[at] === 'A' ? 'B' : 'A'}${compact.slice(at + 1)}`
    expect((await refuse(bad)).code).toBe('credential.signature')
    expect(VerifiedCredential.is(await verify(compact))).toBe(true)
    expect((await refuse(bad)).code).toBe('credential.signature')
  })
})
