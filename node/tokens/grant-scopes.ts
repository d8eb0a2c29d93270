import { NodeError } from '../kernel/errors.js'
import type { Outbound } from '../kernel/outbound.js'
import type { Trace } from '../kernel/trace.js'
import type { CredentialProfile } from '../policy/pack.js'
import type { Claims } from '../policy/question.js'
import { evaluationsAnswerSchema } from '../../schemas/wire/authzen.js'
import { parsePeerJson } from './peer.js'

const evaluationsPath = '/access/v1/evaluations'
const timeoutMilliseconds = 10_000

/** What was asked, and what was proven of who asks. */
export interface ScopeQuestion {
  readonly profile: CredentialProfile
  readonly extras: readonly string[]
  readonly requester: string
  readonly claims: Claims
  readonly trace: Trace
}

/**
 * Decides which scopes are granted, as the pack says: the profile's own; those beside it too; or what the decision point
 * allows, which is also asked about the profile's own. Scopes beside it that are denied are left out.
 * @throws `token.scope_denied` when the profile's own scope is denied, `policy.unavailable` when there is no decision
 * @see nuts-node v6 `scope_policy`; AuthZEN 1.0 section 7
 */
export type GrantScopes = (question: ScopeQuestion) => Promise<string>

export function createGrantScopes(deps: {
  readonly outbound: Outbound
  /** The base URL of the decision point. */
  readonly decisionPoint: string | undefined
}): GrantScopes {
  const { outbound, decisionPoint } = deps

  async function decide({ profile, requester, claims, trace }: ScopeQuestion, scopes: readonly string[]) {
    if (decisionPoint === undefined) throw new NodeError('policy.unavailable', { detail: 'no decision point is set' })
    const body = JSON.stringify({
      subject: { type: 'organization', id: requester, properties: { organization: claims } },
      action: { name: 'request_scope' },
      context: { policy: profile.scope },
      evaluations: scopes.map((scope) => ({ resource: { type: 'scope', id: scope } })),
    })
    const url = `${decisionPoint.replace(/\/+$/, '')}${evaluationsPath}`
    const headers = { 'content-type': 'application/json' }
    const call = { method: 'POST', url, headers, body, accept: 'application/json', trace, timeoutMilliseconds } as const
    const response = await outbound.request(call).catch((cause: unknown) => {
      throw new NodeError('policy.unavailable', { cause, detail: 'the decision point does not answer' })
    })
    const answer = evaluationsAnswerSchema.safeParse(parsePeerJson(response.body))
    if (response.status !== 200 || !answer.success || answer.data.evaluations.length !== scopes.length)
      throw new NodeError('policy.unavailable', { detail: 'the decision point does not decide' })
    return answer.data.evaluations.map(({ decision }) => decision)
  }

  return async (question) => {
    const { profile, extras } = question
    const asked = [profile.scope, ...extras]
    if (profile.scopePolicy !== 'dynamic') return asked.join(' ')
    const decisions = await decide(question, asked)
    if (decisions[0] !== true) throw new NodeError('token.scope_denied')
    return asked.filter((_, index) => decisions[index] === true).join(' ')
  }
}
