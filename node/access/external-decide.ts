import { NodeError } from '../kernel/errors.js'
import type { Outbound } from '../kernel/outbound.js'
import type { Decide } from '../policy/decide.js'
import { fromWireDecision, toEvaluation } from '../policy/evaluation.js'
import { parsePeerJson } from '../tokens/peer.js'
import { decisionsSchema } from '../../schemas/wire/authzen.js'

const evaluationsPath = '/access/v1/evaluations'
const timeoutMilliseconds = 2000

/**
 * Asks an external decision point, all questions in one batch.
 *
 * The questions hold what the requester proved and what it asks, values included: the decision point must be trusted with
 * that.
 * @param decisionPoint its base URL
 * @returns a function that throws `policy.unavailable` when there is no answer in time, or not one decision per question
 * @see AuthZEN 1.0 section 7
 */
export function createExternalDecide(deps: { readonly outbound: Outbound; readonly decisionPoint: string }): Decide {
  const url = `${deps.decisionPoint.replace(/\/+$/, '')}${evaluationsPath}`
  return async (questions) => {
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
}
