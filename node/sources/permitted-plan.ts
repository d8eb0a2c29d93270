import { NodeError } from '../kernel/errors.js'
import { Permit } from '../policy/permit.js'
import type { SourceRequest } from './data-source.js'

/**
 * How to answer `request`, for who has leave to read exactly that: every source passes here before it reads.
 *
 * A request that was changed after it was checked has no plan: its fields would say less than its answer.
 * @throws `access.denied`
 */
export function getPermittedPlan<Plan>(options: {
  /** Knows the plans of the requests that were checked, and of no other. */
  readonly reader: { readonly findPlan: (request: SourceRequest) => Plan | undefined }
  readonly permit: Permit
  readonly party: string
  readonly request: SourceRequest
}): Plan {
  const { reader, permit, party, request } = options
  const plan = reader.findPlan(request)
  if (!Permit.is(permit) || plan === undefined || !permit.covers({ party, ...request })) {
    throw new NodeError('access.denied', { detail: 'the permit does not cover the request' })
  }
  return plan
}
