import type { Instant } from '../kernel/clock.js'
import type { JournalPoint, Key, Store, Value } from './contracts.js'

/** One thing that a store holds, in a form that every backend gives and takes. */
export type StoredItem = StoredRecord | StoredClaim | StoredJournalEntry

export interface StoredRecord {
  readonly kind: 'record'
  readonly collection: string
  readonly key: Key
  readonly version: number
  readonly expiresAt: Instant | null
  readonly indexes: Readonly<Record<string, string>>
  readonly value: Value
}

export interface StoredClaim {
  readonly kind: 'claim'
  /** What `claimDigest` makes of its key, in lower-case hexadecimal; the key itself is not stored. */
  readonly digest: string
  readonly until: Instant
}

export interface StoredJournalEntry extends JournalPoint {
  readonly kind: 'entry'
  readonly value: Value
}

/** Everything in a store as it was at one moment, however long the reading takes and whoever writes meanwhile. */
export interface Snapshot {
  /** The ends of the journal. */
  readonly start: JournalPoint
  readonly head: JournalPoint
  /** How many items there are. @throws `store.unavailable` */
  count(): Promise<number>
  /**
   * Records by collection and key, then claims by digest, then journal entries by number, also what has expired: the
   * same order on every backend. @throws `store.unavailable`, `store.damaged`
   */
  items(): AsyncIterable<StoredItem>
  /** Must be called: what the snapshot holds on to costs room. */
  close(): Promise<void>
}

/** The whole of a store, for copies and backups. */
export interface Contents {
  /** @throws `store.unavailable` */
  snapshot(): Promise<Snapshot>
  /**
   * Stores items as they are, in one durable transaction: versions, numbers and hashes stay what they were in the store
   * they come from. Only for a store that is being filled: records and claims replace what is there, entries must come in
   * order, in a journal that is empty `start` is what it continues from, and hashes are not checked.
   * @throws `store.unavailable`, `store.damaged` when an entry is not the next one
   */
  load(start: JournalPoint, items: readonly StoredItem[]): Promise<void>
}

/** A store as it is opened; rooms get the `Store` of it. */
export interface OpenedStore extends Store {
  readonly contents: Contents
}

/** How a store is opened, for commands that work on the whole of one. */
export interface OpenOptions {
  /** Refuses a place where no store is, instead of making one. */
  readonly mustExist?: boolean
  /** Refuses a store that another process uses, also where several may. */
  readonly alone?: boolean
}

/** The one JSON text of an item, whichever store it comes from. */
export function encodeItem(item: StoredItem): string {
  switch (item.kind) {
    case 'record': {
      const { kind, collection, key, version, expiresAt, value: stored } = item
      const indexes = Object.fromEntries(Object.entries(item.indexes).sort(([a], [b]) => (a < b ? -1 : 1)))
      return JSON.stringify({ kind, collection, key, version, expiresAt, indexes, value: stored })
    }
    case 'claim':
      return JSON.stringify({ kind: item.kind, digest: item.digest, until: item.until })
    case 'entry':
      return JSON.stringify({ kind: item.kind, number: item.number, hash: item.hash, value: item.value })
  }
}
