import type { Clock } from '../kernel/clock.js'
import { silentLog } from '../kernel/log.js'
import { noEnds } from './chain.js'
import type { OpenedStore } from './contents.js'
import type { ByteRange, BytesPlace, Change, Entry, OrderedBytes } from './ordered-bytes.js'
import { createOrderedStore } from './ordered-store.js'

/**
 * A store in memory with the full contract of `Store`, except that it is gone with the process.
 *
 * For tests, tools and the demo network: writing costs more as it holds more.
 */
export function createMemoryStore(deps: { readonly clock: Clock }): OpenedStore {
  const { place, bytes } = createMemoryBytes()
  return createOrderedStore({ place, clock: deps.clock, log: silentLog }, bytes, noEnds)
}

/** Ordered bytes in memory. They outlive `close`, so that `place.open` finds them again as a disk would. */
export function createMemoryBytes(): { readonly place: BytesPlace; readonly bytes: OrderedBytes } {
  const entries: Entry[] = []
  const position = (key: Buffer): number => findPosition(entries, key)

  function find(key: Buffer): Entry | undefined {
    const entry = entries[position(key)]
    return entry?.key.equals(key) ? entry : undefined
  }

  function change({ key, value }: Change): void {
    const replaced = find(key) === undefined ? 0 : 1
    if (value === undefined) entries.splice(position(key), replaced)
    else entries.splice(position(key), replaced, { key, value })
  }

  const bytes: OrderedBytes = {
    getSync: (key) => find(key)?.value,
    scan: (range) => scanEntries(entries, range),
    snapshot() {
      const kept = [...entries]
      return { scan: (range) => scanEntries(kept, range), close: async () => {} }
    },
    async apply(changes) {
      changes.forEach(change)
    },
    async close() {},
  }
  return { bytes, place: { open: async () => bytes, hasRoom: async () => true, probe: async () => {} } }
}

/** The position of the first entry whose key is not below `key`. */
function findPosition(entries: readonly Entry[], key: Buffer): number {
  let low = 0
  let high = entries.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const entry = entries[middle]
    if (entry !== undefined && Buffer.compare(entry.key, key) < 0) low = middle + 1
    else high = middle
  }
  return low
}

async function* scanEntries(entries: readonly Entry[], { from, to, order }: ByteRange): AsyncGenerator<Entry> {
  const found = entries.slice(findPosition(entries, from), findPosition(entries, to))
  yield* order === 'descending' ? found.reverse() : found
}
