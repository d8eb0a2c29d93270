import { expect, test } from '@jest/globals'
import { copyWith } from '../../../node/kernel/copy-with.js'

test('a copy has the members of both, and of two with one name the later one', () => {
  const base = Object.freeze({ a: 1, b: 2 })
  expect(copyWith(base, { b: 3, c: 4 })).toEqual({ a: 1, b: 3, c: 4 })
  expect(base).toEqual({ a: 1, b: 2 })
})
