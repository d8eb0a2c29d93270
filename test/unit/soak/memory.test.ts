import { expect, test } from '@jest/globals'
import { isGrowing } from '../../../scripts/soak/memory.js'

const mebibytes = (...values: readonly number[]): readonly number[] => values.map((value) => value * 1024 * 1024)

test.each<[string, readonly number[], boolean]>([
  ['stands still', mebibytes(50, 50, 50, 50, 50, 50), false],
  ['fills its caches first', mebibytes(40, 60, 80, 81, 82, 81), false],
  ['goes up and down', mebibytes(50, 90, 50, 90, 50, 90), false],
  ['grows', mebibytes(50, 60, 70, 80, 90, 100), true],
  ['grows from much', mebibytes(400, 410, 500, 500, 600, 610), true],
  ['was looked at too seldom', mebibytes(1, 100, 1000), false],
])('a heap that %s', (_what, heaps, growing) => {
  expect(isGrowing(heaps)).toBe(growing)
})
