import { verify } from 'node:crypto'
import { z } from 'zod'
import { splitJwt } from '../../credentials/jwt.js'
import { splitSigned } from '../../credentials/signature.js'
import { skewMilliseconds } from '../../credentials/verify-credential.js'
import type { Instant } from '../../kernel/clock.js'
import { NodeError } from '../../kernel/errors.js'
import type { AuthorizedKey } from './authorized-keys.js'
import { signatureWays } from './signature-ways.js'

/** The longest token that is looked at. @see nuts-node v6 `http/tokenV2` */
const maxTokenLength = 4096
const maxLifeSeconds = 24 * 3600

/** A token that was good when it was verified. */
export interface VerifiedToken {
  /** Whose key signed it. */
  readonly key: AuthorizedKey
  /** For whom it was made, as its signer says: who works behind a program. */
  readonly subject: string
  /** Its id, which no other token of the same signer should have. */
  readonly id: string
  readonly expiresAt: Instant
}

const absent = z.undefined().optional()
/** What brings a key of its own, or changes how the token must be read, is not accepted at all. */
const headerSchema = z.object({
  alg: z.string().max(16),
  kid: z.string().max(200),
  jwk: absent,
  jku: absent,
  x5c: absent,
  x5u: absent,
  crit: absent,
  b64: absent,
})
const text = z.string().min(1)
const uuid = z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i)
const claimsSchema = z.object({
  iss: text,
  sub: text.max(200),
  aud: z.union([text, z.array(text)]),
  iat: z.number(),
  nbf: z.number(),
  exp: z.number(),
  jti: uuid,
})

/**
 * Verifies a token by which somebody signs in on the internal listener: signed by a key of `keys`, which are found by
 * either of their ids; for `audience`; of its user; valid now, and for 24 hours at most. Clocks may differ by five seconds.
 * Does not check whether it was used before.
 * @throws `signin.untrusted` when no listed key signed it, `signin.invalid` for all else; with why in the detail
 * @see nuts-node v6, API authentication
 */
export function verifySignInToken(
  compact: string,
  against: { readonly keys: ReadonlyMap<string, AuthorizedKey>; readonly audience: string; readonly now: Instant },
): VerifiedToken {
  if (compact.length > maxTokenLength) throw invalid('the token is too long')
  const { header, claims } = splitJwt(compact, 'signin.invalid')
  const named = headerSchema.safeParse(header)
  if (!named.success) throw invalid('the header of the token is not acceptable')
  const key = against.keys.get(named.data.kid)
  if (key === undefined) throw untrusted('no key of this id is known')
  if (!isSigned(compact, key, named.data.alg)) throw untrusted('the signature is not good')
  const parsed = claimsSchema.safeParse(claims)
  if (!parsed.success) throw invalid(`the claim ${String(parsed.error.issues[0]?.path[0])} is missing or malformed`)
  const { iss, sub, aud, jti, exp } = parsed.data
  if (iss !== key.user) throw invalid('iss is not whose key it is')
  if (!(typeof aud === 'string' ? [aud] : aud).includes(against.audience)) throw invalid('the token is for another aud')
  checkTimes(parsed.data, against.now)
  return { key, subject: sub, id: jti, expiresAt: Math.floor(exp) * 1000 }
}

/** The algorithm is one of the key; what the token says chooses among those and no others. */
function isSigned(compact: string, { type, key }: AuthorizedKey, alg: string): boolean {
  const ways = signatureWays[type] ?? {}
  const way = Object.hasOwn(ways, alg) ? ways[alg] : undefined
  if (way === undefined) throw untrusted('alg is none of those of the key')
  const [digest, using] = way
  const { input, signature } = splitSigned({ compact, header: { alg, kid: undefined, typ: undefined, cty: undefined } })
  return verify(digest, input, { key, ...using }, signature)
}

function checkTimes({ iat, nbf, exp }: { iat: number; nbf: number; exp: number }, now: Instant): void {
  if (nbf < iat) throw invalid('nbf is before iat')
  if (exp - iat > maxLifeSeconds) throw invalid('the token is valid for more than 24 hours')
  if (nbf * 1000 > now + skewMilliseconds) throw invalid('the token is not valid yet')
  if (Math.floor(exp) * 1000 <= now) throw invalid('the token has expired')
}

function untrusted(detail: string): NodeError {
  return new NodeError('signin.untrusted', { detail })
}

function invalid(detail: string): NodeError {
  return new NodeError('signin.invalid', { detail })
}
