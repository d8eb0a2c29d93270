import { describe, expect, test } from '@jest/globals'
import { formatSearchCursor, parseSearchCursor } from '../../../../node/discovery/index/cursor.js'
import { refusalOf } from '../../../support/refusals.js'

const cursor = { seed: 'zaad', sequence: 12, search: 'a1b2', after: { score: 4.5, order: 'wmo\0ab12' } }

describe('a cursor', () => {
  test('comes back as it was', () => {
    expect(parseSearchCursor(formatSearchCursor(cursor))).toEqual(cursor)
  })

  test('holds letters only', () => {
    expect(formatSearchCursor(cursor)).toMatch(/^[a-p]+$/)
  })

  test.each([
    '',
    'a',
    'zz',
    'aabb',
    `${formatSearchCursor(cursor)}a`,
    formatSearchCursor(cursor).slice(0, -2),
    'a'.repeat(4000),
  ])('is refused when it is %j', (text) => {
    expect(refusalOf(() => parseSearchCursor(text)).code).toBe('request.bad_parameters')
  })

  test('is refused when it carries a number that could be a BSN', () => {
    const carrying = formatSearchCursor({ ...cursor, after: { score: 1, order: 'x 999990019 y' } })
    const refusal = refusalOf(() => parseSearchCursor(carrying))
    expect(refusal.notes.join()).not.toContain('999990019')
  })
})
