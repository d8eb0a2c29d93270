import { NodeError } from '../kernel/errors.js'
import type { CredentialProfile, Pack } from './pack.js'

/** The credential profiles of one party: what may be asked of its authorization server. */
export interface Profiles {
  /**
   * The profile for the `scope` parameter: exactly one scope that a pack of this party defines, and nothing beside it.
   * What is granted is the profile's own scope, never the text that was sent.
   * @throws `token.unknown_scope`
   */
  get(scopeParameter: string): CredentialProfile
  /** All scopes that can be asked, without their aliases. */
  readonly scopes: readonly string[]
}

/** @throws `policy.pack_invalid` when two packs of the party define the same scope */
export function createProfiles(packs: readonly Pack[]): Profiles {
  const byScope = new Map<string, CredentialProfile>()
  for (const profile of packs.flatMap((pack) => pack.profiles)) {
    for (const name of [profile.scope, ...profile.aliases]) {
      if (byScope.has(name))
        throw new NodeError('policy.pack_invalid', { notes: [`scope ${name} is defined by two packs`] })
      byScope.set(name, profile)
    }
  }
  const scopes = [...new Set([...byScope.values()].map((profile) => profile.scope))]
  return {
    scopes,
    get(scopeParameter) {
      const [scope, ...others] = scopeParameter.split(' ').filter((part) => part !== '')
      const profile = scope === undefined || others.length > 0 ? undefined : byScope.get(scope)
      if (profile === undefined)
        throw new NodeError('token.unknown_scope', { notes: ['ask for exactly one scope of this party'] })
      return profile
    },
  }
}
