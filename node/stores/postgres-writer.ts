import type { Clock } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import type { ErrorCode } from '../kernel/errors.js'
import type { Written } from './contracts.js'
import type { PostgresConnection } from './postgres-connection.js'
import type { EncodedBatch } from './postgres-operations.js'
import { notInTime, patienceMilliseconds, watchStall } from './stall.js'

/** Bounds on one transaction: the head of the journal is locked while it lasts. */
const maxGroupLength = 8 * 1024 * 1024
const maxGroupBatches = 256
const lengthPerMillisecond = 1024

const writeBatches = {
  name: 'write_batches_2',
  text: 'select write_batches_2($1::jsonb, $2::bigint) as outcomes',
}

/** The only way in which a store writes batches. */
export interface PostgresWriter {
  /** Writes after all that was submitted before. @throws `store.conflict`, `store.claimed`, `store.unavailable` */
  submit(batch: EncodedBatch): Promise<Written>
}

interface Waiting {
  readonly batch: EncodedBatch
  readonly resolve: (written: Written) => void
  readonly reject: (error: unknown) => void
}

/** What the database says of one batch. */
type Outcome = { readonly versions: readonly number[]; readonly head: number } | { readonly refusal: ErrorCode }

/**
 * Commits in groups: what came while a transaction was under way goes together in the next one, so that callers share
 * the round trip and the sync. Each batch of a group is decided by itself, in the order in which it was submitted.
 */
export function createPostgresWriter(deps: {
  readonly connection: PostgresConnection
  readonly clock: Clock
}): PostgresWriter {
  const { connection, clock } = deps
  let queue: Waiting[] = []
  let isRunning = false
  let isStalled = false

  async function writeAll(): Promise<void> {
    while (queue.length > 0) {
      const group = takeGroup()
      try {
        const outcomes = await watchStall(write(group), patienceFor(group), () => giveUp(group))
        for (const [index, member] of group.entries()) answer(member, outcomes[index])
      } catch (error) {
        for (const member of group) member.reject(error)
      } finally {
        isStalled = false
      }
    }
    isRunning = false
  }

  /** Nobody waits longer than is of use to anybody: what is under way becomes unknown, what waits behind it is refused. */
  function giveUp(group: readonly Waiting[]): void {
    isStalled = true
    for (const member of [...group, ...queue]) member.reject(notInTime())
    queue = []
  }

  function takeGroup(): readonly Waiting[] {
    let length = 0
    let count = 0
    for (const { batch } of queue) {
      length += batch.text.length
      if (count > 0 && (length > maxGroupLength || count >= maxGroupBatches)) break
      count += 1
    }
    const group = queue.slice(0, count)
    queue = queue.slice(count)
    return group
  }

  async function write(group: readonly Waiting[]): Promise<readonly Outcome[]> {
    const text = `[${group.map(({ batch }) => batch.text).join(',')}]`
    const rows = await connection.query<{ outcomes: readonly Outcome[] }>(writeBatches, [text, Math.ceil(clock.now())])
    return rows[0]?.outcomes ?? []
  }

  return {
    submit: (batch) =>
      new Promise((resolve, reject) => {
        if (isStalled) throw notInTime()
        queue.push({ batch, resolve, reject })
        // Callers of the same turn join the first group.
        if (!isRunning) {
          isRunning = true
          setImmediate(() => void writeAll())
        }
      }),
  }
}

/** A batch that is large takes its time on a database that works well. */
function patienceFor(group: readonly Waiting[]): number {
  const length = group.reduce((total, { batch }) => total + batch.text.length, 0)
  return patienceMilliseconds + length / lengthPerMillisecond
}

function answer({ batch, resolve, reject }: Waiting, outcome: Outcome | undefined): void {
  if (outcome === undefined)
    return reject(new NodeError('store.unavailable', { detail: 'the database gave no outcome' }))
  if ('refusal' in outcome) return reject(new NodeError(outcome.refusal))
  const { versions, head } = outcome
  resolve({ versions, numbers: Array.from({ length: batch.appends }, (_, index) => head - batch.appends + index + 1) })
}
