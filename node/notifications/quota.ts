import { LRUCache } from 'lru-cache'
import type { Clock, Instant } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'

const maxSenders = 10_000
/** So many seconds of messages at once. */
const burstSeconds = 10

/** How much of one sender a party takes in a time. */
export interface Quota {
  /** Counts one message. @throws `notification.too_many` */
  take(party: string, sender: string, perSecond: number): void
  /** How many messages were turned away since the last call, by party and sender. */
  takeRefused(): ReadonlyMap<string, { readonly party: string; readonly sender: string; readonly count: number }>
}

/**
 * A bucket per party and sender, so that who floods is slowed down and nobody else is.
 *
 * In memory of one process: it bounds work and decides nothing about access. What a sender may leave lying is counted in
 * the store.
 */
export function createQuota({ clock }: { readonly clock: Clock }): Quota {
  /** Until when the messages of a sender weigh: now for none, ten seconds ahead for as many as there may be. */
  const debts = new LRUCache<string, Instant>({ max: maxSenders })
  let refused = new Map<string, { readonly party: string; readonly sender: string; readonly count: number }>()

  return {
    take(party, sender, perSecond) {
      const key = JSON.stringify([party, sender])
      const now = clock.now()
      const each = 1000 / perSecond
      const most = burstSeconds * 1000
      // Also after the clock was set back: a debt is never more than a full bucket.
      const debt = Math.min(Math.max(debts.get(key) ?? now, now), now + most)
      if (debt + each > now + most) {
        const { count } = refused.get(key) ?? { count: 0 }
        if (count > 0 || refused.size < maxSenders) refused.set(key, { party, sender, count: count + 1 })
        throw new NodeError('notification.too_many')
      }
      debts.set(key, debt + each)
    },
    takeRefused() {
      const taken = refused
      refused = new Map()
      return taken
    },
  }
}
