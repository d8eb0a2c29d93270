import { NodeError } from '../../node/kernel/errors.js'

/** The `NodeError` that `run` throws; fails the test when it throws nothing or something else. */
export function refusalOf(run: () => unknown): NodeError {
  try {
    run()
  } catch (error) {
    if (NodeError.is(error)) return error
    throw error
  }
  throw new Error('nothing was refused')
}

/** The same for what a promise is rejected with. */
export async function rejectionOf(promise: Promise<unknown>): Promise<NodeError> {
  try {
    await promise
  } catch (error) {
    if (NodeError.is(error)) return error
    throw error
  }
  throw new Error('nothing was refused')
}
