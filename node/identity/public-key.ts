import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto'

/** Signature algorithms of the node, a closed list. @see RFC 7518 section 3.4, RFC 8037 */
export const signatureAlgorithms = ['ES256', 'EdDSA'] as const
export type SignatureAlgorithm = (typeof signatureAlgorithms)[number]

/**
 * Algorithms under which JWTs of others are verified: certificates of the field hold RSA keys. Not RS256, of which the
 * padding is predictable.
 * @see RFC 7518 section 3.5; FAPI 2.0 Security Profile section 5.4
 */
export const verifiedAlgorithms = [...signatureAlgorithms, 'PS256', 'PS384', 'PS512'] as const
export type VerifiedAlgorithm = (typeof verifiedAlgorithms)[number]

/** Of RSA keys that are accepted, wherever they come from: verifying takes longer with every bit. */
export const modulusBits = { least: 2048, most: 8192 } as const

/** A public key, imported. */
export interface PublicKey {
  /** The only algorithm that it serves; an RSA key is a `PS256` and serves `PS384` and `PS512` too. */
  readonly algorithm: SignatureAlgorithm | 'PS256'
  readonly key: KeyObject
}

/** What of a JWK makes a public key. */
export interface JwkMembers {
  readonly kty: string
  readonly crv?: string | undefined
  readonly x?: string | undefined
  readonly y?: string | undefined
  readonly n?: string | undefined
  readonly e?: string | undefined
}

/** The public key that a JWK says, or `undefined` when it is of a kind that the node does not verify. */
export function importJwk({ kty, crv, x, y, n, e }: JwkMembers): PublicKey | undefined {
  try {
    if (kty === 'EC' && crv === 'P-256' && x !== undefined && y !== undefined) {
      return { algorithm: 'ES256', key: createPublicKey({ key: { kty, crv, x, y }, format: 'jwk' }) }
    }
    if (kty === 'OKP' && crv === 'Ed25519' && x !== undefined) {
      return { algorithm: 'EdDSA', key: createPublicKey({ key: { kty, crv, x }, format: 'jwk' }) }
    }
    if (kty === 'RSA' && n !== undefined && e !== undefined) return importRsa({ kty, n, e })
  } catch {
    // Not a point on the curve, or no numbers: the same as a key that is not there.
  }
  return undefined
}

function importRsa(jwk: JsonWebKey): PublicKey | undefined {
  const key = createPublicKey({ key: jwk, format: 'jwk' })
  const bits = key.asymmetricKeyDetails?.modulusLength
  if (bits === undefined || bits < modulusBits.least || bits > modulusBits.most) return undefined
  return { algorithm: 'PS256', key }
}
