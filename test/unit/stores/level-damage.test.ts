import { cp, mkdtemp, open as openFile, readdir, rm, stat, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { systemClock } from '../../../node/kernel/clock.js'
import { NodeError } from '../../../node/kernel/errors.js'
import { silentLog } from '../../../node/kernel/log.js'
import { append, put } from '../../../node/stores/contracts.js'
import type { Store } from '../../../node/stores/contracts.js'
import { createLevelPlace, openLevelStore } from '../../../node/stores/level.js'

const things = { name: 'things' }
const count = 1200

let sound: string
let directory: string
const open = (where: string): Promise<Store> => openLevelStore({ directory: where, clock: systemClock, log: silentLog })

async function writeThings(store: Store, from: number, to: number): Promise<void> {
  for (let start = from; start < to; start += 5) {
    const group = Array.from({ length: 5 }, (_, index) => start + index)
    await Promise.all(
      group.map((number) =>
        store.write([put(things, [`${number}`], { number, text: 'tekst '.repeat(20) }), append(number)]),
      ),
    )
  }
}

/** One half of the writes ends up in tables, the other half in the log. */
beforeAll(async () => {
  sound = await mkdtemp(join(tmpdir(), 'bronnet-sound-'))
  const first = await open(sound)
  await writeThings(first, 0, count / 2)
  await first.close()
  const second = await open(sound)
  await writeThings(second, count / 2, count)
  await second.close()
})

afterAll(() => rm(sound, { recursive: true }))

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bronnet-damage-'))
  await restore()
})

afterEach(() => rm(directory, { recursive: true }))

async function restore(): Promise<void> {
  await rm(directory, { recursive: true })
  await cp(sound, directory, { recursive: true })
}

async function findFile(pattern: RegExp): Promise<string> {
  const names = await readdir(join(directory, 'level'))
  const [name, ...others] = names.filter((candidate) => pattern.test(candidate))
  if (name === undefined || others.length > 0) throw new Error(`expected one file, found ${names.join(' ')}`)
  return join(directory, 'level', name)
}

async function flipBit(file: string, position: number, bit: number): Promise<void> {
  const handle = await openFile(file, 'r+')
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, position)
  await handle.write(Buffer.of(buffer.readUInt8() ^ (1 << bit)), 0, 1, position)
  await handle.close()
}

async function expectRefusal(): Promise<void> {
  const outcome = await open(directory).then(
    async (store) => {
      await store.close()
      return 'opened'
    },
    (error: unknown) => NodeError.codeOf(error),
  )
  expect(outcome).toBe('store.damaged')
}

const places = Array.from({ length: 24 }, (_, index) => (index + 0.5) / 24)

describe('a level store that was damaged', () => {
  test('a store that was not damaged opens and has everything', async () => {
    const store = await open(directory)
    for (let number = 0; number < count; number += 1) {
      expect(await store.records.get(things, [`${number}`])).toMatchObject({ value: { number } })
    }
    expect((await store.journal.head()).number).toBe(count)
    await store.close()
  })

  test.each([
    ['the log', /\.log$/],
    ['a table', /\.ldb$/],
    ['the manifest', /^MANIFEST/],
    ['the file that names the manifest', /^CURRENT/],
  ])('one bit that turned in %s is a refusal to open', async (_, pattern) => {
    for (const [bit, place] of places.entries()) {
      await restore()
      const file = await findFile(pattern)
      await flipBit(file, Math.floor((await stat(file)).size * place), bit % 8)
      await expectRefusal()
      // The first attempt does not make the second succeed.
      await expectRefusal()
    }
  })

  test.each([
    ['the log', /\.log$/],
    ['a table', /\.ldb$/],
    ['the manifest', /^MANIFEST/],
  ])('%s without its second half is a refusal to open', async (_, pattern) => {
    const file = await findFile(pattern)
    await truncate(file, Math.floor((await stat(file)).size / 2))
    await expectRefusal()
  })

  test.each([
    ['the log', /\.log$/],
    ['a table', /\.ldb$/],
    ['the manifest', /^MANIFEST/],
    ['the file that names the manifest', /^CURRENT/],
  ])('a store without %s is a refusal to open', async (_, pattern) => {
    await rm(await findFile(pattern))
    await expectRefusal()
  })

  test('a store of which only the number of the newest write is left is not made anew', async () => {
    await rm(join(directory, 'level'), { recursive: true })
    await expectRefusal()
  })

  test('damage to the number of the newest write is no reason to refuse', async () => {
    await flipBit(join(directory, 'newest-write'), 7, 0)
    const store = await open(directory)
    expect((await store.journal.head()).number).toBe(count)
    await store.close()
    // It is whole again after the next write.
    const again = await open(directory)
    await again.journal.append('next')
    await again.close()
    await rm(await findFile(/\.log$/))
    await expectRefusal()
  })
})

describe('the end of the journal', () => {
  const entryKey = (number: number) =>
    Buffer.concat([Buffer.from('e'), Buffer.alloc(6), Buffer.of(number >> 8, number)])

  test.each([
    ['the newest entry was removed', entryKey(count), () => undefined, count],
    ['the newest entry was changed', entryKey(count), (value: Buffer) => Buffer.concat([value, value]), count],
    [
      'the one before has another hash',
      entryKey(count - 1),
      (value: Buffer) => Buffer.from(value).fill(7, 0, 32),
      count,
    ],
    ['the head is gone', Buffer.from('h'), () => undefined, 1],
  ])('is checked at the start: %s', async (_, key, change, number) => {
    // Through the store's own files, with right checksums: what a clever hand would do.
    const bytes = await createLevelPlace(directory, silentLog).open()
    await bytes.apply([{ key, value: change(bytes.getSync(key) ?? Buffer.of()) }])
    await bytes.close()
    await expect(open(directory)).rejects.toMatchObject({
      code: 'store.damaged',
      notes: [expect.stringMatching(`^Entry ${number} of the audit journal`)],
    })
  })
})
