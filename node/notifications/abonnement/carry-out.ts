import type { Clock } from '../../kernel/clock.js'
import { NodeError, type ErrorCode } from '../../kernel/errors.js'
import type { Log } from '../../kernel/log.js'
import { put, remove, type Store, type Stored } from '../../stores/contracts.js'
import type { Lease } from '../../stores/lease.js'
import { retryConflict } from '../../stores/retry-conflict.js'
import type { ActAtBronhouder } from './act-at-bronhouder.js'
import { ownAbonnementen, type OwnAbonnement } from './own-records.js'

type Writing = Pick<Lease, 'write' | 'signal'>

/**
 * Does at the bronhouders what the records of own abonnementen say. What fails is tried again, later and later; a bronhouder
 * that cannot be reached is left alone for the rest of a round.
 * @throws `store.unavailable`, `store.conflict` when the lease is lost
 */
export type CarryOut = (lease: Writing) => Promise<void>

export interface CarryOutDeps {
  readonly store: Pick<Store, 'records'>
  readonly clock: Clock
  readonly log: Log
  readonly act: ActAtBronhouder
}

const second = 1000
const hour = 3600 * second
/** How long it is waited after the first failure, the second and so on; the last goes on. */
const waits = [5 * second, 5 * second, 10 * second, 30 * second, 120 * second, 600 * second, hour]
/** The same after a refusal, for which no reason is told: another answer comes when somebody changes something. */
const waitsAfterRefusal = [hour, hour, 6 * hour]
const atOnce = 8
const pageSize = 500

export function createCarryOut({ store, clock, log, act }: CarryOutDeps): CarryOut {
  /** What comes of one record, and whether its bronhouder could be reached. */
  async function outcomeOf(value: OwnAbonnement): Promise<{
    readonly next: OwnAbonnement | undefined
    readonly reached: boolean
  }> {
    try {
      return { next: await act(value), reached: true }
    } catch (cause) {
      const code = NodeError.codeOf(cause)
      const { party, eventType } = value
      const failures = value.failures + 1
      log.warn('an own abonnement could not be carried out', { party, service: eventType, code, count: failures })
      const dueAt = clock.now() + waitAfter(code, failures)
      return { next: { ...value, failures, lastError: code, dueAt }, reached: !/^(outbound|discovery)\./.test(code) }
    }
  }

  async function writeDown(
    { key, value, version }: Stored<OwnAbonnement>,
    next: OwnAbonnement | undefined,
    lease: Writing,
  ): Promise<void> {
    const expected = { expected: version }
    const operation =
      next === undefined ? remove(ownAbonnementen, key, expected) : put(ownAbonnementen, key, next, expected)
    try {
      await lease.write([operation])
    } catch (cause) {
      if (NodeError.codeOf(cause) !== 'store.conflict' || lease.signal.aborted) throw cause
      // It was changed meanwhile, and is looked at again: what was done there can be done again. But for what was given.
      if (next?.abonnementID !== undefined && next.abonnementID !== value.abonnementID) await keepGiven(next, lease)
    }
  }

  /** What was given just now can be ended by its number alone: whoever changed the record meanwhile did not know it. */
  async function keepGiven({ party, id, ...next }: OwnAbonnement, lease: Writing): Promise<void> {
    const { abonnementID, geldigTot, givenFor, givenBy, person } = next
    const given = { abonnementID, geldigTot, givenFor, givenBy, person }
    const known = Object.fromEntries(Object.entries(given).filter(([, each]) => each !== undefined))
    await retryConflict(async () => {
      const found = await store.records.get(ownAbonnementen, [party, id])
      if (found === undefined) return
      await lease.write([put(ownAbonnementen, found.key, { ...found.value, ...known }, { expected: found.version })])
    })
  }

  return async (lease) => {
    const silent = new Set<string>()
    let after: string | undefined
    do {
      const index = { name: 'work', value: 'now' }
      const page = await store.records.list(ownAbonnementen, {
        index,
        limit: pageSize,
        ...(after === undefined ? {} : { after }),
      })
      after = page.next
      const due = page.items.filter(({ value }) => value.dueAt <= clock.now())
      for (let from = 0; from < due.length; from += atOnce) {
        if (lease.signal.aborted) return
        const some = due.slice(from, from + atOnce).filter(({ value }) => !silent.has(value.bronhouder))
        // Each to its end, so that no call is still under way when the next round begins.
        const ends = await Promise.allSettled(
          some.map(async (item) => {
            const { next, reached } = await outcomeOf(item.value)
            if (!reached) silent.add(item.value.bronhouder)
            await writeDown(item, next, lease)
          }),
        )
        for (const end of ends) if (end.status === 'rejected') throw end.reason
      }
    } while (after !== undefined)
  }
}

/** @param failures from 1 */
function waitAfter(code: ErrorCode, failures: number): number {
  const schedule = code === 'notification.abonnement_refused' ? waitsAfterRefusal : waits
  return schedule[Math.min(failures, schedule.length) - 1] ?? hour
}
