import { constants, verify } from 'node:crypto'
import { z } from 'zod'
import { NodeError, type ErrorCode } from '../kernel/errors.js'
import { decodeUtf8, parseGuardedJson } from '../kernel/json-guard.js'
import {
  verifiedAlgorithms,
  type SignatureAlgorithm,
  type VerificationKey,
  type VerifiedAlgorithm,
} from '../identity/did-document.js'

const maxLength = 256 * 1024
const base64urlPattern = /^[A-Za-z0-9_-]+$/

/**
 * Headers that change how a token must be read are not accepted at all: `crit`, `b64`, and keys inside the header.
 * @see RFC 7515 section 4.1
 */
const headerSchema = z.object({
  alg: z.string().max(16),
  kid: z.string().min(1).max(2048).optional(),
  typ: z.string().max(64).optional(),
  cty: z.string().max(64).optional(),
  crit: z.undefined().optional(),
  b64: z.undefined().optional(),
  x5c: z
    .array(z.string().max(16 * 1024))
    .max(8)
    .optional(),
  jwk: z.undefined().optional(),
  jku: z.undefined().optional(),
  x5u: z.undefined().optional(),
})

/** A compact JWT taken apart. Nothing of it is verified. */
export interface DecodedJwt {
  readonly compact: string
  readonly header: {
    readonly alg: string
    readonly kid: string | undefined
    readonly typ: string | undefined
    readonly cty: string | undefined
    /** Certificates of the signer, for did:x509. Nothing else looks at them. */
    readonly x5c?: readonly string[] | undefined
  }
  readonly claims: unknown
  readonly signature: Buffer
}

/**
 * Takes a compact JWT apart. Does not check the signature or any claim.
 * @throws `malformed`, the code that the caller gives, for anything that is not exactly three base64url parts of JSON
 * @see RFC 7515 section 7.1
 */
export function decodeJwt(compact: string, malformed: ErrorCode): DecodedJwt {
  const { header, ...rest } = splitJwt(compact, malformed)
  const parsed = headerSchema.safeParse(header)
  if (!parsed.success) throw new NodeError(malformed, { detail: 'the JWT header has a member that is not accepted' })
  return {
    ...rest,
    header: {
      alg: parsed.data.alg,
      kid: parsed.data.kid,
      typ: parsed.data.typ,
      cty: parsed.data.cty,
      x5c: parsed.data.x5c,
    },
  }
}

/** As `decodeJwt`, with a header that nobody looked at yet. @throws `malformed` */
export function splitJwt(
  compact: string,
  malformed: ErrorCode,
): Omit<DecodedJwt, 'header'> & { readonly header: unknown } {
  const parts = compact.length > maxLength ? [] : compact.split('.')
  const [header, payload, signature] = parts
  if (parts.length !== 3 || header === undefined || payload === undefined || signature === undefined) {
    throw new NodeError(malformed, { detail: 'not a compact JWT' })
  }
  if (!base64urlPattern.test(signature)) throw new NodeError(malformed, { detail: 'the JWT has no signature' })
  return {
    compact,
    header: decodePart(header, malformed),
    claims: decodePart(payload, malformed),
    signature: Buffer.from(signature, 'base64url'),
  }
}

function decodePart(part: string, malformed: ErrorCode): unknown {
  if (!base64urlPattern.test(part)) throw new NodeError(malformed, { detail: 'a JWT part is not base64url' })
  try {
    return parseGuardedJson(decodeUtf8(Buffer.from(part, 'base64url')))
  } catch (cause) {
    throw new NodeError(malformed, { cause, detail: 'a JWT part does not hold acceptable JSON' })
  }
}

/** True when `alg` is one of the algorithms that the node accepts. */
export function isVerifiedAlgorithm(alg: string): alg is VerifiedAlgorithm {
  return verifiedAlgorithms.some((known) => known === alg)
}

/** True when the signature of the JWT is good under `key`. The algorithm is the key's; a header that names another one is false. */
export function hasGoodSignature(jwt: DecodedJwt, key: Omit<VerificationKey, 'keyId'>): boolean {
  const { alg } = jwt.header
  if (!isVerifiedAlgorithm(alg) || (key.algorithm === 'PS256' ? !alg.startsWith('PS') : alg !== key.algorithm))
    return false
  const input = Buffer.from(jwt.compact.slice(0, jwt.compact.lastIndexOf('.')), 'latin1')
  return isGoodSignature(key, input, jwt.signature, alg)
}

/**
 * True when `signature` is good over `input` under `key`, by the algorithm of the key, or `algorithm` when it serves more
 * than one.
 *
 * Synchronous node:crypto: a third to a half of the cost of the promise-based interface.
 * @see RFC 7518 section 3.4: ECDSA signatures are `r‖s`; section 3.5: the salt is as long as the hash
 */
export function isGoodSignature(
  key: Omit<VerificationKey, 'keyId'>,
  input: Buffer,
  signature: Buffer,
  algorithm: VerifiedAlgorithm = key.algorithm,
): boolean {
  switch (key.algorithm) {
    case 'ES256':
      return verify('sha256', input, { key: key.key, dsaEncoding: 'ieee-p1363' }, signature)
    case 'EdDSA':
      return verify(null, input, key.key, signature)
    case 'PS256': {
      const padding = constants.RSA_PKCS1_PSS_PADDING
      const saltLength = constants.RSA_PSS_SALTLEN_DIGEST
      return verify(`sha${algorithm.slice('PS'.length)}`, input, { key: key.key, padding, saltLength }, signature)
    }
  }
}

/** Signs a compact JWT. `sign` gets the signing input and returns the raw signature. */
export async function signJwt(options: {
  readonly header: {
    readonly alg: SignatureAlgorithm
    readonly typ: string
    readonly cty?: string
    readonly kid?: string
    readonly jwk?: object
  }
  readonly claims: object
  readonly sign: (input: string) => Promise<Buffer>
}): Promise<string> {
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const input = `${encode(options.header)}.${encode(options.claims)}`
  return `${input}.${(await options.sign(input)).toString('base64url')}`
}
