import type { Operation } from '../../stores/contracts.js'

/** Writes small batches together: what is added while one is under way goes with the next. */
export interface Batches {
  /**
   * Takes operations that belong together. Returns when there is room for more, which says nothing about what was taken.
   * @throws what a write before threw: then nothing more is taken
   */
  add(operations: readonly Operation[]): Promise<void>
  /** Returns when everything that was added is written. @throws what a write threw */
  flush(): Promise<void>
  /** True when a write failed: what was added since is not written. */
  hasFailed(): boolean
}

const maxWaiting = 512
/** One batch holds up all others. */
const maxOperations = 1000

export function createBatches(write: (operations: readonly Operation[]) => Promise<unknown>): Batches {
  let waiting: (readonly Operation[])[] = []
  let writing: Promise<void> | undefined
  let fault: { readonly cause: unknown } | undefined

  async function writeAll(): Promise<void> {
    while (waiting.length > 0 && fault === undefined) {
      const batch: Operation[] = []
      while (waiting.length > 0 && batch.length < maxOperations) batch.push(...(waiting.shift() ?? []))
      try {
        await write(batch)
      } catch (cause) {
        // Told to whoever adds or flushes next.
        fault = { cause }
        waiting = []
      }
    }
    writing = undefined
  }

  function requireSound(): void {
    if (fault !== undefined) throw fault.cause
  }

  return {
    async add(operations) {
      requireSound()
      waiting.push(operations)
      writing ??= writeAll()
      if (waiting.length > maxWaiting) await writing
      requireSound()
    },
    async flush() {
      await writing
      requireSound()
    },
    hasFailed: () => fault !== undefined,
  }
}
