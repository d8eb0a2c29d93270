import { generateKeyPairSync, sign, type JsonWebKey, type KeyObject } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { CompactSign, compactVerify } from 'jose'
import type { JsonObject } from '../../../../node/credentials/credential.js'
import { createLinkedData } from '../../../../node/credentials/proofs/linked-data.js'
import {
  joseAlgorithms,
  signJose,
  verifyJose,
  type JoseAlgorithm,
} from '../../../../node/credentials/vc-api/vc-jose.js'
import { linkedData, plainCredential } from '../../../support/proofs.js'

const curves = { ES256: ['P-256', 'sha256'], ES384: ['P-384', 'sha384'], ES512: ['P-521', 'sha512'] } as const

interface Pair {
  readonly algorithm: JoseAlgorithm
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  readonly jwk: JsonWebKey
  readonly sign: (input: Buffer) => Promise<Buffer>
}

function createPair(algorithm: JoseAlgorithm): Pair {
  const [curve, hash] = algorithm === 'EdDSA' ? [undefined, null] : curves[algorithm]
  const pair = curve === undefined ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: curve })
  return {
    algorithm,
    ...pair,
    jwk: pair.publicKey.export({ format: 'jwk' }),
    sign: async (input) =>
      sign(hash, input, hash === null ? pair.privateKey : { key: pair.privateKey, dsaEncoding: 'ieee-p1363' }),
  }
}

const es256 = createPair('ES256')
const credential = plainCredential('https://issuer.example/1')

async function secure(document: JsonObject, kind: 'vc' | 'vp' = 'vc', pair = es256): Promise<string> {
  const outcome = await signJose(document, { kind, signer: pair, linkedData })
  if (outcome.outcome !== 'success') throw new Error(outcome.reason)
  return outcome.value
}
const outcomeOf = async (compact: string, kind: 'vc' | 'vp' = 'vc', key = es256.jwk): Promise<string> =>
  (await verifyJose(compact, { kind, key, linkedData })).outcome
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
async function signAnything(header: JsonObject, payload: unknown): Promise<string> {
  const input = `${encode(header)}.${encode(payload)}`
  return `${input}.${(await es256.sign(Buffer.from(input))).toString('base64url')}`
}
const envelope = (compact: string): JsonObject => ({
  '@context': 'https://www.w3.org/ns/credentials/v2',
  type: 'EnvelopedVerifiableCredential',
  id: `data:application/vc+jwt,${compact}`,
})
const presentation = (...verifiableCredential: readonly unknown[]): JsonObject => ({
  '@context': ['https://www.w3.org/ns/credentials/v2'],
  type: ['VerifiablePresentation'],
  verifiableCredential,
})

describe('a credential of VC-JOSE', () => {
  test.each(joseAlgorithms)(
    'secured with %s is the payload, and good for another implementation too',
    async (algorithm) => {
      const pair = createPair(algorithm)
      const compact = await secure(credential, 'vc', pair)
      const { payload, protectedHeader } = await compactVerify(compact, pair.publicKey)
      expect(protectedHeader).toEqual({ alg: algorithm, typ: 'vc+jwt', cty: 'vc' })
      expect(JSON.parse(Buffer.from(payload).toString())).toEqual(credential)
      expect(await verifyJose(compact, { kind: 'vc', key: pair.jwk, linkedData })).toEqual({
        outcome: 'success',
        value: credential,
      })
    },
  )

  test('names its key where the signer has one to name', async () => {
    const outcome = await signJose(credential, { kind: 'vc', signer: { ...es256, keyId: 'did:web:a#1' }, linkedData })
    const compact = outcome.outcome === 'success' ? outcome.value : ''
    expect((await compactVerify(compact, es256.publicKey)).protectedHeader.kid).toBe('did:web:a#1')
  })

  test('is not refused for a signer that fails: that is a fault, and no outcome', async () => {
    const signer = { ...es256, sign: () => Promise.reject(new Error('the key is away')) }
    await expect(signJose(credential, { kind: 'vc', signer, linkedData })).rejects.toThrow('the key is away')
  })

  test.each(joseAlgorithms)('that another implementation secured with %s is good', async (alg) => {
    const pair = createPair(alg)
    const compact = await new CompactSign(Buffer.from(JSON.stringify(credential)))
      .setProtectedHeader({ alg, typ: 'vc+jwt', cty: 'vc' })
      .sign(pair.privateKey)
    expect(await outcomeOf(compact, 'vc', pair.jwk)).toBe('success')
    expect(await outcomeOf(compact, 'vc', createPair(alg).jwk)).toBe('failure')
  })

  test('may carry claims that are the JWT’s own', async () => {
    const claims = { iss: 'https://issuer.example/1', aud: 'x', nonce: 'n', exp: 4e9, ...credential }
    expect(await outcomeOf(await signAnything({ alg: 'ES256', typ: 'vc+jwt' }, claims))).toBe('success')
  })

  test.each<[string, JsonObject, unknown]>([
    ['another typ', { typ: 'JWT' }, credential],
    ['no typ', { typ: undefined }, credential],
    ['the typ of a presentation', { typ: 'vp+jwt' }, credential],
    ['another cty', { cty: 'vp' }, credential],
    ['the algorithm of another key', { alg: 'EdDSA' }, credential],
    ['no algorithm', { alg: 'none' }, credential],
    ['a vc claim', {}, { vc: credential }],
    ['a vc claim beside the credential', {}, { ...credential, vc: {} }],
    ['a vp claim', {}, { ...credential, vp: {} }],
    ['a term that nothing defines', {}, { ...credential, unheard: 1 }],
    ['no issuer', {}, { ...credential, issuer: undefined }],
    ['an iss that is not the issuer', {}, { ...credential, iss: 'https://issuer.example/2' }],
    ['an iss that is no text', {}, { ...credential, iss: ['https://issuer.example/1'] }],
    ['a presentation inside', {}, presentation()],
    ['a list inside', {}, [credential]],
  ])('with %s fails', async (_, header, payload) => {
    const compact = await signAnything({ alg: 'ES256', typ: 'vc+jwt', cty: 'vc', ...header }, payload)
    expect(await outcomeOf(compact)).toBe('failure')
  })

  test.each([JSON.stringify(credential), '', 'x.y.z', encode(credential)])(
    'that is not secured fails: %s',
    async (text) => {
      expect(await outcomeOf(text)).toBe('failure')
    },
  )

  test('under a key of another kind is indeterminate', async () => {
    const compact = await secure(credential)
    const keys: readonly JsonWebKey[] = [
      { kty: 'RSA', n: 'x', e: 'AQAB' },
      { kty: 'EC', crv: 'P-256', x: 'x', y: 'y' },
      {},
    ]
    for (const key of keys) expect(await outcomeOf(compact, 'vc', key)).toBe('indeterminate')
  })

  test('is not made of what is no credential', async () => {
    const outcome = await signJose({ ...credential, unheard: 1 }, { kind: 'vc', signer: es256, linkedData })
    expect(outcome).toEqual({ outcome: 'failure', reason: 'credential.context: no context defines: unheard' })
  })
})

describe('under a context that gives any word a meaning', () => {
  const withExamples = createLinkedData({ examples: true })
  const examples = 'https://www.w3.org/ns/credentials/examples/v2'
  const own = { Own: 'https://issuer.example/Own', own: 'https://issuer.example/own' }
  const document = { ...credential, '@context': [...[credential['@context']].flat(), examples, own] }
  const outcome = async (members: JsonObject): Promise<unknown> =>
    signJose({ ...document, ...members }, { kind: 'vc', signer: es256, linkedData: withExamples })

  test('types and what is inside the members may be of that context, and members of the credential of another', async () => {
    const members = { type: ['VerifiableCredential', 'Degree'], credentialSubject: { degree: 'x' }, own: { word: 1 } }
    expect(await outcome(members)).toMatchObject({ outcome: 'success' })
  })

  test('a member of the credential itself that no context names fails, when secured and when verified', async () => {
    const reason = 'credential.malformed: no context names the member: unheard'
    expect(await outcome({ own: 'x', unheard: { a: 1 } })).toEqual({ outcome: 'failure', reason })
    const compact = await signAnything({ alg: 'ES256', typ: 'vc+jwt' }, { ...document, unheard: 1 })
    const verified = await verifyJose(compact, { kind: 'vc', key: es256.jwk, linkedData: withExamples })
    expect(verified).toEqual({ outcome: 'failure', reason })
  })
})

describe('a presentation of VC-JOSE', () => {
  test('is not of another holder than its iss', async () => {
    const claims = { ...presentation(), holder: 'https://holder.example/1' }
    const header = { alg: 'ES256', typ: 'vp+jwt' }
    expect(await outcomeOf(await signAnything(header, { ...claims, iss: 'https://holder.example/1' }), 'vp')).toBe(
      'success',
    )
    expect(await outcomeOf(await signAnything(header, { ...claims, iss: 'https://holder.example/2' }), 'vp')).toBe(
      'failure',
    )
  })

  test('verifies with every credential in it', async () => {
    const good = envelope(await secure(credential))
    expect(await outcomeOf(await secure(presentation(good, good), 'vp'), 'vp')).toBe('success')
    const [header = '', payload = '', signature = ''] = (await secure(credential)).split('.')
    const other = await secure({ ...credential, id: 'urn:uuid:other' })
    const bad = [
      envelope([header, other.split('.')[1], signature].join('.')),
      envelope(await secure(credential, 'vc', createPair('ES256'))),
      envelope([header, payload].join('.')),
      credential,
    ]
    for (const value of bad) {
      expect(await outcomeOf(await secure(presentation(good, value), 'vp'), 'vp')).toBe('failure')
    }
  })

  test('need not have a credential', async () => {
    const { verifiableCredential: _, ...empty } = presentation()
    expect(await outcomeOf(await secure(empty, 'vp'), 'vp')).toBe('success')
  })

  test('is no credential', async () => {
    expect(await outcomeOf(await secure(presentation(), 'vp'), 'vc')).toBe('failure')
  })
})
