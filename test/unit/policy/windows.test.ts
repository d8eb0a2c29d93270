import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { addYears, dayOf, endOfDay, lastOfMayAfter, readDay } from '../../../node/policy/day.js'
import { lastReadingDay, mayStillRead, overlaps, type OwnPeriod, type Period } from '../../../node/policy/windows.js'

const oneDay = 86_400_000
const days = fc.integer({ min: 0, max: 40_000 }).map(toDay)
const periods = fc
  .tuple(days, fc.option(fc.integer({ min: 0, max: 4000 }), { nil: null }))
  .map(([start, length]): Period => ({ start, end: length === null ? null : shift(start, length) }))
const owns = fc
  .tuple(periods, fc.date({ min: new Date('1990-01-01'), max: new Date('2060-01-01'), noInvalidDate: true }))
  .map(([period, moment]): OwnPeriod => ({ ...period, established: moment.toISOString() }))

/** The day so many days after 1 January 1970. */
function toDay(number: number): string {
  return new Date(number * oneDay).toISOString().slice(0, 10)
}

function shift(day: string, by: number): string {
  return new Date(Date.parse(day) + by * oneDay).toISOString().slice(0, 10)
}

describe('a day', () => {
  test.each([
    ['2026-01-01T00:00:00Z', '2026-01-01'],
    ['2026-01-01T22:59:59.999Z', '2026-01-01'],
    ['2026-01-01T23:00:00Z', '2026-01-02'],
    ['2026-07-01T21:59:59Z', '2026-07-01'],
    ['2026-07-01T22:00:00Z', '2026-07-02'],
    // The nights in which the clock changes.
    ['2026-03-28T23:00:00Z', '2026-03-29'],
    ['2026-03-29T21:59:59Z', '2026-03-29'],
    ['2026-03-29T22:00:00Z', '2026-03-30'],
    ['2026-10-24T22:00:00Z', '2026-10-25'],
    ['2026-10-25T22:59:59Z', '2026-10-25'],
    ['2026-10-25T23:00:00Z', '2026-10-26'],
  ])('%s falls on %s in Amsterdam', (instant, day) => {
    expect(dayOf(Date.parse(instant))).toBe(day)
  })

  test('of an instant is that in UTC, or the next one', () => {
    fc.assert(
      fc.property(fc.integer({ min: -900_000_000_000, max: 4_000_000_000_000 }), (instant) => {
        const inUtc = new Date(instant).toISOString().slice(0, 10)
        expect([inUtc, shift(inUtc, 1)]).toContain(dayOf(instant))
      }),
    )
  })

  test.each([
    ['2026-01-01', '2026-01-01T23:00:00Z'],
    ['2026-07-01', '2026-07-01T22:00:00Z'],
    ['2026-03-29', '2026-03-29T22:00:00Z'],
    ['2026-10-25', '2026-10-25T23:00:00Z'],
    ['1920-01-15', '1920-01-16T00:00:00Z'],
  ])('%s ends at %s', (day, end) => {
    expect(new Date(endOfDay(day)).toISOString()).toBe(new Date(end).toISOString())
  })

  test('never comes before that of an earlier instant', () => {
    const instants = fc.integer({ min: 0, max: 4_000_000_000_000 })
    fc.assert(
      fc.property(instants, fc.nat(10 * oneDay), (instant, by) => {
        expect(dayOf(instant) <= dayOf(instant + by)).toBe(true)
      }),
    )
  })

  test.each([
    ['2026-02-28', '2026-02-28'],
    ['2024-02-29', '2024-02-29'],
    ['2026-01-01T23:30:00Z', '2026-01-02'],
    ['2026-01-02T00:30:00+02:00', '2026-01-01'],
    ['2026-02-29', undefined],
    ['2026-13-01', undefined],
    ['2026-1-1', undefined],
    ['2026-01-01T00:00:00', undefined],
    ['2026-01-01Tlater+01:00', undefined],
    [null, undefined],
    [20260101, undefined],
  ])('%s in a register is %s', (value, day) => {
    expect(readDay(value)).toBe(day)
  })

  test.each([
    ['2024-02-29', 2, '2026-02-28'],
    ['2024-02-29', 4, '2028-02-29'],
    ['2024-12-31', 2, '2026-12-31'],
    ['2023-02-28', 1, '2024-02-28'],
  ])('%s and %d years is %s', (day, years, later) => {
    expect(addYears(day, years)).toBe(later)
  })

  test.each([
    ['2024-01-01', '2025-05-31'],
    ['2024-05-31', '2025-05-31'],
    ['2024-12-31', '2025-05-31'],
  ])('after %s the next 31 May that counts is %s', (day, last) => {
    expect(lastOfMayAfter(day)).toBe(last)
  })
})

describe('a record overlaps the own period', () => {
  const own = { start: '2024-03-01', end: '2024-09-30', established: '2024-03-01T09:00:00+01:00' }

  test.each([
    ['ends on its first day', { start: '2020-01-01', end: '2024-03-01' }, true],
    ['ends the day before', { start: '2020-01-01', end: '2024-02-29' }, false],
    ['begins on its last day', { start: '2024-09-30', end: null }, true],
    ['begins the day after', { start: '2024-10-01', end: null }, false],
    ['is open and began before', { start: '2010-01-01', end: null }, true],
    ['lies around it', { start: '2010-01-01', end: '2030-01-01' }, true],
    ['lies within it', { start: '2024-05-01', end: '2024-05-01' }, true],
  ])('that %s: %s', (_, record, expected) => {
    expect(overlaps(record, own)).toBe(expected)
  })

  test('also when it ended before the start, but not before the day of establishing', () => {
    const late = { ...own, established: '2024-02-10T23:30:00Z' }
    expect(overlaps({ start: '2020-01-01', end: '2024-02-11' }, late)).toBe(true)
    expect(overlaps({ start: '2020-01-01', end: '2024-02-10' }, late)).toBe(false)
  })

  test('from its first day on where the moment of establishing cannot be read', () => {
    const unknown = { ...own, established: 'onbekend' }
    expect(overlaps({ start: '2020-01-01', end: '2024-03-01' }, unknown)).toBe(true)
    expect(overlaps({ start: '2020-01-01', end: '2024-02-29' }, unknown)).toBe(false)
  })

  test('as the published sentence has it, with an open end after every day', () => {
    const literal = (record: Period, mine: OwnPeriod): boolean => {
      const established = dayOf(Date.parse(mine.established))
      const notEnded = record.end === null || record.end >= mine.start || record.end >= established
      return notEnded && (mine.end === null || record.start <= mine.end)
    }
    fc.assert(
      fc.property(periods, owns, (record, mine) => {
        expect(overlaps(record, mine)).toBe(literal(record, mine))
      }),
    )
  })

  test('whenever they share a day', () => {
    fc.assert(
      fc.property(periods, owns, days, (record, mine, day) => {
        const isIn = ({ start, end }: Period): boolean => start <= day && (end === null || day <= end)
        fc.pre(isIn(record) && isIn(mine))
        expect(overlaps(record, mine)).toBe(true)
      }),
      { numRuns: 50 },
    )
  })

  test('no less when either of them lasts longer', () => {
    fc.assert(
      fc.property(periods, owns, fc.nat(1000), (record, mine, by) => {
        fc.pre(overlaps(record, mine))
        const longer = <P extends Period>(period: P): P => ({
          ...period,
          end: period.end === null ? null : shift(period.end, by),
        })
        expect([overlaps(longer(record), mine), overlaps(record, longer(mine))]).toEqual([true, true])
      }),
    )
  })
})

describe('what may still be read', () => {
  const at = (day: string): number => Date.parse(`${day}T10:00:00Z`)

  test.each([
    ['contacts', '2024-09-30', '2026-09-30', true],
    ['contacts', '2024-09-30', '2026-10-01', false],
    ['others', '2024-09-30', '2025-05-31', true],
    ['others', '2024-09-30', '2025-06-01', false],
    ['others', '2024-01-01', '2025-05-31', true],
    ['own', '2024-09-30', '2099-01-01', true],
    ['contacts', null, '2099-01-01', true],
    ['others', null, '2099-01-01', true],
  ] as const)('%s of a period until %s on %s: %s', (kind, end, day, expected) => {
    expect(mayStillRead(kind, end, at(day))).toBe(expected)
  })

  test('ends at midnight in Amsterdam', () => {
    expect(mayStillRead('others', '2024-09-30', Date.parse('2025-05-31T21:59:59Z'))).toBe(true)
    expect(mayStillRead('others', '2024-09-30', Date.parse('2025-05-31T22:00:00Z'))).toBe(false)
  })

  test('lasts no less for a later end, and longest for contacts', () => {
    fc.assert(
      fc.property(days, fc.nat(2000), (end, by) => {
        const later = shift(end, by)
        for (const kind of ['contacts', 'others'] as const)
          expect(lastReadingDay(kind, end) <= lastReadingDay(kind, later)).toBe(true)
        expect(lastReadingDay('others', end) > end).toBe(true)
        expect(lastReadingDay('contacts', end) > end).toBe(true)
      }),
    )
  })
})
