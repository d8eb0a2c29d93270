import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { addDays, daysBetween } from '../../../node/policy/day.js'
import { findTransitionGap } from '../../../node/overview/transition/find-gap.js'

const now = Date.parse('2026-11-26T09:00:00Z')
const toewijzing = (start: string, end: string | null, toewijzingID = 'een') => ({ start, end, toewijzingID })

test('days between the last toewijzing and the indicatie are a gap, with the toewijzing that ends before it', () => {
  const found = findTransitionGap(
    [toewijzing('2026-01-01', '2026-06-30', 'eerder'), toewijzing('2026-07-01', '2026-12-31', 'laatste')],
    '2027-01-11',
    now,
  )
  expect(found).toEqual({ start: '2027-01-01', end: '2027-01-10', days: 10, toewijzingen: ['laatste'] })
})

test.each<[string, readonly ReturnType<typeof toewijzing>[], string]>([
  ['a toewijzing runs until the day before', [toewijzing('2026-01-01', '2027-01-10')], '2027-01-11'],
  ['a toewijzing has no end', [toewijzing('2026-01-01', null)], '2027-01-11'],
  ['the indicatie began in between', [toewijzing('2026-01-01', '2026-12-31')], '2026-12-01'],
  ['the days are over', [toewijzing('2026-01-01', '2026-10-31')], '2026-11-26'],
  ['there was no toewijzing', [], '2027-01-11'],
  [
    'the days lie before another toewijzing',
    [toewijzing('2026-01-01', '2026-11-30'), toewijzing('2026-12-10', '2027-01-10')],
    '2027-01-11',
  ],
  ['a toewijzing begins later only', [toewijzing('2027-02-01', null)], '2027-01-11'],
])('there is none when %s', (_what, toewijzingen, ingangsdatum) => {
  expect(findTransitionGap(toewijzingen, ingangsdatum, now)).toBeUndefined()
})

test('a gap is exactly the days before the indicatie that no toewijzing covers', () => {
  const offset = fc.integer({ min: 0, max: 60 })
  fc.assert(
    fc.property(
      fc.array(fc.tuple(offset, offset), { maxLength: 5 }),
      fc.integer({ min: 1, max: 60 }),
      (pairs, from) => {
        const day = (days: number) => addDays('2026-11-27', days)
        const periods = pairs.map(([start, length], at) => toewijzing(day(start), day(start + length), String(at)))
        const ingangsdatum = day(from)
        const isCovered = (at: string) => periods.some(({ start, end }) => start <= at && end !== null && at <= end)
        const before = Array.from({ length: from }, (_, at) => day(at))
        let open = 0
        while (open < from && !isCovered(before[from - 1 - open] ?? '')) open += 1
        const expected = open === 0 || open === from ? undefined : open
        const found = findTransitionGap(periods, ingangsdatum, now)
        expect(found?.days).toBe(expected)
        if (found !== undefined) expect(daysBetween(found.end, ingangsdatum)).toBe(1)
      },
    ),
  )
})
