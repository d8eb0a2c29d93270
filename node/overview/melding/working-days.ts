import { addDays, type Day } from '../../policy/day.js'

/**
 * The day that comes `count` working days after `day`, which itself never counts: a term that begins on a Friday, or in the
 * weekend after it, ends on Monday.
 * @see Algemene termijnenwet, articles 1 and 3
 */
export function addWorkingDays(day: Day, count: number): Day {
  let at = day
  for (let left = count; left > 0;) {
    at = addDays(at, 1)
    if (isWorkingDay(at)) left -= 1
  }
  return at
}

/**
 * False in the weekend and on a day that the law calls a generally recognised holiday, or puts on a par with one: so Good
 * Friday, and 5 May every year.
 * @see Algemene termijnenwet, article 3, paragraphs 1 and 2
 */
export function isWorkingDay(day: Day): boolean {
  const weekday = new Date(Date.parse(day)).getUTCDay()
  return weekday !== 0 && weekday !== 6 && !holidaysOf(Number(day.slice(0, 4))).has(day)
}

const known = new Map<number, ReadonlySet<Day>>()
/** Terms are of the present and the next years; whoever asks for all centuries does not fill the memory. */
const maxYears = 50

function holidaysOf(year: number): ReadonlySet<Day> {
  const found = known.get(year) ?? new Set(listHolidays(year))
  if (known.size < maxYears) known.set(year, found)
  return found
}

function listHolidays(year: number): readonly Day[] {
  const easter = easterOf(year)
  const kingsDay = dayIn(year, 4, 27)
  const isSunday = new Date(Date.parse(kingsDay)).getUTCDay() === 0
  return [
    dayIn(year, 1, 1),
    addDays(easter, -2),
    addDays(easter, 1),
    isSunday ? dayIn(year, 4, 26) : kingsDay,
    dayIn(year, 5, 5),
    addDays(easter, 39),
    addDays(easter, 50),
    dayIn(year, 12, 25),
    dayIn(year, 12, 26),
  ]
}

/** Easter Sunday in the Gregorian calendar, by the anonymous method that Meeus and Butcher published. */
function easterOf(year: number): Day {
  const golden = year % 19
  const century = Math.floor(year / 100)
  const ofCentury = year % 100
  const correction = Math.floor((8 * century + 13) / 25)
  const epact = (19 * golden + century - Math.floor(century / 4) - correction + 15) % 30
  const weekday = (32 + 2 * (century % 4) + 2 * Math.floor(ofCentury / 4) - epact - (ofCentury % 4)) % 7
  const late = Math.floor((golden + 11 * epact + 22 * weekday) / 451)
  const days = epact + weekday - 7 * late + 114
  return dayIn(year, Math.floor(days / 31), (days % 31) + 1)
}

function dayIn(year: number, month: number, date: number): Day {
  return [String(year).padStart(4, '0'), String(month).padStart(2, '0'), String(date).padStart(2, '0')].join('-')
}
