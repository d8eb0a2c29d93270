import { NodeError } from '../../kernel/errors.js'
import type { Trace } from '../../kernel/trace.js'
import { dspContext } from '../../../schemas/wire/dsp.js'
import type { ErrorFamily, HttpAnswer } from '../exchange.js'
import { resourceRefusal } from './challenge.js'
import { fhirAnswer } from './fhir.js'
import { graphqlAnswer } from './graphql.js'
import { nidAnswer } from './nid.js'
import type { PublicError } from './public-error.js'
import { publicErrors } from './table.js'

/** What the request says about the answer it wants; only resources look at it. */
export interface ErrorContext {
  readonly trace: Trace
  readonly accept: string | undefined
  readonly authorization: string | undefined
  /** The caller's own name for the request. */
  readonly requestId?: string | undefined
}

/**
 * An error as the caller reads it, in the family of the route. Only the fixed words of its code and its notes leave;
 * anything that is not a `NodeError` is `internal.fault`.
 */
export function errorAnswer(family: ErrorFamily, error: unknown, context: ErrorContext): HttpAnswer {
  const known: PublicError = publicErrors[NodeError.codeOf(error)]
  const notes = NodeError.is(error) ? error.notes : []
  return withRetry(known, builders[family](known, notes, context))
}

/** The answer, with when it makes sense to try again. */
export function withRetry({ retryAfterSeconds }: PublicError, answer: HttpAnswer): HttpAnswer {
  if (retryAfterSeconds === undefined) return answer
  return { ...answer, headers: { ...answer.headers, 'retry-after': String(retryAfterSeconds) } }
}

type Builder = (error: PublicError, notes: readonly string[], context: ErrorContext) => HttpAnswer

const builders = {
  problem: problemAnswer,
  oauth: oauthAnswer,
  graphql: (error, notes, context) => graphqlAnswer(error, notes, context),
  fhir: fhirAnswer,
  'vc-api': vcApiAnswer,
  gateway: gatewayAnswer,
  nid: nidAnswer,
  authzen: authzenAnswer,
  dsp: dspAnswer,
} satisfies Record<ErrorFamily, Builder>

/** The fixed words, then what the notes add, as one sentence. */
function withNotes({ words }: PublicError, notes: readonly string[]): string {
  return notes.length === 0 ? words : `${words.replace(/\.$/, '')}: ${notes.join('; ')}`
}

const baseHeaders = { 'cache-control': 'no-store' }

/** @see RFC 9457 */
function problemAnswer(error: PublicError, notes: readonly string[], { trace }: ErrorContext): HttpAnswer {
  const body = {
    type: 'about:blank',
    title: error.words,
    status: error.status,
    detail: withNotes(error, notes),
    code: error.code,
    ...(notes.length === 0 ? {} : { errors: notes }),
    traceId: trace.traceId,
  }
  return {
    status: error.status,
    headers: { ...baseHeaders, 'content-type': 'application/problem+json' },
    body: JSON.stringify(body),
  }
}

/**
 * A problem, with the only statuses by which a gateway refuses: 401 and 403. Any other would make it fail instead, and
 * whoever repeats a header could have that.
 */
function gatewayAnswer(error: PublicError, notes: readonly string[], context: ErrorContext): HttpAnswer {
  const answer = problemAnswer(error, notes, context)
  const { status, headers } = resourceRefusal(error, context.authorization)
  return {
    ...answer,
    status: status < 500 && status !== 401 ? 403 : status,
    headers: { ...answer.headers, ...headers },
  }
}

/** A problem; what is not JSON is a bad request here, and the caller's name for the request comes back. @see AuthZEN 1.0 */
function authzenAnswer(error: PublicError, notes: readonly string[], context: ErrorContext): HttpAnswer {
  const answer = problemAnswer(error.status === 415 ? { ...error, status: 400 } : error, notes, context)
  const { requestId } = context
  return requestId === undefined ? answer : { ...answer, headers: { ...answer.headers, 'x-request-id': requestId } }
}

/** @see RFC 6749 section 5.2. Also answers JSON to who asks for HTML: the code must arrive. */
function oauthAnswer(error: PublicError, notes: readonly string[], { trace }: ErrorContext): HttpAnswer {
  const body = {
    error: error.oauth,
    error_description: toDescription(withNotes(error, notes)),
    code: error.code,
    trace_id: trace.traceId,
  }
  return {
    status: error.status,
    headers: { ...baseHeaders, 'content-type': 'application/json; charset=utf-8', pragma: 'no-cache' },
    body: JSON.stringify(body),
  }
}

/** @see Dataspace Protocol 2025-1, Catalog Error */
function dspAnswer(error: PublicError, notes: readonly string[], _context: ErrorContext): HttpAnswer {
  const body = { '@context': [dspContext], '@type': 'CatalogError', code: error.code, reason: [error.words, ...notes] }
  return {
    status: error.status,
    headers: { ...baseHeaders, 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify(body),
  }
}

/** RFC 6749 allows printable ASCII without `"` and `\` in a description. */
function toDescription(text: string): string {
  return text
    .replaceAll('’', "'")
    .replaceAll('"', "'")
    .replace(/[^\x20-\x7E]|\\/g, '?')
}

/**
 * The answer about a document that is not good. What keeps us from finding out is the document's fault too, as long as it
 * is not this node itself that fails.
 * @see W3C VC API sections 3.2 and 3.3
 */
function vcApiAnswer(error: PublicError, notes: readonly string[], { trace }: ErrorContext): HttpAnswer {
  const isOwnFault = ['internal-fault', 'stopping', 'storage-unavailable', 'audit-unavailable'].includes(error.code)
  const status = isOwnFault || error.status === 413 || error.status === 415 ? error.status : 400
  const problem = { type: 'about:blank', title: error.words, detail: withNotes(error, notes), code: error.code }
  const body = { verified: false, checks: [], warnings: [], errors: [problem], traceId: trace.traceId }
  return {
    status,
    headers: { ...baseHeaders, 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify(body),
  }
}
