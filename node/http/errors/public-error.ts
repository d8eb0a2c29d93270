/** The OAuth error codes that the node uses. @see RFC 6749 section 5.2; RFC 6750 section 3.1; Nuts RFC021 section 4.5 */
type OAuthErrorCode =
  | 'invalid_request'
  | 'invalid_scope'
  | 'unsupported_grant_type'
  | 'invalid_dpop_proof'
  | 'use_dpop_nonce'
  | 'invalid_token'
  | 'insufficient_scope'
  | 'access_denied'
  | 'temporarily_unavailable'
  | 'server_error'

/** What a caller may read of an error: fixed per code. */
export interface PublicError {
  readonly status: number
  /** Stable, kebab-case, for programs. */
  readonly code: string
  /** One sentence that says what to do. */
  readonly words: string
  readonly oauth: OAuthErrorCode
  /** When it makes sense to try again. */
  readonly retryAfterSeconds?: number
}

export const row = (
  status: number,
  code: string,
  words: string,
  oauth: OAuthErrorCode = 'invalid_request',
): PublicError => ({
  status,
  code,
  words,
  oauth,
})

export const fault = (code: string, words: string): PublicError => row(500, code, words, 'server_error')
export const unavailable = (code: string, words: string): PublicError =>
  row(503, code, words, 'temporarily_unavailable')
/** Unavailable for so long. */
export const later = (seconds: number, code: string, words: string): PublicError => ({
  ...unavailable(code, words),
  retryAfterSeconds: seconds,
})
/** A refusal that may be another answer after so long: nothing is wrong with this node. */
export const refusedForNow = (seconds: number, code: string, words: string): PublicError => ({
  ...row(403, code, words, 'temporarily_unavailable'),
  retryAfterSeconds: seconds,
})
