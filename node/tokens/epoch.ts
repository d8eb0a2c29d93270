import type { Audit } from '../audit/audit.js'
import type { AuditEvent } from '../audit/event.js'
import type { Clock, Instant } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import type { Log } from '../kernel/log.js'
import type { Trace } from '../kernel/trace.js'
import { put, type Collection, type JournalPoint, type Store, type Stored } from '../stores/contracts.js'
import { findRestored, hasReplay, unmarkRestored, type Restored } from '../stores/restored.js'

/** No presentation that was accepted before can be accepted longer after; the memory of spent nonces is gone. */
const replayMilliseconds = 20_000

/** A life of the store: a restore begins a new one. */
interface EpochRecord {
  /** 1 for the first restore. */
  readonly number: number
  readonly startedAt: Instant
  /** Whether it is known, or an administrator says, that nothing that was revoked counts again. */
  readonly confirmed: boolean
  /** The checkpoint outside the store that the journal did not reach, and which is therefore no news. */
  readonly missed: JournalPoint | null
}

const epochs: Collection<EpochRecord> = { name: 'node-epoch' }
const epochKey = ['current']

/**
 * What a restore changes. A restored store has forgotten spent nonces, and may have forgotten revocations: tokens of before
 * are invalid, none is granted while a presentation of before could be replayed, and neither tokens nor reads are given
 * until it is certain that every revocation is there.
 */
export interface Epoch {
  /** When it began; 0 without a restore. */
  readonly startedAt: Instant
  /** Tokens that were issued before this instant are invalid: none is granted before it. 0 without a restore. */
  readonly tokensFrom: Instant
  /** @throws `token.unconfirmed` */
  requireReading(): Promise<void>
  /** @throws `token.unconfirmed`, `token.too_soon` */
  requireGranting(): void
  /** An administrator takes responsibility. Does nothing in a store that is confirmed. @throws `audit.unavailable` */
  confirm(by: { readonly user: string; readonly ground: string; readonly trace: Trace }): Promise<void>
}

export interface EpochDeps {
  readonly store: Pick<Store, 'records' | 'write' | 'journal'>
  readonly audit: Pick<Audit, 'operation'>
  readonly clock: Clock
  readonly log: Log
  /** The newest checkpoint outside the store, as far as there is one. */
  readonly outside: JournalPoint | undefined
}

/**
 * Finds out whether the store was restored since a node last started on it: the restore command says so, or a checkpoint
 * outside the store knows a journal that this one is not. Begins a new epoch then.
 *
 * What the journal of a restored store says to have ended is replayed before: an epoch that begins with less is not
 * confirmed.
 */
export async function openEpoch(deps: EpochDeps): Promise<Epoch> {
  const { store, audit, clock, log } = deps
  let current = await beginIfRestored(deps)
  const tokensFrom = current === undefined ? 0 : current.startedAt + replayMilliseconds

  async function refresh(): Promise<void> {
    // Another replica may have been told.
    if (current?.confirmed === false) current = (await store.records.get(epochs, epochKey))?.value
  }

  function requireConfirmed(): void {
    if (current?.confirmed === false) throw new NodeError('token.unconfirmed')
  }

  if (current?.confirmed === false) log.error(whatToDo)
  return {
    startedAt: current?.startedAt ?? 0,
    tokensFrom,
    async requireReading() {
      await refresh()
      requireConfirmed()
    },
    requireGranting() {
      // Continues on purpose: this call is refused, and the next one hears what was found or fails in the same way.
      refresh().catch(() => undefined)
      requireConfirmed()
      if (clock.now() < tokensFrom) throw new NodeError('token.too_soon')
    },
    async confirm({ user, ground, trace }) {
      const stored = await store.records.get(epochs, epochKey)
      if (stored === undefined || stored.value.confirmed) return
      const confirmed = { ...stored.value, confirmed: true }
      await store.write([
        put(epochs, epochKey, confirmed, { expected: stored.version }),
        audit.operation({
          code: 'storage.confirmed',
          action: 'execute',
          outcome: 'success',
          actor: { user: { id: user } },
          reasons: [ground],
          trace,
        }),
      ])
      current = confirmed
      log.warn('the restored storage is confirmed')
    },
  }
}

const whatToDo =
  'the storage was restored, and it is not certain that every revocation is in it: no tokens and no reads until an ' +
  'administrator has revoked again what was revoked since the backup, and runs: bronnet storage confirm-restore'

async function beginIfRestored(deps: EpochDeps): Promise<EpochRecord | undefined> {
  const { store, audit, clock, log, outside } = deps
  const present = await store.records.get(epochs, epochKey)
  const isMissed = outside !== undefined && (await misses(store, outside))
  const isNews = isMissed && present?.value.missed?.hash !== outside.hash
  const mark = (await findRestored(store.records))?.value
  if (!isNews && mark === undefined) return present?.value
  const next: EpochRecord = {
    number: (present?.value.number ?? 0) + 1,
    startedAt: clock.now(),
    // Everything up to the newest checkpoint is there, and so every revocation that was signed for.
    confirmed: outside !== undefined && !isMissed && !(mark !== undefined && hasReplay(mark)),
    missed: isMissed ? { number: outside.number, hash: outside.hash } : null,
  }
  try {
    await store.write([
      put(epochs, epochKey, next, { expected: versionOf(present) }),
      unmarkRestored(),
      audit.operation({
        code: 'storage.restored',
        action: 'execute',
        outcome: 'success',
        ...(outside === undefined ? {} : { object: { through: outside.number, hash: outside.hash } }),
        ...describe(mark, isMissed),
      }),
    ])
  } catch (cause) {
    // Another replica was quicker.
    if (NodeError.codeOf(cause) === 'store.conflict') return (await store.records.get(epochs, epochKey))?.value
    throw cause
  }
  log.warn('the storage was restored: tokens of before are invalid, and none is granted for twenty seconds')
  return next
}

/** Who restored what, as far as the command said it. */
function describe(mark: Restored | undefined, isMissed: boolean): Pick<AuditEvent, 'actor' | 'reasons'> {
  const missed = isMissed ? ['a checkpoint outside the storage knows entries that are not in it'] : []
  if (mark === undefined) return { reasons: missed }
  const { backup, replay } = mark
  const at = new Date(mark.at).toISOString()
  return {
    actor: { user: { id: mark.by } },
    reasons: [
      `the command filled it at ${at} from a backup of ${backup.node} of ${backup.time}, up to entry ${backup.through}`,
      ...(replay === null ? [] : [`an export gave the entries up to ${replay.through}, and they were replayed`]),
      ...missed,
    ],
  }
}

function versionOf(present: Stored<EpochRecord> | undefined): number | 'absent' {
  return present?.version ?? 'absent'
}

/** Whether the journal does not hold what a checkpoint says of it. What retention removed cannot be told. */
async function misses({ journal }: Pick<Store, 'journal'>, outside: JournalPoint): Promise<boolean> {
  const [start, head] = await Promise.all([journal.start(), journal.head()])
  if (outside.number > head.number) return true
  if (outside.number < start.number || outside.number === 0) return false
  if (outside.number === start.number) return outside.hash !== start.hash
  const [entry] = await journal.read({ after: outside.number - 1, limit: 1 })
  return entry?.hash !== outside.hash
}
