import { fhirMediaType } from '../../../schemas/wire/fhir.js'
import type { HttpAnswer } from '../exchange.js'
import type { ErrorContext } from './answers.js'
import { resourceRefusal } from './challenge.js'
import type { PublicError } from './public-error.js'

/** The kind of issue of a code, where its status does not say it. @see FHIR R4 valueset-issue-type.html */
const kinds: Readonly<Record<string, string>> = {
  'dpop-invalid': 'security',
  'dpop-nonce': 'security',
  'not-supported': 'not-supported',
  'type-unknown': 'not-supported',
  'duplicate-member': 'structure',
}

/** By status, for every code that is not in `kinds`. */
const kindsByStatus: Readonly<Record<number, string>> = {
  401: 'login',
  403: 'forbidden',
  404: 'not-found',
  405: 'not-supported',
  406: 'not-supported',
  409: 'conflict',
  413: 'too-long',
  415: 'not-supported',
  429: 'throttled',
  500: 'exception',
  501: 'not-supported',
  502: 'processing',
  503: 'transient',
  504: 'timeout',
}

/**
 * A refusal as OperationOutcome: an issue with the fixed words of the code, and one for each of our notes. What a server
 * behind the source said of it is in none.
 * @see FHIR R4 operationoutcome.html; http.html
 */
export function fhirAnswer(
  error: PublicError,
  notes: readonly string[],
  { authorization }: Pick<ErrorContext, 'authorization'>,
): HttpAnswer {
  const { status, headers } = resourceRefusal(error, authorization)
  const kind = { severity: 'error', code: kinds[error.code] ?? kindsByStatus[status] ?? 'invalid' }
  const outcome = {
    resourceType: 'OperationOutcome',
    issue: [{ ...kind, details: { text: error.words } }, ...notes.map((note) => ({ ...kind, diagnostics: note }))],
  }
  return {
    status,
    headers: { 'cache-control': 'no-store', ...headers, 'content-type': `${fhirMediaType}; charset=utf-8` },
    body: JSON.stringify(outcome),
  }
}
