import type { Instant } from '../../kernel/clock.js'
import { day, type Freshness } from '../freshness.js'
import type { CatalogueCheck } from './entry.js'

/**
 * Of a catalogue whose evidence still counts: fresh when it was found good within a day and the last look did not fail.
 * One whose evidence has ended is in the index no more.
 */
export function freshnessOfCatalogue(check: CatalogueCheck | undefined, now: Instant): 'fresh' | 'flagged' {
  const { checkedAt, reason } = check ?? {}
  return checkedAt !== undefined && reason === undefined && now - checkedAt < day ? 'fresh' : 'flagged'
}

const order: readonly Freshness[] = ['fresh', 'flagged', 'stale']

/** The worst of them; `stale` when there are none. */
export function worst(all: readonly Freshness[]): Freshness {
  if (all.length === 0) return 'stale'
  return order[Math.max(...all.map((one) => order.indexOf(one)))] ?? 'stale'
}
