import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { z } from 'zod'
import type { Instant } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import { thumbprintOf } from '../kernel/jwk-thumbprint.js'
import type { VerificationKey } from '../identity/did-document.js'
import { importJwk } from '../identity/public-key.js'
import { splitJwt } from '../credentials/jwt.js'
import { hasGoodSignature } from '../credentials/signature.js'
import { dpopClaimsSchema, dpopHeaderSchema } from '../../schemas/wire/dpop.js'

const maxProofLength = 4096
/** A proof counts this long before and after the time in it; nuts-node v6 gives the second in which it was made. */
export const proofWindowMilliseconds = 10_000

/** A DPoP proof taken apart. Of its signature nothing is known yet. */
export interface DpopProof {
  /** Of the key in it. @see RFC 7638 */
  readonly thumbprint: string
  readonly id: string
  readonly method: string
  readonly url: string
  readonly issuedAt: Instant
  readonly tokenHash: string | undefined
  readonly nonce: string | undefined
  /** True when the key in the proof signed it. */
  readonly isSigned: () => boolean
}

/** What a request must be for its proof to count. */
export interface ExpectedRequest {
  readonly method: string
  /** As the client sees it, query or not. */
  readonly url: string
  /** By which the client may know the same. */
  readonly otherUrls?: readonly string[]
  /** Where a token is used: the proof must be made for it. */
  readonly token?: string
}

type ImportedKey = Omit<VerificationKey, 'keyId'>

/** Importing a key costs as much as a signature check, and clients keep theirs. */
const importedKeys = new LRUCache<string, ImportedKey>({ max: 10_000 })

/**
 * Takes a DPoP proof apart: one JWT of the right type, with a public key of a kind that the node verifies, and the claims
 * that every proof has.
 * @throws `token.dpop_invalid` with a note
 * @see RFC 9449 section 4.3, checks 1 to 7
 */
export function parseDpopProof(compact: string): DpopProof {
  if (compact.length > maxProofLength) throw refused(`is longer than ${maxProofLength} characters`)
  const { header: rawHeader, ...rest } = splitJwt(compact, 'token.dpop_invalid')
  const header = dpopHeaderSchema.safeParse(rawHeader)
  if (!header.success) throw refused(`header: ${pathsOf(header.error)} is not acceptable`)
  const claims = dpopClaimsSchema.safeParse(rest.claims)
  if (!claims.success) throw refused(`${pathsOf(claims.error)} is missing or not acceptable`)
  const { jwk, alg } = header.data
  const thumbprint = thumbprintOf(jwk)
  return {
    thumbprint,
    id: claims.data.jti,
    method: claims.data.htm,
    url: claims.data.htu,
    issuedAt: claims.data.iat * 1000,
    tokenHash: claims.data.ath,
    nonce: claims.data.nonce,
    isSigned() {
      const key = importedKeys.get(thumbprint) ?? importJwk(jwk)
      if (key === undefined) return false
      importedKeys.set(thumbprint, key)
      return hasGoodSignature({ ...rest, header: { alg, kid: undefined, typ: undefined, cty: undefined } }, key)
    },
  }
}

/**
 * Refuses a proof made for another request, another token or another time. Does not check the signature, nor whether the
 * proof was used before.
 * @throws `token.dpop_invalid` with a note
 * @see RFC 9449 section 4.3, checks 8, 9, 11 and 12
 */
export function checkDpopProof(proof: DpopProof, expected: ExpectedRequest & { readonly now: Instant }): void {
  if (proof.method !== expected.method) throw refused('htm is not the method of the request')
  const url = normaliseUrl(proof.url)
  const isOne = [expected.url, ...(expected.otherUrls ?? [])].some((known) => normaliseUrl(known) === url)
  if (url === undefined || !isOne) throw refused('htu is not the URL of the request')
  if (Math.abs(expected.now - proof.issuedAt) > proofWindowMilliseconds)
    throw refused('iat is not within 10 seconds of now')
  if (expected.token !== undefined && proof.tokenHash !== hashOfToken(expected.token))
    throw refused('ath is not the hash of the access token')
}

/** `ath`. @see RFC 9449 section 4.2 */
export function hashOfToken(token: string): string {
  return createHash('sha256').update(token).digest('base64url')
}

/**
 * A URL without query and fragment, in the one spelling of all that mean the same; `undefined` for what is no web URL.
 * @see RFC 9449 section 4.3 (9); RFC 3986 sections 6.2.2 and 6.2.3
 */
function normaliseUrl(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined
  const { protocol, username, password, origin, pathname } = new URL(text)
  if (!/^https?:$/.test(protocol) || username !== '' || password !== '') return undefined
  return origin + pathname.replace(/%[0-9A-Fa-f]{2}/g, normaliseEscape)
}

function normaliseEscape(escape: string): string {
  const character = String.fromCharCode(Number.parseInt(escape.slice(1), 16))
  return /[A-Za-z0-9\-._~]/.test(character) ? character : escape.toUpperCase()
}

function pathsOf({ issues }: z.ZodError): string {
  return issues.map(({ path }) => path.join('.')).join(', ')
}

function refused(note: string): NodeError {
  return new NodeError('token.dpop_invalid', { notes: [note] })
}
