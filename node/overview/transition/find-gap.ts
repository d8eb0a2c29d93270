import { dayOf, type Day } from '../../policy/day.js'
import type { Instant } from '../../kernel/clock.js'
import type { Period } from '../../policy/windows.js'
import { findGaps, type Stretch } from '../periods.js'

/** A toewijzing of the own case. */
export interface CasePeriod extends Period {
  readonly toewijzingID: string
}

/** Days without a right before an indicatie begins, and the toewijzingen that end before them. */
export interface TransitionGap extends Stretch {
  readonly toewijzingen: readonly string[]
}

/**
 * The days between the end of the own toewijzingen and the beginning of the indicatie, while there is still something to do
 * about it: `undefined` when they are over, and when a toewijzing runs on into the indicatie. Days without a toewijzing
 * before that are no part of the transition. Does not look at what others deliver: that is for the overview.
 */
export function findTransitionGap(
  toewijzingen: readonly CasePeriod[],
  ingangsdatum: Day,
  now: Instant,
): TransitionGap | undefined {
  const before = toewijzingen.filter(({ start }) => start < ingangsdatum)
  const gap = findGaps([...before, { start: ingangsdatum, end: ingangsdatum }]).at(-1)
  if (gap === undefined || gap.end < dayOf(now)) return undefined
  const last = before.reduce<Day>(
    (latest, { end }) => (end !== null && end > latest && end < gap.start ? end : latest),
    '',
  )
  // A gap that lies before another toewijzing is not the transition.
  if (before.some(({ start }) => start > gap.end)) return undefined
  return { ...gap, toewijzingen: before.filter(({ end }) => end === last).map(({ toewijzingID }) => toewijzingID) }
}
