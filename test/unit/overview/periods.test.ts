import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Period } from '../../../node/policy/windows.js'
import { addDays, daysBetween } from '../../../node/policy/day.js'
import { findGaps, findOverlaps, gapBetween, lastDay } from '../../../node/overview/periods.js'

const origin = '2026-01-01'
const horizon = 80

/** A period of at most some days around the beginning of 2026; some have no end, and some end before they begin. */
const period = fc
  .record({ from: fc.integer({ min: 0, max: 40 }), length: fc.option(fc.integer({ min: -1, max: 20 }), { freq: 5 }) })
  .map(({ from, length }): Period => {
    const start = addDays(origin, from)
    return { start, end: length === null ? null : addDays(start, length) }
  })
const grouped = fc.tuple(period, fc.constantFrom('JW', 'WLZ', 'WMO')).map(([each, group]) => ({ ...each, group }))

const days = Array.from({ length: horizon }, (_, at) => addDays(origin, at))
const covers = ({ start, end }: Period, day: string): boolean => start <= day && (end === null || day <= end)

describe('gaps', () => {
  test('are the days that nothing covers, between the first and the last that something does', () => {
    fc.assert(
      fc.property(fc.array(period, { maxLength: 6 }), (periods) => {
        const covered = days.filter((day) => periods.some((each) => covers(each, day)))
        const [first, last] = [covered[0], covered.at(-1)]
        const open = days.filter(
          (day) => first !== undefined && last !== undefined && day > first && day < last && !covered.includes(day),
        )
        const found = findGaps(periods)
        expect(days.filter((day) => found.some((gap) => covers(gap, day)))).toEqual(open)
        for (const gap of found) expect(gap.days).toBe(daysBetween(gap.start, gap.end) + 1)
        // Two in a row would be one.
        for (const [at, gap] of found.entries()) expect(found[at + 1]?.start).not.toBe(addDays(gap.end, 1))
      }),
    )
  })

  test('do not depend on the order of the periods', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(days.slice(0, 40), { minLength: 4, maxLength: 8 }), (starts) => {
        const periods = starts.map((start) => ({ start, end: addDays(start, 2) }))
        expect(findGaps(periods)).toEqual(findGaps([...periods].reverse()))
      }),
    )
  })

  test('are none where one period ends the day before the next begins', () => {
    expect(
      findGaps([
        { start: '2026-01-01', end: '2026-02-28' },
        { start: '2026-03-01', end: null },
      ]),
    ).toEqual([])
  })

  test('count days of the calendar, also over the day on which the clock goes forward', () => {
    expect(
      findGaps([
        { start: '2026-01-01', end: '2026-03-27' },
        { start: '2026-03-31', end: '2026-12-31' },
      ]),
    ).toEqual([{ start: '2026-03-28', end: '2026-03-30', days: 3 }])
  })

  test('know the leap day', () => {
    expect(gapBetween('2028-02-28', '2028-03-01')).toEqual({ start: '2028-02-29', end: '2028-02-29', days: 1 })
    expect(gapBetween('2027-02-28', '2027-03-01')).toBeUndefined()
  })

  test('are none after a period without an end', () => {
    expect(
      findGaps([
        { start: '2026-01-01', end: null },
        { start: '2026-05-01', end: '2026-06-01' },
      ]),
    ).toEqual([])
  })
})

describe('overlaps', () => {
  test('are the days on which two groups run, with all of those groups', () => {
    fc.assert(
      fc.property(fc.array(grouped, { maxLength: 6 }), (periods) => {
        const found = findOverlaps(periods)
        for (const day of days) {
          const groups = [...new Set(periods.filter((each) => covers(each, day)).map(({ group }) => group))].sort()
          const shared = found.filter((overlap) => covers(overlap, day))
          expect(shared.map((overlap) => overlap.groups)).toEqual(groups.length < 2 ? [] : [groups])
        }
        for (const { start, end, days: count } of found)
          expect(count).toBe(end === null ? null : daysBetween(start, end) + 1)
      }),
    )
  })

  test('go on without an end where both do', () => {
    expect(
      findOverlaps([
        { start: '2026-01-01', end: null, group: 'WMO' },
        { start: '2026-04-01', end: null, group: 'WLZ' },
      ]),
    ).toEqual([{ start: '2026-04-01', end: null, days: null, groups: ['WLZ', 'WMO'] }])
  })

  test('are one stretch where one group changes from one period to the next', () => {
    expect(
      findOverlaps([
        { start: '2026-01-01', end: '2026-01-10', group: 'WMO' },
        { start: '2026-01-11', end: '2026-01-20', group: 'WMO' },
        { start: '2026-01-05', end: '2026-01-15', group: 'WLZ' },
      ]),
    ).toEqual([{ start: '2026-01-05', end: '2026-01-15', days: 11, groups: ['WLZ', 'WMO'] }])
  })
})

test.each([
  [null, null, null],
  ['2026-06-30', null, '2026-06-30'],
  [null, '2026-06-30', '2026-06-29'],
  ['2026-05-01', '2026-06-30', '2026-05-01'],
  ['2026-07-31', '2026-07-01', '2026-06-30'],
])('what ends with %s and is over on %s counts until %s', (end, before, last) => {
  expect(lastDay(end, before)).toBe(last)
})
