import type { Profiles } from '../policy/profiles.js'
import type { TokenRecord } from './token-store.js'

/**
 * The scopes of a token that count now: a pack that was read anew may not have one any more, or let none count beside its own.
 * What was only granted beside a scope of the party never becomes one of its own. Empty when nothing of it counts.
 */
export function countingScopes(
  { scope, audience }: Pick<TokenRecord, 'scope' | 'audience'>,
  { findProfile }: Pick<Profiles, 'findProfile'>,
): readonly string[] {
  const [own = '', ...others] = scope.split(' ')
  const isOwn = (name: string): boolean => findProfile(name) !== undefined
  // A token for one resource was granted for scopes of the party and no others.
  if (audience !== undefined) return [own, ...others].filter(isOwn)
  const profile = findProfile(own)
  if (profile === undefined) return []
  return profile.scopePolicy === 'profile-only' ? [own] : [own, ...others.filter((name) => !isOwn(name))]
}
