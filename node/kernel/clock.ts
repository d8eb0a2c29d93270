/** A point in time: milliseconds since 1970-01-01T00:00:00Z. */
export type Instant = number

/** A duration in whole or fractional seconds. */
export type Seconds = number

/** The only source of time in the node. */
export interface Clock {
  /** The present instant. Not monotonic: an operator may set the machine's clock. */
  now(): Instant
}

/** A clock that somebody moves: tests and the demo network. */
export interface MovableClock extends Clock {
  /** Moves the clock by this many seconds; negative moves it back. */
  move(by: Seconds): void
}

/** Reads the machine's clock. */
export const systemClock: Clock = { now: () => Date.now() }

/** Runs with `base` and stays ahead of it by what it was moved. */
export function createMovableClock(base: Clock = systemClock): MovableClock {
  let offsetMilliseconds = 0
  return {
    now: () => base.now() + offsetMilliseconds,
    move(by) {
      offsetMilliseconds += by * 1000
    },
  }
}

/** Stands still at `start` until moved. */
export function createFixedClock(start: Instant): MovableClock {
  return createMovableClock({ now: () => start })
}

/** Whole seconds since 1970, rounded down: the NumericDate of RFC 7519 section 2. */
export function epochSeconds(instant: Instant): number {
  return Math.floor(instant / 1000)
}

/**
 * RFC 3339 in UTC with whole seconds and `Z`.
 *
 * Whole seconds, because other nodes print dates again before they hash them.
 * @see nuts-node v6 `vcr`: fractions are re-printed in their shortest form
 */
export function toRfc3339(instant: Instant): string {
  return `${new Date(epochSeconds(instant) * 1000).toISOString().slice(0, 19)}Z`
}
