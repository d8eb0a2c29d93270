import { NodeError } from '../kernel/errors.js'
import type { CredentialProfile, Pack } from './pack.js'

/** The credential profiles of one party: what may be asked of its authorization server. */
export interface Profiles {
  /**
   * The profile for the `scope` parameter: exactly one scope that a pack of this party defines. Others beside it are
   * refused, unless the pack says what is to be done with them.
   * @throws `token.unknown_scope`
   */
  get(scopeParameter: string): CredentialProfile
  /** As `get`, with the scopes that were asked beside it and that its pack does not refuse outright. */
  find(scopeParameter: string): AskedScopes
  /** The profile of one scope or alias; `undefined` when this party has no such scope. */
  findProfile(scope: string): CredentialProfile | undefined
  /** Every one. */
  readonly all: readonly CredentialProfile[]
  /** All scopes that can be asked, without their aliases. */
  readonly scopes: readonly string[]
  /** True when some scope asks for a service provider beside the organization. */
  readonly askServiceProvider: boolean
}

/** What a `scope` parameter asks. */
export interface AskedScopes {
  readonly profile: CredentialProfile
  /** Beside the scope of the profile; none of them is one of this party's own. */
  readonly extras: readonly string[]
}

const scopeToken = /^[\x21\x23-\x5B\x5D-\x7E]{1,200}$/
const maxScopes = 20

/** @throws `policy.pack_invalid` when two packs of the party define the same scope */
export function createProfiles(packs: readonly Pick<Pack, 'profiles'>[]): Profiles {
  const byScope = new Map<string, CredentialProfile>()
  const all = packs.flatMap((pack) => pack.profiles)
  for (const profile of all) {
    for (const name of [profile.scope, ...profile.aliases]) {
      if (byScope.has(name))
        throw new NodeError('policy.pack_invalid', { notes: [`scope ${name} is defined by two packs`] })
      byScope.set(name, profile)
    }
  }
  const scopes = [...new Set([...byScope.values()].map((profile) => profile.scope))]
  return {
    all,
    scopes,
    askServiceProvider: [...byScope.values()].some(({ definitions }) => definitions.service_provider !== undefined),
    get: (scopeParameter) => find(scopeParameter).profile,
    find,
    findProfile: (scope) => byScope.get(scope),
  }

  function find(scopeParameter: string): AskedScopes {
    const asked = scopeParameter.split(' ').filter((part) => part !== '')
    // A second scope of this party would be granted without its credentials.
    const [known, ...others] = asked.filter((scope) => byScope.has(scope))
    const profile = known === undefined || others.length > 0 ? undefined : byScope.get(known)
    const extras = [...new Set(asked)].filter((scope) => scope !== known)
    if (profile === undefined || (extras.length > 0 && profile.scopePolicy === 'profile-only'))
      throw new NodeError('token.unknown_scope', { notes: ['ask for exactly one scope of this party'] })
    if (asked.length > maxScopes || !extras.every((scope) => scopeToken.test(scope)))
      throw new NodeError('token.unknown_scope', { notes: ['ask for at most 20 scopes, each of printable characters'] })
    return { profile, extras }
  }
}
