import { createHash } from 'node:crypto'
import { NodeError } from '../kernel/errors.js'
import { chainHash } from './chain.js'
import { encodeItem } from './contents.js'
import type { StoredItem } from './contents.js'
import type { JournalPoint } from './contracts.js'

/** How many things of one kind there are, and the SHA-256 over their texts in the order of a snapshot. */
export interface Sum {
  readonly count: number
  readonly sha256: string
}

/** What two stores with the same contents have in common. */
export interface Totals {
  readonly record: Sum
  readonly claim: Sum
  readonly entry: Sum
  /** Where the chain of the entries ended. */
  readonly head: JournalPoint
}

/** Counts and hashes the items of a snapshot. */
export interface Tally {
  /** Counts the next item; `text` is what `encodeItem` makes of it. @throws `store.damaged` when an entry breaks the chain */
  add(item: StoredItem, text?: string): void
  totals(): Totals
}

/** Starts with nothing, before the first item of a journal that continues from `start`. */
export function createTally(start: JournalPoint): Tally {
  const sums = { record: createSum(), claim: createSum(), entry: createSum() }
  let head = start
  return {
    add(item, text = encodeItem(item)) {
      if (item.kind === 'entry') {
        requireLinked(head, item)
        head = { number: item.number, hash: item.hash }
      }
      sums[item.kind].add(text)
    },
    totals: () => ({ record: sums.record.total(), claim: sums.claim.total(), entry: sums.entry.total(), head }),
  }
}

/** @throws `store.damaged` unless `entry` is the one that comes after `previous` in the chain */
export function requireLinked(previous: JournalPoint, entry: JournalPoint & { readonly value: unknown }): void {
  const number = previous.number + 1
  if (entry.number === number && chainHash(previous.hash, number, JSON.stringify(entry.value)) === entry.hash) return
  throw new NodeError('store.damaged', {
    detail: `journal entry ${number} is missing or is not what was appended`,
    notes: [`Entry ${number} of the audit journal is missing or is not what was appended.`],
  })
}

function createSum(): { add(text: string): void; total(): Sum } {
  const hash = createHash('sha256')
  let count = 0
  return {
    add(text) {
      count += 1
      hash.update(text).update('\n')
    },
    total: () => ({ count, sha256: hash.copy().digest('hex') }),
  }
}
