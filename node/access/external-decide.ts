import { NodeError } from '../kernel/errors.js'
import type { Outbound } from '../kernel/outbound.js'
import type { Decide } from '../policy/decide.js'
import type { Decision } from '../policy/decision.js'
import { fromWireDecision, toEvaluation } from '../policy/evaluation.js'
import type { AccessQuestion } from '../policy/question.js'
import { parsePeerJson } from '../tokens/peer.js'
import { decisionsSchema } from '../../schemas/wire/authzen.js'

const evaluationsPath = '/access/v1/evaluations'
const timeoutMilliseconds = 2000

/**
 * Asks an external decision point, in batches in which no two questions are of the same requester about the same source:
 * there are decision points that know an item by these names alone, and would give one the answer of the other.
 *
 * The questions hold what the requester proved and what it asks, values included: the decision point must be trusted with
 * that.
 * @param decisionPoint its base URL
 * @returns a function that throws `policy.unavailable` when there is no answer in time, or not one decision per question
 * @see AuthZEN 1.0 section 7
 */
export function createExternalDecide(deps: { readonly outbound: Outbound; readonly decisionPoint: string }): Decide {
  const url = `${deps.decisionPoint.replace(/\/+$/, '')}${evaluationsPath}`

  async function askBatch(questions: readonly AccessQuestion[]): Promise<readonly Decision[]> {
    const trace = questions[0]?.context.trace
    const response = await deps.outbound
      .request({
        method: 'POST',
        url,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ evaluations: questions.map(toEvaluation) }),
        accept: 'application/json',
        timeoutMilliseconds,
        ...(trace === undefined ? {} : { trace }),
      })
      .catch((cause: unknown) => {
        throw new NodeError('policy.unavailable', { cause, detail: 'the decision point does not answer' })
      })
    const answer = decisionsSchema.safeParse(parsePeerJson(response.body))
    if (response.status !== 200 || !answer.success || answer.data.evaluations.length !== questions.length)
      throw new NodeError('policy.unavailable', { detail: 'the decision point does not decide' })
    return answer.data.evaluations.map(fromWireDecision)
  }

  return async (questions) => {
    const decided = new Map<AccessQuestion, Decision>()
    for (const batch of withoutNamesakes(questions)) {
      const decisions = await askBatch(batch)
      batch.forEach((question, at) => {
        const decision = decisions[at]
        if (decision !== undefined) decided.set(question, decision)
      })
    }
    return questions.map((question) => decided.get(question)).filter((decision) => decision !== undefined)
  }
}

/** As few batches as there are questions of one name; nearly always one. */
function withoutNamesakes(questions: readonly AccessQuestion[]): readonly (readonly AccessQuestion[])[] {
  const batches: AccessQuestion[][] = []
  const seen = new Map<string, number>()
  for (const question of questions) {
    const { requester, action, resource } = question
    const name = JSON.stringify([requester.did, action, resource.party, resource.source])
    const at = seen.get(name) ?? 0
    seen.set(name, at + 1)
    batches[at] = [...(batches[at] ?? []), question]
  }
  return batches
}
