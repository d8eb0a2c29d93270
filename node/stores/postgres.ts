import type { Clock } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import type { Log } from '../kernel/log.js'
import type { Secret } from '../kernel/secret.js'
import { toPoint } from './chain.js'
import { append, onlyNumber } from './contracts.js'
import type { OpenedStore, OpenOptions } from './contents.js'
import type { Operation, Written } from './contracts.js'
import { requireLimit } from './listing.js'
import { claimBy } from './operations.js'
import { openPostgresConnection } from './postgres-connection.js'
import { loadPostgresItems, openPostgresSnapshot } from './postgres-contents.js'
import { encodeBatch } from './postgres-operations.js'
import {
  checkPostgresEnds,
  getPostgresRecord,
  listPostgresRecords,
  readPostgresEnds,
  readPostgresJournal,
} from './postgres-reading.js'
import { createPostgresWriter } from './postgres-writer.js'
import { patienceMilliseconds, requireInTime } from './stall.js'

const sweepExpired = { name: 'sweep_1', text: 'select sweep_1($1::bigint, $2::bigint) as removed' }
const checkDurable = { name: 'check_1', text: 'select check_1()' }

/**
 * Opens a store in PostgreSQL: the contract of `Store` for several processes on one database.
 *
 * Every write is one statement that locks the head of the journal first: writes of all processes are done one after the
 * other, and what decides whether a batch is done is decided there. Needs a database, or a schema through the
 * `search_path`, of its own; makes and updates its tables by itself. Expiry follows the clock of the process that asks.
 * @throws `store.unavailable` also when the server does not sync what it acknowledges; `store.damaged`;
 *   `config.invalid` when the URL is none or the tables are of a newer version; each with a note for the operator
 */
export async function openPostgresStore(deps: {
  readonly url: Secret
  readonly clock: Clock
  readonly log: Log
  readonly options?: OpenOptions
}): Promise<OpenedStore> {
  const { url, clock, log, options = {} } = deps
  const connection = await openPostgresConnection({ url, log, options })
  await checkPostgresEnds(connection).catch(async (error: unknown) => {
    await connection.close()
    throw error
  })
  const writer = createPostgresWriter({ connection, clock })
  const running = new Set<Promise<unknown>>()
  let closed: Promise<void> | undefined

  /** Runs what `close` waits for. */
  async function accept<T>(run: () => Promise<T>): Promise<T> {
    if (closed !== undefined) throw new NodeError('store.unavailable', { detail: 'the store is closed' })
    const accepted = run()
    running.add(accepted)
    try {
      return await accepted
    } finally {
      running.delete(accepted)
    }
  }

  function write(operations: readonly Operation[]): Promise<Written> {
    return accept(async () => {
      const batch = encodeBatch(operations)
      return operations.length === 0 ? { versions: [], numbers: [] } : writer.submit(batch)
    })
  }

  return {
    records: {
      get: (collection, key) => accept(() => getPostgresRecord(connection, clock.now(), collection, key)),
      list: (collection, query) => accept(() => listPostgresRecords(connection, clock.now(), collection, query)),
    },
    claims: { claim: (key, until) => claimBy(write, key, until) },
    journal: {
      append: async (value) => onlyNumber(await write([append(value)])),
      read: (query) => accept(() => readPostgresJournal(connection, query)),
      head: () => accept(async () => toPoint((await readPostgresEnds(connection)).head)),
      start: () => accept(async () => toPoint((await readPostgresEnds(connection)).start)),
    },
    write,
    sweep: (limit) =>
      accept(async () => {
        requireLimit(limit)
        const rows = await connection.query<{ removed: string }>(sweepExpired, [Math.ceil(clock.now()), limit])
        return Number(rows[0]?.removed ?? 0)
      }),
    contents: {
      snapshot: () => accept(() => openPostgresSnapshot(connection)),
      load: (start, items) => accept(() => loadPostgresItems(connection, start, items)),
    },
    check: () =>
      accept(async () => {
        await requireInTime(connection.query(checkDurable, []), patienceMilliseconds)
      }),
    close() {
      closed ??= Promise.allSettled(running).then(() => connection.close())
      return closed
    },
  }
}
