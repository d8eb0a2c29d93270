import { LRUCache } from 'lru-cache'
import { z } from 'zod'
import { copyText } from '../kernel/copy-text.js'
import { NodeError, type ErrorCode } from '../kernel/errors.js'
import { decodeUtf8, parseGuardedJson } from '../kernel/json-guard.js'
import type { SignatureAlgorithm } from '../identity/public-key.js'

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
}

/** What of a JWT its signature is checked by: all that is kept of one once its claims are read. */
export type SignedJwt = Omit<DecodedJwt, 'claims'>

const maxKeptHeader = 1024
/** By their text, which is the same in all that one key signs. What a text says never changes. */
const headers = new LRUCache<string, DecodedJwt['header']>({ max: 5_000 })

/**
 * Takes a compact JWT apart. Does not check the signature or any claim.
 * @throws `malformed`, the code that the caller gives, for anything that is not exactly three base64url parts of JSON
 * @see RFC 7515 section 7.1
 */
export function decodeJwt(compact: string, malformed: ErrorCode): DecodedJwt {
  const [header, payload] = splitCompact(compact, malformed)
  return { compact, header: decodeHeader(header, malformed), claims: decodePart(payload, malformed) }
}

function decodeHeader(part: string, malformed: ErrorCode): DecodedJwt['header'] {
  const known = headers.get(part)
  if (known !== undefined) return known
  const parsed = headerSchema.safeParse(decodePart(part, malformed))
  if (!parsed.success) throw new NodeError(malformed, { detail: 'the JWT header has a member that is not accepted' })
  const { alg, kid, typ, cty, x5c } = parsed.data
  const header = Object.freeze({ alg, kid, typ, cty, x5c })
  if (part.length <= maxKeptHeader) headers.set(copyText(part), header)
  return header
}

/** As `decodeJwt`, with a header that nobody looked at yet. @throws `malformed` */
export function splitJwt(
  compact: string,
  malformed: ErrorCode,
): Omit<DecodedJwt, 'header'> & { readonly header: unknown } {
  const [header, payload] = splitCompact(compact, malformed)
  return { compact, header: decodePart(header, malformed), claims: decodePart(payload, malformed) }
}

/** The texts of header and payload, of exactly three parts of which the last has the form of a signature. */
function splitCompact(compact: string, malformed: ErrorCode): readonly [header: string, payload: string] {
  const parts = compact.length > maxLength ? [] : compact.split('.')
  const [header, payload, signature] = parts
  if (parts.length !== 3 || header === undefined || payload === undefined || signature === undefined) {
    throw new NodeError(malformed, { detail: 'not a compact JWT' })
  }
  if (!base64urlPattern.test(signature)) throw new NodeError(malformed, { detail: 'the JWT has no signature' })
  return [header, payload]
}

function decodePart(part: string, malformed: ErrorCode): unknown {
  if (!base64urlPattern.test(part)) throw new NodeError(malformed, { detail: 'a JWT part is not base64url' })
  try {
    return parseGuardedJson(decodeUtf8(Buffer.from(part, 'base64url')))
  } catch (cause) {
    throw new NodeError(malformed, { cause, detail: 'a JWT part does not hold acceptable JSON' })
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
