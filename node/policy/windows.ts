import type { Instant } from '../kernel/clock.js'
import { addYears, dayOf, earlierOf, lastOfMayAfter, readDay, type Day } from './day.js'

/** A period in a register: both days belong to it, and without an end it is open. */
export interface Period {
  readonly start: Day
  readonly end: Day | null
}

/** The raadpleger's own bemiddelingspecificatie: when it runs, and when it was established. */
export interface OwnPeriod extends Period {
  /** `vaststellingMoment`: a date with a time and a zone. */
  readonly established: string
}

/** The kinds of data whose reading ends some time after the own period did. */
export type WindowKind = 'own' | 'contacts' | 'others'

/**
 * True when somebody with `own` may know `record`: it had not ended before the own period began or was established, and
 * it does not begin after the own period ends.
 *
 * Also the rule for a regiehouder, where the published text forgets that it may have no end: an open end lies after
 * every day.
 * @see iWlz UCBR-0002, UCBR-0013
 */
export function overlaps(record: Period, own: OwnPeriod): boolean {
  return !hasEndedBefore(record, own) && (own.end === null || record.start <= own.end)
}

function hasEndedBefore(record: Period, own: OwnPeriod): boolean {
  if (record.end === null) return false
  return record.end < firstDay(own)
}

/** The day from which the own period counts: it begins, or it was established before. */
function firstDay(own: OwnPeriod): Day {
  const established = readDay(own.established)
  return established === undefined ? own.start : earlierOf(own.start, established)
}

/**
 * The last day on which data of a kind may be read by whoever had a period until `end`; `null` while it is open.
 *
 * Own data has no last day here: what is one's own stays so. Contacts may be read for two years, other
 * bemiddelingspecificaties until 31 May of the next year.
 * @see iWlz UCBR-0002
 */
export function lastReadingDay(kind: Exclude<WindowKind, 'own'>, end: Day): Day
export function lastReadingDay(kind: WindowKind, end: Day | null): Day | null
export function lastReadingDay(kind: WindowKind, end: Day | null): Day | null {
  if (end === null || kind === 'own') return null
  return kind === 'contacts' ? addYears(end, 2) : lastOfMayAfter(end)
}

/** True when data of a kind may still be read at `now` by whoever had a period until `end`. */
export function mayStillRead(kind: WindowKind, end: Day | null, now: Instant): boolean {
  const last = lastReadingDay(kind, end)
  return last === null || dayOf(now) <= last
}
