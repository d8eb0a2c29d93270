import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { ClassicLevel } from 'classic-level'
import { createVerification, type Verdict } from '../../../node/audit/verify.js'
import { systemClock } from '../../../node/kernel/clock.js'
import { silentLog } from '../../../node/kernel/log.js'
import { append, put, trim, type Store } from '../../../node/stores/contracts.js'
import { endsKey, journalKey } from '../../../node/stores/key-spaces.js'
import { openLevelStore } from '../../../node/stores/level.js'
import { salvageJournal, type SalvagedEntry } from '../../../node/stores/level-salvage.js'
import type { CheckpointClaims } from '../../../schemas/audit-checkpoint.js'
import { rejectionOf } from '../../support/refusals.js'

/** Some in tables, some in a log. */
const inTables = 400
const count = 500
let place: string
let original: string
let root: string

beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'bronnet-salvage-'))
  original = join(place, 'original')
  await use(original, async (store) => fill(store, 1, inTables))
  // LevelDB makes a table of its log when it opens.
  root = await use(original, async (store) => {
    await fill(store, inTables + 1, count)
    return (await store.journal.head()).hash
  })
}, 60_000)

afterAll(() => rm(place, { recursive: true, force: true }))

async function use<T>(directory: string, work: (store: Store) => Promise<T>): Promise<T> {
  const store = await openLevelStore({ directory, clock: systemClock, log: silentLog })
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}

async function fill(store: Store, from: number, to: number): Promise<void> {
  for (let number = from; number <= to; number += 1) {
    const value = { number, text: `event ${String(number)} `.repeat(10) }
    await store.write([append(value), put({ name: 'things' }, [String(number)], value)])
  }
}

async function salvage(directory: string): Promise<{ readonly entries: SalvagedEntry[]; readonly verdict: Verdict }> {
  const { start, entries } = await salvageJournal(directory)
  const all: SalvagedEntry[] = []
  for await (const page of entries) all.push(...page)
  const claims = { journal: 'j', time: '2026-11-24T09:00:00Z', node: 'n', start }
  const checkpoints: CheckpointClaims[] = [{ ...claims, size: count, root }]
  const verification = createVerification({ start, checkpoints })
  for (const entry of all) {
    verification.add('text' in entry ? { ...entry, value: JSON.parse(entry.text) as unknown } : entry)
  }
  return { entries: all, verdict: verification.finish() }
}

/** A copy of the original in which the byte of a file at `offset` is another one. */
async function withFlipped(file: string, offset: number): Promise<string> {
  const copy = join(place, 'copy')
  await rm(copy, { recursive: true, force: true })
  await cp(original, copy, { recursive: true })
  const path = join(copy, 'level', file)
  const bytes = await readFile(path)
  bytes.writeUInt8(bytes.readUInt8(offset) ^ 0x10, offset)
  await writeFile(path, bytes)
  return copy
}

describe('a journal read from the files of LevelDB alone', () => {
  test('is the journal of the store, and nothing in the files is changed', async () => {
    const before = await Promise.all(
      (await readdir(join(original, 'level'))).map((name) => readFile(join(original, 'level', name))),
    )
    const { entries, verdict } = await salvage(original)
    expect(entries).toHaveLength(count)
    expect(verdict).toMatchObject({ status: 'intact', last: count })
    const after = await Promise.all(
      (await readdir(join(original, 'level'))).map((name) => readFile(join(original, 'level', name))),
    )
    expect(after).toEqual(before)
    const files = await readdir(join(original, 'level'))
    expect(files.some((name) => name.endsWith('.ldb'))).toBe(true)
    expect(
      (await readFile(join(original, 'level', files.find((name) => name.endsWith('.log')) ?? ''))).length,
    ).toBeGreaterThan(1000)
  })

  test('names the first entry that cannot be trusted, whichever byte of the journal was flipped', async () => {
    const { entries: whole } = await salvage(original)
    const files = (await readdir(join(original, 'level'))).filter((name) => /\.(ldb|log)$/.test(name))
    let hits = 0
    for (const file of files) {
      const { length } = await readFile(join(original, 'level', file))
      const step = Math.max(1, Math.floor(length / 150))
      for (let offset = 3; offset < length; offset += step) {
        const { entries, verdict } = await salvage(await withFlipped(file, offset))
        const touched = whole.findIndex((entry, index) => JSON.stringify(entry) !== JSON.stringify(entries[index]))
        if (touched < 0) {
          // The byte was none of the journal's.
          expect([file, offset, verdict.last]).toEqual([file, offset, count])
          continue
        }
        hits += 1
        expect([file, offset, verdict.status, verdict.fault?.number]).toEqual([file, offset, 'altered', touched + 1])
      }
    }
    expect(hits).toBeGreaterThan(50)
  }, 300_000)

  test('says that acknowledged writes are missing when the end of the log was cut off', async () => {
    const copy = await withFlipped(
      (await readdir(join(original, 'level'))).find((name) => name.endsWith('.log')) ?? '',
      0,
    )
    const log = (await readdir(join(copy, 'level'))).find((name) => name.endsWith('.log')) ?? ''
    const bytes = await readFile(join(original, 'level', log))
    await writeFile(join(copy, 'level', log), bytes.subarray(0, Math.floor(bytes.length / 2)))
    const { entries, verdict } = await salvage(copy)
    expect(entries.at(-1)).toMatchObject({ unreadable: expect.stringContaining('acknowledged') })
    expect(verdict).toMatchObject({ status: 'altered', fault: { number: entries.length } })
  })

  test('starts where retention left it', async () => {
    const copy = join(place, 'trimmed')
    await cp(original, copy, { recursive: true })
    await use(copy, (store) => store.write([trim(123)]))
    const { start, entries } = await salvageJournal(copy)
    const numbers: number[] = []
    for await (const page of entries) numbers.push(...page.map(({ number }) => number))
    expect([start.number, numbers[0], numbers.at(-1), numbers.length]).toEqual([123, 124, count, count - 123])
  })

  test('names an entry, and says of the notes of the store, that they are not what was written', async () => {
    const copy = join(place, 'overwritten')
    await cp(original, copy, { recursive: true })
    const level = new ClassicLevel<Buffer, Buffer>(join(copy, 'level'), {
      keyEncoding: 'buffer',
      valueEncoding: 'buffer',
    })
    await level.put(journalKey(7), Buffer.from('written by something else'))
    await level.put(endsKey, Buffer.from('x'))
    await level.close()
    const { entries, verdict } = await salvage(copy)
    expect(entries).toContainEqual({ number: 7, unreadable: 'it differs from its checksum' })
    expect(verdict).toMatchObject({ status: 'altered', fault: { number: 7 } })
  })

  test('is empty where nothing was written', async () => {
    const fresh = join(place, 'fresh')
    await use(fresh, () => Promise.resolve())
    const { entries } = await salvageJournal(fresh)
    for await (const page of entries) expect(page).toEqual([])
  })

  test('is not found where there is no store', async () => {
    expect((await rejectionOf(salvageJournal(join(place, 'nothing')))).code).toBe('store.unavailable')
  })
})
