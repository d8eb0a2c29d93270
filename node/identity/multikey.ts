import { ECDH } from 'node:crypto'
import { publicKeySchema, type PublicKey } from '../../schemas/jwk.js'
import { decodeBase58, encodeBase58 } from './base58.js'

const maxLength = 128
const ed25519Prefix = Buffer.of(0xed, 0x01)
const p256Prefix = Buffer.of(0x80, 0x24)

/**
 * The key in a multibase text, for P-256 (compressed) and Ed25519; `undefined` for every other kind and form.
 *
 * Does not check that an Ed25519 key is a point of its curve.
 * @see Controlled Identifiers 1.0 section 2.2.2; did:key method specification section 3.1
 */
export function publicKeyOfMultibase(multibase: string): PublicKey | undefined {
  if (!multibase.startsWith('z') || multibase.length > maxLength) return undefined
  const bytes = decodeBase58(multibase.slice(1))
  if (bytes?.length === 34 && bytes.subarray(0, 2).equals(ed25519Prefix)) {
    return { kty: 'OKP', crv: 'Ed25519', x: bytes.subarray(2).toString('base64url') }
  }
  if (bytes?.length === 35 && bytes.subarray(0, 2).equals(p256Prefix)) return pointOf(bytes.subarray(2))
  return undefined
}

/** The multibase text of a key: `z`, then base58btc of its kind and its bytes. */
export function multibaseOf(publicKey: PublicKey): string {
  const x = Buffer.from(publicKey.x, 'base64url')
  if (publicKey.kty === 'OKP') return `z${encodeBase58(Buffer.concat([ed25519Prefix, x]))}`
  const isOdd = Buffer.from(publicKey.y, 'base64url').readUInt8(31) % 2 === 1
  return `z${encodeBase58(Buffer.concat([p256Prefix, Buffer.of(isOdd ? 3 : 2), x]))}`
}

function pointOf(compressed: Buffer): PublicKey | undefined {
  try {
    const point = ECDH.convertKey(compressed, 'prime256v1', undefined, 'hex', 'uncompressed').toString()
    const [x, y] = [point.slice(2, 66), point.slice(66)].map((hex) => Buffer.from(hex, 'hex').toString('base64url'))
    return publicKeySchema.parse({ kty: 'EC', crv: 'P-256', x, y })
  } catch {
    // Not a point of the curve: the same as a kind that is not known.
    return undefined
  }
}
