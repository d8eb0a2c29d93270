import type { Instant } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'

/**
 * A key: one to sixteen parts. Parts are encoded with their length, so `['a','bc']` and `['ab','c']` never meet.
 *
 * Each part holds 1 to 512 UTF-16 code units of well-formed Unicode without U+0000. Keys compare byte for byte: no case
 * folding, no normalisation. Every backend refuses any other key with `store.bad_input`. Names of collections and
 * indexes, and values of indexes, obey the rule of a part.
 */
export type Key = readonly string[]

/**
 * A value that JSON can hold. Strings in it, and member names, are well-formed Unicode without U+0000; numbers are
 * finite; nesting is at most 64 deep; the serialised value is at most 4 MiB. Members that are `undefined` are left out.
 * Every backend refuses anything else (dates, maps, functions, instances of classes) with `store.bad_input`.
 */
export type Value = null | boolean | number | string | readonly Value[] | { readonly [name: string]: Value | undefined }

/**
 * A named set of records of one type.
 *
 * `indexes` derives the index entries from the value, so that an index cannot drift from its record; `undefined` leaves
 * the record out of that index. The type is what this node itself wrote: it is not checked again on reading.
 */
export interface Collection<T> {
  readonly name: string
  readonly indexes?: Readonly<Record<string, (value: T) => string | undefined>>
}

/** A record as it is stored. */
export interface Stored<T> {
  readonly key: Key
  readonly value: T
  /** 1 for a new record, one more for each change. */
  readonly version: number
}

/** What `list` asks: records under a key prefix, or with one index value; never both; neither is the whole collection. */
export interface ListQuery {
  /** The first parts of the keys, whole parts only; a record with exactly this key is included. */
  readonly prefix?: Key
  /** The collection must derive this index. */
  readonly index?: { readonly name: string; readonly value: string }
  /** The `next` of the page before; opaque. */
  readonly after?: string
  /** 1 to 1000. */
  readonly limit: number
}

/**
 * One page. Records come in ascending order of their encoded key: part by part, shorter parts first. That order is
 * stable while others write: going from page to page shows every record that was there all along exactly once.
 */
export interface Page<T> {
  readonly items: readonly Stored<T>[]
  /** Present when there may be more. */
  readonly next?: string
}

/** Versioned records. */
export interface Records {
  /** The record, or `undefined` when it is absent or past its `expiresAt`. @throws `store.unavailable`, `store.bad_input` */
  get<T>(collection: Collection<T>, key: Key): Promise<Stored<T> | undefined>
  /** One page of records; expired ones are left out. @throws `store.unavailable`, `store.bad_input` */
  list<T>(collection: Collection<T>, query: ListQuery): Promise<Page<T>>
}

/** Things that may happen once. */
export interface Claims {
  /**
   * True for exactly one caller per key, however many ask at the same moment, also after a restart; false for all
   * others until `until` has passed. Durable when it returns. After `store.unavailable` the claim may have been taken.
   * @throws `store.unavailable`, `store.bad_input`
   */
  claim(key: Key, until: Instant): Promise<boolean>
}

/** A point of the journal's chain. */
export interface JournalPoint {
  /** 1 for the first entry, then without gaps; 0 before it. */
  readonly number: number
  /** 64 lower-case hexadecimal digits, all zero before the first entry; `chainHash` in `chain.ts` makes it. */
  readonly hash: string
}

/**
 * An entry of the journal. Its hash is that of the whole journal up to here: no entry before it can be changed, left out
 * or moved without changing it. The hash is over `JSON.stringify(value)`.
 */
export interface JournalEntry extends JournalPoint {
  readonly value: Value
}

/** The append-only journal. No call changes an entry; `trim`, for retention, removes the oldest. */
export interface Journal {
  /** Appends and returns the entry's number. Durable when it returns. @throws `store.unavailable`, `store.bad_input` */
  append(value: Value): Promise<number>
  /**
   * Entries with a number above `after` (0 for all) that have not been trimmed, ascending, without gaps, at most `limit`
   * (1 to 1000). Their hashes are read, not checked.
   * @throws `store.unavailable`, `store.bad_input`, `store.damaged`
   */
  read(query: { readonly after: number; readonly limit: number }): Promise<readonly JournalEntry[]>
  /** The newest entry; number 0 when there has never been one. @throws `store.unavailable` */
  head(): Promise<JournalPoint>
  /** What the oldest entry continues from: number 0, or the last entry that `trim` removed. @throws `store.unavailable` */
  start(): Promise<JournalPoint>
}

/** One part of an atomic batch. Made with `put`, `remove`, `claim`, `append`, `appendText` and `trim` below. */
export type Operation =
  | {
      readonly kind: 'put'
      readonly collection: string
      readonly key: Key
      readonly value: Value
      readonly indexes: Readonly<Record<string, string>>
      readonly expected: Expected
      readonly expiresAt: Instant | undefined
    }
  | { readonly kind: 'remove'; readonly collection: string; readonly key: Key; readonly expected: Expected }
  | { readonly kind: 'claim'; readonly key: Key; readonly until: Instant }
  | { readonly kind: 'append'; readonly value: Value }
  | { readonly kind: 'append'; readonly text: string }
  | { readonly kind: 'trim'; readonly through: number }

/** What must be true of the record before: any state, absent, or exactly this version. */
export type Expected = 'any' | 'absent' | number

/** What a batch made: the new version of each `put` and the number of each `append`, in the order of the operations. */
export interface Written {
  readonly versions: readonly number[]
  readonly numbers: readonly number[]
}

/** The only persistence of the node: three primitives and one atomic, durable batch across them. */
export interface Store {
  readonly records: Records
  readonly claims: Claims
  readonly journal: Journal
  /**
   * Does all operations or none, in their order, and is durable when it returns: a later operation sees what an earlier
   * one did. Writes are done one after the other; the values are taken when `write` is called. After
   * `store.unavailable` the outcome is unknown, but still all or none.
   * @throws `store.conflict` when a record is not as expected, `store.claimed` when a claim is taken,
   *   `store.bad_input`, `store.unavailable`
   */
  write(operations: readonly Operation[]): Promise<Written>
  /**
   * Removes at most `limit` (1 to 1000) records and claims that have expired, and returns how many it removed. Nothing
   * that is alive is removed, also when it is renewed at the same moment. Nobody needs this to see the right state:
   * expired records and claims are gone for readers at once.
   * @throws `store.unavailable`, `store.bad_input`
   */
  sweep(limit: number): Promise<number>
  /** Returns when the store can read and write durably. @throws `store.unavailable` */
  check(): Promise<void>
  /** Finishes what was accepted and closes. Later calls throw `store.unavailable`. */
  close(): Promise<void>
}

/**
 * Stores `value`, whatever was there unless `expected` says otherwise; gone after `expiresAt`, which is rounded up to a
 * whole millisecond. An expired record counts as absent: what replaces it has version 1.
 */
export function put<T>(
  collection: Collection<T>,
  key: Key,
  value: T,
  options: { readonly expected?: Expected; readonly expiresAt?: Instant } = {},
): Operation {
  const indexes: Record<string, string> = {}
  for (const [name, derive] of Object.entries(collection.indexes ?? {})) {
    const indexed = derive(value)
    if (indexed !== undefined) indexes[name] = indexed
  }
  return {
    kind: 'put',
    collection: collection.name,
    key,
    // Not known to be a Value here: the store refuses it when it is not.
    value: value as Value,
    indexes,
    expected: options.expected ?? 'any',
    expiresAt: options.expiresAt,
  }
}

/** Removes the record; with the default `any` it need not be there, nor with `absent`, which refuses when it is. */
export function remove<T>(
  collection: Collection<T>,
  key: Key,
  options: { readonly expected?: Expected } = {},
): Operation {
  return { kind: 'remove', collection: collection.name, key, expected: options.expected ?? 'any' }
}

/** Claims `key` until `until`, rounded up to a whole millisecond; a taken claim refuses the whole batch. */
export function claim(key: Key, until: Instant): Operation {
  return { kind: 'claim', key, until }
}

/** Appends to the journal. */
export function append(value: Value): Operation {
  return { kind: 'append', value }
}

/**
 * Appends the value of which `text` is the JSON, for who has made that already. The caller answers for it that the text is
 * what `JSON.stringify` gives for its value: that is not checked, only what the store cannot keep is refused.
 */
export function appendText(text: string): Operation {
  return { kind: 'append', text }
}

/** How many journal entries one `trim` may remove: a batch holds up all others. */
export const maxTrimmed = 10_000

/**
 * Removes the journal entries up to and including `through`, at most `maxTrimmed`, and keeps the number and hash of the
 * last one as the start of the chain. Whoever removes more repeats it; the batch should account for it with an `append`.
 *
 * Refuses the batch with `store.bad_input` when `through` is below the start, or not below the head as it was before the
 * batch: the newest entry always stays.
 */
export function trim(through: number): Operation {
  return { kind: 'trim', through }
}

/** The number that the only `append` of a batch was given. */
export function onlyNumber({ numbers }: Written): number {
  const [number] = numbers
  if (number === undefined) throw new NodeError('internal.fault', { detail: 'an append made no number' })
  return number
}
