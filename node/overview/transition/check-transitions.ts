import type { Audit } from '../../audit/audit.js'
import type { Clock } from '../../kernel/clock.js'
import { NodeError } from '../../kernel/errors.js'
import type { Log } from '../../kernel/log.js'
import { startTrace } from '../../kernel/trace.js'
import { put, remove, type Operation, type Store, type Stored } from '../../stores/contracts.js'
import type { Lease } from '../../stores/lease.js'
import type { ReadTransition } from './read-transition.js'
import type { TellGap } from './tell-gap.js'
import { transitionChecks, watchedMilliseconds, type TransitionCheck } from './transition-records.js'

export interface CheckTransitionsDeps {
  readonly store: Pick<Store, 'records'>
  readonly clock: Clock
  readonly log: Log
  readonly audit: Pick<Audit, 'pseudonym'>
  readonly readTransition: ReadTransition
  readonly tellGap: TellGap
}

const second = 1000
/** How long it is waited after the first failure, the second and so on; the last goes on as long as it is watched. */
const waits = [5 * second, 30 * second, 120 * second, 600 * second, 3600 * second, 6 * 3600 * second]
const pageSize = 100
const atOnce = 8

/**
 * Looks at every case that is due, and tells of days without care while they are still to come. The same days are told once,
 * also after a kill in between: the messages and that they were told are one batch. What cannot be asked now is asked later.
 * @throws `store.unavailable`, `store.conflict` when the lease is lost
 */
export function createCheckTransitions(deps: CheckTransitionsDeps) {
  const { store, clock, log } = deps

  async function look(stored: Stored<TransitionCheck>, lease: Pick<Lease, 'write'>): Promise<void> {
    const { key, value, version } = stored
    const write = (next: TransitionCheck, more: readonly Operation[] = []): Promise<unknown> =>
      lease.write([
        put(transitionChecks, key, next, { expected: version, expiresAt: value.since + watchedMilliseconds }),
        ...more,
      ])
    const trace = startTrace()
    let reading: Awaited<ReturnType<ReadTransition>>
    try {
      reading = await deps.readTransition(value, trace)
    } catch (cause) {
      const code = NodeError.codeOf(cause)
      log.warn('a transition could not be looked at', { party: value.party, code })
      await write(later(value, code))
      return
    }
    if (reading.kind !== 'looked') {
      log.warn('an indicatie could not be asked for a transition', { party: value.party, code: reading.kind })
      await write(later(value, reading.kind === 'refused' ? 'refused' : 'outbound.failed'))
      return
    }
    const { gap, zorgkantoor, goesOn } = reading
    const name = gap && deps.audit.pseudonym('gap', [value.recordID, gap.start, gap.end].join(' '))
    if (gap !== undefined && name !== value.told) {
      const told = await deps.tellGap({ check: value, gap, zorgkantoor, trace })
      await write({ ...watched(value), told: name, toldAt: clock.now() }, told)
      return
    }
    if (goesOn) await write(watched(value))
    else await lease.write([remove(transitionChecks, key, { expected: version })])
  }

  function later(check: TransitionCheck, lastError: NonNullable<TransitionCheck['lastError']>): TransitionCheck {
    const wait = waits[Math.min(check.failures, waits.length - 1)] ?? 0
    return { ...check, lastError, failures: check.failures + 1, dueAt: clock.now() + wait }
  }

  return async function checkTransitions(lease: Pick<Lease, 'write' | 'signal'>): Promise<void> {
    let after: string | undefined
    do {
      const page = await store.records.list(transitionChecks, {
        index: { name: 'due', value: 'now' },
        limit: pageSize,
        ...(after === undefined ? {} : { after }),
      })
      const due = page.items.filter(({ value }) => value.dueAt <= clock.now())
      const faults: unknown[] = []
      const worker = async (): Promise<void> => {
        for (let next = due.shift(); next !== undefined && !lease.signal.aborted; next = due.shift()) {
          try {
            await look(next, lease)
          } catch (cause) {
            // Somebody changed the case at this moment: it is due again.
            if (NodeError.codeOf(cause) === 'store.conflict' && !lease.signal.aborted) continue
            faults.push(cause)
            due.length = 0
          }
        }
      }
      // Each to its end: nothing is still under way when the lease is given back.
      await Promise.all(Array.from({ length: Math.min(atOnce, due.length) }, worker))
      if (faults.length > 0) throw faults[0]
      after = page.next
    } while (after !== undefined && !lease.signal.aborted)
  }
}

/** True when a case is to be looked at now. @throws `store.unavailable` */
export async function hasDueTransition({
  store,
  clock,
}: Pick<CheckTransitionsDeps, 'store' | 'clock'>): Promise<boolean> {
  let after: string | undefined
  do {
    const index = { name: 'due', value: 'now' }
    const page = await store.records.list(transitionChecks, {
      index,
      limit: pageSize,
      ...(after === undefined ? {} : { after }),
    })
    if (page.items.some(({ value }) => value.dueAt <= clock.now())) return true
    after = page.next
  } while (after !== undefined)
  return false
}

function watched({ lastError: _, ...check }: TransitionCheck): TransitionCheck {
  return { ...check, state: 'watched', failures: 0 }
}
