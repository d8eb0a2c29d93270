import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { DIDResolver } from 'did-resolver'
import type { JsonObject } from '../../../node/credentials/credential.js'
import { parsePresentation } from '../../../node/credentials/presentation.js'
import { jws2020Context, jwsSignedBytes, signDetachedJws } from '../../../node/credentials/proofs/json-web-signature.js'
import { VerifiedCredential } from '../../../node/credentials/verify-credential.js'
import { VerifiedPresentation } from '../../../node/credentials/verify-presentation.js'
import {
  createTestHolder,
  createTestIdentity,
  memberSubject,
  testStart,
  type Json,
  type TestIdentity,
} from '../../support/credentials.js'
import { createTestProver, linkedData } from '../../support/proofs.js'
import { rejectionOf } from '../../support/refusals.js'

const type = 'NutsOrganizationCredential'
const issuer = createTestProver('ES256')
const holder = createTestProver('EdDSA')
const v1 = 'https://www.w3.org/2018/credentials/v1'
const nuts = 'https://nuts.nl/credentials/v1'

let identity: TestIdentity
beforeEach(async () => {
  identity = await createTestIdentity()
  identity.trusted[type] = [issuer.did]
})
afterEach(() => identity.end())

const draft = (changes: Json = {}): JsonObject => ({
  '@context': [nuts, v1, jws2020Context],
  id: `${issuer.did}#1`,
  type: [type, 'VerifiableCredential'],
  issuer: issuer.did,
  issuanceDate: '2026-11-24T09:00:00Z',
  expirationDate: '2026-11-25T09:00:00Z',
  credentialSubject: { id: holder.did, organization: { name: 'Zorgkantoor Noord', city: 'Noordstad' } },
  ...changes,
})
const organization = (changes?: Json): Promise<JsonObject> => issuer.prove(draft(changes), 'JsonWebSignature2020')
const verify = (value: unknown): Promise<VerifiedCredential> =>
  identity.verifier.verify(identity.verifier.parse(value), {})
const refuse = async (value: unknown): Promise<string> => (await rejectionOf(verify(value))).code

describe('a credential with a proof inside', () => {
  test('is verified like a JWT, and the second time without its proof', async () => {
    const credential = await organization()
    expect(VerifiedCredential.is(await verify(credential))).toBe(true)
    // Equal texts are one credential, whose proof was good.
    expect(identity.verifier.parse(structuredClone(credential))).toBe(identity.verifier.parse(credential))
    expect(VerifiedCredential.is(await verify(structuredClone(credential)))).toBe(true)
  })

  test.each<[string, (credential: JsonObject) => JsonObject | Promise<JsonObject>, string]>([
    ['no proof', ({ proof: _, ...rest }) => rest, 'credential.signature'],
    [
      'another subject',
      (value) => ({ ...value, credentialSubject: { id: holder.did, organization: { name: 'X', city: 'Y' } } }),
      'proof.signature',
    ],
    [
      'a member of its subject that the proof does not protect',
      (value) => ({
        ...value,
        credentialSubject: {
          id: holder.did,
          organization: { name: 'Zorgkantoor Noord', city: 'Noordstad', role: 'x' },
        },
      }),
      'credential.context',
    ],
    ['the proof of somebody else', () => holder.prove(draft(), 'JsonWebSignature2020'), 'credential.controller'],
    [
      'an issuer that is not trusted',
      () => holder.prove(draft({ issuer: holder.did, id: `${holder.did}#1` }), 'JsonWebSignature2020'),
      'credential.issuer_untrusted',
    ],
    [
      'another purpose',
      () => issuer.prove(draft(), 'JsonWebSignature2020', { purpose: 'authentication' }),
      'proof.purpose',
    ],
    ['an end in the past', () => organization({ expirationDate: '2026-11-24T08:00:00Z' }), 'credential.expired'],
  ])('with %s is refused', async (_, change, code) => {
    expect(await refuse(await change(await organization()))).toBe(code)
  })
})

describe('a credential of data model 2.0 for a token', () => {
  const modern: Json = {
    '@context': ['https://www.w3.org/ns/credentials/v2', nuts],
    issuanceDate: undefined,
    expirationDate: undefined,
    validFrom: '2026-11-24T09:00:00Z',
    validUntil: '2026-11-25T09:00:00Z',
  }
  const clean = (value: JsonObject): JsonObject => JSON.parse(JSON.stringify(value)) as JsonObject

  test('may have a Data Integrity proof', async () => {
    const credential = await issuer.prove(clean(draft(modern)), 'ecdsa-rdfc-2019')
    expect(VerifiedCredential.is(await verify(credential))).toBe(true)
    expect(await refuse({ ...credential, validUntil: '2026-12-25T09:00:00Z' })).toBe('proof.signature')
  })

  test('may be a JWT of VC-JOSE, under the same rules', async () => {
    const secure = async (document: JsonObject): Promise<string> => {
      const header = { alg: 'ES256', typ: 'vc+jwt', cty: 'vc', kid: issuer.signer.keyId }
      const input = [header, document].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
      return `${input}.${(await issuer.signer.sign(Buffer.from(input))).toString('base64url')}`
    }
    const compact = await secure(clean(draft(modern)))
    expect(VerifiedCredential.is(await verify(compact))).toBe(true)
    expect(await refuse(await secure(clean(draft({ ...modern, type: ['VerifiableCredential', 'Unheard'] }))))).toBe(
      'credential.type_unknown',
    )
    const other = await secure(clean(draft({ ...modern, id: 'urn:uuid:2' })))
    expect(await refuse([...compact.split('.').slice(0, 2), other.split('.')[2]].join('.'))).toBe(
      'credential.signature',
    )
  })
})

describe('a key that the issuer has for something else', () => {
  test('is refused for what it is', async () => {
    const resolve: DIDResolver = async (did) => ({
      didResolutionMetadata: {},
      didDocumentMetadata: {},
      didDocument: {
        id: did,
        verificationMethod: [
          { id: `${did}#1`, type: 'JsonWebKey2020', controller: did, publicKeyJwk: holderKey as never },
        ],
        authentication: [`${did}#1`],
      },
    })
    const resolved = await identity.resolver.resolve(holder.did)
    const holderKey = [...resolved.keys.assertionMethod.values()][0]?.key.export({ format: 'jwk' })
    const world = await createTestIdentity({ methods: { test: resolve } })
    world.trusted['LedenadministratieCredential'] = ['did:test:a']
    const header = { alg: 'EdDSA', typ: 'JWT', kid: 'did:test:a#1' }
    const claims = {
      iss: 'did:test:a',
      sub: holder.did,
      jti: 'urn:uuid:1',
      nbf: testStart / 1000,
      exp: testStart / 1000 + 60,
      vc: {
        '@context': [v1],
        type: ['VerifiableCredential', 'LedenadministratieCredential'],
        credentialSubject: memberSubject(holder.did),
      },
    }
    const input = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
    const compact = `${input}.${(await holder.signer.sign(Buffer.from(input))).toString('base64url')}`
    const refusal = await rejectionOf(world.verifier.verify(world.verifier.parse(compact), {}))
    expect(refusal.code).toBe('credential.key_purpose')
    await world.end()
  })
})

describe('a presentation with a proof inside', () => {
  const own = (changes: Json = {}): JsonObject => ({
    '@context': [v1, nuts],
    id: '3f2a0c2e-7d0f-4f6e-9d5e-0b7a2d0b2c11',
    type: ['VerifiableCredential', 'NutsEmployeeCredential'],
    issuer: holder.did,
    issuanceDate: '2026-11-24T09:00:00Z',
    credentialSubject: { id: holder.did, name: 'John Doe', roleName: 'Janitor', identifier: '123456' },
    ...changes,
  })

  /** Signed as nuts-node does it: what is relative is left out of what is signed. */
  async function present(credentials: readonly unknown[], changes: Json = {}): Promise<JsonObject> {
    const document = {
      '@context': [v1, jws2020Context],
      id: `${holder.did}#p`,
      type: 'VerifiablePresentation',
      holder: holder.did,
      verifiableCredential: credentials.length === 1 ? credentials[0] : credentials,
      ...changes,
    }
    const proof = {
      type: 'JsonWebSignature2020',
      proofPurpose: 'assertionMethod',
      verificationMethod: holder.signer.keyId,
      created: '2026-11-24T08:59:59Z',
      expires: '2026-11-24T09:00:04Z',
      domain: 'https://node.example/oauth2/ciz',
      challenge: 'n',
      nonce: 'n',
    }
    const payload = await jwsSignedBytes({ document, proof }, { linkedData, undefinedTerms: 'drop' })
    return { ...document, proof: { ...proof, jws: await signDetachedJws({ ...holder.signer, payload }) } }
  }
  const verifyPresentation = (value: JsonObject): Promise<VerifiedPresentation> =>
    identity.verifyPresentation(parsePresentation(JSON.stringify(value), identity.verifier), {})
  const codeOf = async (value: JsonObject): Promise<string> => (await rejectionOf(verifyPresentation(value))).code

  test('is verified with its one credential, or several, also when the own word has an id of nuts-node', async () => {
    const credential = await organization()
    for (const credentials of [[credential], [credential, own()]]) {
      const verified = await verifyPresentation(await present(credentials))
      expect([VerifiedPresentation.is(verified), verified.credentials.length]).toEqual([true, credentials.length])
    }
  })

  test('is refused when anything that is signed was changed', async () => {
    const good = await present([await organization(), own()])
    expect(await codeOf({ ...good, id: `${holder.did}#q` })).toBe('proof.signature')
    const other = own({
      credentialSubject: { id: holder.did, name: 'Jane Doe', roleName: 'Janitor', identifier: '123456' },
    })
    expect(await codeOf({ ...good, verifiableCredential: [await organization(), other] })).toBe('proof.signature')
  })

  test('is refused when the own word says what no context defines, because nothing protects that', async () => {
    const { '@context': _, ...rest } = own()
    expect(
      await codeOf(
        await present([{ ...rest, '@context': [v1], type: ['VerifiableCredential', 'NutsEmployeeCredential'] }]),
      ),
    ).toBe('credential.context')
  })

  test('is refused with a JWT as text, which its proof would leave out', async () => {
    const compact = createTestHolder().signVc({ type, subject: { id: holder.did }, now: testStart })
    const refusal = await rejectionOf(verifyPresentation(await present([compact])))
    expect([refusal.code, refusal.notes.length]).toEqual(['presentation.signature', 1])
  })

  test('is refused with a credential that is not good', async () => {
    const credential = await organization()
    expect(await codeOf(await present([{ ...credential, issuanceDate: '2026-11-24T08:00:00Z' }]))).toBe(
      'proof.signature',
    )
  })
})
