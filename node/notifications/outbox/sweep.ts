import type { Clock, Instant } from '../../kernel/clock.js'
import type { Log } from '../../kernel/log.js'
import { startTrace } from '../../kernel/trace.js'
import type { Records } from '../../stores/contracts.js'
import type { Lease } from '../../stores/lease.js'
import { partyKey } from '../memberships.js'
import { createBatches } from './batches.js'
import type { MarkDeliveries } from './mark-deliveries.js'
import {
  pendingDeliveries,
  receiverKey,
  type Delivery,
  type DueReceiver,
  type ReceiverState,
} from './outbox-records.js'
import { recordLanes } from './record-lanes.js'
import { givenUpAfterMilliseconds, nextAttempt, usualWaits } from './schedule.js'
import type { SendMessage, SendOutcome } from './send-message.js'

/** How attempts end, for the metrics. */
export type DeliveryCount = 'delivered' | 'consolidated' | 'failed' | 'dead'

export interface SweepDeps {
  readonly clock: Clock
  readonly log: Log
  readonly records: Pick<Records, 'get' | 'list'>
  readonly send: SendMessage
  readonly mark: MarkDeliveries
  /** From 0 up to 1. */
  readonly random: () => number
  /** How many messages may be on their way to one receiver. */
  readonly atOnce: number
  readonly count: (outcome: DeliveryCount) => void
  /** For tests. */
  readonly waits?: readonly number[]
}

/** How it went. */
export interface Swept {
  /** Of the receiver; `undefined` when it takes what it is given. */
  readonly unreachable: { readonly code: string; readonly retryAfterMilliseconds: number | undefined } | undefined
  /** Attempts in a row that failed for everything, this one left out. */
  readonly failures: number
  /** When the first of what was not taken is to be tried again. */
  readonly earliest: Instant | undefined
}

/** So many messages in a row that are not taken say that it is the receiver. */
const failuresInARow = 8

/**
 * Goes once through what waits for a receiver. Messages about one record go one after the other; of neighbours with one
 * event the last says it all. Those about different records go side by side, or one by one as long as the receiver has
 * not taken any since it failed. Stops when it turns out not to answer.
 * @throws as `Drain`
 */
export async function sweep(
  due: DueReceiver,
  state: ReceiverState | undefined,
  { lease, signal, ...deps }: SweepDeps & { readonly lease: Lease; readonly signal: AbortSignal },
): Promise<Swept> {
  const { clock, mark, count } = deps
  const marks = createBatches((operations) => lease.write(operations))
  let failures = state?.failures ?? 0
  let unreachable: Swept['unreachable']
  let inARow = 0
  let earliest: Instant | undefined

  /** What ended a lane. Kept, because nobody may be waiting for that lane yet. */
  const faults: unknown[] = []

  const isOver = (): boolean =>
    unreachable !== undefined || faults.length > 0 || signal.aborted || lease.signal.aborted || marks.hasFailed()

  /** False when what comes after it has to wait. */
  async function settle(delivery: Delivery, outcome: SendOutcome, trace: ReturnType<typeof startTrace>) {
    const now = clock.now()
    if (outcome.kind === 'delivered') {
      inARow = 0
      failures = 0
      count('delivered')
      await marks.add(mark.delivered(delivery, outcome.notificatieID, trace))
      return true
    }
    const { kind, code } = outcome
    count('failed')
    if (kind === 'unreachable') unreachable ??= { code, retryAfterMilliseconds: outcome.retryAfterMilliseconds }
    // What waits for too long is given up below, with all that does.
    if (kind === 'unreachable') return false
    if (kind === 'refused' || isTooOld(delivery, now)) {
      await marks.add(giveUp(delivery, { state: kind === 'refused' ? kind : 'expired', code, trace }, deps))
      return true
    }
    const at = nextAttempt(now, delivery.attempts + 1, deps.random(), deps.waits)
    earliest = Math.min(earliest ?? at, at)
    await marks.add(mark.retried(delivery, { code, at }))
    inARow += 1
    if (inARow >= failuresInARow) unreachable ??= { code, retryAfterMilliseconds: undefined }
    return false
  }

  async function runLane(lane: readonly Delivery[]): Promise<void> {
    for (const [at, delivery] of lane.entries()) {
      if (isOver()) return
      const { nextAttemptAt } = delivery
      if (nextAttemptAt !== undefined && nextAttemptAt > clock.now()) {
        earliest = Math.min(earliest ?? nextAttemptAt, nextAttemptAt)
        return
      }
      const next = lane[at + 1]
      if (next !== undefined && saysTheSame(delivery, next)) {
        count('consolidated')
        await marks.add(mark.consolidated(delivery, next))
        continue
      }
      const trace = startTrace()
      if (!(await settle(delivery, await deps.send(delivery, { trace }), trace))) return
    }
  }

  const running = new Set<Promise<void>>()
  try {
    for await (const lane of recordLanes(deps.records, pendingDeliveries, receiverKey(due))) {
      const run: Promise<void> = runLane(lane)
        .catch((cause: unknown) => void faults.push(cause))
        .finally(() => running.delete(run))
      running.add(run)
      while (running.size >= (failures > 0 ? 1 : deps.atOnce) && !isOver()) await Promise.race(running)
      if (isOver()) break
    }
    await Promise.all(running)
    if (faults.length > 0) throw faults[0]
    const { code } = unreachable ?? {}
    if (code !== undefined) await giveUpOld(code)
  } finally {
    // What was delivered is marked, whatever else went wrong.
    await Promise.all(running)
    await marks.flush()
  }
  return { unreachable, failures, earliest }

  /** What waits for too long already, when the receiver does not answer. */
  async function giveUpOld(code: string): Promise<void> {
    // First: what was taken, and is not marked yet, still stands among what waits.
    await marks.flush()
    for await (const lane of recordLanes(deps.records, pendingDeliveries, receiverKey(due)))
      for (const delivery of lane)
        if (isTooOld(delivery, clock.now()))
          await marks.add(giveUp(delivery, { state: 'expired', code, trace: startTrace() }, deps))
  }
}

/** What to remember of a receiver after a sweep; `undefined` when it took everything. */
export function stateAfter(
  { unreachable, failures, earliest }: Swept,
  lookedAt: number,
  { clock, random, waits = usualWaits }: Pick<SweepDeps, 'clock' | 'random' | 'waits'>,
): Omit<ReceiverState, keyof DueReceiver> | undefined {
  const now = clock.now()
  if (unreachable === undefined)
    return earliest === undefined ? undefined : { failures: 0, retryAt: earliest, notBefore: now, lookedAt }
  const { code, retryAfterMilliseconds } = unreachable
  const notBefore = now + (retryAfterMilliseconds ?? waits[0] ?? 0)
  return {
    failures: failures + 1,
    retryAt: retryAfterMilliseconds === undefined ? nextAttempt(now, failures + 1, random(), waits) : notBefore,
    notBefore,
    lookedAt,
    lastFailure: { at: now, code },
  }
}

function giveUp(
  delivery: Delivery,
  why: Parameters<MarkDeliveries['dead']>[1],
  { log, mark, count }: Pick<SweepDeps, 'log' | 'mark' | 'count'>,
) {
  const { party, receiver } = delivery
  log.error('a notification could not be delivered', { party, peer: partyKey(receiver), code: why.code })
  count('dead')
  return mark.dead(delivery, why)
}

function isTooOld({ createdAt }: Delivery, now: Instant): boolean {
  return now - createdAt >= givenUpAfterMilliseconds
}

/** Two messages about one record of which the receiver, who reads the record as it is now, needs one. */
function saysTheSame(one: Delivery, next: Delivery): boolean {
  return (
    one.kind === next.kind &&
    one.eventType === next.eventType &&
    one.ontvangerKenmerk === next.ontvangerKenmerk &&
    JSON.stringify(one.subjects) === JSON.stringify(next.subjects)
  )
}
