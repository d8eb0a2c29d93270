import type { Key, Operation, Store } from './contracts.js'

/** Hears of the records of a collection that were put. */
export type OnPut = (keys: readonly Key[]) => void

/** A store that says what was written through it. */
export interface WatchedStore<S extends Store> {
  readonly store: S
  /**
   * Calls `listener` after each batch that put records into `collection`, when it is durable: also for a batch of which
   * the outcome is not known. Writes of other processes, and through leases of another store, are not seen: this is a hint
   * to be quick, and never the only way to hear.
   */
  readonly onPut: (collection: string, listener: OnPut) => void
}

/** Watches what this process writes. Batches without such a record cost a look at their operations and nothing else. */
export function watchWrites<S extends Store>(inner: S): WatchedStore<S> {
  const listeners = new Map<string, OnPut[]>()

  function tell(operations: readonly Operation[]): void {
    const put = new Map<string, Key[]>()
    for (const operation of operations) {
      if (operation.kind !== 'put' || !listeners.has(operation.collection)) continue
      put.set(operation.collection, [...(put.get(operation.collection) ?? []), operation.key])
    }
    for (const [collection, each] of listeners) {
      const keys = put.get(collection)
      if (keys !== undefined) for (const listener of each) listener(keys)
    }
  }

  return {
    store: {
      ...inner,
      async write(operations: readonly Operation[]) {
        try {
          return await inner.write(operations)
        } finally {
          // Whatever became of it: who looks where nothing is finds nothing.
          if (listeners.size > 0) tell(operations)
        }
      },
    },
    onPut(collection, listener) {
      listeners.set(collection, [...(listeners.get(collection) ?? []), listener])
    },
  }
}
