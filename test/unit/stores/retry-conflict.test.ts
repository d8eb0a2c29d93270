import { expect, test } from '@jest/globals'
import { NodeError } from '../../../node/kernel/errors.js'
import { retryConflict } from '../../../node/stores/retry-conflict.js'
import { rejectionOf } from '../../support/refusals.js'

test('what somebody else was quicker with is run again', async () => {
  let runs = 0
  const run = async (): Promise<string> => {
    runs += 1
    if (runs < 3) throw new NodeError('store.conflict')
    return 'done'
  }
  expect([await retryConflict(run), runs]).toEqual(['done', 3])
})

test.each([
  ['store.unavailable', 1],
  ['store.conflict', 20],
] as const)('a failure with %s is passed on after %s runs', async (code, times) => {
  let runs = 0
  const run = (): Promise<never> => {
    runs += 1
    return Promise.reject(new NodeError(code))
  }
  expect([(await rejectionOf(retryConflict(run))).code, runs]).toEqual([code, times])
})
