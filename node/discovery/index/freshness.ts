import type { Instant } from '../../kernel/clock.js'
import type { CatalogueCheck } from './entry.js'

/**
 * How far something may be believed. `fresh`: as it should be. `flagged`: usable, and said so, because the last look
 * failed or is too long ago. `stale`: nothing new may be built on it.
 */
export type Freshness = 'fresh' | 'flagged' | 'stale'

export const hour = 3_600_000
export const day = 24 * hour

/** Of a discovery list, by when it was last read to its end: fresh for an hour, flagged for a day, stale after that. */
export function freshnessOfList(asOf: Instant | undefined, now: Instant): Freshness {
  if (asOf === undefined || now - asOf > day) return 'stale'
  return now - asOf < hour ? 'fresh' : 'flagged'
}

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
