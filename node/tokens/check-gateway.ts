import type { Audit } from '../audit/audit.js'
import { NodeError } from '../kernel/errors.js'
import type { Trace } from '../kernel/trace.js'
import { outcomeOf, reasonsOf } from './account.js'
import { actorsOf } from './actors.js'
import type { Profiles } from '../policy/profiles.js'
import type { Authenticate, PresentedToken } from './authenticate.js'
import { countingScopes } from './counting-scopes.js'
import type { TokenGrant } from './token-store.js'

/** A request that reached a gateway in front of an application. */
export interface GatewayRequest extends PresentedToken {
  /** The token must have been granted for all of these. */
  readonly scopes: readonly string[]
  readonly trace: Trace
}

/**
 * Checks token, proof, method and URL of a request in one call, for a gateway in front of an application's own server.
 * That it was checked is in the journal before this returns, with the URL as a keyed pseudonym: it may name a person.
 *
 * Decides nothing about the data itself: that is for the application, with what the token says.
 * @throws `token.*`, also when no scope of the token counts any more; `audit.unavailable`
 */
export type CheckGateway = (request: GatewayRequest) => Promise<PassedRequest>

/** What the token of a request says that may go on. */
export interface PassedRequest {
  readonly grant: TokenGrant
  /** Those that count now, between spaces. */
  readonly scope: string
}

export function createCheckGateway(deps: {
  readonly audit: Audit
  readonly authenticate: Authenticate
  readonly profilesOf: (subject: string) => Profiles
}): CheckGateway {
  const { audit } = deps

  async function check(request: GatewayRequest): Promise<PassedRequest> {
    const grant = await deps.authenticate(request)
    const granted = countingScopes(grant.record, deps.profilesOf(request.party))
    if (granted.length === 0 || !request.scopes.every((scope) => granted.includes(scope)))
      throw new NodeError('token.insufficient_scope', {
        notes: request.scopes.length === 0 ? [] : [`ask for: ${request.scopes.join(' ')}`],
      })
    return { grant, scope: granted.join(' ') }
  }

  return async (request) => {
    const { party, method, url, trace } = request
    const event = {
      code: 'gateway.checked',
      action: 'execute',
      party,
      trace,
    } as const
    const object = { method: method.slice(0, 32), filters: { url: audit.pseudonym('url', url) } }
    try {
      const passed = await check(request)
      const { grant, scope } = passed
      await audit.record({
        ...event,
        outcome: 'success',
        ...actorsOf(grant.record),
        object: { ...object, scope, token: grant.id },
        evidence: grant.record.evidence,
      })
      return passed
    } catch (cause) {
      // Without a token there was nobody to account for, and who is told the nonce to use comes again.
      if (!['token.missing', 'token.dpop_nonce', 'audit.unavailable'].includes(NodeError.codeOf(cause)))
        await audit.record({ ...event, ...outcomeOf(cause), ...reasonsOf(cause), object })
      throw cause
    }
  }
}
