import type { Day } from '../policy/day.js'

const dayMilliseconds = 86_400_000

/** How many days `to` comes after `from`; negative when it comes before. Both are calendar days, so no clock counts. */
export function daysBetween(from: Day, to: Day): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / dayMilliseconds)
}

/** The day that comes `days` after `day`. Both are calendar days of Europe/Amsterdam, each as long as any other. */
export function addDays(day: Day, days: number): Day {
  return new Date(Date.parse(day) + days * dayMilliseconds).toISOString().slice(0, 10)
}
