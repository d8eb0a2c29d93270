import { readFile, writeFile } from 'node:fs/promises'
import { afterEach, describe, expect, test } from '@jest/globals'
import { importAuditKey } from '../../../node/audit/checkpoint.js'
import { checkpointFileIn, openCheckpointFile, readCheckpointFile } from '../../../node/audit/checkpoint-file.js'
import { createSelfCheck, type SelfCheck } from '../../../node/audit/self-check.js'
import { NodeError } from '../../../node/kernel/errors.js'
import { silentLog } from '../../../node/kernel/log.js'
import type { Journal } from '../../../node/stores/contracts.js'
import { createAuditWorld, type AuditWorld } from '../../support/audit-world.js'
import { createTestKey } from '../../support/journal-lines.js'
import { rejectionOf } from '../../support/refusals.js'

const worlds: AuditWorld[] = []
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.end()
})

/** Thirty entries unless told otherwise, covered through the twentieth, and a node that doubts them. */
async function createDoubt(change: (journal: Journal) => Partial<Journal> = () => ({}), length = 30) {
  const world = await createAuditWorld()
  worlds.push(world)
  for (let count = 1; count <= length; count += 1) {
    await world.audit.record({ code: 'party.created', action: 'create', outcome: 'success', party: String(count) })
    if (count === 20) await world.checkpoints.make()
  }
  const said: string[] = []
  const selfCheck = createSelfCheck({
    journal: { ...world.store.journal, ...change(world.store.journal) },
    checkpoints: world.checkpoints,
    key: importAuditKey(world.publicKey),
    log: { ...silentLog, error: (_, fields) => said.push(fields?.detail ?? '') },
    meter: {
      setIntact: (isIntact) => world.told.push(isIntact ? 'intact' : 'not intact'),
      setCoveredThrough: (number) => world.told.push(`covered ${String(number)}`),
      countContradiction: () => undefined,
    },
    pauseMilliseconds: 0,
  })
  return { world, selfCheck, said }
}

/** The same journal with another value in entry `n`. */
const altered =
  (n: number) =>
  (journal: Journal): Partial<Journal> => ({
    read: async (query) =>
      (await journal.read(query)).map((entry) => (entry.number === n ? { ...entry, value: 'other' } : entry)),
  })

const all = (selfCheck: SelfCheck): Promise<void> => selfCheck.checkAll(new AbortController().signal)

describe('a node that checks its own journal', () => {
  test('finds it intact, in full and at its end', async () => {
    const { world, selfCheck, said } = await createDoubt()
    await selfCheck.checkTail()
    await all(selfCheck)
    selfCheck.requireIntact()
    expect([world.told, said]).toEqual([['intact', 'covered 20', 'intact', 'covered 20'], []])
  })

  test.each([1, 15, 20, 21, 30])('raises an alarm and is not ready when entry %i was altered', async (n) => {
    const { selfCheck, said, world } = await createDoubt(altered(n))
    await all(selfCheck)
    expect(said).toEqual([`entry ${String(n)} is not what was written`])
    expect(() => selfCheck.requireIntact()).toThrow(NodeError)
    expect(world.told[0]).toBe('not intact')
  })

  test('looks at the end only when it starts', async () => {
    const early = await createDoubt(altered(5))
    await early.selfCheck.checkTail()
    early.selfCheck.requireIntact()
    const late = await createDoubt(altered(20))
    await late.selfCheck.checkTail()
    expect(() => late.selfCheck.requireIntact()).toThrow('audit.damaged')
  })

  test('looks at all of a journal that is hardly begun', async () => {
    for (const length of [0, 1]) {
      const { selfCheck, world } = await createDoubt(undefined, length)
      await selfCheck.checkTail()
      expect([length, world.told]).toEqual([length, ['intact', 'covered 0']])
    }
    const { selfCheck, said } = await createDoubt(altered(1), 1)
    await selfCheck.checkTail()
    expect(said).toEqual(['entry 1 is not what was written'])
  })

  test('notices that its journal is shorter than what it signed, and signs nothing more', async () => {
    const { world, selfCheck } = await createDoubt()
    await world.checkpoints.make()
    const other = await createAuditWorld()
    worlds.push(other)
    await writeFile(checkpointFileIn(other.directory), await readFile(checkpointFileIn(world.directory)))
    const cut = await createDoubt((journal) => ({
      head: async () => (await journal.read({ after: 9, limit: 1 }))[0] ?? journal.head(),
      read: async (query) => (await journal.read(query)).filter(({ number }) => number <= 10),
    }))
    await cut.selfCheck.checkTail()
    expect(cut.said[0]).toMatch(/entries 11 to 20 are missing/)
    await selfCheck.checkTail()
    selfCheck.requireIntact()
  })

  test('names the entry that the store finds damaged', async () => {
    const { selfCheck, said } = await createDoubt((journal) => ({
      read: async (query) => {
        const entries = await journal.read(query)
        if (entries.some(({ number }) => number === 17)) throw new NodeError('store.damaged')
        return entries
      },
    }))
    await all(selfCheck)
    expect(said).toEqual(['entry 17 cannot be read: the store is damaged'])
  })
})

describe('a check that finds nothing out', () => {
  test('raises no alarm: when it is told to stop, and when retention takes away what it reads', async () => {
    const { world, selfCheck } = await createDoubt()
    await selfCheck.checkAll(AbortSignal.abort())
    let asked = 0
    const moving = await createDoubt((journal) => ({
      start: async () => ({ ...(await journal.start()), number: asked++ }),
    }))
    await all(moving.selfCheck)
    selfCheck.requireIntact()
    moving.selfCheck.requireIntact()
    expect([world.told, moving.world.told]).toEqual([[], []])
  })

  test('does not take a store that is away for a damaged journal', async () => {
    const { selfCheck, world } = await createDoubt(() => ({
      read: () => Promise.reject(new NodeError('store.unavailable')),
    }))
    expect((await rejectionOf(all(selfCheck))).code).toBe('store.unavailable')
    expect(world.told).toEqual([])
  })
})

describe('a journal that is whole', () => {
  test('is intact when a page can be read only entry by entry', async () => {
    const { selfCheck, world } = await createDoubt((journal) => ({
      read: async (query) => {
        if (query.limit > 1) throw new NodeError('store.damaged')
        return journal.read(query)
      },
    }))
    await all(selfCheck)
    expect(world.told).toEqual(['intact', 'covered 20'])
  })

  test('is read from its start when the place before its end is not to be had', async () => {
    const { selfCheck, world } = await createDoubt((journal) => ({
      read: async (query) => (query.limit === 1 ? [] : journal.read(query)),
    }))
    await selfCheck.checkTail()
    expect(world.told).toEqual(['intact', 'covered 20'])
  })
})

describe('the file of checkpoints', () => {
  test('loses a last line that was not finished, and nothing else', async () => {
    const { world } = await createDoubt()
    const path = checkpointFileIn(world.directory)
    const whole = await readFile(path, 'utf8')
    await writeFile(path, `${whole}{"checkpoint":"eyJ`)
    expect(await readCheckpointFile(path)).toEqual({ checkpoints: world.checkpoints.list(), badLines: [] })
    const file = await openCheckpointFile(world.directory, world.publicKey)
    expect([file.list(), await readFile(path, 'utf8')]).toEqual([world.checkpoints.list(), whole])
  })

  test('tells which lines hold none', async () => {
    const { world } = await createDoubt()
    const path = checkpointFileIn(world.directory)
    await writeFile(path, `x\n${await readFile(path, 'utf8')}{}\n`)
    expect((await readCheckpointFile(path)).badLines).toEqual([1, 3])
  })

  test('keeps all of a week and the last of each day before', async () => {
    const { world } = await createDoubt()
    const key = createTestKey()
    const file = await openCheckpointFile(world.directory, key.publicKey)
    const times = [
      '2026-11-01T08:00:00Z',
      '2026-11-01T20:00:00Z',
      '2026-11-02T08:00:00Z',
      '2026-11-23T08:00:00Z',
      '2026-11-23T20:00:00Z',
    ]
    const lines = await Promise.all(
      times.map((time, index) => key.checkpoint({ size: index + 100, root: 'a'.repeat(64), time })),
    )
    for (const line of lines) await file.append(line)
    await file.thin(Date.parse('2026-11-24T09:00:00Z'))
    expect(file.list().slice(-4)).toEqual(lines.slice(1))
    expect((await readCheckpointFile(checkpointFileIn(world.directory))).checkpoints).toEqual(file.list())
  })
})
