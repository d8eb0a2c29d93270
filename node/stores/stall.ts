import { setImmediate } from 'node:timers'
import { NodeError } from '../kernel/errors.js'

/** A write that takes longer is not waited for: whoever asked is answered within two seconds. */
export const patienceMilliseconds = 1_800

/**
 * Runs `work` and returns what it returns, however long that takes; calls `onStall` once when it is not done after
 * `milliseconds`.
 */
export async function watchStall<T>(work: Promise<T>, milliseconds: number, onStall: () => void): Promise<T> {
  let isDone = false
  const timer = setTimeout(() => {
    // When it was this process that was busy, the outcome is here and only has to be taken in.
    setImmediate(() => {
      if (!isDone) onStall()
    })
  }, milliseconds)
  timer.unref()
  try {
    return await work
  } finally {
    isDone = true
    clearTimeout(timer)
  }
}

/**
 * What `work` returns, when it does so within `milliseconds`. It goes on otherwise, and how it ends is not known here.
 * @throws what `work` throws, `store.unavailable`
 */
export function requireInTime<T>(work: Promise<T>, milliseconds: number): Promise<T> {
  return new Promise((resolve, reject) => {
    watchStall(work, milliseconds, () => reject(notInTime())).then(resolve, reject)
  })
}

export function notInTime(): NodeError {
  return new NodeError('store.unavailable', { detail: 'a write is not done in time' })
}
