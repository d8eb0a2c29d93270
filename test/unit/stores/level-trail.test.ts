import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createLog, silentLog } from '../../../node/kernel/log.js'
import { openTrail } from '../../../node/stores/level-trail.js'
import type { Trail } from '../../../node/stores/level-trail.js'
import type { Entry } from '../../../node/stores/ordered-bytes.js'

let directory: string
let file: string
/** What the store holds of the trail, by key. */
let stored: Map<string, Entry>

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bronnet-trail-'))
  file = join(directory, 'newest-write')
  stored = new Map()
})

afterEach(() => rm(directory, { recursive: true }))

async function* entries(): AsyncGenerator<Entry> {
  yield* stored.values()
}

/** Writes `count` times and stops; a write whose place from the end is in `lost` does not reach the store. */
async function write(count: number, lost: readonly number[] = []): Promise<void> {
  const trail: Trail = await openTrail(entries(), file, silentLog)
  for (let left = count; left > 0; left -= 1) {
    const { key, value } = trail.next()
    if (value !== undefined && !lost.includes(left)) stored.set(key.toString('hex'), { key, value })
    trail.advance()
  }
  trail.close()
}

describe('the trail of writes', () => {
  test.each([0, 1, 65_535, 65_536, 65_537, 140_000])('accepts a store that has all of %d writes', async (count) => {
    await write(count)
    await write(1)
    expect(stored.size).toBe(Math.min(count + 1, 65_536))
  })

  test.each([
    ['the newest', 10, [1]],
    ['all', 10, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]],
    ['the first', 10, [10]],
    ['one in the middle', 10, [5]],
    ['one in the middle of many', 140_000, [30_000]],
    ['the oldest that is still counted', 140_000, [65_536]],
  ])('refuses a store that lost %s of its writes', async (_, count, lost) => {
    await write(count, lost)
    await expect(openTrail(entries(), file, silentLog)).rejects.toMatchObject({ code: 'store.damaged' })
  })

  test('accepts a store that holds one write more than was acknowledged', async () => {
    await write(3)
    const trail = await openTrail(entries(), file, silentLog)
    const { key, value } = trail.next()
    if (value !== undefined) stored.set(key.toString('hex'), { key, value })
    trail.close()
    await write(1)
    expect(stored.size).toBe(5)
  })

  test('says so in the log when it cannot check the end', async () => {
    const lines: string[] = []
    const log = createLog({ level: 'warn', destination: { write: (line) => lines.push(line) } })
    await write(3)
    await writeFile(file, 'not a number')
    const trail = await openTrail(entries(), file, log)
    trail.close()
    expect(lines).toHaveLength(1)
  })
})
