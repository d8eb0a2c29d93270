import type { Outbound } from '../kernel/outbound.js'
import type { Decide } from '../policy/decide.js'
import { createExternalDecide } from './external-decide.js'
import type { ServedSources } from './served-sources.js'

/**
 * Decides with the rules of this node, except for sources whose owner has another decision point. Questions of one request
 * are about one source.
 */
export function createDecideBySource(deps: {
  readonly outbound: Outbound
  readonly servedSources: Pick<ServedSources, 'find'>
  readonly decide: Decide
}): Decide {
  const external = new Map<string, Decide>()
  return (questions) => {
    const [first] = questions
    const served = first && deps.servedSources.find(first.resource.party, first.resource.source)
    const decisionPoint = served?.decisionPoint
    if (decisionPoint === undefined) return deps.decide(questions)
    const known = external.get(decisionPoint) ?? createExternalDecide({ outbound: deps.outbound, decisionPoint })
    external.set(decisionPoint, known)
    return known(questions)
  }
}
