import { createHash } from 'node:crypto'
import type { ClientBase } from 'pg'
import { NodeError } from '../../kernel/errors.js'
import { schema1 } from './schema-1.js'
import { schema2 } from './schema-2.js'

/** The migrations in order: the first makes schema 1. */
export const migrations: readonly string[] = [schema1, schema2]

/** What is remembered of a migration, so that a changed one is noticed: SHA-256, lower-case hexadecimal. */
export function checksumOf(migration: string): string {
  return createHash('sha256').update(migration).digest('hex')
}

/**
 * Brings the schema that `session` works in to the newest migration, in one transaction: all that is missing or nothing.
 * Processes that do this at the same moment do it one after the other.
 *
 * @throws `config.invalid` when the schema is newer than this program knows, `store.damaged` when its history is
 *   another one; nothing is written then
 * @throws what the database says, as it says it
 */
export async function migrate(session: ClientBase, known: readonly string[] = migrations): Promise<void> {
  await session.query('begin isolation level read committed')
  try {
    await session.query(`select pg_advisory_xact_lock(hashtextextended('bronnet ' || current_schema(), 0))`)
    const applied = await readApplied(session)
    requireKnown(applied, known)
    if (applied.length === 0) await session.query(makeTable)
    for (const [index, migration] of known.entries()) {
      if (index < applied.length) continue
      await session.query(migration)
      const row = [index + 1, checksumOf(migration)]
      await session.query('insert into applied_migrations (number, checksum) values ($1, $2)', row)
    }
    await session.query('commit')
  } catch (error) {
    // Continues on purpose: what went wrong is said below, and a lost connection has rolled back by itself.
    await session.query('rollback').catch(() => undefined)
    throw error
  }
}

const makeTable = `create table applied_migrations (
  number integer primary key,
  checksum text not null,
  applied_at timestamptz not null default now()
)`

/** The checksums of the migrations that were applied, in order. */
export async function readApplied(session: ClientBase): Promise<readonly string[]> {
  const { rows } = await session.query<{ found: boolean }>(
    `select to_regclass(quote_ident(current_schema()) || '.applied_migrations') is not null as found`,
  )
  if (rows[0]?.found !== true) return []
  const applied = await session.query<{ checksum: string }>('select checksum from applied_migrations order by number')
  return applied.rows.map((row) => row.checksum)
}

function requireKnown(applied: readonly string[], known: readonly string[]): void {
  if (applied.length > known.length) {
    const notes = [
      `The database has schema ${applied.length}; this version of bronnet knows ${known.length}. Nothing was written. ` +
        'Start a version that knows it, or restore the backup from before the upgrade.',
    ]
    throw new NodeError('config.invalid', { detail: 'the schema of the database is newer', notes })
  }
  const expected = known.map(checksumOf)
  const odd = applied.findIndex((checksum, index) => checksum !== expected[index])
  if (odd !== -1) {
    const notes = [`The database was made by another migration ${odd + 1} than the one of this version of bronnet.`]
    throw new NodeError('store.damaged', { detail: 'the history of the database is another one', notes })
  }
}
