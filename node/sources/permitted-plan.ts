import { NodeError } from '../kernel/errors.js'
import { Permit } from '../policy/permit.js'
import type { SourceRequest } from './data-source.js'
import type { AnswerPlan } from './graphql/query-plan.js'
import type { QueryReader } from './graphql/read-query.js'

/**
 * How to answer `request`, for who has leave to read exactly that.
 *
 * A request that was changed after it was checked has no plan: its fields would say less than its answer.
 * @throws `access.denied`
 */
export function getPermittedPlan(options: {
  readonly reader: Pick<QueryReader, 'findPlan'>
  readonly permit: Permit
  readonly party: string
  readonly request: SourceRequest
}): AnswerPlan {
  const { reader, permit, party, request } = options
  const plan = reader.findPlan(request)
  if (!Permit.is(permit) || plan === undefined || !permit.covers({ party, ...request })) {
    throw new NodeError('access.denied', { detail: 'the permit does not cover the request' })
  }
  return plan
}
