import { addDays } from '../../node/policy/day.js'
/** Draws that are the same for the same seed and number. */
export interface Draw {
  /** 0 or more, below `bound`. */
  below(bound: number): number
  /** True in `percent` of 100 cases. */
  chance(percent: number): boolean
  pick<T>(items: readonly [T, ...T[]]): T
  uuid(): string
  /** A day as YYYY-MM-DD, at least `from` and less than `days` later. */
  day(from: string, days: number): string
}

/** Makes the draws for one person. mulberry32: small and quick, and nothing here has to be unpredictable. */
export function createDraw(seed: number, number: number): Draw {
  let state = (Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(number + 1, 0xc2b2ae35)) >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
  const below = (bound: number): number => next() % bound
  // The number of the person keeps ids apart when the draws of two persons should meet.
  const prefix = (number >>> 0).toString(16).padStart(8, '0')
  let made = seed & 0xff
  return {
    below,
    chance: (percent) => below(100) < percent,
    pick: (items) => items[below(items.length)] ?? items[0],
    uuid() {
      made += 1
      const order = (made & 0xffff).toString(16).padStart(4, '0')
      const rest = [next(), next()].map((part) => part.toString(16).padStart(8, '0')).join('')
      return `${prefix}-${order}-4${rest.slice(0, 3)}-8${rest.slice(3, 6)}-${rest.slice(4, 16)}`
    },
    day: (from, days) => addDays(from, below(days)),
  }
}
