import { createHash } from 'node:crypto'

const attempts = 3
const bytes = new Uint8Array(64 * 1024).map((_, index) => index * 31)
const text = JSON.stringify(Array.from({ length: 60 }, (_, index) => ({ index, name: `name ${index}`, list: [index] })))

/**
 * The CPU time in microseconds of a fixed piece of work, the best of three: arithmetic over memory, hashing, and JSON,
 * because a busy neighbour slows these down by different amounts.
 *
 * The first calls in a process are slower, until the code has been compiled.
 */
export function calibrate(): number {
  let best = Number.POSITIVE_INFINITY
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const before = process.cpuUsage()
    work()
    const { user, system } = process.cpuUsage(before)
    best = Math.min(best, user + system)
  }
  return best
}

function work(): number {
  let sum = 0
  for (let round = 0; round < 30; round += 1) {
    for (const byte of bytes) sum = (Math.imul(sum, 31) + byte) | 0
    sum ^= createHash('sha256').update(bytes).digest().readInt32BE()
    const parsed: unknown = JSON.parse(text)
    sum ^= JSON.stringify(parsed).length
  }
  return sum
}
