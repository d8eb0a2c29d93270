import type { Instant } from '../kernel/clock.js'
import type { Collection, JournalEntry, Key, ListQuery, Page, Stored, Value } from './contracts.js'
import { parseStoredJson } from './envelope.js'
import { decodeParts, formatCursor, requireKey, requirePart } from './key-encoding.js'
import { keyInRecordKey, recordKey } from './key-spaces.js'
import { listedRange, requireJournalQuery, requireLimit, requireNumber } from './listing.js'
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
  text: 'select number, value from journal where number > $1 order by number limit $2',
}
const readHead = { name: 'read_head', text: 'select number from head' }

/** The driver gives 64-bit numbers as text. */
interface RecordRow {
  readonly key: Buffer
  readonly version: string
  readonly value: string
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
  const rows = await connection.query<{ number: string; value: string }>(readEntries, [query.after, query.limit])
  return rows.map((row, index) => {
    requireNumber(Number(row.number), query.after + index + 1)
    return parseEntry(Number(row.number), row.value)
  })
}

/** `Journal.head`. */
export async function readPostgresHead(connection: PostgresConnection): Promise<number> {
  const [row] = await connection.query<{ number: string }>(readHead, [])
  return Number(row?.number ?? 0)
}

/** The type is the one that the collection was written with; the contract says that it is not checked again. */
function parseStored<T>(key: Key, row: Omit<RecordRow, 'key'>): Stored<T> {
  return { key, value: parseStoredJson(row.value) as T, version: Number(row.version) }
}

/** A journal entry holds what `append` accepted, which was a `Value`. */
function parseEntry(number: number, text: string): JournalEntry {
  return { number, value: parseStoredJson(text) as Value }
}
