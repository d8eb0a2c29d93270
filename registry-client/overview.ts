import { overviewSchema, type Overview, type OverviewRequest } from '../schemas/wire/overview.js'
import type { Caller, CallOptions } from './call.js'
import type { OwnNode } from './own-node.js'

/** Whose overview is asked, on which basis, and what is known already. */
export type OverviewQuestion = Omit<OverviewRequest, 'records' | 'organizations'> &
  Partial<Pick<OverviewRequest, 'records' | 'organizations'>>

/**
 * Asks the own node what is arranged for one person, at every source that may be asked under its own rule. `complete` says
 * whether every source answered, and `sources` what became of each: a part is never the whole.
 *
 * The doelen, the case and who asks are in the journal of the node; the person travels in the body and is in no address.
 * @throws RegistryError `invalid_request` for a number that cannot exist, or a basis that is none
 */
export type AskOverview = (question: OverviewQuestion, options?: CallOptions) => Promise<Overview>

/** Makes the verb `overview` of a client. */
export function createAskOverview(deps: {
  readonly node: OwnNode
  readonly caller: Caller
  readonly subject: string
}): AskOverview {
  const { node, caller, subject } = deps
  return async (question, options) =>
    node.post(caller.begin(options), overviewSchema, {
      parts: ['internal', 'bronnet', 'v1', 'subjects', subject, 'overview'],
      body: question,
    })
}
