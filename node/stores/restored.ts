import type { Instant } from '../kernel/clock.js'
import { put, remove } from './contracts.js'
import type { Collection, Operation, Records, Stored } from './contracts.js'

/** That a store was filled from a backup, and no node has begun anew on it since. */
export interface Restored {
  readonly at: Instant
  /** Who did it, as far as that is known. */
  readonly by: string
  readonly backup: {
    /** The name of the node, or the URL of its store. */
    readonly node: string
    /** RFC 3339. */
    readonly time: string
    /** The number of the last journal entry in it. */
    readonly through: number
  }
  /** Entries that came from a later export of the journal: what they ended is ended again, one after the other. */
  readonly replay: {
    /** The last entry of which that is done; at first the last one of the backup. */
    readonly done: number
    readonly through: number
  } | null
}

/** As long as entries wait to be replayed. */
export interface Replaying extends Restored {
  readonly replay: NonNullable<Restored['replay']>
}

const restored: Collection<Restored> = { name: 'store-restored' }
const restoredKey = ['state']

/** Says it in the write that makes the store complete. */
export function markRestored(mark: Restored): Operation {
  return put(restored, restoredKey, mark)
}

/** What was said, until it is taken back. @throws `store.unavailable` */
export function findRestored(records: Pick<Records, 'get'>): Promise<Stored<Restored> | undefined> {
  return records.get(restored, restoredKey)
}

/** Says how far the replay is, in the write that did it. A replica that was quicker makes that write a conflict. */
export function markReplayed({ value, version }: Stored<Replaying>, done: number): Operation {
  return put(restored, restoredKey, { ...value, replay: { ...value.replay, done } }, { expected: version })
}

/** Whether entries wait to be replayed. */
export function hasReplay(mark: Restored): mark is Replaying {
  return mark.replay !== null && mark.replay.done < mark.replay.through
}

/** Takes it back, for the node that has begun anew. */
export function unmarkRestored(): Operation {
  return remove(restored, restoredKey)
}
