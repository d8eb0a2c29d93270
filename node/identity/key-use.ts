import { LRUCache } from 'lru-cache'
import type { Clock, Instant } from '../kernel/clock.js'
import { put, type Collection, type Store } from '../stores/contracts.js'
import { retryConflict } from '../stores/retry-conflict.js'

const keyUses: Collection<{ readonly until: Instant }> = { name: 'key-uses' }
const dayMilliseconds = 24 * 60 * 60_000
/** The end of 9999, for what never expires. */
const lastInstant = Date.parse('9999-12-31T00:00:00Z')

/** Until when what keys signed counts, so that nobody takes a key away from what still needs it. */
export interface KeyUses {
  /**
   * Remembers that something signed with the key counts until then. Rounded up to a day, so that a key costs one write a
   * day at most.
   */
  remember(keyId: string, until: Instant): Promise<void>
  /** Until when something signed with the key may count; `undefined` when nothing does any more. */
  find(keyId: string): Promise<Instant | undefined>
}

/** Keeps the uses in the store. */
export function createKeyUses({ store, clock }: { readonly store: Store; readonly clock: Clock }): KeyUses {
  const known = new LRUCache<string, Instant>({ max: 10_000 })

  const raise = (keyId: string, until: Instant): Promise<void> =>
    retryConflict(async () => {
      const stored = await store.records.get(keyUses, [keyId])
      if (stored !== undefined && stored.value.until >= until) return
      const expected = stored?.version ?? 'absent'
      await store.write([put(keyUses, [keyId], { until }, { expected, expiresAt: until })])
    })

  return {
    async remember(keyId, until) {
      const day = Math.min(Math.ceil(until / dayMilliseconds) * dayMilliseconds, lastInstant)
      if (day <= clock.now() || (known.get(keyId) ?? 0) >= day) return
      await raise(keyId, day)
      known.set(keyId, day)
    },
    find: async (keyId) => (await store.records.get(keyUses, [keyId]))?.value.until,
  }
}
