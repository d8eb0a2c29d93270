import type { Instant } from '../../kernel/clock.js'

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

/** How long to wait after each failure, in milliseconds; the last one counts from then on. */
export const usualWaits: readonly number[] = [5 * second, 30 * second, 2 * minute, 10 * minute, hour, 6 * hour, day]

/** So long after it was made a message that could not be delivered is given up. */
export const givenUpAfterMilliseconds = 7 * day

/**
 * When to try again after so many failures (from 1). Up to a tenth is added, so that what failed together does not come
 * back together.
 * @param random from 0 up to 1
 */
export function nextAttempt(now: Instant, failures: number, random: number, waits = usualWaits): Instant {
  const wait = waits[Math.min(Math.max(failures, 1), waits.length) - 1] ?? day
  return now + wait + Math.floor((wait / 10) * random)
}

/**
 * What `Retry-After` asks for, in milliseconds from now: seconds or a date. `undefined` for what is neither; never more
 * than a day, so that nobody can hold a queue for ever.
 * @see RFC 9110 section 10.2.3
 */
export function readRetryAfter(header: string | undefined, now: Instant): number | undefined {
  if (header === undefined) return undefined
  const seconds = /^\d{1,10}$/.test(header) ? Number(header) : Number.NaN
  const wait = Number.isNaN(seconds) ? readHttpDate(header) - now : seconds * second
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(wait, 0), day)
}

/** The preferred form of a date in HTTP alone: what else a machine may read as a date, it did not mean. */
function readHttpDate(text: string): number {
  return /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(text) ? Date.parse(text) : Number.NaN
}
