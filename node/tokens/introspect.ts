import { epochSeconds } from '../kernel/clock.js'
import { copyWith } from '../kernel/copy-with.js'
import { NodeError } from '../kernel/errors.js'
import type { Parties } from '../identity/parties.js'
import type { Profiles } from '../policy/profiles.js'
import { countingScopes } from './counting-scopes.js'
import type { TokenStore } from './token-store.js'

/**
 * What a token says, in the form of RFC 7662 and of nuts-node v6: claims of the fulfilled presentation definition stand
 * beside the registered ones.
 */
export type Introspection = Readonly<Record<string, unknown>> & { readonly active: boolean }

export interface IntrospectDeps {
  readonly tokenStore: TokenStore
  readonly parties: Pick<Parties, 'issuerUrl'>
  readonly profilesOf: (subject: string) => Profiles
}

/**
 * Answers introspection. An unknown, expired or empty token is `{"active": false}` and nothing more; so is one of a party
 * that the caller may not ask for, and one of which no scope counts any more since the packs were read anew. With `extended` also what was asked and what was shown.
 * @throws `token.shown_not_kept` for `extended` when the node does not keep what was shown
 */
export type Introspect = (
  token: string,
  use?: { readonly extended?: boolean; readonly mayAsk?: (party: string) => boolean },
) => Promise<Introspection>

export function createIntrospect({ tokenStore, parties, profilesOf }: IntrospectDeps): Introspect {
  return async (token, { extended = false, mayAsk } = {}) => {
    const grant = await tokenStore.find(token)
    if (grant === undefined || mayAsk?.(grant.record.party) === false) return { active: false }
    const { party, requester, serviceProvider, audience, clientId, claims, issuedAt, expiresAt, thumbprint } =
      grant.record
    const profiles = profilesOf(party)
    const scopes = countingScopes(grant.record, profiles)
    if (scopes.length === 0) return { active: false }
    const plain = copyWith(claims, {
      active: true,
      iss: parties.issuerUrl({ subject: party }),
      client_id: clientId,
      scope: scopes.join(' '),
      iat: epochSeconds(issuedAt),
      exp: epochSeconds(expiresAt),
      ...(audience === undefined ? {} : { aud: audience }),
      // Who acts for whom. @see RFC 8693 section 4.1
      ...(serviceProvider === undefined ? {} : { sub: requester, act: { sub: serviceProvider } }),
      ...(thumbprint === undefined ? {} : { cnf: { jkt: thumbprint } }),
    } as const)
    if (!extended) return plain
    const shown = await tokenStore.findShown(grant)
    if (shown === undefined) throw new NodeError('token.shown_not_kept')
    const { organization, service_provider: asked } = profiles.find(scopes.join(' ')).profile.definitions
    return {
      ...plain,
      presentation_definitions: {
        organization: organization.data,
        ...(asked === undefined ? {} : { service_provider: asked.data }),
      },
      presentation_submissions: shown.submissions,
      vps: shown.presentations,
    }
  }
}
