import { constants, type SigningOptions } from 'node:crypto'

/** How signatures by keys of one type are made, by the algorithm that a token may name; the first is the one to choose. */
export type SignatureWays = Readonly<Record<string, readonly [digest: string | null, using: SigningOptions]>>

const ecdsa = { dsaEncoding: 'ieee-p1363' } as const

/**
 * The algorithms of sign-in, by the type of the key: those of nuts-node v6 and no others.
 * @see RFC 7518 section 3; RFC 8037 section 3.1
 */
export const signatureWays: Readonly<Record<string, SignatureWays>> = {
  'ssh-ed25519': { EdDSA: [null, {}] },
  'ecdsa-sha2-nistp256': { ES256: ['sha256', ecdsa] },
  'ecdsa-sha2-nistp384': { ES384: ['sha384', ecdsa] },
  'ecdsa-sha2-nistp521': { ES512: ['sha512', ecdsa] },
  'ssh-rsa': {
    PS512: ['sha512', { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }],
    // The agent of SSH signs with an RSA key in no better way.
    RS512: ['sha512', { padding: constants.RSA_PKCS1_PADDING }],
  },
}
