import type { Instant } from '../kernel/clock.js'
import type { Trace } from '../kernel/trace.js'
import type { AccessQuestion } from '../policy/question.js'
import type { SourceRequest } from '../sources/data-source.js'
import type { TokenGrant } from '../tokens/token-store.js'

/** The questions that a checked request puts to the policy: one for its single root field. */
export function questionsFor(options: {
  readonly party: string
  readonly request: SourceRequest
  readonly grant: TokenGrant
  /** Of the token, as they count now. */
  readonly scopes: readonly string[]
  readonly now: Instant
  readonly trace: Trace
}): readonly AccessQuestion[] {
  const { party, request, grant, scopes, now, trace } = options
  const { requester, claims } = grant.record
  return [
    {
      requester: { did: requester, claims },
      action: 'QUERY',
      resource: {
        party,
        source: request.source,
        operation: request.operation,
        filters: request.filters,
        where: request.where,
        nested: request.nested,
        order: request.order,
        fields: request.fields,
        paths: request.paths,
      },
      context: { scopes, time: now, trace },
    },
  ]
}
