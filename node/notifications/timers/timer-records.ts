import type { Instant } from '../../kernel/clock.js'
import type { Day } from '../../policy/day.js'
import type { Collection } from '../../stores/contracts.js'

/** The day of a record that comes, for an event type that tells of it beforehand. */
export interface ComingDay {
  readonly day: Day
  /** When others were told of this day; absent while they still have to be. */
  readonly toldAt?: Instant
}

/** By party, source, event type and key of the record; until the day is over. */
export const comingDays: Collection<ComingDay> = { name: 'notification-timers' }

/** Days of which nobody was told yet, in their order: by party, source, event type, day and key of the record. */
export const untoldDays: Collection<Readonly<Record<string, never>>> = { name: 'notification-timers-untold' }

/** How far the changes of a register were followed, and for which timers; by party and source. */
export const followedChanges: Collection<{
  /** The number of the last change. */
  readonly through: number
  readonly timers: readonly string[]
}> = { name: 'notification-timers-followed' }

/** What the journal and the history say of who looks at the days of a register. */
export const timerActor = 'node: timers'
