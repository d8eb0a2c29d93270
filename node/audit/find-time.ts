import type { Instant } from '../kernel/clock.js'
import type { Journal, JournalEntry } from '../stores/contracts.js'
import { parseEntry } from './audit.js'

/** Clocks of replicas differ and are set: entries may stand so much out of the order of their times, not more. */
export const disorderMilliseconds = 60_000

/** The number before the first entry that was written at `instant` or later, by halving. */
export async function findBefore(journal: Journal, instant: Instant): Promise<number> {
  const [start, head] = await Promise.all([journal.start(), journal.head()])
  let [low, high] = [start.number, head.number]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const [entry] = await journal.read({ after: middle, limit: 1 })
    if (entry !== undefined && timeOf(entry) < instant) low = middle + 1
    else high = middle
  }
  return low
}

/** When an entry was written. */
export function timeOf(entry: JournalEntry): Instant {
  return Date.parse(parseEntry(entry).time)
}
