import type { Audit } from '../audit/audit.js'
import { NodeError } from '../kernel/errors.js'
import type { Trace } from '../kernel/trace.js'
import type { Store } from '../stores/contracts.js'
import type { TokenStore } from './token-store.js'

export interface RevokeOptions {
  readonly token: string
  /** Only a token of this party. */
  readonly party?: string
  /** Only a token that was asked under this `client_id`. */
  readonly clientId?: string
  readonly trace: Trace
}

/**
 * Revokes a token of this node, at once in every replica. Removing it and its audit event are one atomic batch; the event
 * names the token by its hash, so that a restore can revoke it again.
 *
 * True when it was there and is gone now. A token that is unknown, or somebody else's, is left alone: who reports to the
 * outside must not say which.
 * @throws `store.unavailable`
 * @see RFC 7009 section 2
 */
export type Revoke = (options: RevokeOptions) => Promise<boolean>

export function createRevoke(deps: {
  readonly store: Store
  readonly audit: Audit
  readonly tokenStore: TokenStore
}): Revoke {
  return async ({ token, party, clientId, trace }) => {
    const found = await deps.tokenStore.findRemovable(token)
    if (found === undefined) return false
    const { id, record, removal } = found
    if ((party !== undefined && record.party !== party) || (clientId !== undefined && record.clientId !== clientId))
      return false
    try {
      await deps.store.write([
        ...removal,
        deps.audit.operation({
          code: 'token.revoked',
          action: 'delete',
          outcome: 'success',
          party: record.party,
          object: { scope: record.scope, token: id },
          trace,
        }),
      ])
      return true
    } catch (cause) {
      // Somebody else was quicker.
      if (NodeError.codeOf(cause) === 'store.conflict') return false
      throw cause
    }
  }
}
