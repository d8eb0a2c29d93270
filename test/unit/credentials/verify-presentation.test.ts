import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createSelfAttested } from '../../../node/credentials/issue.js'
import { createPresent } from '../../../node/credentials/present.js'
import { checkAudience, checkPeriod, parsePresentation } from '../../../node/credentials/presentation.js'
import { VerifiedCredential } from '../../../node/credentials/verify-credential.js'
import { VerifiedPresentation } from '../../../node/credentials/verify-presentation.js'
import type { Party } from '../../../node/identity/party.js'
import {
  autorisatieSubject,
  claimsOf,
  createTestHolder,
  createTestIdentity,
  memberSubject,
  tamper,
  testStart,
  type TestIdentity,
} from '../../support/credentials.js'
import { rejectionOf } from '../../support/refusals.js'

const audience = 'https://node.example/oauth2/ciz'
const holder = createTestHolder()
const registrar = createTestHolder()
const membership = registrar.signVc({
  type: 'LedenadministratieCredential',
  subject: memberSubject(holder.did),
  now: testStart,
})
const autorisatie = registrar.signVc({
  type: 'AutorisatieCredential',
  subject: autorisatieSubject(holder.did),
  now: testStart,
})

let identity: TestIdentity

beforeAll(async () => {
  identity = await createTestIdentity()
  identity.trusted['LedenadministratieCredential'] = [registrar.did]
})

afterAll(() => identity.end())

async function verify(compact: string, bronhouder?: string): Promise<VerifiedPresentation> {
  return identity.verifyPresentation(parsePresentation(compact, identity.verifier), { bronhouder })
}

const presentationOf = (...credentials: readonly unknown[]): string =>
  holder.presentation({ audience, credentials, now: testStart })

describe('a presentation', () => {
  test('whose credentials are all good is verified, in its order', async () => {
    const verified = await verify(presentationOf(autorisatie, membership), registrar.did)
    expect(verified.credentials.map(({ credential }) => credential.raw)).toEqual([autorisatie, membership])
    expect(verified.credentials.every((credential) => VerifiedCredential.is(credential))).toBe(true)
    expect([verified.presentation.signer, verified.verifiedAt]).toEqual([holder.did, testStart])
  })

  test('of nuts-node v6.2 is verified', async () => {
    const compact = holder.presentation({
      audience,
      credentials: [],
      now: testStart,
      claims: { iss: undefined, iat: undefined },
      vp: { holder: holder.did, verifiableCredential: membership },
    })
    expect((await verify(compact)).credentials).toHaveLength(1)
  })

  test('that an Ed25519 key signed is verified', async () => {
    const other = createTestHolder('EdDSA')
    const compact = other.presentation({ audience, credentials: [], now: testStart })
    expect((await verify(compact)).presentation.signer).toBe(other.did)
  })

  test('is verified beside the main thread too, with the same outcome', async () => {
    const bulk = (compact: string) =>
      identity.verifyPresentation(parsePresentation(compact, identity.verifier), { pace: 'bulk' })
    expect((await bulk(presentationOf(membership))).credentials).toHaveLength(1)
    const forged = tamper(presentationOf(membership), (claims) => ({ ...claims, nonce: 'another' }))
    expect((await rejectionOf(bulk(forged))).code).toBe('presentation.signature')
  })

  test('that was changed is refused', async () => {
    const compact = tamper(presentationOf(membership), (claims) => ({ ...claims, aud: 'https://other.example' }))
    expect((await rejectionOf(verify(compact))).code).toBe('presentation.signature')
  })

  test('that somebody else signed in the name of the holder is refused', async () => {
    const claims = claimsOf(presentationOf(membership))
    const compact = registrar.signVp(claims, { kid: holder.keyId })
    expect((await rejectionOf(verify(compact))).code).toBe('presentation.signature')
  })

  test('under a key that the holder does not have is refused', async () => {
    const compact = holder.signVp(claimsOf(presentationOf(membership)), { kid: `${holder.did}#1` })
    expect((await rejectionOf(verify(compact))).code).toBe('identity.key_unknown')
  })

  test('of a holder whose DID has no document is refused', async () => {
    const did = 'did:web:gone.example'
    const compact = holder.presentation({
      audience,
      credentials: [],
      now: testStart,
      claims: { iss: did, sub: did },
      header: { kid: `${did}#0` },
    })
    expect((await rejectionOf(verify(compact))).code).toBe('identity.did_unresolvable')
  })

  test('with one bad credential among good ones is refused', async () => {
    const forged = tamper(membership, (claims) => ({ ...claims, jti: 'urn:uuid:other' }))
    expect((await rejectionOf(verify(presentationOf(membership, forged)))).code).toBe('credential.signature')
  })

  test('with a credential that the bronhouder did not give is refused', async () => {
    expect((await rejectionOf(verify(presentationOf(autorisatie), holder.did))).code).toBe(
      'credential.issuer_untrusted',
    )
  })
})

describe('a verified presentation', () => {
  test('is one, and a look-alike is none', async () => {
    const real = await verify(presentationOf(membership))
    const copies: readonly unknown[] = [
      { ...real },
      Object.create(VerifiedPresentation.prototype),
      Object.assign(Object.create(VerifiedPresentation.prototype) as object, real),
      new Proxy(real, {}),
      real.presentation,
      null,
    ]
    expect([real, ...copies].map((value) => VerifiedPresentation.is(value))).toEqual([true, ...copies.map(() => false)])
  })

  test('cannot be made by anybody else, nor changed', async () => {
    const real = await verify(presentationOf(membership))
    expect(
      () => Reflect.construct(VerifiedPresentation, [real.presentation, real.credentials, testStart]) as unknown,
    ).toThrow(expect.objectContaining({ code: 'internal.fault' }))
    expect([Reflect.set(real, 'presentation', {}), Reflect.set(real.credentials, 0, {})]).toEqual([false, false])
  })
})

describe('presenting as a party of this node', () => {
  let party: Party
  let credential: string

  beforeAll(async () => {
    party = await identity.parties.create({ subject: 'noord' })
    credential = registrar.signVc({
      type: 'LedenadministratieCredential',
      subject: memberSubject(party.did),
      now: testStart,
    })
  })

  const present = (options: object = {}): Promise<string> =>
    identity.present({
      party,
      audience,
      credentials: [identity.verifier.parse(credential)],
      validSeconds: 5,
      ...options,
    })

  test('makes what our own verifier accepts', async () => {
    const compact = await present()
    const presentation = parsePresentation(compact, identity.verifier)
    expect(() => {
      checkPeriod(presentation, { now: testStart, longest: 5 })
      checkAudience(presentation, audience)
    }).not.toThrow()
    expect((await verify(compact)).credentials.map(({ credential: { raw } }) => raw)).toEqual([credential])
  })

  test('is back-dated by one second, in whole seconds', async () => {
    const clock = { now: () => testStart + 999 }
    const { nbf, iat, exp } = claimsOf(
      await createPresent({ clock, parties: identity.parties })({ party, audience, credentials: [], validSeconds: 5 }),
    )
    expect([nbf, iat, exp]).toEqual([testStart / 1000 - 1, testStart / 1000 - 1, testStart / 1000 + 4])
  })

  test('says who presents what to whom', async () => {
    const claims = claimsOf(await present())
    expect(claims).toMatchObject({
      iss: party.did,
      sub: party.did,
      aud: audience,
      vp: {
        '@context': ['https://www.w3.org/2018/credentials/v1'],
        type: ['VerifiablePresentation'],
        verifiableCredential: [credential],
      },
    })
    expect(String(claims['jti']).startsWith(`${party.did}#`)).toBe(true)
  })

  test('may be for anybody', async () => {
    const compact = await present({ audience: undefined })
    expect(claimsOf(compact)).not.toHaveProperty('aud')
    expect(parsePresentation(compact, identity.verifier).audiences).toEqual([])
  })

  test('has credentials without proof as objects, and the others as tokens', async () => {
    const registration = createSelfAttested({
      party,
      type: 'DiscoveryRegistrationCredential',
      subject: { authServerURL: identity.parties.issuerUrl(party) },
      now: testStart,
    })
    const compact = await present({ credentials: [registration, identity.verifier.parse(credential)] })
    expect(claimsOf(compact)['vp']).toMatchObject({ verifiableCredential: [JSON.parse(registration.raw), credential] })
    expect((await verify(compact)).credentials).toHaveLength(2)
  })

  test('has the types and claims that are asked beside the usual ones', async () => {
    const extras = { extraTypes: ['RetractedVerifiablePresentation'], extraClaims: { retract_jti: 'urn:uuid:1' } }
    const presentation = parsePresentation(await present({ credentials: [], ...extras }), identity.verifier)
    expect([presentation.types, presentation.retracts]).toEqual([
      ['VerifiablePresentation', 'RetractedVerifiablePresentation'],
      'urn:uuid:1',
    ])
  })

  test('never uses a nonce or an id twice, and a nonce has 256 bits', async () => {
    const made = await Promise.all(Array.from({ length: 5 }, () => present()))
    const seen = made.map(claimsOf).flatMap(({ nonce, jti }) => [String(nonce), String(jti)])
    expect(new Set(seen).size).toBe(10)
    expect(Buffer.from(seen[0] ?? '', 'base64url')).toHaveLength(32)
  })
})
