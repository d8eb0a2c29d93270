import type { Instant } from '../kernel/clock.js'
import { encodeEnds, linkEntry } from './chain.js'
import type { Ends, Link } from './chain.js'
import { endsKey, journalKey } from './key-spaces.js'
import type { Change } from './ordered-bytes.js'

/** The state of the store as one transaction sees and changes it; nothing of it is stored yet. */
export interface Draft {
  /** The instant at which the transaction happens. */
  readonly now: Instant
  get(key: Buffer): Buffer | undefined
  put(key: Buffer, value: Buffer): void
  remove(key: Buffer): void
  /** The ends of the journal as they were before the transaction. */
  readonly ends: Ends
  /** Puts an entry of `reserveEntry` at the end of the journal and returns its number. */
  append(reserved: Buffer): number
  /** The newest entry with what the transaction has appended. */
  newest(): Link
  /** Says that the journal begins and ends elsewhere. */
  setEnds(ends: Ends): void
}

/** The changes of the transactions that are stored together, each on top of those before it. */
export interface Group {
  /** Runs one transaction; what it changed counts only when it returns, not when it throws. */
  run<T>(transaction: (draft: Draft) => T): T
  /** What is to be stored: per key the last change. */
  changes(): readonly Change[]
  /** The ends of the journal with the changes of this group. */
  ends(): Ends
}

/** Starts a group on what is stored: `get` reads it and `ends` are those of its journal. */
export function createGroup(stored: {
  readonly get: (key: Buffer) => Buffer | undefined
  readonly ends: Ends
  readonly now: Instant
}): Group {
  const changed = new Map<string, Change>()
  let groupEnds = stored.ends
  return {
    run(transaction) {
      const own = new Map<string, Change>()
      let ends = groupEnds
      const put = (key: Buffer, value: Buffer) => own.set(nameOf(key), { key, value })
      const result = transaction({
        now: stored.now,
        ends: groupEnds,
        get(key) {
          const name = nameOf(key)
          const change = own.get(name) ?? changed.get(name)
          return change === undefined ? stored.get(key) : change.value
        },
        put,
        remove: (key) => own.set(nameOf(key), { key, value: undefined }),
        append(reserved) {
          const { link, stored: entry } = linkEntry(ends.head, reserved)
          ends = { start: ends.start, head: link }
          put(journalKey(link.number), entry)
          return link.number
        },
        newest: () => ends.head,
        setEnds: (set) => (ends = set),
      })
      for (const [name, change] of own) changed.set(name, change)
      groupEnds = ends
      return result
    },
    changes: () =>
      groupEnds === stored.ends
        ? [...changed.values()]
        : [...changed.values(), { key: endsKey, value: encodeEnds(groupEnds) }],
    ends: () => groupEnds,
  }
}

/** One character per byte: a string that is equal for equal bytes, because buffers are compared by identity in a map. */
function nameOf(key: Buffer): string {
  return key.toString('latin1')
}
