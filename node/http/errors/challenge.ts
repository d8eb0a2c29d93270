import { signatureAlgorithms } from '../../identity/public-key.js'
import type { PublicError } from './public-error.js'

const algorithms = `algs="${signatureAlgorithms.join(' ')}"`
/** Errors that are about the token of a request, as RFC 6750 and RFC 9449 name them. */
const tokenErrors = new Set(['invalid_token', 'insufficient_scope', 'invalid_dpop_proof', 'use_dpop_nonce'])

/**
 * The status of a refusal at a resource, and the challenge that says how to ask. A proof that is no good is the fault of
 * the request at the token endpoint, and of the authentication here.
 * @see RFC 6750 section 3; RFC 9449 sections 7.1, 7.2 and 9
 */
export function resourceRefusal(
  error: PublicError,
  authorization: string | undefined,
): { readonly status: number; readonly headers: Readonly<Record<string, string>> } {
  if (!tokenErrors.has(error.oauth)) return { status: error.status, headers: {} }
  const isAboutProof = error.oauth === 'invalid_dpop_proof' || error.oauth === 'use_dpop_nonce'
  const status = isAboutProof ? 401 : error.status
  // Who sent nothing to be wrong is told both ways without an error.
  const reason = error.code === 'token-missing' ? undefined : `error="${error.oauth}"`
  const isDpop = isAboutProof || /^dpop /i.test(authorization ?? '')
  const bearer = challenge('Bearer', isDpop ? undefined : reason)
  const dpop = challenge('DPoP', isDpop ? reason : undefined, algorithms)
  return { status, headers: { 'www-authenticate': isDpop ? `${dpop}, ${bearer}` : `${bearer}, ${dpop}` } }
}

function challenge(scheme: string, ...parameters: readonly (string | undefined)[]): string {
  const given = parameters.filter((parameter) => parameter !== undefined)
  return given.length === 0 ? scheme : `${scheme} ${given.join(', ')}`
}
