import type { Instant } from '../kernel/clock.js'
import { put, remove } from './contracts.js'
import type { Collection, Operation, Records } from './contracts.js'

/** That a store was filled from a backup, and no node has started on it since. */
interface Restored {
  readonly at: Instant
}

const restored: Collection<Restored> = { name: 'store-restored' }
const restoredKey = ['state']

/** Says it in the write that makes the store complete. */
export function markRestored(mark: Restored): Operation {
  return put(restored, restoredKey, mark)
}

/** Whether it is said. @throws `store.unavailable` */
export async function isMarkedRestored(records: Pick<Records, 'get'>): Promise<boolean> {
  return (await records.get(restored, restoredKey)) !== undefined
}

/** Takes it back, for the node that has begun anew. */
export function unmarkRestored(): Operation {
  return remove(restored, restoredKey)
}
