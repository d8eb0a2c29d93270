import type { Replay } from '../audit/replay.js'
import { randomId } from '../kernel/random.js'
import { put, remove, type Store } from '../stores/contracts.js'
import { numberPart } from '../stores/numbered-keys.js'
import { bySigner, entries, states } from './list-records.js'

/**
 * Takes a listing that was withdrawn off the list of a restored store. The list begins with a new seed, so that everyone
 * reads it anew. Who kept the withdrawn presentation can list it again until it ends: the account does not hold it.
 */
export function createReplayWithdrawal({ store }: { readonly store: Pick<Store, 'records'> }): Replay {
  return async ({ action, actor, object }) => {
    const { service } = object ?? {}
    if (action !== 'delete' || service === undefined || actor?.did === undefined) return []
    const listed = await store.records.get(bySigner, [service, actor.did])
    const state = await store.records.get(states, [service])
    if (listed === undefined || state === undefined) return []
    return [
      remove(bySigner, listed.key, { expected: listed.version }),
      remove(entries, [service, numberPart(listed.value.timestamp)]),
      put(states, state.key, { ...state.value, seed: randomId() }, { expected: state.version }),
    ]
  }
}
