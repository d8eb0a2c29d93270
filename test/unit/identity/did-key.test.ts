import { ECDH, generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { importKeys, parseDidDocument, type ResolvedDid } from '../../../node/identity/did-document.js'
import { resolveDidKey } from '../../../node/identity/did-key.js'
import { createDidResolver } from '../../../node/identity/resolve-did.js'
import { createFixedClock } from '../../../node/kernel/clock.js'
import { rejectionOf } from '../../support/refusals.js'

const letters = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'

/** Base58btc by long division, one digit at a time. */
function base58(bytes: Buffer): string {
  const digits: number[] = []
  for (const byte of bytes) {
    let carry = byte
    for (let at = 0; at < digits.length; at += 1) {
      carry += (digits[at] ?? 0) * 256
      digits[at] = carry % 58
      carry = Math.floor(carry / 58)
    }
    for (; carry > 0; carry = Math.floor(carry / 58)) digits.push(carry % 58)
  }
  const zeros = bytes.findIndex((byte) => byte !== 0)
  return (
    '1'.repeat(zeros < 0 ? bytes.length : zeros) +
    digits
      .reverse()
      .map((digit) => letters[digit])
      .join('')
  )
}

const didOf = (...parts: readonly (Buffer | number)[]): string =>
  `did:key:z${base58(Buffer.concat(parts.map((part) => (typeof part === 'number' ? Buffer.of(part) : part))))}`

async function resolve(did: string): Promise<ResolvedDid> {
  const resolver = createDidResolver({
    clock: createFixedClock(0),
    methods: { key: resolveDidKey },
    own: async () => undefined,
  })
  return resolver.resolve(did)
}

/** The one key, as those who verify with it have it. */
async function jwkOf(did: string): Promise<unknown> {
  return [...(await resolve(did)).keys.assertionMethod.values()][0]?.key.export({ format: 'jwk' })
}

describe('did:key', () => {
  // Published with the method.
  test.each([
    [
      'did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK',
      { kty: 'OKP', crv: 'Ed25519', x: 'Lm_M42cB3HkUiODQsXRcweM6TByfzEHGO9ND274JcOY' },
    ],
    [
      'did:key:zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169',
      {
        kty: 'EC',
        crv: 'P-256',
        x: 'fyNYMN0976ci7xqiSdag3buk-ZCwgXU4kz9XNkBlNUI',
        y: 'hW2ojTNfH7Jbi8--CJUo3OCbH3y5n91g-IMA9MLMbTU',
      },
    ],
  ])('%s is a known key', async (did, jwk) => {
    expect(await jwkOf(did)).toEqual(jwk)
  })

  test('of any Ed25519 key is that key', async () => {
    for (let count = 0; count < 10; count += 1) {
      const jwk = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' })
      expect(await jwkOf(didOf(0xed, 0x01, Buffer.from(jwk.x ?? '', 'base64url')))).toEqual(jwk)
    }
  })

  test('of any P-256 key is that key, whichever sign its point has', async () => {
    const signs = new Set<number>()
    while (signs.size < 2) {
      const jwk = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' })
      const [x, y] = [Buffer.from(jwk.x ?? '', 'base64url'), Buffer.from(jwk.y ?? '', 'base64url')]
      const sign = 2 + (y.readUInt8(31) % 2)
      signs.add(sign)
      expect(await jwkOf(didOf(0x80, 0x24, sign, x))).toEqual(jwk)
    }
  })

  test('lists its one key under both relationships', async () => {
    const did = 'did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK'
    const keyId = `${did}#z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK`
    const { keys } = await resolve(did)
    expect([[...keys.assertionMethod.keys()], [...keys.authentication.keys()]]).toEqual([[keyId], [keyId]])
    expect(keys.assertionMethod.get(keyId)?.algorithm).toBe('EdDSA')
  })

  test('documents show the key as a Multikey under four relationships', async () => {
    const multibase = 'z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK'
    const did = `did:key:${multibase}`
    const keyId = `${did}#${multibase}`
    expect((await resolveDidKey(did, parsed(did), resolverOfNothing, {})).didDocument).toEqual({
      '@context': ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/multikey/v1'],
      id: did,
      verificationMethod: [{ id: keyId, type: 'Multikey', controller: did, publicKeyMultibase: multibase }],
      assertionMethod: [keyId],
      authentication: [keyId],
      capabilityInvocation: [keyId],
      capabilityDelegation: [keyId],
    })
  })

  const compressed = Buffer.from(ECDH.convertKey(pointOfCurve(), 'prime256v1', undefined, undefined, 'compressed'))

  test.each([
    ['no key', 'did:key:z'],
    ['another base', 'did:key:f0120'],
    ['the digits of a key in an unknown base', 'did:key:x6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK'],
    ['a letter outside the alphabet', 'did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2do0'],
    ['another kind of key', didOf(0xe7, 0x01, Buffer.alloc(33, 2))],
    ['an Ed25519 key that is short', didOf(0xed, 0x01, Buffer.alloc(31, 1))],
    ['an Ed25519 key with a byte too many', didOf(0xed, 0x01, Buffer.alloc(33, 1))],
    ['a P-256 key that is short', didOf(0x80, 0x24, compressed.subarray(0, 32))],
    ['a P-256 point in the long form', didOf(0x80, 0x24, pointOfCurve())],
    ['a P-256 point with a wrong sign byte', didOf(0x80, 0x24, 0x04, compressed.subarray(1))],
    ['no point of the curve', didOf(0x80, 0x24, 0x02, Buffer.alloc(32, 0xff))],
    ['a zero before the kind', didOf(0x00, 0xed, 0x01, Buffer.alloc(32, 1))],
    ['a text without end', `did:key:z${'1'.repeat(1500)}`],
  ])('with %s is refused', async (_, did) => {
    expect((await rejectionOf(resolveDidKey(did, parsed(did), resolverOfNothing, {}))).code).toBe(
      'identity.did_malformed',
    )
    expect((await rejectionOf(resolve(did))).code).toBe('identity.did_malformed')
  })

  test('documents are documents by our own rules', async () => {
    const did = didOf(0x80, 0x24, compressed)
    const { didDocument } = await resolveDidKey(did, parsed(did), resolverOfNothing, {})
    expect(importKeys(parseDidDocument(didDocument)).keys.authentication.size).toBe(1)
  })
})

const resolverOfNothing = { resolve: () => Promise.reject(new Error('did:key asks nobody')) }

function parsed(did: string) {
  return { did, didUrl: did, method: 'key', id: did.slice('did:key:'.length) }
}

function pointOfCurve(): Buffer {
  const { x, y } = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' })
  return Buffer.concat([Buffer.of(4), Buffer.from(x ?? '', 'base64url'), Buffer.from(y ?? '', 'base64url')])
}
