import { toLink, toPoint } from './chain.js'
import type { Snapshot, StoredItem } from './contents.js'
import type { JournalPoint, Value } from './contracts.js'
import { parseStoredJson } from './envelope.js'
import { decodeParts } from './key-encoding.js'
import { encodedKeyIn, indexInIndexKey, indexKey, recordKey } from './key-spaces.js'
import { requireNext, toJournalEntry } from './listing.js'
import type { PostgresConnection } from './postgres-connection.js'
import { byteaText, idOf } from './postgres-operations.js'
import { readEndsText, toEnds, toEntry } from './postgres-reading.js'
import type { EndsRow, EntryRow } from './postgres-reading.js'
import { encodeValue } from './value-check.js'

const fetchedAtOnce = 500

const countText = `select (select count(*) from records) + (select count(*) from claims) + (select count(*) from journal) as count`

interface RecordRow {
  readonly key: Buffer
  readonly version: string
  readonly expires_at: string | null
  readonly value: string
  readonly indexes: readonly Buffer[]
}

interface ClaimRow {
  readonly id: Buffer
  readonly until: string
}

const recordsText = `select key, version, expires_at, value,
    array(select entries.key from record_indexes as entries where entries.record = records.id) as indexes
  from records order by substring(key from 1 for 2000), key`

/** `Contents.snapshot`: a transaction that sees one moment, read through cursors. */
export async function openPostgresSnapshot(connection: PostgresConnection): Promise<Snapshot> {
  const session = await connection.begin('repeatable read read only')

  /** The rows of a query, some at a time. */
  async function* scan<Row extends object>(text: string): AsyncGenerator<Row> {
    await session.query(`declare scan no scroll cursor for ${text}`)
    for (;;) {
      const rows = await session.query<Row>(`fetch ${fetchedAtOnce} from scan`)
      yield* rows
      if (rows.length < fetchedAtOnce) break
    }
    await session.query('close scan')
  }

  try {
    const ends = toEnds(await session.query<EndsRow>(readEndsText))
    return {
      start: toPoint(ends.start),
      head: toPoint(ends.head),
      async count() {
        const [{ count } = { count: '0' }] = await session.query<{ count: string }>(countText)
        return Number(count)
      },
      async *items() {
        for await (const row of scan<RecordRow>(recordsText)) yield toRecord(row)
        for await (const row of scan<ClaimRow>('select id, until from claims order by id')) yield toClaim(row)
        const entries = scan<EntryRow>('select number, hash, value from journal order by number')
        for await (const row of entries) yield { kind: 'entry', ...toJournalEntry(toEntry(row)) }
      },
      close: () => session.end('rollback'),
    }
  } catch (error) {
    await session.end('rollback')
    throw error
  }
}

const itemsText = `select * from jsonb_to_recordset($1::jsonb) as items (
  kind text, id bytea, key bytea, version bigint, expires_at bigint, value text, indexes bytea[], number bigint, hash bytea
)`
const loadTexts = {
  record: `with items as (${itemsText}), loaded as (
      insert into record_indexes (record, key) select id, unnest(indexes) from items where kind = 'record'
    )
    insert into records (id, key, version, expires_at, value)
    select id, key, version, expires_at, value from items where kind = 'record'
    on conflict (id) do update
    set version = excluded.version, expires_at = excluded.expires_at, value = excluded.value`,
  claim: `with items as (${itemsText})
    insert into claims (id, until) select id, expires_at from items where kind = 'claim'
    on conflict (id) do update set until = excluded.until`,
  entry: `with items as (${itemsText})
    insert into journal (number, hash, value) select number, hash, value from items where kind = 'entry'`,
  start: 'update head set number = $1, hash = $2, start_number = $1, start_hash = $2 where number = 0',
  head: 'update head set number = $1, hash = $2',
} as const

/** `Contents.load`. */
export async function loadPostgresItems(
  connection: PostgresConnection,
  start: JournalPoint,
  items: readonly StoredItem[],
): Promise<void> {
  const session = await connection.begin('read committed')
  try {
    const [locked = { number: '0' }] = await session.query<{ number: string }>('select lock_head_1() as number')
    const newest = Number(locked.number)
    if (newest === 0) await session.query(loadTexts.start, [start.number, toLink(start).hash])
    const last = requireConsecutive(newest === 0 ? start.number : newest, items)
    for (const kind of ['record', 'claim', 'entry'] as const) {
      const rows = items.filter((item) => item.kind === kind).map((item) => JSON.stringify(toRow(item)))
      if (rows.length > 0) await session.query(loadTexts[kind], [`[${rows.join(',')}]`])
    }
    if (last !== undefined) await session.query(loadTexts.head, [last.number, toLink(last).hash])
    await session.end('commit')
  } catch (error) {
    await session.end('rollback')
    throw error
  }
}

/** The last entry among `items`. @throws `store.damaged` unless the entries are those that come after `newest` */
function requireConsecutive(newest: number, items: readonly StoredItem[]): JournalPoint | undefined {
  const entries = items.filter((item) => item.kind === 'entry')
  for (const [index, { number }] of entries.entries()) requireNext(number, undefined, newest + index, 0)
  return entries.at(-1)
}

function toRecord(row: RecordRow): StoredItem {
  const [collection = '', ...key] = decodeParts(encodedKeyIn(row.key))
  const indexes = Object.fromEntries(row.indexes.map(indexInIndexKey))
  const expiresAt = row.expires_at === null ? null : Number(row.expires_at)
  // What is stored is what `put` accepted, which was a `Value`.
  const value = parseStoredJson(row.value) as Value
  return { kind: 'record', collection, key, version: Number(row.version), expiresAt, indexes, value }
}

function toClaim({ id, until }: ClaimRow): StoredItem {
  return { kind: 'claim', digest: id.toString('hex'), until: Number(until) }
}

function toRow(item: StoredItem): object {
  switch (item.kind) {
    case 'record': {
      const key = recordKey(item.collection, item.key)
      return {
        kind: item.kind,
        id: byteaText(idOf(key)),
        key: byteaText(key),
        version: item.version,
        expires_at: item.expiresAt,
        value: encodeValue(item.value),
        indexes: Object.entries(item.indexes).map(([name, value]) => byteaText(indexKey(key, name, value))),
      }
    }
    case 'claim':
      return { kind: item.kind, id: `\\x${item.digest}`, expires_at: item.until }
    case 'entry':
      return { kind: item.kind, number: item.number, hash: `\\x${item.hash}`, value: encodeValue(item.value) }
  }
}
