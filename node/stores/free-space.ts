import { statfs } from 'node:fs/promises'
import { performance } from 'node:perf_hooks'

const mebibyte = 1024 * 1024
/** What opening needs at least: LevelDB writes back up to two logs of 4 MiB and merges tables. */
const leastReserve = 16 * mebibyte
const mostReserve = 256 * mebibyte
const reserveShare = 0.05
const lookAgainMilliseconds = 1_000
/** A byte that is written may be on the disk several times until tables have been merged. */
const spentPerByte = 8

/** The free space of the file system of a directory, above what new writes may not use. */
export interface FreeSpace {
  /** Whether about `bytes` more can be written; looks at the disk once a second and when much was written since. */
  has(bytes: number): Promise<boolean>
}

/** The bytes that stay free on a file system of `size` bytes, so that merging tables never meets a full disk half-way. */
export function reserveOf(size: number): number {
  return Math.max(leastReserve, Math.min(mostReserve, size * reserveShare))
}

/** Watches the free space around `directory`, which need not be empty. */
export function createFreeSpace(directory: string): FreeSpace {
  let lookedAt = Number.NEGATIVE_INFINITY
  /** What may be written before the next look. */
  let left = 0
  return {
    async has(bytes) {
      if (performance.now() - lookedAt >= lookAgainMilliseconds || bytes > left) {
        const { bavail, bsize, blocks } = await statfs(directory)
        lookedAt = performance.now()
        const free = bavail * bsize - reserveOf(blocks * bsize)
        left = free / spentPerByte
        if (free <= bytes) return false
      }
      left -= bytes
      return true
    },
  }
}
