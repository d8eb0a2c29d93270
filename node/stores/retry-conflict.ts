import { NodeError } from '../kernel/errors.js'

/**
 * Runs what reads and then writes again when somebody else was quicker, at most 20 times in all.
 * @throws whatever `run` throws; `store.conflict` when others were quicker every time
 */
export async function retryConflict<T>(run: () => Promise<T>): Promise<T> {
  for (let attempt = 1; attempt < 20; attempt += 1) {
    try {
      return await run()
    } catch (cause) {
      if (NodeError.codeOf(cause) !== 'store.conflict') throw cause
    }
  }
  return run()
}
