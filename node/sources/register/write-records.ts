import { isDeepStrictEqual } from 'node:util'
import type { Clock } from '../../kernel/clock.js'
import { NodeError } from '../../kernel/errors.js'
import { createTurns } from '../../kernel/turns.js'
import { put, remove } from '../../stores/contracts.js'
import type { Operation, Store } from '../../stores/contracts.js'
import { retryConflict } from '../../stores/retry-conflict.js'
import type { EntityModel } from '../graphql/entity-model.js'
import { createChangeLog, versionMember, versionOf, withoutVersion } from './change-log.js'
import type { ChangeLog, RegisterChange } from './change-log.js'
import { checkIntegrity } from './check-integrity.js'
import { badRecord } from './parse-change.js'
import type { ParsedChange } from './parse-change.js'
import { createPending } from './pending.js'
import type { Pending, PendingChange } from './pending.js'
import type { RegisterTables } from './table.js'

/** What became of one change. */
export interface ChangeOutcome {
  readonly type: string
  readonly key: string
  readonly outcome: 'created' | 'changed' | 'removed' | 'unchanged'
  /** The number of its last change. */
  readonly version: number
}

/** A change that was left out. */
export interface RefusedChange {
  readonly position: number
  readonly error: NodeError
}

/** Gives what must be written with the changes, in the same batch. */
export type WithChanges = (
  changes: readonly RegisterChange[],
  pending: Pending,
) => readonly Operation[] | Promise<readonly Operation[]>

export interface WriteOptions {
  readonly by: string
  /** How notes call the change at this position. */
  readonly path: (position: number) => string
  readonly withChanges?: WithChanges | undefined
  /** Called with a change that does not fit; without it the first one refuses all. */
  readonly leaveOut?: ((refused: RefusedChange) => void) | undefined
}

export interface WriteRecords {
  /**
   * Writes changes of at most one batch: all of them, with their entries in the log and what `withChanges` gives, or
   * none. What would change nothing is not written.
   *
   * Batches of one register are written one after the other, also by several processes, so what was checked still holds
   * when it is written.
   * @throws `source.bad_record`, `source.record_conflict`, `source.record_unknown`, `source.record_referred`,
   *   `source.unavailable`
   */
  write(changes: readonly ParsedChange[], options: WriteOptions): Promise<readonly (ChangeOutcome | undefined)[]>
  readonly log: ChangeLog
}

export interface WriteRecordsDeps {
  readonly name: string
  readonly party: string
  readonly clock: Clock
  readonly store: Pick<Store, 'records' | 'write'>
  readonly tables: RegisterTables
  readonly model: EntityModel
}

export function createWriteRecords(deps: WriteRecordsDeps): WriteRecords {
  const { store, clock, tables, model } = deps
  const log = createChangeLog(store.records, deps)
  const turns = createTurns()

  async function writeOnce(
    changes: readonly ParsedChange[],
    { by, path, withChanges, leaveOut }: WriteOptions,
  ): Promise<readonly (ChangeOutcome | undefined)[]> {
    const head = await log.readHead()
    const pending = await createPending(store.records, tables, withPositions(changes, path))
    const refused = await refuse(pending, model, path, leaveOut !== undefined)
    const outcomes = new Map<number, ChangeOutcome>()
    const logged: RegisterChange[] = []
    const operations: Operation[] = []
    const at = new Date(clock.now()).toISOString()
    for (const change of pending.changes) {
      const { type, key, record, stored, table, storedVersion, position } = change
      if (isUnchanged(change)) {
        outcomes.set(position, {
          type,
          key,
          outcome: 'unchanged',
          version: stored === undefined ? 0 : versionOf(stored),
        })
        continue
      }
      const sequence = head.sequence + logged.length + 1
      const kind = record === null ? 'removed' : stored === undefined ? 'created' : 'changed'
      logged.push({ sequence, at, by, type, key, kind, record })
      outcomes.set(position, { type, key, outcome: kind, version: sequence })
      operations.push(
        record === null
          ? remove(table.collection, [key], { expected: storedVersion })
          : put(table.collection, [key], { ...record, [versionMember]: sequence }, { expected: storedVersion }),
      )
    }
    if (logged.length > 0) {
      const more = (await withChanges?.(logged, pending)) ?? []
      await store.write([...operations, ...log.operations(logged, head.expected), ...more])
    }
    for (const each of refused) leaveOut?.(each)
    return changes.map((_change, position) => outcomes.get(position))
  }

  return {
    log,
    write: (changes, options) =>
      turns.take('write', () => retryConflict(() => writeOnce(changes, options))).catch(toSourceError),
  }
}

function withPositions(
  changes: readonly ParsedChange[],
  path: (position: number) => string,
): readonly (ParsedChange & { readonly position: number })[] {
  const seen = new Map<string, number>()
  return changes.map((change, position) => {
    const name = `${change.type}\n${change.key}`
    const earlier = seen.get(name)
    if (earlier !== undefined) throw badRecord(`${path(position)}: the same record as ${path(earlier)}`)
    seen.set(name, position)
    return { ...change, position }
  })
}

/**
 * Takes out what does not fit until the rest fits together; a change can need another one that is taken out.
 * @throws what the first one is refused with, unless they are to be left out
 */
async function refuse(
  pending: Pending,
  model: EntityModel,
  path: (position: number) => string,
  canLeaveOut: boolean,
): Promise<readonly RefusedChange[]> {
  const refused: RefusedChange[] = []
  for (;;) {
    const before = refused.length
    for (const change of pending.changes) {
      try {
        await checkIntegrity(change, pending, model, path(change.position))
      } catch (error) {
        if (!canLeaveOut || !NodeError.is(error) || !error.code.startsWith('source.')) throw error
        refused.push({ position: change.position, error })
        pending.drop(change)
      }
    }
    if (refused.length === before) return refused
  }
}

function isUnchanged({ record, stored }: PendingChange): boolean {
  return record !== null && stored !== undefined && isDeepStrictEqual(present(record), present(withoutVersion(stored)))
}

/** Without members that are null or absent: both say that there is no value. */
function present(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(present)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).filter(([, member]) => member !== null && member !== undefined)
  return Object.fromEntries(members.map(([name, member]) => [name, present(member)]))
}

/** Names a failure of the store as one of the source; what the source itself says passes. */
export function toSourceError(error: unknown): never {
  if (!NodeError.codeOf(error).startsWith('store.')) throw error
  throw new NodeError('source.unavailable', { cause: error })
}
