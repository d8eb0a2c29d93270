import { addDays, daysBetween, earlierOf, type Day } from '../policy/day.js'
import type { Period } from '../policy/windows.js'

/** Days in a row, both ends counted; `days` is how many they are. */
export interface Stretch {
  readonly start: Day
  readonly end: Day
  readonly days: number
}

/** Days that several groups have in common; without an end they go on. */
export interface SharedStretch {
  readonly start: Day
  readonly end: Day | null
  /** How many days; `null` while there is no end. */
  readonly days: number | null
  /** The groups, sorted. */
  readonly groups: readonly string[]
}

/**
 * The days that none of the periods covers, between the first and the last day that one of them covers. Both days of a
 * period belong to it, so a period that ends the day before another begins leaves no gap. A period that ends before it
 * begins covers nothing.
 */
export function findGaps(periods: readonly Period[]): readonly Stretch[] {
  const gaps: Stretch[] = []
  /** The last day that is covered up to here; `null` when there is no such day any more. */
  let covered: Day | null | undefined
  for (const { start, end } of inOrder(periods)) {
    if (covered === null) break
    const gap = covered === undefined ? undefined : gapBetween(covered, start)
    if (gap !== undefined) gaps.push(gap)
    if (end === null) covered = null
    else if (covered === undefined || end > covered) covered = end
  }
  return gaps
}

/** The days after `end` and before `start`; `undefined` when there are none. */
export function gapBetween(end: Day, start: Day): Stretch | undefined {
  const days = daysBetween(end, start) - 1
  return days < 1 ? undefined : { start: addDays(end, 1), end: addDays(start, -1), days }
}

/**
 * The days on which periods of two groups or more run together, in the longest stretches that have the same groups.
 * Periods of one group are nothing special together.
 */
export function findOverlaps(periods: readonly (Period & { readonly group: string })[]): readonly SharedStretch[] {
  const real = inOrder(periods)
  const starts = byDay(real, ({ start }) => start)
  const ends = byDay(real, ({ end }) => (end === null ? undefined : addDays(end, 1)))
  // Nothing begins or ends between two of these days.
  const turns = [...new Set([...starts.keys(), ...ends.keys()])].sort()
  const running = new Map<string, number>()
  const count = (group: string, more: number): void => void running.set(group, (running.get(group) ?? 0) + more)
  const overlaps: SharedStretch[] = []
  turns.forEach((start, at) => {
    for (const group of ends.get(start) ?? []) count(group, -1)
    for (const group of starts.get(start) ?? []) count(group, 1)
    const groups = [...running].flatMap(([group, periodsOfIt]) => (periodsOfIt > 0 ? [group] : [])).sort()
    if (groups.length < 2) return
    const next = turns[at + 1]
    const end = next === undefined ? null : addDays(next, -1)
    const last = overlaps.at(-1)
    const goesOn = last !== undefined && last.end === addDays(start, -1) && last.groups.join() === groups.join()
    const from = goesOn ? last.start : start
    if (goesOn) overlaps.pop()
    overlaps.push({ start: from, end, days: end === null ? null : daysBetween(from, end) + 1, groups })
  })
  return overlaps
}

/** The last day on which something counts that ends with `end` and is over already on `before`; `null` without either. */
export function lastDay(end: Day | null, before: Day | null): Day | null {
  const cut = before === null ? null : addDays(before, -1)
  return end === null || cut === null ? (end ?? cut) : earlierOf(end, cut)
}

/** The groups of periods, by a day that each may have. */
function byDay<T extends { readonly group: string }>(
  periods: readonly T[],
  dayOf: (period: T) => Day | undefined,
): ReadonlyMap<Day, readonly string[]> {
  const found = new Map<Day, string[]>()
  for (const period of periods) {
    const day = dayOf(period)
    if (day === undefined) continue
    const groups = found.get(day)
    if (groups === undefined) found.set(day, [period.group])
    else groups.push(period.group)
  }
  return found
}

/** By their first day, without those that cover no day. */
function inOrder<T extends Period>(periods: readonly T[]): readonly T[] {
  return periods
    .filter(({ start, end }) => end === null || start <= end)
    .sort((one, other) => (one.start < other.start ? -1 : one.start > other.start ? 1 : 0))
}
