import type { Replay } from '../audit/replay.js'
import { put, type Store } from '../stores/contracts.js'
import { activations } from './activation-record.js'

/** Sets a listing that was ended on its way out again in a restored store: it is not renewed, and it is withdrawn. */
export function createReplayDeactivation({ store }: { readonly store: Pick<Store, 'records'> }): Replay {
  return async ({ party, object }) => {
    if (party === undefined || object?.service === undefined) return []
    const listed = await store.records.get(activations, [object.service, party])
    if (listed === undefined) return []
    return [put(activations, listed.key, { ...listed.value, withdrawing: true }, { expected: listed.version })]
  }
}
