import { expect, test } from '@jest/globals'
import { nextAttempt, readRetryAfter } from '../../../../node/notifications/outbox/schedule.js'

const seconds = 1000
const hours = 3600 * seconds

test('waits grow from five seconds to a day, and stay a day', () => {
  const waits = [1, 2, 3, 4, 5, 6, 7, 8, 50].map((failures) => nextAttempt(0, failures, 0))
  expect(waits).toEqual([
    5 * seconds,
    30 * seconds,
    120 * seconds,
    600 * seconds,
    hours,
    6 * hours,
    24 * hours,
    24 * hours,
    24 * hours,
  ])
})

test('what failed together does not come back together', () => {
  expect(nextAttempt(0, 3, 0.999)).toBeGreaterThan(nextAttempt(0, 3, 0.5))
  expect(nextAttempt(0, 3, 0.999)).toBeLessThan(132 * seconds)
})

test.each([
  ['120', 120_000],
  ['0', 0],
  ['9999999999', 24 * hours],
  ['Thu, 26 Nov 2026 12:01:00 GMT', 60_000],
  ['Thu, 26 Nov 2026 11:00:00 GMT', 0],
])('Retry-After %s is read', (header, expected) => {
  expect(readRetryAfter(header, Date.parse('2026-11-26T12:00:00Z'))).toBe(expected)
})

test.each([undefined, '', '-1', '1.5', 'soon', '2026-11-26'])('Retry-After %p says nothing', (header) => {
  expect(readRetryAfter(header, 0)).toBeUndefined()
})
