import { createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { NodeError } from '../kernel/errors.js'
import { publicKeySchema, type PublicKey } from '../../schemas/jwk.js'
import type { SignatureAlgorithm } from './public-key.js'

/** A new private key for the algorithm. */
export function generatePrivateKey(algorithm: SignatureAlgorithm): KeyObject {
  return algorithm === 'ES256'
    ? generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
    : generateKeyPairSync('ed25519').privateKey
}

/** The public half. Fails for a key of a kind that the node does not make. */
export function publicHalf(privateKey: KeyObject): PublicKey {
  return publicKeySchema.parse(createPublicKey(privateKey).export({ format: 'jwk' }))
}

/** The public half, for who asked for a key of this algorithm. @throws `identity.key_exists` when it is of the other kind */
export function publicHalfFor(algorithm: SignatureAlgorithm, privateKey: KeyObject): PublicKey {
  const publicKey = publicHalf(privateKey)
  if (algorithmOf(publicKey) === algorithm) return publicKey
  throw new NodeError('identity.key_exists', { detail: 'the key under this id is of another algorithm' })
}

/** The only algorithm that a key signs with. */
export function algorithmOf(publicKey: PublicKey): SignatureAlgorithm {
  return publicKey.kty === 'EC' ? 'ES256' : 'EdDSA'
}

/** A signature of 64 bytes by the algorithm of the key. @see RFC 7518 section 3.4, RFC 8037 section 3.1 */
export function signWith(privateKey: KeyObject, data: string | Buffer): Buffer {
  const bytes = typeof data === 'string' ? Buffer.from(data) : data
  return privateKey.asymmetricKeyType === 'ed25519'
    ? sign(null, bytes, privateKey)
    : sign('sha256', bytes, { key: privateKey, dsaEncoding: 'ieee-p1363' })
}
