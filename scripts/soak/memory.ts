/** Bytes. */
export interface Memory {
  readonly heap: number
  readonly rss: number
}

/** What a heap may grow without a reason: caches that fill, code that is compiled. */
const allowedBytes = 8 * 1024 * 1024
const allowedShare = 0.15

/**
 * Whether a heap grows: the least of its last third is well above the least of its second. The first third is left out,
 * because caches fill then. Too few samples tell nothing.
 */
export function isGrowing(heaps: readonly number[]): boolean {
  const third = Math.floor(heaps.length / 3)
  if (third < 2) return false
  const middle = Math.min(...heaps.slice(third, 2 * third))
  const last = Math.min(...heaps.slice(2 * third))
  return last - middle > Math.max(allowedBytes, middle * allowedShare)
}
