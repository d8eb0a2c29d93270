import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import {
  auditKeyFileIn,
  checkpointFileIn,
  openCheckpointFile,
  readCheckpointFile,
} from '../../../node/audit/checkpoint-file.js'
import { verifyCheckpoint } from '../../../node/audit/checkpoint.js'
import { createCheckpoints, type Checkpoints } from '../../../node/audit/checkpoints.js'
import { createFixedClock } from '../../../node/kernel/clock.js'
import { NodeError } from '../../../node/kernel/errors.js'
import type { Journal, Store } from '../../../node/stores/contracts.js'
import { createMemoryStore } from '../../../node/stores/memory.js'
import { createTestKey } from '../../support/journal-lines.js'
import { moment } from '../../support/node-parts.js'
import { rejectionOf } from '../../support/refusals.js'
import { createFaultyStore } from '../stores/faulty-store.js'

const clock = createFixedClock(moment)
const key = createTestKey()
const { publicKey } = key

let directory: string
let store: Store

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bronnet-checkpoints-'))
  store = createMemoryStore({ clock })
})
afterEach(() => rm(directory, { recursive: true }))

async function create(of: Store = store, by = key): Promise<Checkpoints> {
  const file = await openCheckpointFile(directory, publicKey)
  return createCheckpoints({ store: of, clock, file, publicKey, node: 'https://node.example.nl', sign: by.sign })
}

/** The same store, with a journal that says something else. */
const lying = (changes: Partial<Journal>): Store => ({ ...store, journal: { ...store.journal, ...changes } })

describe('a checkpoint', () => {
  test('is made of what the journal holds, and once while that stays the same', async () => {
    await store.journal.append('a')
    const checkpoints = await create()
    expect(await checkpoints.isDue()).toBe(true)
    const compact = await checkpoints.make()
    const { number, hash } = await store.journal.head()
    expect(verifyCheckpoint(compact, key.key)).toMatchObject({ size: number, root: hash })
    expect(await checkpoints.make()).toBe(compact)
    expect([await checkpoints.isDue(), checkpoints.list()]).toEqual([false, [compact]])
    await store.journal.append('b')
    expect(await checkpoints.make()).not.toBe(compact)
  })

  test('is of the same journal after a restart, and in each of two processes that start together', async () => {
    const one = await create()
    let asked = 0
    const records: Store['records'] = {
      ...store.records,
      get: async (...what) => ((asked += 1) === 1 ? undefined : store.records.get(...what)),
    }
    const other = await create({ ...store, records })
    const journalOf = async (made: Checkpoints) => verifyCheckpoint(await made.make(), key.key).journal
    const journal = await journalOf(one)
    await store.journal.append('a')
    expect(await journalOf(other)).toBe(journal)
    expect(await journalOf(await create())).toBe(journal)
  })

  test('is not made of a journal that is shorter than one that was signed', async () => {
    await store.journal.append('a')
    const first = await store.journal.head()
    await store.journal.append('b')
    await (await create()).make()
    const refusal = await rejectionOf((await create(lying({ head: async () => first }))).make())
    expect(refusal).toMatchObject({
      code: 'audit.damaged',
      detail: 'the journal has 1 entries, and a checkpoint of 2 was signed',
    })
  })

  test('is not made of another journal, however long it is', async () => {
    await store.journal.append('a')
    await (await create()).make()
    const other = createMemoryStore({ clock })
    await other.journal.append('a')
    await other.journal.append('b')
    const detail = 'the checkpoints are of another journal than the one in the store'
    expect(await rejectionOf((await create(other)).make())).toMatchObject({ code: 'audit.damaged', detail })
    const forged = lying({ head: async () => ({ number: 1, hash: 'f'.repeat(64) }) })
    expect(await rejectionOf((await create(forged)).make())).toMatchObject({ code: 'audit.damaged', detail })
  })

  test('is not made after one that this key did not sign', async () => {
    const foreign = await createTestKey().checkpoint({ size: 1, root: 'a'.repeat(64) })
    await writeFile(checkpointFileIn(directory), `${JSON.stringify({ checkpoint: foreign })}\n`)
    await store.journal.append('a')
    const checkpoints = await create()
    expect((await rejectionOf(checkpoints.make())).code).toBe('audit.damaged')
    expect(checkpoints.list()).toEqual([foreign])
    expect(await checkpoints.listVerified()).toEqual([])
  })

  test('is not made while the journal cannot be read, nor named while it cannot be written', async () => {
    const away = () => Promise.reject(new NodeError('store.unavailable'))
    expect((await rejectionOf((await create(lying({ head: away }))).make())).code).toBe('audit.unavailable')
    const { store: failing, medium } = createFaultyStore(clock)
    medium.fault = 'before'
    expect((await rejectionOf(create(failing))).code).toBe('store.unavailable')
  })
})

describe('the directory of checkpoints', () => {
  test('is unavailable, and not empty, when something else stands in the place of its file', async () => {
    await mkdir(checkpointFileIn(directory))
    expect(await rejectionOf(create())).toMatchObject({
      code: 'audit.unavailable',
      detail: 'the checkpoints cannot be read or written EISDIR',
    })
    const file = join(directory, 'file')
    await writeFile(file, '')
    await expect(readCheckpointFile(join(file, 'checkpoints.jsonl'))).rejects.toThrow('ENOTDIR')
    expect(await readCheckpointFile(join(directory, 'nergens'))).toEqual({ checkpoints: [], badLines: [] })
  })

  test('keeps nothing half when the key cannot be put beside them', async () => {
    await mkdir(auditKeyFileIn(directory))
    expect((await rejectionOf(create())).code).toBe('audit.unavailable')
    expect(await readdir(directory)).toEqual(['audit-key.json'])
  })
})
