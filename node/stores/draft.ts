import type { Instant } from '../kernel/clock.js'
import type { Change } from './ordered-bytes.js'

/** The state of the store as one transaction sees and changes it; nothing of it is stored yet. */
export interface Draft {
  /** The instant at which the transaction happens. */
  readonly now: Instant
  get(key: Buffer): Buffer | undefined
  put(key: Buffer, value: Buffer): void
  remove(key: Buffer): void
  /** Takes the next number of the journal. */
  takeNumber(): number
}

/** The changes of the transactions that are stored together, each on top of those before it. */
export interface Group {
  /** Runs one transaction; what it changed counts only when it returns, not when it throws. */
  run<T>(transaction: (draft: Draft) => T): T
  /** What is to be stored: per key the last change. */
  changes(): readonly Change[]
  /** The newest number of the journal with the changes of this group. */
  head(): number
}

/** Starts a group on what is stored: `get` reads it and `head` is its newest journal number. */
export function createGroup(stored: {
  readonly get: (key: Buffer) => Buffer | undefined
  readonly head: number
  readonly now: Instant
}): Group {
  const changed = new Map<string, Change>()
  let groupHead = stored.head
  return {
    run(transaction) {
      const own = new Map<string, Change>()
      let head = groupHead
      const result = transaction({
        now: stored.now,
        get(key) {
          const name = nameOf(key)
          const change = own.get(name) ?? changed.get(name)
          return change === undefined ? stored.get(key) : change.value
        },
        put: (key, value) => own.set(nameOf(key), { key, value }),
        remove: (key) => own.set(nameOf(key), { key, value: undefined }),
        takeNumber: () => (head += 1),
      })
      for (const [name, change] of own) changed.set(name, change)
      groupHead = head
      return result
    },
    changes: () => [...changed.values()],
    head: () => groupHead,
  }
}

/** One character per byte: a string that is equal for equal bytes, because buffers are compared by identity in a map. */
function nameOf(key: Buffer): string {
  return key.toString('latin1')
}
