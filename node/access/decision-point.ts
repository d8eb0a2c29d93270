import type { Clock } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import type { Decide } from '../policy/decide.js'
import type { EntityPolicy } from '../policy/entities.js'
import { sourceOf, toQuestion, toWireDecision } from '../policy/evaluation.js'
import type { Reading } from '../policy/question.js'
import { evaluationSchema, type Evaluation, type WireDecision } from '../../schemas/wire/authzen.js'
import type { ServedSources } from './served-sources.js'

/** The decision point: the rules of this node for whoever enforces them elsewhere. @see AuthZEN 1.0 */
export interface DecisionPoint {
  /** What cannot be decided is denied, with the reason in the context. */
  evaluate(evaluation: Evaluation): Promise<WireDecision>
  /** One decision per item, in order; an item that is no question is denied. */
  evaluateAll(items: readonly unknown[]): Promise<readonly WireDecision[]>
}

export interface DecisionPointDeps {
  readonly clock: Clock
  readonly decide: Decide
  readonly servedSources: Pick<ServedSources, 'find'>
  readonly entities: EntityPolicy
}

/**
 * Decides about reads at the sources of this node with the very function that the guarded read uses, and about entities
 * with the packs about those. Reads nothing and journals nothing: who enforces accounts for what was read.
 */
export function createDecisionPoint(deps: DecisionPointDeps): DecisionPoint {
  const { clock, decide, entities } = deps

  async function evaluate(evaluation: Evaluation): Promise<WireDecision> {
    if (sourceOf(evaluation) === undefined) {
      const rule = entities.decide(evaluation)
      return rule === undefined ? { decision: false } : { decision: true, context: { policy_id: rule } }
    }
    const readingOf = (request: unknown): Reading | undefined => readingOfRequest(evaluation, request, deps)
    const question = toQuestion(evaluation, { now: clock.now(), readingOf })
    if (question === undefined)
      return denied('the evaluation does not say who asks, under which scopes, and what is read')
    const [decision] = await decide([question])
    return decision === undefined ? denied('there is no decision') : toWireDecision(decision)
  }

  return {
    evaluate,
    evaluateAll: (items) =>
      Promise.all(
        items.map(async (item) => {
          const parsed = evaluationSchema.safeParse(item)
          return parsed.success ? evaluate(parsed.data) : denied('a member of the evaluation is missing or malformed')
        }),
      ),
  }
}

function denied(reason: string): WireDecision {
  return { decision: false, context: { reasons: [reason] } }
}

/** What a request in the language of the source reads; `undefined` when the source does not take it. */
function readingOfRequest(
  evaluation: Evaluation,
  request: unknown,
  { servedSources }: DecisionPointDeps,
): Reading | undefined {
  const [party = '', source = ''] = sourceOf(evaluation) ?? []
  const served = servedSources.find(party, source)
  if (served === undefined || typeof request !== 'object' || request === null) return undefined
  const { query, variables } = request as { readonly query?: unknown; readonly variables?: unknown } // Checked by the source.
  try {
    const { source: _source, template: _template, ...reading } = served.source.parse({ query, variables })
    return reading
  } catch (cause) {
    if (NodeError.is(cause)) return undefined
    throw cause
  }
}
