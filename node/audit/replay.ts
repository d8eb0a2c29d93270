import { NodeError } from '../kernel/errors.js'
import type { Log } from '../kernel/log.js'
import type { JournalEntry, Operation, Store, Stored } from '../stores/contracts.js'
import { findRestored, hasReplay, markReplayed, type Replaying } from '../stores/restored.js'
import type { AuditCode } from '../../schemas/audit-codes.js'
import { parseEntry } from './audit.js'
import type { AuditEvent } from './event.js'

/**
 * What an event did to the store, as far as its account tells: the operations that do it again. Doing it twice is doing it
 * once.
 */
export type Replay = (event: AuditEvent) => Promise<readonly Operation[]>

/** For every code what is done again; `undefined` where nothing has to be, or nothing can be. */
export type ReplayTable = Readonly<Record<AuditCode, Replay | undefined>>

export interface ReplayDeps {
  readonly store: Pick<Store, 'records' | 'write' | 'journal'>
  readonly log: Log
  readonly replays: ReplayTable
}

const pageSize = 100

/**
 * Does again what the journal of a restored store knows and its records do not, oldest first. How far it is, is part of
 * each write: after a stop half-way, or beside another replica, it goes on where it was. Nothing happens in other stores.
 * @throws `store.unavailable`, `store.damaged`
 */
export async function replayJournal(deps: ReplayDeps): Promise<void> {
  const { store, log } = deps
  let isAtWork = false
  for (let mark = await findReplaying(store); mark !== undefined; mark = await findReplaying(store)) {
    isAtWork = true
    try {
      await replayNext(deps, mark)
    } catch (cause) {
      // Another replica was quicker: what it did need not be done again.
      if (NodeError.codeOf(cause) !== 'store.conflict') throw cause
    }
  }
  if (isAtWork) log.warn('what the journal knows to have ended since the backup is ended again')
}

async function findReplaying({ records }: Pick<Store, 'records'>): Promise<Stored<Replaying> | undefined> {
  const mark = await findRestored(records)
  return mark !== undefined && hasReplay(mark.value) ? { ...mark, value: mark.value } : undefined
}

/** One write: that of the next entry with something to do, or how far there is nothing to do. */
async function replayNext({ store, replays }: ReplayDeps, mark: Stored<Replaying>): Promise<void> {
  const { done, through } = mark.value.replay
  const entries = await store.journal.read({ after: done, limit: Math.min(pageSize, through - done) })
  for (const entry of entries) {
    const operations = await operationsOf(entry, replays)
    if (operations.length === 0) continue
    await store.write([...operations, markReplayed(mark, entry.number)])
    return
  }
  const last = entries.at(-1)
  if (last === undefined) throw new NodeError('store.damaged', { detail: 'entries that were to be replayed are gone' })
  await store.write([markReplayed(mark, last.number)])
}

async function operationsOf(entry: JournalEntry, replays: ReplayTable): Promise<readonly Operation[]> {
  const { event } = parseEntry(entry)
  const replay = replays[event.code]
  return event.outcome !== 'success' || replay === undefined ? [] : replay(event)
}
