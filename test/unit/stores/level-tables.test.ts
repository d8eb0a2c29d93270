import { execFileSync } from 'node:child_process'
import { constants } from 'node:fs'
import { mkdtemp, open, rename, rm, writeFile, type FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { systemCodeOf } from '../../../node/kernel/errors.js'
import { checkTables } from '../../../node/stores/level-tables.js'
import { rejectionOf } from '../../support/refusals.js'

let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bronnet-tables-'))
})
afterEach(() => rm(directory, { recursive: true }))

const tableFile = (number: number): string => join(directory, `00000${String(number)}.ldb`)

/** Lets the store be the tables with these numbers, of 9 bytes each, under a manifest of its own, at once. */
async function nameTables(...numbers: readonly number[]): Promise<void> {
  // An edit that adds a table: level 0, its number and size, and a first and last key of one byte.
  const edit = Buffer.from(numbers.flatMap((number) => [7, 0, number, 9, 1, 97, 1, 97]))
  const name = `MANIFEST-00000${numbers.join('')}`
  await writeFile(join(directory, name), Buffer.concat([Buffer.of(0, 0, 0, 0, edit.length, 0, 1), edit]))
  await writeFile(join(directory, 'next'), `${name}\n`)
  await rename(join(directory, 'next'), join(directory, 'CURRENT'))
}

/** The other end of a pipe, as soon as it is looked at. */
async function openWhenRead(pipe: string): Promise<FileHandle> {
  for (;;) {
    try {
      return await open(pipe, constants.O_WRONLY | constants.O_NONBLOCK)
    } catch (error) {
      // Nobody reads it yet.
      if (systemCodeOf(error) !== 'ENXIO') throw error
      await setTimeout(1)
    }
  }
}

/** Makes a table that is damaged and calls `meanwhile` when it is looked at, before there is anything to see. */
async function damage(number: number, meanwhile: () => Promise<void>): Promise<void> {
  execFileSync('mkfifo', [tableFile(number)])
  const handle = await openWhenRead(tableFile(number))
  await meanwhile()
  await handle.writeFile('damage')
  await handle.close()
}

describe('tables that another process merges while they are looked at', () => {
  test('are looked at again, and what was seen of those that are gone is not called damage', async () => {
    await nameTables(1)
    const merging = damage(1, () => nameTables())
    await checkTables(directory)
    await merging
  })

  test('are damaged when the same tables still belong to the store', async () => {
    await nameTables(1)
    const merging = damage(1, async () => undefined)
    expect((await rejectionOf(checkTables(directory))).code).toBe('store.damaged')
    await merging
  })

  test('are in use by another process when they change at each of five looks', async () => {
    await nameTables(1)
    const merging = [1, 2, 3, 4, 5].map((number) => damage(number, () => nameTables(number + 1)))
    expect(await rejectionOf(checkTables(directory))).toMatchObject({
      code: 'store.locked',
      cause: { code: 'store.damaged' },
    })
    await Promise.all(merging)
  })
})
