import { NodeError } from '../kernel/errors.js'
import type { Dpop } from './dpop.js'
import type { TokenGrant, TokenStore } from './token-store.js'

/** A request for a resource, as far as its token goes. */
export interface PresentedToken {
  /** The party at whose resource it is used. */
  readonly party: string
  readonly authorization: string | undefined
  /** The DPoP header. */
  readonly proof: string | undefined
  readonly method: string
  /** As the client sees it. */
  readonly url: string
  /** By which the client may know the same resource. */
  readonly otherUrls?: readonly string[]
  /** URLs of the resource that a token may be for; `url` and `otherUrls` unless given. */
  readonly audiences?: readonly string[]
}

/**
 * Finds what the token of a request grants. A token that is bound to a key counts with a fresh proof of that key only,
 * made for this very request and token and used once; a token that is not bound counts without one only.
 * @throws `token.missing`, `token.invalid`, `token.dpop_invalid`, `token.dpop_nonce`, `store.unavailable`
 * @see RFC 6750 section 2.1; RFC 9449 section 7
 */
export type Authenticate = (presented: PresentedToken) => Promise<TokenGrant>

export function createAuthenticate(deps: { readonly tokenStore: TokenStore; readonly dpop: Dpop }): Authenticate {
  return async ({ party, authorization, proof, method, url, otherUrls = [], audiences = [url, ...otherUrls] }) => {
    const { scheme, token } = parseAuthorization(authorization)
    const grant = await deps.tokenStore.get(token, party)
    const { thumbprint, audience } = grant.record
    if (audience !== undefined && !audiences.includes(audience)) throw unusable('the token is for another resource')
    if (scheme === 'bearer') {
      if (thumbprint !== undefined) throw unusable('the token is bound to a key: send it with the DPoP scheme')
      if (proof !== undefined) throw unusable('the token is not bound to a key: send it without a DPoP proof')
      return grant
    }
    if (thumbprint === undefined) throw unusable('the token is not bound to a key: send it with the Bearer scheme')
    if (proof === undefined) throw new NodeError('token.dpop_invalid', { notes: ['there is no DPoP proof'] })
    const read = deps.dpop.read(proof, { method, url, otherUrls, token })
    if (read.thumbprint !== thumbprint) throw unusable('the token is bound to another key than that of the proof')
    deps.dpop.verify(read)
    await deps.dpop.spend(read)
    return grant
  }
}

function parseAuthorization(authorization: string | undefined): { readonly scheme: string; readonly token: string } {
  const match = /^(bearer|dpop) ([A-Za-z0-9\-._~+/]+=*)$/i.exec(authorization ?? '')
  if (match?.[1] === undefined || match[2] === undefined) throw new NodeError('token.missing')
  return { scheme: match[1].toLowerCase(), token: match[2] }
}

function unusable(note: string): NodeError {
  return new NodeError('token.invalid', { notes: [note] })
}
