import type { Store } from '../../node/stores/contracts.js'

/** `store` with a count of how often its records are read. */
export function countReads(store: Store): {
  readonly store: Store
  readonly reads: () => number
  readonly forget: () => void
} {
  let count = 0
  const records: Store['records'] = {
    get(collection, key) {
      count += 1
      return store.records.get(collection, key)
    },
    list(collection, query) {
      count += 1
      return store.records.list(collection, query)
    },
  }
  return {
    store: { ...store, records },
    reads: () => count,
    forget() {
      count = 0
    },
  }
}
