import { describe, expect, test } from '@jest/globals'
import { gateRuns, isSlow, percentile, perCore, referenceOf, summarise } from '../../../scripts/bench/statistics.js'

describe('percentile', () => {
  test.each([
    [0.5, 3],
    [0.2, 1],
    [0.99, 5],
    [1, 5],
  ])('takes the nearest rank at %d of unsorted values', (share, expected) => {
    expect(percentile([5, 3, 1, 4, 2], share)).toBe(expected)
  })

  test('sorts numbers as numbers', () => {
    expect(percentile([10, 9, 100], 0.5)).toBe(10)
  })

  test('leaves the values in their order', () => {
    const values = [3, 1, 2]
    percentile(values, 0.5)
    expect(values).toEqual([3, 1, 2])
  })

  test.each([
    [[], 0.5],
    [[1], 0],
    [[1], 1.1],
  ])('refuses %j at %d', (values, share) => {
    expect(() => percentile(values, share)).toThrow(RangeError)
  })
})

describe('summarise', () => {
  test('takes the middle of an odd number of values', () => {
    expect(summarise([7, 1, 3])).toEqual({ median: 3, min: 1, max: 7 })
  })

  test('takes the mean of the two in the middle of an even number', () => {
    expect(summarise([8, 1, 3, 4])).toEqual({ median: 3.5, min: 1, max: 8 })
  })

  test('takes a single value as it is', () => {
    expect(summarise([5])).toEqual({ median: 5, min: 5, max: 5 })
  })

  test('refuses to say something of nothing', () => {
    expect(() => summarise([])).toThrow(RangeError)
  })
})

test('perCore says how often a cost fits in a second', () => {
  expect(perCore(400)).toBe(2500)
})

describe('the gate', () => {
  const calibrations = [100, 130, 104, 140, 106, 108, 99, 120, 111, 105, 103]

  test('takes the tenth percentile as reference, not a single stroke of luck', () => {
    expect(referenceOf(calibrations)).toBe(100)
  })

  test.each([
    [112, false],
    [112.1, true],
    [90, false],
  ])('calls a calibration of %d at a reference of 100 slow: %p', (taken, slow) => {
    expect(isSlow(taken, 100)).toBe(slow)
  })

  test('uses runs between two good calibrations and counts the others as rejected', () => {
    const quiet = { calibrations: [100, 112], microseconds: 7 }
    const slowBefore = { calibrations: [113, 100], microseconds: 8 }
    const slowAfter = { calibrations: [100, 150], microseconds: 9 }
    expect(gateRuns([quiet, slowBefore, slowAfter], 100)).toEqual({ used: [quiet], rejected: 2 })
  })
})
