import { setTimeout } from 'node:timers/promises'
import { Client, Pool } from 'pg'
import { NodeError, systemCodeOf } from '../kernel/errors.js'
import type { Log } from '../kernel/log.js'
import type { Secret } from '../kernel/secret.js'
import type { OpenOptions } from './contents.js'
import { migrate, readApplied } from './migrations/migrate.js'

const maxConnections = 10
const connectionMilliseconds = 5000
const statementMilliseconds = 10_000
/** Longer than the server's own limit: this one is for a server that is out of reach. */
const answerMilliseconds = 15_000
const idleMilliseconds = 30_000
/** Opening may wait for another process that brings a large database to a new schema. */
const migrationMilliseconds = 600_000
const aloneAttempts = 20
const alonePauseMilliseconds = 100

/** Statements with a name are prepared once per connection. */
export interface Statement {
  readonly name: string
  readonly text: string
}

/** A transaction under way. */
export interface PostgresSession {
  /** As `query` of the connection. @throws `store.unavailable` */
  query<Row extends object>(text: string, values?: readonly (string | number | Buffer)[]): Promise<readonly Row[]>
  /** Must be called; only the first call counts. A rollback never fails. @throws `store.unavailable`: what was to be committed may then have been */
  end(how: 'commit' | 'rollback'): Promise<void>
}

/** The connections of one store. */
export interface PostgresConnection {
  /**
   * Runs one statement as one transaction and returns its rows. The type is that of the statement: not checked.
   * @throws `store.unavailable`; a statement that writes may then have been done
   */
  query<Row extends object>(
    statement: Statement,
    values: readonly (string | number | Buffer)[],
  ): Promise<readonly Row[]>
  /** Begins a transaction of several statements, on a connection of its own. @throws `store.unavailable` */
  begin(isolation: 'read committed' | 'repeatable read read only'): Promise<PostgresSession>
  /** Closes the connections. Nothing may be running. */
  close(): Promise<void>
}

/**
 * Connects, brings the schema up to date and looks whether the server keeps what it acknowledges. Connections that break
 * are made again when they are needed.
 * @throws `store.unavailable`, `store.damaged`, `config.invalid`; with a note for the operator
 */
export async function openPostgresConnection(deps: {
  readonly url: Secret
  readonly log: Log
  readonly options: OpenOptions
}): Promise<PostgresConnection> {
  const { url, log, options } = deps
  await prepareDatabase(url, options)
  const pool = new Pool({
    connectionString: url.reveal(),
    application_name: 'bronnet',
    max: maxConnections,
    connectionTimeoutMillis: connectionMilliseconds,
    idleTimeoutMillis: idleMilliseconds,
    statement_timeout: statementMilliseconds,
    query_timeout: answerMilliseconds,
    keepAlive: true,
  })
  let isWorking = true

  function noticeFailure(error: NodeError): void {
    if (isWorking)
      log.error('the database does not answer as it should', { code: error.code, detail: error.detail ?? '' })
    isWorking = false
  }

  // Without a listener a connection that breaks while no statement is under way would end the process: the pool hears
  // of those that nobody uses, and a transaction of its own one.
  const onBroken = (error: Error): void => noticeFailure(toPostgresError(error))
  pool.on('error', onBroken)

  return {
    async query<Row extends object>(statement: Statement, values: readonly (string | number | Buffer)[]) {
      try {
        const { rows } = await pool.query<Row>({ ...statement, values: [...values] })
        if (!isWorking) log.info('the database answers again')
        isWorking = true
        return rows
      } catch (error) {
        const named = toPostgresError(error)
        noticeFailure(named)
        throw named
      }
    },
    async begin(isolation) {
      const taken = await pool.connect().catch((error: unknown) => {
        throw toPostgresError(error)
      })
      taken.on('error', onBroken)
      let hasEnded = false
      const session: PostgresSession = {
        async query<Row extends object>(text: string, values: readonly (string | number | Buffer)[] = []) {
          try {
            return (await taken.query<Row>({ text, values: [...values] })).rows
          } catch (error) {
            throw toPostgresError(error)
          }
        },
        async end(how) {
          if (hasEnded) return
          hasEnded = true
          try {
            await session.query(how)
            taken.off('error', onBroken)
            taken.release()
          } catch (error) {
            // A connection that failed is of no more use to others either.
            taken.release(true)
            if (how === 'commit') throw error
          }
        },
      }
      await session.query(`begin isolation level ${isolation}`).catch(async (error: unknown) => {
        await session.end('rollback')
        throw error
      })
      return session
    },
    close: () => pool.end(),
  }
}

async function prepareDatabase(url: Secret, options: OpenOptions): Promise<void> {
  try {
    const session = createSession(url)
    // The promise of the running statement says the same.
    session.on('error', () => undefined)
    try {
      await session.connect()
      await requireUnicode(session)
      if (options.mustExist === true) await requireSchema(session)
      if (options.alone === true) await requireAlone(session)
      await migrate(session)
      await session.query('select check_1()')
    } finally {
      // Continues on purpose: there may be no connection to end.
      await session.end().catch(() => undefined)
    }
  } catch (error) {
    throw toPostgresError(error)
  }
}

/** One connection, not made yet. @throws `config.invalid` for a URL that is none */
export function createSession(url: Secret): Client {
  try {
    return new Client({
      connectionString: url.reveal(),
      application_name: 'bronnet',
      connectionTimeoutMillis: connectionMilliseconds,
      statement_timeout: migrationMilliseconds,
      query_timeout: migrationMilliseconds,
      keepAlive: true,
    })
  } catch {
    // Without the cause: it may quote the URL, and that may hold a password.
    const notes = ['The URL is not one of PostgreSQL, or names a certificate file that cannot be read.']
    throw new NodeError('config.invalid', { detail: 'the URL of the database cannot be used', notes })
  }
}

/** Another encoding could not hold every text. */
async function requireUnicode(session: Client): Promise<void> {
  const { rows } = await session.query<{ server_encoding: string }>('show server_encoding')
  if (rows[0]?.server_encoding === 'UTF8') return
  throw new NodeError('store.unavailable', {
    detail: 'the encoding of the database is not UTF8',
    notes: [
      'The database has another encoding than UTF8. Make one with: create database … encoding UTF8 template template0',
    ],
  })
}

async function requireSchema(session: Client): Promise<void> {
  if ((await readApplied(session)).length > 0) return
  throw new NodeError('config.invalid', { detail: 'there is no store', notes: ['there is no store in this database'] })
}

/** Sessions of a process that has just ended take a moment to go. */
async function requireAlone(session: Client): Promise<void> {
  const others = `select 1 from pg_stat_activity
    where application_name = 'bronnet' and datname = current_database() and pid <> pg_backend_pid()`
  for (let left = aloneAttempts; (await session.query(others)).rows.length > 0; left -= 1) {
    if (left === 0) {
      const notes = ['A node is connected to this database. Stop it first.']
      throw new NodeError('store.locked', { detail: 'the database is in use', notes })
    }
    await setTimeout(alonePauseMilliseconds)
  }
}

/** What an operator can do, by SQLSTATE or system code. */
const advice: Readonly<Record<string, string>> = {
  BN003:
    'The server has fsync or synchronous_commit off: it would forget what it acknowledged. Switch both on for this database.',
  BN004: 'The database or role has a default_transaction_isolation other than "read committed". Remove that setting.',
  '28P01': 'The server refuses the password.',
  '28000': 'The server refuses this user from this address.',
  '3D000': 'The database does not exist.',
  '3F000': 'No schema of the search_path exists.',
  '42501': 'The user may not make or use tables in the schema.',
  '42P07': 'The schema holds tables of something else. Give the node a database or schema of its own.',
  ENOTFOUND: 'The host name of the server is unknown.',
  ECONNREFUSED: 'The server cannot be reached: nothing listens at that address.',
}

/**
 * `error` as the contract of the stores names it. Only its code is kept: messages of the database and the driver quote
 * statements, values and the URL.
 */
export function toPostgresError(error: unknown): NodeError {
  if (NodeError.is(error)) return error
  const code = systemCodeOf(error)
  const reason = code ?? 'no answer in time, or not as the URL asks'
  const note = advice[code ?? ''] ?? `The database cannot be used (${reason}).`
  return new NodeError('store.unavailable', { detail: `database: ${reason}`, notes: [note] })
}
