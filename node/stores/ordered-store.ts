import type { Clock } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import { encodeItem } from './contents.js'
import type { OpenedStore } from './contents.js'
import { append, onlyNumber } from './contracts.js'
import type { Operation, Written } from './contracts.js'
import { toPoint } from './chain.js'
import type { Ends } from './chain.js'
import { createConnection, readEnds, toStoreError } from './connection.js'
import type { ConnectionDeps } from './connection.js'
import { createGroupCommit } from './group-commit.js'
import { expiredRange } from './key-spaces.js'
import { listRecords, readJournal, readRecord, requireLimit } from './listing.js'
import { createOrderedSnapshot, loadItem, loadStart } from './ordered-contents.js'
import { applyOperations, claimBy, prepareOperation, removeExpired } from './operations.js'
import type { OrderedBytes } from './ordered-bytes.js'

/** How many expired things go in one transaction: writers do not wait for a whole sweep. */
const sweptAtOnce = 100

export interface OrderedStoreDeps extends ConnectionDeps {
  readonly clock: Clock
  /** For tests: how long a write may take, in milliseconds. */
  readonly patience?: number
}

/**
 * Opens a store on ordered bytes: the contract of `Store` for one process.
 * @throws `store.locked`, `store.damaged`, `store.unavailable`
 */
export async function openOrderedStore(deps: OrderedStoreDeps): Promise<OpenedStore> {
  const bytes = await deps.place.open().catch((error: unknown) => {
    throw toStoreError(error)
  })
  try {
    return createOrderedStore(deps, bytes, await readEnds(bytes))
  } catch (error) {
    await bytes.close()
    throw toStoreError(error)
  }
}

/** A store on bytes that `deps.place` has opened; `ends` are those of the journal in them. */
export function createOrderedStore(deps: OrderedStoreDeps, bytes: OrderedBytes, ends: Ends): OpenedStore {
  const { clock } = deps
  const connection = createConnection(deps, bytes, ends)
  const commits = createGroupCommit({ connection, clock, patience: deps.patience })
  let closed: Promise<void> | undefined

  function requireOpen(): void {
    if (closed !== undefined) throw new NodeError('store.unavailable', { detail: 'the store is closed' })
  }

  /** Runs a read on what is open now and names its failures. */
  async function read<T>(run: (open: OrderedBytes) => T | Promise<T>): Promise<T> {
    requireOpen()
    try {
      return await run(connection.readable())
    } catch (error) {
      throw toStoreError(error)
    }
  }

  async function write(operations: readonly Operation[]): Promise<Written> {
    requireOpen()
    const prepared = operations.map(prepareOperation)
    const size = prepared.reduce((total, operation) => total + operation.size, 0)
    return commits.submit({ size, run: (draft) => applyOperations(draft, prepared) })
  }

  async function sweep(limit: number): Promise<number> {
    requireLimit(limit)
    const expired = await read((open) => listExpired(open, clock, limit))
    let removed = 0
    for (let start = 0; start < expired.length; start += sweptAtOnce) {
      const keys = expired.slice(start, start + sweptAtOnce)
      requireOpen()
      removed += await commits.submit({ size: 0, run: (draft) => removeExpired(draft, keys) })
    }
    return removed
  }

  return {
    records: {
      get: (collection, key) => read((open) => readRecord(open, clock.now(), collection, key)),
      list: (collection, query) => read((open) => listRecords(open, clock.now(), collection, query)),
    },
    claims: { claim: (key, until) => claimBy(write, key, until) },
    journal: {
      append: async (value) => onlyNumber(await write([append(value)])),
      read: (query) => read((open) => readJournal(open, query, () => connection.ends().start.number)),
      head: () => read(() => toPoint(connection.ends().head)),
      start: () => read(() => toPoint(connection.ends().start)),
    },
    write,
    sweep,
    contents: {
      snapshot: () => read((open) => createOrderedSnapshot(open.snapshot())),
      async load(start, items) {
        requireOpen()
        const size = items.reduce((total, item) => total + encodeItem(item).length, 0)
        await commits.submit({
          size,
          run(draft) {
            loadStart(draft, start)
            for (const item of items) loadItem(draft, item)
          },
        })
      },
    },
    async check() {
      requireOpen()
      await commits.submit({ size: 0, run: () => undefined, always: true })
    },
    close() {
      closed ??= commits.drained().then(() => connection.close())
      return closed
    },
  }
}

async function listExpired(bytes: OrderedBytes, clock: Clock, limit: number): Promise<readonly Buffer[]> {
  const keys: Buffer[] = []
  for await (const entry of bytes.scan(expiredRange(clock.now()))) {
    keys.push(entry.key)
    if (keys.length === limit) break
  }
  return keys
}
