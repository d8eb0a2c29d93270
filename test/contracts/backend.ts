import { afterEach, beforeEach } from '@jest/globals'
import { createFixedClock } from '../../node/kernel/clock.js'
import type { Clock, MovableClock } from '../../node/kernel/clock.js'
import type { OpenedStore } from '../../node/stores/contents.js'

/** What the suites need of a backend. */
export interface Backend {
  readonly name: string
  /** Whether a store that was opened again holds what was stored before. */
  readonly survivesRestart: boolean
  /** An empty place for one store. */
  createPlace(): Promise<Place>
}

/** Where a store lives between `open` and `open`. */
export interface Place {
  open(clock: Clock): Promise<OpenedStore>
  /** Removes what is left, after every store of this place was closed. */
  destroy(): Promise<void>
}

/** The store of the running test; both change with each test. */
export interface Subject {
  readonly store: OpenedStore
  readonly clock: MovableClock
  /** Closes the store and opens it again in the same place. */
  reopen(): Promise<void>
}

/** Gives each test of the describing block an empty store on a clock that stands still. */
export function useStore(backend: Backend): Subject {
  let current: { place: Place; store: OpenedStore; clock: MovableClock } | undefined

  function get() {
    if (current === undefined) throw new Error('a store is only there inside a test')
    return current
  }

  beforeEach(async () => {
    const clock = createFixedClock(Date.parse('2026-03-01T09:00:00Z'))
    const place = await backend.createPlace()
    current = { place, clock, store: await place.open(clock) }
  })

  afterEach(async () => {
    const { place, store } = get()
    await store.close()
    await place.destroy()
  })

  return {
    get store() {
      return get().store
    },
    get clock() {
      return get().clock
    },
    async reopen() {
      const { place, store, clock } = get()
      await store.close()
      current = { place, clock, store: await place.open(clock) }
    },
  }
}

/** The code of what `promise` was rejected with; fails the test when it was not. */
export async function refusalOf(promise: Promise<unknown>): Promise<unknown> {
  const outcome = await promise.then(
    () => ({ code: 'fulfilled' }),
    (error: unknown) => error,
  )
  return typeof outcome === 'object' && outcome !== null && 'code' in outcome ? outcome.code : outcome
}
