import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { addDays, daysBetween } from '../../../../node/policy/day.js'
import { addWorkingDays, isWorkingDay } from '../../../../node/overview/melding/working-days.js'

describe('a day on which nobody has to answer', () => {
  test.each([
    ['2026-01-01', 'New Year’s Day'],
    ['2026-04-03', 'Good Friday'],
    ['2026-04-06', 'Easter Monday'],
    ['2026-04-27', 'King’s Day'],
    ['2026-05-05', 'Liberation Day, in every year'],
    ['2026-05-14', 'Ascension Day'],
    ['2026-05-25', 'Whit Monday'],
    ['2026-12-25', 'Christmas Day'],
    ['2026-11-28', 'a Saturday'],
    ['2026-11-29', 'a Sunday'],
    // As published for other years.
    ['2024-04-01', 'Easter Monday of 2024'],
    ['2038-04-26', 'Easter Monday of 2038, the latest there can be'],
    ['2008-03-24', 'Easter Monday of 2008, one of the earliest'],
    ['2025-04-26', 'King’s Day on a Saturday, because the 27th was a Sunday'],
  ])('is %s: %s', (day) => {
    expect(isWorkingDay(day)).toBe(false)
  })

  test.each(['2026-11-26', '2026-04-07', '2026-05-04', '2025-04-28', '2026-12-24', '2026-12-31'])(
    'is not %s',
    (day) => {
      expect(isWorkingDay(day)).toBe(true)
    },
  )
})

describe('a term of one working day', () => {
  test.each([
    ['2026-11-26', '2026-11-27'],
    ['2026-11-27', '2026-11-30'],
    ['2026-11-28', '2026-11-30'],
    ['2026-04-02', '2026-04-07'],
    ['2026-12-24', '2026-12-28'],
    ['2026-12-31', '2027-01-04'],
    ['2026-05-04', '2026-05-06'],
  ])('that begins on %s ends on %s', (day, end) => {
    expect(addWorkingDays(day, 1)).toBe(end)
  })

  test('ends on a working day with none between, whenever it begins', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 20_000 }), fc.integer({ min: 1, max: 10 }), (from, count) => {
        const day = addDays('2000-01-01', from)
        const end = addWorkingDays(day, count)
        const passed = Array.from({ length: daysBetween(day, end) }, (_, at) => addDays(day, at + 1))
        expect(passed.filter(isWorkingDay)).toHaveLength(count)
        expect(isWorkingDay(end)).toBe(true)
      }),
    )
  })
})
