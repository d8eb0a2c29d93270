import type { Audit } from '../audit/audit.js'
import { NodeError } from '../kernel/errors.js'
import type { Trace } from '../kernel/trace.js'
import { outcomeOf, reasonsOf } from './account.js'
import { actorsOf } from './actors.js'
import type { Authenticate, PresentedToken } from './authenticate.js'
import type { TokenGrant } from './grant.js'

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
 * @throws `token.*`, `audit.unavailable`
 */
export type CheckGateway = (request: GatewayRequest) => Promise<TokenGrant>

export function createCheckGateway(deps: { readonly audit: Audit; readonly authenticate: Authenticate }): CheckGateway {
  const { audit } = deps

  async function check(request: GatewayRequest): Promise<TokenGrant> {
    const grant = await deps.authenticate(request)
    const granted = grant.record.scope.split(' ')
    if (!request.scopes.every((scope) => granted.includes(scope)))
      throw new NodeError('token.insufficient_scope', { notes: [`ask for: ${request.scopes.join(' ')}`] })
    return grant
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
      const grant = await check(request)
      const { scope, evidence } = grant.record
      await audit.record({
        ...event,
        outcome: 'success',
        ...actorsOf(grant.record),
        object: { ...object, scope, token: grant.id },
        evidence,
      })
      return grant
    } catch (cause) {
      // Without a token there was nobody to account for, and who is told the nonce to use comes again.
      if (!['token.missing', 'token.dpop_nonce', 'audit.unavailable'].includes(NodeError.codeOf(cause)))
        await audit.record({ ...event, ...outcomeOf(cause), ...reasonsOf(cause), object })
      throw cause
    }
  }
}
