import type { Secret } from '../kernel/secret.js'
import { createSession, toPostgresError } from './postgres-connection.js'

/** What of a database decides whether a store in it lasts. */
export interface PostgresSettings {
  /** Such as `16.4`. */
  readonly version: string
  readonly isUnicode: boolean
  /** Whether the server waits for the disk. */
  readonly fsync: boolean
  readonly synchronousCommit: boolean
  readonly fullPageWrites: boolean
  readonly isReadCommitted: boolean
  /** Whether the user may make tables in the schema that is used. */
  readonly mayCreate: boolean
}

/**
 * Connects to a database and looks at its settings; changes nothing.
 * @throws `store.unavailable` when it cannot be reached or does not let this user in; `config.invalid` for a URL that is
 *   none; each with a note for the operator
 */
export async function readPostgresSettings(url: Secret): Promise<PostgresSettings> {
  const session = createSession(url)
  // The promise of the running statement says the same.
  session.on('error', () => undefined)
  async function ask(): Promise<Readonly<Record<string, string | boolean | null>>> {
    await session.connect()
    const { rows } = await session.query<Record<string, string | boolean | null>>(
      `select split_part(current_setting('server_version'), ' ', 1) as version,
         current_setting('server_encoding') as encoding,
         current_setting('fsync') as fsync, current_setting('synchronous_commit') as synchronous_commit,
         current_setting('full_page_writes') as full_page_writes,
         current_setting('default_transaction_isolation') as isolation,
         has_schema_privilege(current_schema(), 'create') as may_create`,
    )
    const [row = {}] = rows
    return row
  }
  const row = await ask()
    .catch((error: unknown) => {
      throw toPostgresError(error)
    })
    // Continues on purpose: there may be no connection to end.
    .finally(() => session.end().catch(() => undefined))
  return {
    version: String(row['version']),
    isUnicode: row['encoding'] === 'UTF8',
    fsync: row['fsync'] === 'on',
    synchronousCommit: row['synchronous_commit'] !== 'off',
    fullPageWrites: row['full_page_writes'] === 'on',
    isReadCommitted: row['isolation'] === 'read committed',
    // Without a schema of the search_path that exists there is none to create in.
    mayCreate: row['may_create'] === true,
  }
}

/** What keeps a store from lasting in such a database, with what to do; a line each. */
export function faultsOfPostgres(settings: PostgresSettings): readonly string[] {
  const { isUnicode, fsync, synchronousCommit, fullPageWrites, isReadCommitted, mayCreate } = settings
  return [
    ...(isUnicode ? [] : ['it has another encoding than UTF8: make one with encoding UTF8 and template template0']),
    ...(fsync ? [] : ['fsync is off: a power cut would lose what was acknowledged; switch it on']),
    ...(synchronousCommit ? [] : ['synchronous_commit is off: switch it on for this database']),
    ...(fullPageWrites ? [] : ['full_page_writes is off: a power cut could tear a page; switch it on']),
    ...(isReadCommitted ? [] : ['default_transaction_isolation is not read committed: remove that setting']),
    ...(mayCreate ? [] : ['the user may not make tables in the schema: grant create on it, or give it one of its own']),
  ]
}
