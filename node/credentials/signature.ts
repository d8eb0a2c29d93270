import { constants, verify, type VerifyKeyObjectInput } from 'node:crypto'
import { promisify } from 'node:util'
import { verifiedAlgorithms, type PublicKey, type VerifiedAlgorithm } from '../identity/public-key.js'
import type { SignedJwt } from './jwt.js'

const verifyAside = promisify(verify)

/** True when `alg` is one of the algorithms that the node accepts. */
export function isVerifiedAlgorithm(alg: string): alg is VerifiedAlgorithm {
  return verifiedAlgorithms.some((known) => known === alg)
}

/** True when the signature of the JWT is good under `key`. The algorithm is the key's; a header that names another one is false. */
export function hasGoodSignature(jwt: SignedJwt, key: PublicKey): boolean {
  const algorithm = agreedAlgorithm(jwt, key)
  if (algorithm === undefined) return false
  const { input, signature } = splitSigned(jwt)
  return isGoodSignature(key, input, signature, algorithm)
}

/**
 * The same, beside the main thread: for work in bulk, which would hold up what is asked meanwhile. One signature takes
 * longer so; many take less time together.
 */
export async function hasGoodSignatureAside(jwt: SignedJwt, key: PublicKey): Promise<boolean> {
  const algorithm = agreedAlgorithm(jwt, key)
  if (algorithm === undefined) return false
  const { digest, using } = verificationOf(key, algorithm)
  const { input, signature } = splitSigned(jwt)
  return verifyAside(digest, input, using, signature)
}

function agreedAlgorithm({ header }: SignedJwt, key: PublicKey): VerifiedAlgorithm | undefined {
  const { alg } = header
  if (!isVerifiedAlgorithm(alg)) return undefined
  return (key.algorithm === 'PS256' ? alg.startsWith('PS') : alg === key.algorithm) ? alg : undefined
}

/** What was signed, and the signature. Made when it is looked at, because most credentials were verified before. */
export function splitSigned({ compact }: SignedJwt): { readonly input: Buffer; readonly signature: Buffer } {
  const end = compact.lastIndexOf('.')
  return {
    input: Buffer.from(compact.slice(0, end), 'latin1'),
    signature: Buffer.from(compact.slice(end + 1), 'base64url'),
  }
}

/**
 * True when `signature` is good over `input` under `key`, by the algorithm of the key, or `algorithm` when it serves more
 * than one.
 *
 * Synchronous node:crypto: a third to a half of the cost of the promise-based interface.
 * @see RFC 7518 section 3.4: ECDSA signatures are `r‖s`; section 3.5: the salt is as long as the hash
 */
export function isGoodSignature(
  key: PublicKey,
  input: Buffer,
  signature: Buffer,
  algorithm: VerifiedAlgorithm = key.algorithm,
): boolean {
  const { digest, using } = verificationOf(key, algorithm)
  return verify(digest, input, using, signature)
}

/** What the platform needs to know to verify. */
function verificationOf(
  key: PublicKey,
  algorithm: VerifiedAlgorithm,
): { readonly digest: string | null; readonly using: VerifyKeyObjectInput } {
  switch (key.algorithm) {
    case 'ES256':
      return { digest: 'sha256', using: { key: key.key, dsaEncoding: 'ieee-p1363' } }
    case 'EdDSA':
      return { digest: null, using: { key: key.key } }
    case 'PS256':
      return {
        digest: `sha${algorithm.slice('PS'.length)}`,
        using: {
          key: key.key,
          padding: constants.RSA_PKCS1_PSS_PADDING,
          saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
        },
      }
  }
}
