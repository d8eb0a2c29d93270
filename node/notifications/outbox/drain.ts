import { NodeError } from '../../kernel/errors.js'
import { put, remove, type Key, type Stored } from '../../stores/contracts.js'
import type { Lease } from '../../stores/lease.js'
import { partyKey } from '../memberships.js'
import { dueReceivers, receiverKey, receiverStates, type DueReceiver } from './outbox-records.js'
import { stateAfter, sweep, type SweepDeps } from './sweep.js'

/**
 * Delivers what waits for one receiver, for who holds its lease. Everything is marked through that lease, so a sender that
 * lost it marks nothing. Ends when nothing more can be delivered now.
 * @throws `store.*`, `audit.unavailable`, `internal.stopping`; what was delivered and not marked is delivered again, and is
 *   the same message to its receiver
 */
export type Drain = (due: DueReceiver, lease: Lease, signal: AbortSignal) => Promise<void>

export function createDrain(deps: SweepDeps): Drain {
  const { records, log } = deps
  return async (due, lease, signal) => {
    const key = receiverKey(due)
    while (!signal.aborted && !lease.signal.aborted) {
      const found = await records.get(dueReceivers, key)
      if (found === undefined) return
      const known = await records.get(receiverStates, key)
      const swept = await sweep(due, known?.value, { ...deps, lease, signal })
      if (signal.aborted) return
      const state = stateAfter(swept, found.version, deps)
      if (state === undefined) {
        if (await finish(key, found, lease)) return
        // Something new came meanwhile.
        continue
      }
      const { party, receiver, receiverRole } = due
      await lease.write([put(receiverStates, key, { ...state, receiver, receiverRole })])
      if (swept.unreachable !== undefined) {
        log.warn('a receiver of notifications does not take them', {
          party,
          peer: partyKey(receiver),
          code: swept.unreachable.code,
          count: state.failures,
        })
        return
      }
      // What is new is tried at once, and not only when something old is.
      if ((await records.get(dueReceivers, key))?.version === found.version) return
    }
  }
}

/** Takes the receiver off the list of those that something waits for; false when something new came. */
async function finish(key: Key, found: Stored<DueReceiver>, lease: Lease): Promise<boolean> {
  try {
    await lease.write([remove(dueReceivers, key, { expected: found.version }), remove(receiverStates, key)])
    return true
  } catch (cause) {
    if (NodeError.codeOf(cause) !== 'store.conflict' || lease.signal.aborted) throw cause
    return false
  }
}
