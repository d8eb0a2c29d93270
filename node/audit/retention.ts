import type { Clock, Instant } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import type { Trace } from '../kernel/trace.js'
import { createTurns } from '../kernel/turns.js'
import { maxTrimmed, trim, type JournalEntry, type Store } from '../stores/contracts.js'
import { parseEntry, type Audit } from './audit.js'
import type { Checkpoint } from './checkpoint.js'
import type { Checkpoints } from './checkpoints.js'
import { disorderMilliseconds, findBefore } from './find-time.js'

/** What is to be removed. */
export interface RetentionRequest {
  /** Only entries of before this instant. */
  readonly before: Instant
  /** Why they may be removed: it stands in the journal. */
  readonly ground: string
  readonly trace?: Trace
}

/** What was removed. */
export interface Removed {
  /** Up to and including this entry, counted from the first there ever was. */
  readonly through: number
  readonly count: number
}

/** Removes what need not be kept any longer. */
export interface Retention {
  /**
   * Removes the oldest entries, as far as a signed checkpoint covers them, and accounts for it in the same write. What is
   * left can be verified from there on.
   * @throws `request.bad_parameters` for entries that must be kept, `audit.damaged` when a checkpoint says other than the
   *   journal, `audit.unavailable`
   */
  remove(request: RetentionRequest): Promise<Removed>
  /** The instant before which entries need not be kept. */
  limit(): Instant
}

export interface RetentionDeps {
  readonly store: Pick<Store, 'journal' | 'write'>
  readonly audit: Pick<Audit, 'operation'>
  readonly clock: Clock
  readonly checkpoints: Pick<Checkpoints, 'make' | 'listVerified'>
  readonly years: number
  /** From this instant on everything is kept, whatever is asked. */
  readonly holdFrom: Instant | undefined
}

/** Removes whole prefixes only: of a chain nothing else can be taken away. */
export function createRetention(deps: RetentionDeps): Retention {
  const { store, audit, clock, checkpoints, years, holdFrom } = deps
  const turns = createTurns()

  function limit(): Instant {
    const date = new Date(clock.now())
    date.setUTCFullYear(date.getUTCFullYear() - years)
    return date.getTime()
  }

  async function remove({ before, ground, trace }: RetentionRequest): Promise<Removed> {
    if (before > limit()) {
      throw new NodeError('request.bad_parameters', { notes: [`before: entries are kept for ${String(years)} years`] })
    }
    const until = Math.min(before, holdFrom ?? before) - disorderMilliseconds
    const [start, head] = await Promise.all([store.journal.start(), store.journal.head()])
    const old = await findBefore(store.journal, until)
    // The newest entry stays, however old it is: a journal goes on from what it holds.
    const covering = findCovering(await checkpoints.listVerified(), Math.min(old, head.number - 1))
    if (covering === undefined || covering.size <= start.number) return { through: start.number, count: 0 }
    const last = await getEntry(store, covering.size)
    if (last.hash !== covering.root) {
      throw new NodeError('audit.damaged', { detail: `a checkpoint differs from entry ${String(covering.size)}` })
    }
    for (let from = start.number; from < covering.size;) {
      const through = Math.min(from + maxTrimmed, covering.size)
      await removeThrough({ from, through, ground, trace })
      from = through
    }
    await checkpoints.make()
    return { through: covering.size, count: covering.size - start.number }
  }

  async function removeThrough(step: {
    readonly from: number
    readonly through: number
    readonly ground: string
    readonly trace: Trace | undefined
  }): Promise<void> {
    const { from, through, ground, trace } = step
    const [first, last] = [await getEntry(store, from + 1), await getEntry(store, through)]
    const event = audit.operation({
      code: 'journal.trimmed',
      action: 'delete',
      outcome: 'success',
      object: {
        through,
        recordCount: through - from,
        first: parseEntry(first).time,
        last: parseEntry(last).time,
        hash: last.hash,
      },
      grondslag: ground,
      ...(trace === undefined ? {} : { trace }),
    })
    await store.write([trim(through), event])
  }

  return { remove: (request) => turns.take('remove', () => remove(request)), limit }
}

/** The largest checkpoint that lies within the first `old` entries. */
function findCovering(checkpoints: readonly Checkpoint[], old: number): Checkpoint | undefined {
  return checkpoints.reduce<Checkpoint | undefined>(
    (best, next) => (next.size <= old && next.size > (best?.size ?? 0) ? next : best),
    undefined,
  )
}

async function getEntry(store: Pick<Store, 'journal'>, number: number): Promise<JournalEntry> {
  const [entry] = await store.journal.read({ after: number - 1, limit: 1 })
  if (entry?.number === number) return entry
  throw new NodeError('audit.damaged', { detail: `entry ${String(number)} is not there` })
}
