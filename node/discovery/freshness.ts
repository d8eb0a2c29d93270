import type { Instant } from '../kernel/clock.js'

/**
 * How far something may be believed. `fresh`: as it should be. `flagged`: usable, and said so, because the last look
 * failed or is too long ago. `stale`: nothing new may be built on it, so no endpoint that is not known already is to be
 * trusted on its word.
 */
export type Freshness = 'fresh' | 'flagged' | 'stale'

export const hour = 3_600_000
export const day = 24 * hour

/** Of a discovery list, by when it was last read to its end: fresh for an hour, flagged for a day, stale after that. */
export function freshnessOfList(asOf: Instant | undefined, now: Instant): Freshness {
  if (asOf === undefined || now - asOf >= day) return 'stale'
  return now - asOf < hour ? 'fresh' : 'flagged'
}
