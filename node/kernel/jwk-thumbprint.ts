import { createHash } from 'node:crypto'

/** What of a public JWK names it. */
export interface ThumbprintMembers {
  readonly kty: string
  readonly crv?: string | undefined
  readonly x?: string | undefined
  readonly y?: string | undefined
  readonly n?: string | undefined
  readonly e?: string | undefined
}

/**
 * How JOSE names a public key: the digest of the members that its kind requires and of no others, in base64url. Does not
 * check that it is a key.
 * @see RFC 7638 section 3; RFC 8037 section 2
 */
export function thumbprintOf({ kty, crv, x, y, n, e }: ThumbprintMembers): string {
  const required = kty === 'RSA' ? { e, kty, n } : kty === 'OKP' ? { crv, kty, x } : { crv, kty, x, y }
  return createHash('sha256').update(JSON.stringify(required)).digest('base64url')
}
