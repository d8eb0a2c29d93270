import type { SourceFace } from '../../../schemas/source-face.js'
import type { HttpAnswer } from '../exchange.js'
import { mediaTypeFor } from '../graphql-media-type.js'
import type { ErrorContext } from './answers.js'
import { resourceRefusal } from './challenge.js'
import type { PublicError } from './public-error.js'

/** Errors of which the notes say what is wrong, and the fixed words only that something is. */
const explained = new Set(['bad-query', 'bad-body'])

/**
 * Refusals before execution are 4xx in both media types, except that a query which is not valid is 200 for callers that
 * want plain `application/json`.
 * @see iWlz RFC0040; GraphQL over HTTP section 6.4; iWlz RFC0014 for refusals by token and policy
 */
export function graphqlAnswer(
  error: PublicError,
  notes: readonly string[],
  { trace, accept, authorization }: ErrorContext,
  http?: SourceFace['graphql']['http'],
): HttpAnswer {
  const mediaType = mediaTypeFor(accept, http)
  const isExplained = explained.has(error.code) && notes[0] !== undefined
  const message = isExplained ? (notes[0] ?? '') : error.words
  const further = isExplained ? notes.slice(1) : notes
  const extensions = {
    code: error.code,
    ...(further.length === 0 ? {} : { reasons: further }),
    traceId: trace.traceId,
  }
  const refusal = resourceRefusal(error, authorization)
  return {
    status: mediaType === 'application/json' && error.code === 'bad-query' ? 200 : refusal.status,
    headers: {
      'cache-control': 'no-store',
      ...refusal.headers,
      'content-type': `${mediaType}; charset=utf-8`,
    },
    body: JSON.stringify({ errors: [{ message, extensions }] }),
  }
}
