import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { resolveDidJwk } from '../../../node/identity/did-jwk.js'
import { createDidResolver } from '../../../node/identity/resolve-did.js'
import { createFixedClock } from '../../../node/kernel/clock.js'
import { createTestHolder } from '../../support/credentials.js'
import { rejectionOf } from '../../support/refusals.js'

const resolver = createDidResolver({
  clock: createFixedClock(0),
  methods: { jwk: resolveDidJwk },
  own: async () => undefined,
})
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const jwk = publicKey.export({ format: 'jwk' })

const didOf = (text: string | Buffer, alphabet: 'base64' | 'base64url' = 'base64url'): string =>
  `did:jwk:${Buffer.from(text).toString(alphabet).replace(/=+$/, '')}`

/** What the method itself makes of a DID, without the resolver around it. */
function resolveAlone(did: string) {
  const parsed = { did, didUrl: did, method: 'jwk', id: did.slice('did:jwk:'.length) }
  return resolveDidJwk(did, parsed, { resolve: () => Promise.reject(new Error('did:jwk asks nobody')) }, {})
}

describe('did:jwk', () => {
  test.each([['ES256'], ['EdDSA']] as const)('of an %s key has that key, under the fragment 0', async (algorithm) => {
    const holder = createTestHolder(algorithm)
    const key = await resolver.keyFor(holder.keyId, 'assertionMethod')
    expect([key.keyId, key.algorithm, key.key.equals(holder.key.key)]).toEqual([`${holder.did}#0`, algorithm, true])
  })

  test('may be named without the fragment', async () => {
    const { did, keyId } = createTestHolder()
    expect((await resolver.keyFor(did, 'authentication')).keyId).toBe(keyId)
  })

  test('has no other fragment', async () => {
    const { did } = createTestHolder()
    expect((await rejectionOf(resolver.keyFor(`${did}#1`, 'assertionMethod'))).code).toBe('identity.key_unknown')
  })

  test('keeps members that a key may carry', async () => {
    const did = didOf(JSON.stringify({ ...jwk, alg: 'ES256', kid: 'k' }))
    expect((await resolver.resolve(did)).document.verificationMethod[0]?.publicKeyJwk).toMatchObject({ kid: 'k' })
  })

  test('is for what its key says that it is for', async () => {
    const uses = async (members: object): Promise<readonly number[]> => {
      const { keys, document } = await resolver.resolve(didOf(JSON.stringify({ ...jwk, ...members })))
      const { keyAgreement = [] } = document as { readonly keyAgreement?: readonly unknown[] }
      return [keys.assertionMethod.size, keys.authentication.size, keyAgreement.length]
    }
    expect(await uses({})).toEqual([1, 1, 1])
    expect(await uses({ use: 'sig' })).toEqual([1, 1, 0])
    expect(await uses({ use: 'enc' })).toEqual([0, 0, 1])
  })

  test('is read in both alphabets', async () => {
    // The letters that differ come from text outside the usual members of a key.
    const text = JSON.stringify({ ...jwk, kid: '~~~???>>>' })
    const standard = didOf(text, 'base64')
    expect(standard).not.toBe(didOf(text))
    const documents = [await resolveAlone(standard), await resolveAlone(didOf(text))]
    expect(documents.map(({ didDocument }) => didDocument?.verificationMethod?.[0]?.publicKeyJwk)).toEqual([
      { ...jwk, kid: '~~~???>>>' },
      { ...jwk, kid: '~~~???>>>' },
    ])
  })

  test('may be 1024 letters long, and no longer', async () => {
    const filled = (length: number): string => didOf(JSON.stringify({ ...jwk, kid: 'x'.repeat(length) }))
    const room = 768 - JSON.stringify({ ...jwk, kid: '' }).length
    expect(filled(room).slice('did:jwk:'.length)).toHaveLength(1024)
    expect((await resolver.resolve(filled(room))).keys.assertionMethod.size).toBe(1)
    expect((await rejectionOf(resolver.resolve(filled(room + 1)))).code).toBe('identity.did_malformed')
  })

  test.each([
    ['a private key', didOf(JSON.stringify(privateKey.export({ format: 'jwk' })))],
    ['no JSON', didOf('{')],
    ['an array', didOf('[]')],
    ['a text', didOf('"x"')],
    ['null', didOf('null')],
    ['a member twice', didOf(`{"kty":"EC","kty":"EC"}`)],
    ['bytes that are not UTF-8', didOf(Buffer.from('{"kty":"\xff"}', 'latin1'))],
    ['padding', `${didOf('{}')}=`],
    ['more than a key needs', didOf(JSON.stringify({ ...jwk, filler: 'x'.repeat(1000) }))],
    ['nothing', 'did:jwk:'],
  ])('with %s is refused', async (_, did) => {
    expect((await rejectionOf(resolveAlone(did))).code).toBe('identity.did_malformed')
    expect((await rejectionOf(resolver.resolve(did))).code).toBe('identity.did_malformed')
  })

  test.each([
    ['of a kind that we do not verify', { kty: 'RSA', n: 'AQAB', e: 'AQAB' }],
    ['of another curve', { kty: 'EC', crv: 'secp256k1', x: jwk.x, y: jwk.y }],
    ['that is no point of the curve', { ...jwk, x: jwk.y }],
  ])('with a key %s has no key', async (_, other) => {
    const refusal = await rejectionOf(resolver.keyFor(didOf(JSON.stringify(other)), 'assertionMethod'))
    expect(refusal.code).toBe('identity.key_unknown')
  })
})
