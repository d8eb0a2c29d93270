import { epochSeconds } from '../kernel/clock.js'
import type { Parties } from '../identity/parties.js'
import type { TokenStore } from './grant.js'

/**
 * What a token says, in the form of RFC 7662 and of nuts-node v6: claims of the fulfilled presentation definition stand
 * beside the registered ones.
 */
export type Introspection = Readonly<Record<string, unknown>> & { readonly active: boolean }

/** Answers introspection. An unknown, expired or empty token is `{"active": false}` and nothing more. */
export function createIntrospect(deps: {
  readonly tokenStore: TokenStore
  readonly parties: Pick<Parties, 'issuerUrl'>
}): (token: string) => Promise<Introspection> {
  return async (token) => {
    const grant = await deps.tokenStore.find(token)
    if (grant === undefined) return { active: false }
    const { party, clientId, scope, claims, issuedAt, expiresAt, thumbprint } = grant.record
    return {
      ...claims,
      active: true,
      iss: deps.parties.issuerUrl({ subject: party }),
      client_id: clientId,
      scope,
      iat: epochSeconds(issuedAt),
      exp: epochSeconds(expiresAt),
      ...(thumbprint === undefined ? {} : { cnf: { jkt: thumbprint } }),
    }
  }
}
