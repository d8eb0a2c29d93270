import type { Clock } from '../../../node/kernel/clock.js'
import { silentLog } from '../../../node/kernel/log.js'
import { noEnds } from '../../../node/stores/chain.js'
import type { OpenedStore } from '../../../node/stores/contents.js'
import { createOrderedStore } from '../../../node/stores/ordered-store.js'
import { createFaultyMedium, type FaultyMedium } from './faulty-bytes.js'

/** A store on a medium that can be made to fail. It is not opened again: after one failure every write is refused. */
export function createFaultyStore(clock: Clock): { readonly store: OpenedStore; readonly medium: FaultyMedium } {
  const medium = createFaultyMedium()
  const pause = (): Promise<void> => new Promise(() => {})
  const store = createOrderedStore({ place: medium.place, clock, log: silentLog, pause }, medium.bytes, noEnds)
  return { store, medium }
}
