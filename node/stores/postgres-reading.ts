import type { Instant } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import { requireEnds } from './chain.js'
import type { Ends, StoredEntry } from './chain.js'
import type { Collection, JournalEntry, Key, ListQuery, Page, Stored } from './contracts.js'
import { parseStoredJson } from './envelope.js'
import { decodeParts, formatCursor, requireKey, requirePart } from './key-encoding.js'
import { keyInRecordKey, recordKey } from './key-spaces.js'
import { listedRange, requireJournalQuery, requireLimit, requireNext, toJournalEntry } from './listing.js'
import type { PostgresConnection } from './postgres-connection.js'
import { idOf } from './postgres-operations.js'

const getRecord = {
  name: 'get_record',
  text: 'select version, value from records where id = $1 and (expires_at is null or expires_at >= $2)',
}
const listRecordsByKey = { name: 'list_records_1', text: 'select * from list_records_1($1, $2, $3, $4)' }
const listRecordsByIndex = { name: 'list_index_1', text: 'select * from list_index_1($1, $2, $3, $4)' }
const readEntries = {
  name: 'read_journal',
  text: `select number, hash, value, (select start_number from head) as start
    from journal where number > $1 order by number limit $2`,
}
export const readEndsText = 'select number as head_number, hash as head_hash, start_number, start_hash from head'
const readEnds = { name: 'read_ends', text: readEndsText }
const readNewest = {
  name: 'read_newest',
  text: `select newest.number, newest.hash, value, head.number as head_number, head.hash as head_hash,
      start_number, start_hash
    from head left join (select number, hash, value from journal order by number desc limit 2) as newest on true
    order by newest.number desc`,
}

/** The driver gives 64-bit numbers as text. */
interface RecordRow {
  readonly key: Buffer
  readonly version: string
  readonly value: string
}

export interface EntryRow {
  readonly number: string
  readonly hash: Buffer
  readonly value: string
}

export interface EndsRow {
  readonly head_number: string
  readonly head_hash: Buffer
  readonly start_number: string
  readonly start_hash: Buffer
}

/** `Records.get` at `now`. */
export async function getPostgresRecord<T>(
  connection: PostgresConnection,
  now: Instant,
  collection: Collection<T>,
  key: Key,
): Promise<Stored<T> | undefined> {
  requirePart(collection.name)
  requireKey(key)
  const id = idOf(recordKey(collection.name, key))
  const [row] = await connection.query<Omit<RecordRow, 'key'>>(getRecord, [id, Math.ceil(now)])
  return row === undefined ? undefined : parseStored<T>(key, row)
}

/** `Records.list` at `now`. One statement sees one state: no record is shown with a value that it did not have. */
export async function listPostgresRecords<T>(
  connection: PostgresConnection,
  now: Instant,
  collection: Collection<T>,
  query: ListQuery,
): Promise<Page<T>> {
  requireLimit(query.limit)
  const { from, to } = listedRange(collection, query)
  const statement = query.index === undefined ? listRecordsByKey : listRecordsByIndex
  const rows = await connection.query<RecordRow>(statement, [Math.ceil(now), from, to, query.limit + 1])
  const shown = rows.slice(0, query.limit)
  const items = shown.map((row) => parseStored<T>(decodeParts(keyInRecordKey(row.key)), row))
  const last = shown.at(-1)
  return rows.length > shown.length && last !== undefined
    ? { items, next: formatCursor(keyInRecordKey(last.key)) }
    : { items }
}

/** `Journal.read`. */
export async function readPostgresJournal(
  connection: PostgresConnection,
  query: { readonly after: number; readonly limit: number },
): Promise<readonly JournalEntry[]> {
  requireJournalQuery(query)
  const rows = await connection.query<EntryRow & { readonly start: string }>(readEntries, [query.after, query.limit])
  return rows.map((row, index) => {
    const entry = toEntry(row)
    requireNext(entry.number, index === 0 ? undefined : Number(rows[index - 1]?.number), query.after, Number(row.start))
    return toJournalEntry(entry)
  })
}

/** What `Journal.head` and `Journal.start` say. */
export async function readPostgresEnds(connection: PostgresConnection): Promise<Ends> {
  return toEnds(await connection.query<EndsRow>(readEnds, []))
}

/** @throws `store.damaged` when the newest journal entries are not those that the journal ends with */
export async function checkPostgresEnds(connection: PostgresConnection): Promise<void> {
  const rows = await connection.query<EndsRow & (EntryRow | { readonly number: null })>(readNewest, [])
  requireEnds(
    toEnds(rows),
    rows.flatMap((row) => (row.number === null ? [] : [toEntry(row)])),
  )
}

/** @throws `store.damaged` when there is no row */
export function toEnds([row]: readonly EndsRow[]): Ends {
  if (row === undefined) throw new NodeError('store.damaged', { detail: 'the head of the journal is missing' })
  return {
    start: { number: Number(row.start_number), hash: row.start_hash },
    head: { number: Number(row.head_number), hash: row.head_hash },
  }
}

export function toEntry({ number, hash, value }: EntryRow): StoredEntry {
  return { number: Number(number), hash, text: value }
}

/** The type is the one that the collection was written with; the contract says that it is not checked again. */
function parseStored<T>(key: Key, row: Omit<RecordRow, 'key'>): Stored<T> {
  return { key, value: parseStoredJson(row.value) as T, version: Number(row.version) }
}
