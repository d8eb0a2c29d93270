import { beforeEach, describe, expect, test } from '@jest/globals'
import type { JsonObject } from '../../../../node/credentials/credential.js'
import { openEnvelope } from '../../../../node/credentials/vc-api/open-envelope.js'
import { createVcVerifier, type VcVerifier } from '../../../../node/credentials/vc-api/verify.js'
import { createTestHolder, testStart, type Json } from '../../../support/credentials.js'
import { createTestProofVerifier, linkedData, plainCredential } from '../../../support/proofs.js'
import { rejectionOf } from '../../../support/refusals.js'

const v2 = 'https://www.w3.org/ns/credentials/v2'
const issuer = createTestHolder()
const other = createTestHolder()
const second = testStart / 1000
const credential = plainCredential(issuer.did)

let parts: ReturnType<typeof createTestProofVerifier>
let verifier: VcVerifier

beforeEach(() => {
  parts = createTestProofVerifier()
  verifier = createVcVerifier({
    ...parts,
    linkedData,
    verifier: { checkStatus: async () => undefined },
    findAlias: async () => undefined,
  })
})

type Kind = 'vc' | 'vp'
const types = { vc: 'EnvelopedVerifiableCredential', vp: 'EnvelopedVerifiablePresentation' } as const
const envelope = (compact: string, kind: Kind = 'vc', mediaType = `application/${kind}+jwt`): JsonObject => ({
  '@context': v2,
  type: types[kind],
  id: `data:${mediaType},${compact}`,
})
/** A VC-JOSE JWT, whose payload is the document. */
const jose = (payload: Json, header: Json = {}, kind: Kind = 'vc', by = issuer): string =>
  by.signVp(payload, { typ: `${kind}+jwt`, cty: kind, ...header })
const presentation = (changes: Json = {}): Json => ({
  '@context': [v2],
  type: ['VerifiablePresentation'],
  holder: issuer.did,
  ...changes,
})
const codeOf = async (promise: Promise<unknown>): Promise<string> => (await rejectionOf(promise)).code
const verify = (value: unknown, wishes = {}) => verifier.verifyCredential(value, wishes)

describe('an envelope', () => {
  test('may hold a JWT of either family, named as what it is or as any JWT', async () => {
    const inClaim = issuer.signVp({ iss: issuer.did, vc: credential })
    for (const value of [
      envelope(jose(credential)),
      envelope(jose(credential), 'vc', 'application/jwt'),
      envelope(inClaim, 'vc', 'application/jwt'),
    ]) {
      expect((await openEnvelope(value, 'credential', parts))?.document).toEqual(credential)
      await verify(value)
    }
    expect(await openEnvelope(credential, 'credential', parts)).toBeUndefined()
  })

  test('names the key that signed, or is signed by the one key of its iss', async () => {
    for (const header of [{}, { kid: undefined }]) {
      const opened = await openEnvelope(envelope(jose({ ...credential, iss: issuer.did }, header)), 'credential', parts)
      expect(opened?.signer).toBe(issuer.did)
    }
    expect(await codeOf(verify(envelope(jose(credential, { kid: undefined }))))).toBe('identity.did_malformed')
  })

  test.each<[string, JsonObject, string]>([
    ['an audience that is a number', envelope(jose({ ...credential, aud: 1 })), 'credential.malformed'],
    ['an end that is a text', envelope(jose({ ...credential, exp: 'never' })), 'credential.malformed'],
    ['nothing inside', envelope(issuer.signVp({ vc: 'x' }), 'vc', 'application/jwt'), 'credential.malformed'],
    ['no claim inside', envelope(issuer.signVp({ vp: {} }), 'vc', 'application/jwt'), 'credential.malformed'],
    ['an algorithm that is not in the list', envelope(jose(credential, { alg: 'HS256' })), 'credential.algorithm'],
    ['the algorithm of another key', envelope(jose(credential, { alg: 'EdDSA' })), 'credential.signature'],
    [
      'the signature of somebody else',
      envelope(jose(credential, { kid: issuer.keyId }, 'vc', other)),
      'credential.signature',
    ],
    ['the key of somebody else', envelope(jose(credential, {}, 'vc', other)), 'credential.controller'],
    ['an end in the past', envelope(jose({ ...credential, exp: second })), 'proof.expired'],
    ['a beginning more than five seconds away', envelope(jose({ ...credential, nbf: second + 6 })), 'proof.expired'],
  ])('with %s is refused', async (_, value, code) => {
    expect(await codeOf(verify(value))).toBe(code)
  })

  test('counts from five seconds before its beginning until its end', async () => {
    await verify(envelope(jose({ ...credential, nbf: second + 5, exp: second + 1 })))
  })

  test('is for the audience and the challenge that it names', async () => {
    const wishes = { domain: 'https://a.example', challenge: 'c' }
    for (const aud of ['https://a.example', ['https://b.example', 'https://a.example']]) {
      await verify(envelope(jose({ ...credential, aud, nonce: 'c' })), wishes)
    }
    for (const claims of [{}, { aud: 'https://b.example', nonce: 'c' }, { aud: 'https://a.example', nonce: 'd' }]) {
      expect(await codeOf(verify(envelope(jose({ ...credential, ...claims })), wishes))).toBe('proof.binding')
    }
  })
})

test.each([['eyJhbGciOiJFUzI1NiJ9.e30.AA'], [null], [[credential]]])(
  'what is no object is neither a credential nor a presentation: %#',
  async (value) => {
    for (const attempt of [verify(value), verifier.verifyPresentation(value, {})]) {
      const refusal = await rejectionOf(attempt)
      expect([refusal.code, refusal.notes]).toEqual(['credential.malformed', ['document: must be an object']])
    }
  },
)

describe('a presentation in an envelope', () => {
  const show = (value: unknown, wishes = {}) => verifier.verifyPresentation(value, wishes)

  test('is good with its holder, without one, and with what the holder says itself', async () => {
    for (const changes of [
      {},
      { holder: undefined },
      { holder: { id: issuer.did } },
      { verifiableCredential: [credential, envelope(jose(plainCredential(other.did), {}, 'vc', other))] },
    ]) {
      await show(envelope(jose(presentation(changes), {}, 'vp'), 'vp'))
    }
  })

  test.each<[string, Json, Json, string]>([
    ['another holder', { holder: other.did }, {}, 'presentation.signer'],
    ['another challenge', {}, { challenge: 'c' }, 'proof.binding'],
    ['a word that nothing defines', { unheard: 1 }, {}, 'credential.context'],
    [
      'what somebody else should have signed',
      { verifiableCredential: [plainCredential(other.did)] },
      {},
      'credential.signature',
    ],
  ])('with %s is refused', async (_, changes, wishes, code) => {
    expect(await codeOf(show(envelope(jose(presentation(changes), {}, 'vp'), 'vp'), wishes))).toBe(code)
  })
})
