/** How values of one scalar type look in JSON, and how they compare. */
export interface ScalarForm {
  /** Words for a note. */
  readonly description: string
  accepts(value: unknown): boolean
  /** The one spelling of all texts that mean the same. Absent when the type is no text. */
  readonly canonical?: (text: string) => string
  /**
   * What stands for an accepted value in comparisons: equal for values that mean the same, and in their order for `<`.
   * Texts go by their UTF-16 code units: no case folding and no language.
   */
  rank(value: unknown): Rank
}

export type Rank = string | number

const sameText = (text: string): string => text

/**
 * The scalar types a source schema may have. Closed: a schema with another one is refused when it is loaded.
 *
 * @see RFC 4122 section 3 (a UUID is read without regard to case); RFC 3339 section 5.6
 */
export const scalarForms: ReadonlyMap<string, ScalarForm> = new Map<string, ScalarForm>([
  ['String', { description: 'text', accepts: isStorableText, canonical: sameText, rank: String }],
  ['ID', { description: 'text', accepts: isStorableText, canonical: sameText, rank: String }],
  ['Int', { description: 'a whole number of 32 bits', accepts: isInt32, rank: Number }],
  ['Float', { description: 'a number', accepts: (value) => Number.isFinite(value), rank: Number }],
  ['Boolean', { description: 'true or false', accepts: (value) => typeof value === 'boolean', rank: Number }],
  ['UUID', { description: 'a UUID', accepts: isUuid, canonical: lowerCase, rank: (value) => lowerCase(String(value)) }],
  ['Date', { description: 'a date as YYYY-MM-DD', accepts: isDate, canonical: sameText, rank: String }],
  [
    'DateTime',
    {
      description: 'a date and time with a time zone',
      accepts: isDateTime,
      canonical: canonicalDateTime,
      // Without the Z a moment with a fraction sorts after the one without.
      rank: (value) => canonicalDateTime(String(value)).slice(0, -1),
    },
  ],
])

/** True for text that every store can hold: well-formed Unicode without U+0000. */
export function isStorableText(value: unknown): value is string {
  return typeof value === 'string' && !value.includes('\u0000') && !/\p{Surrogate}/u.test(value)
}

function isInt32(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= -(2 ** 31) && value < 2 ** 31
}

function isUuid(value: unknown): boolean {
  return typeof value === 'string' && /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(value)
}

function isDate(value: unknown): boolean {
  const parts = typeof value === 'string' ? /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/.exec(value) : null
  return parts !== null && isCalendarDay(Number(parts[1]), Number(parts[2]), Number(parts[3]))
}

/** The proleptic Gregorian calendar, which RFC 3339 uses. */
function isCalendarDay(year: number, month: number, day: number): boolean {
  const isLeapYear = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  const days = [31, isLeapYear ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
  return days !== undefined && day >= 1 && day <= days
}

const dateTime =
  /^[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3])(?::[0-5][0-9]){2}(?:\.([0-9]{1,9}))?(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])$/
const firstMoment = Date.parse('0000-01-01T00:00:00Z')
const lastMoment = Date.parse('9999-12-31T23:59:59.999Z')

/** Without leap seconds, which the scalar's own specification leaves out; in UTC within the years 0000 to 9999. */
function isDateTime(value: unknown): boolean {
  if (typeof value !== 'string' || !isDate(value.slice(0, 10)) || !dateTime.test(value)) return false
  const moment = wholeSeconds(value)
  return moment >= firstMoment && moment <= lastMoment
}

/** In UTC, with the digits of the fraction that say something. */
function canonicalDateTime(text: string): string {
  const fraction = (dateTime.exec(text)?.[1] ?? '').replace(/0+$/, '')
  const seconds = new Date(wholeSeconds(text)).toISOString().slice(0, 19)
  return `${seconds}${fraction === '' ? '' : `.${fraction}`}Z`
}

function wholeSeconds(text: string): number {
  return Date.parse(text.replace(/\.[0-9]+/, ''))
}

function lowerCase(text: string): string {
  return text.toLowerCase()
}
