import type { Instant } from '../kernel/clock.js'

/** A calendar day as `YYYY-MM-DD`. Days of this form sort as text does. */
export type Day = string

const form = /^\d{4}-\d{2}-\d{2}$/

/** The calendar that Dutch rules count in: what is "today" in it differs from UTC for one or two hours of every day. */
const calendar = new Intl.DateTimeFormat('en-CA', {
  timeZone: 'Europe/Amsterdam',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
})

const hour = 3_600_000
const dayMilliseconds = 24 * hour
let newest: { readonly hour: number; readonly day: Day } | undefined

/**
 * The day on which `instant` falls in Europe/Amsterdam.
 *
 * The last hour that was asked is remembered, because decisions ask for the present. A day begins at a whole hour there
 * in every year since 1940.
 */
export function dayOf(instant: Instant): Day {
  const at = Math.floor(instant / hour)
  if (newest?.hour !== at) newest = { hour: at, day: formatDay(instant) }
  return newest.day
}

function formatDay(instant: Instant): Day {
  const parts = new Map(calendar.formatToParts(instant).map(({ type, value }) => [type, value]))
  return [parts.get('year')?.padStart(4, '0'), parts.get('month'), parts.get('day')].join('-')
}

/**
 * The day that `value` of a register names: itself, or the one on which a date with a time falls in Europe/Amsterdam;
 * `undefined` for what is neither.
 */
export function readDay(value: unknown): Day | undefined {
  if (typeof value !== 'string') return undefined
  if (form.test(value)) return isCalendarDay(value) ? value : undefined
  if (!/^\d{4}-\d{2}-\d{2}T.+(Z|[+-]\d{2}:\d{2})$/.test(value)) return undefined
  const instant = Date.parse(value)
  return Number.isNaN(instant) ? undefined : dayOf(instant)
}

function isCalendarDay(day: string): boolean {
  const [year, month, date] = [Number(day.slice(0, 4)), Number(day.slice(5, 7)), Number(day.slice(8))]
  return month >= 1 && month <= 12 && date >= 1 && date <= lastDateOf(year, month)
}

function lastDateOf(year: number, month: number): number {
  const isLeapYear = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  if (month === 2) return isLeapYear ? 29 : 28
  return [4, 6, 9, 11].includes(month) ? 30 : 31
}

/** The same date so many years later; 29 February becomes 28 February in a year that has none. */
export function addYears(day: Day, years: number): Day {
  const [year = 0, month = 0, date = 0] = day.split('-').map(Number)
  const later = year + years
  return toDay(later, month, Math.min(date, lastDateOf(later, month)))
}

/** 31 May of the year after `day`. */
export function lastOfMayAfter(day: Day): Day {
  return toDay(Number(day.slice(0, 4)) + 1, 5, 31)
}

function toDay(year: number, month: number, date: number): Day {
  return [String(year).padStart(4, '0'), String(month).padStart(2, '0'), String(date).padStart(2, '0')].join('-')
}

/** The moment at which `day` ends in Europe/Amsterdam. */
export function endOfDay(day: Day): Instant {
  const [year = 0, month = 0, date = 0] = day.split('-').map(Number)
  const midnight = Date.UTC(year, month - 1, date + 1)
  // Two hours before in summer, one in winter, and none before 1940, when the calendar was nearly that of UTC.
  const ends = [2, 1].map((hours) => midnight - hours * hour)
  return ends.find((instant) => dayOf(instant) > day) ?? midnight
}

/** How many days `to` comes after `from`; negative when it comes before. Both are calendar days, so no clock counts. */
export function daysBetween(from: Day, to: Day): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / dayMilliseconds)
}

/** The day that comes `days` after `day`. Both are calendar days of Europe/Amsterdam, each as long as any other. */
export function addDays(day: Day, days: number): Day {
  return new Date(Date.parse(day) + days * dayMilliseconds).toISOString().slice(0, 10)
}

/** The earlier of two days. */
export function earlierOf(one: Day, other: Day): Day {
  return one < other ? one : other
}
