import type { Instant } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import { parseEntry, toPoint } from './chain.js'
import type { StoredEntry } from './chain.js'
import type { Collection, JournalEntry, Key, ListQuery, Page, Stored, Value } from './contracts.js'
import { isPast, parseEnvelope, parseStoredJson } from './envelope.js'
import type { Envelope } from './envelope.js'
import { decodeParts, formatCursor, parseCursor, requireKey, requirePart } from './key-encoding.js'
import {
  indexRange,
  journalRange,
  keyInRecordKey,
  numberInJournalKey,
  recordKey,
  recordKeyInIndexKey,
  recordRange,
} from './key-spaces.js'
import type { ByteRange, OrderedBytes } from './ordered-bytes.js'

const maxLimit = 1000

/** @throws `store.bad_input` unless `limit` is 1 to 1000 */
export function requireLimit(limit: number): void {
  if (Number.isInteger(limit) && limit >= 1 && limit <= maxLimit) return
  throw new NodeError('store.bad_input', { detail: `a limit is 1 to ${maxLimit}` })
}

/** `Records.get` on `bytes` at `now`. */
export function readRecord<T>(
  bytes: OrderedBytes,
  now: Instant,
  collection: Collection<T>,
  key: Key,
): Stored<T> | undefined {
  requirePart(collection.name)
  requireKey(key)
  const stored = bytes.getSync(recordKey(collection.name, key))
  if (stored === undefined) return undefined
  const envelope = parseEnvelope(stored)
  return isPast(envelope.expiresAt, now) ? undefined : parseStored<T>(key, envelope)
}

/** `Records.list` on `bytes` at `now`. */
export async function listRecords<T>(
  bytes: OrderedBytes,
  now: Instant,
  collection: Collection<T>,
  query: ListQuery,
): Promise<Page<T>> {
  requireLimit(query.limit)
  const items: Stored<T>[] = []
  let last: Buffer | undefined
  for await (const { encodedKey, envelope } of findRecords(bytes, collection, query)) {
    if (isPast(envelope.expiresAt, now)) continue
    if (items.length === query.limit && last !== undefined) return { items, next: formatCursor(last) }
    items.push(parseStored<T>(decodeParts(encodedKey), envelope))
    last = encodedKey
  }
  return { items }
}

/** `Journal.read` on `bytes`; `start` gives the number behind which the journal begins. */
export async function readJournal(
  bytes: OrderedBytes,
  query: { readonly after: number; readonly limit: number },
  start: () => number,
): Promise<readonly JournalEntry[]> {
  requireJournalQuery(query)
  const entries: JournalEntry[] = []
  for await (const { key, value } of bytes.scan(journalRange(query.after))) {
    const entry = parseEntry(numberInJournalKey(key), value)
    // Asked after the scan began: a trim since then only makes it higher.
    requireNext(entry.number, entries.at(-1)?.number, query.after, start())
    entries.push(toJournalEntry(entry))
    if (entries.length === query.limit) break
  }
  return entries
}

/** @throws `store.bad_input` unless `after` is 0 or more and `limit` is one of `requireLimit` */
export function requireJournalQuery(query: { readonly after: number; readonly limit: number }): void {
  requireLimit(query.limit)
  if (Number.isSafeInteger(query.after) && query.after >= 0) return
  throw new NodeError('store.bad_input', { detail: 'a journal is read after a number of 0 or more' })
}

/**
 * @throws `store.damaged` unless the journal entry `found` is the one that comes next: the one after `last`, or, as the
 *   first of an answer, the first one after `after` in a journal that begins behind `start`
 */
export function requireNext(found: number, last: number | undefined, after: number, start: number): void {
  const next = last === undefined ? Math.max(after, start) + 1 : last + 1
  if (found === next || (last === undefined && found > after && found < next)) return
  throw new NodeError('store.damaged', { detail: `journal entry ${next} is missing` })
}

/** A journal entry as the contract shows it. */
export function toJournalEntry(entry: StoredEntry): JournalEntry {
  // It holds what `append` accepted, which was a `Value`.
  return { ...toPoint(entry), value: parseStoredJson(entry.text) as Value }
}

/**
 * The stored keys that a list goes through: those of index entries when it asks an index, otherwise those of records.
 * @throws `store.bad_input` for what `ListQuery` excludes, except its limit
 */
export function listedRange<T>(collection: Collection<T>, query: ListQuery): ByteRange {
  const { prefix, index } = query
  requirePart(collection.name)
  const after = query.after === undefined ? undefined : parseCursor(query.after)
  if (index === undefined) {
    if (prefix !== undefined) requireKey(prefix)
    return recordRange(collection.name, prefix ?? [], after)
  }
  if (prefix !== undefined)
    throw new NodeError('store.bad_input', { detail: 'a list has a prefix or an index, not both' })
  if (collection.indexes === undefined || !Object.hasOwn(collection.indexes, index.name)) {
    throw new NodeError('store.bad_input', { detail: `${collection.name} does not have the index that was asked` })
  }
  requirePart(index.value)
  return indexRange(collection.name, index.name, index.value, after)
}

interface Found {
  /** Without the collection. */
  readonly encodedKey: Buffer
  readonly envelope: Envelope
}

function findRecords<T>(bytes: OrderedBytes, collection: Collection<T>, query: ListQuery): AsyncIterable<Found> {
  const range = listedRange(collection, query)
  return query.index === undefined ? scanRecords(bytes, range) : scanIndex(bytes, range, query.index)
}

async function* scanRecords(bytes: OrderedBytes, range: ByteRange): AsyncGenerator<Found> {
  for await (const { key, value } of bytes.scan(range)) {
    yield { encodedKey: keyInRecordKey(key), envelope: parseEnvelope(value) }
  }
}

async function* scanIndex(
  bytes: OrderedBytes,
  range: ByteRange,
  index: { readonly name: string; readonly value: string },
): AsyncGenerator<Found> {
  for await (const entry of bytes.scan(range)) {
    const key = recordKeyInIndexKey(entry.key)
    const stored = bytes.getSync(key)
    const envelope = stored === undefined ? undefined : parseEnvelope(stored)
    // The index is read as it was when the listing began, the record as it is now: it may have left the index since.
    if (envelope === undefined || envelope.indexes[index.name] !== index.value) continue
    yield { encodedKey: keyInRecordKey(key), envelope }
  }
}

/** The type is the one that the collection was written with; the contract says that it is not checked again. */
function parseStored<T>(key: Key, envelope: Envelope): Stored<T> {
  return { key, value: envelope.value as T, version: envelope.version }
}
