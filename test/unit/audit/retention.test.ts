import { afterEach, describe, expect, test } from '@jest/globals'
import { judgeCheckpoints, importAuditKey } from '../../../node/audit/checkpoint.js'
import { closeOpenIntents } from '../../../node/audit/repair.js'
import { createRetention } from '../../../node/audit/retention.js'
import { createVerification, type Verdict } from '../../../node/audit/verify.js'
import { createFixedClock } from '../../../node/kernel/clock.js'
import { trim, type Journal, type Store } from '../../../node/stores/contracts.js'
import { createAuditWorld, type AuditWorld } from '../../support/audit-world.js'
import { moment } from '../../support/node-parts.js'
import { rejectionOf } from '../../support/refusals.js'
import { createFaultyStore } from '../stores/faulty-store.js'

const year = 366 * 86_400
const day = 86_400
const ground = 'bewaartermijn verstreken'
const worlds: AuditWorld[] = []
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.end()
})

/** Four years with ten events each; a checkpoint after each year. */
async function createYears(options: { readonly holdFrom?: number } = {}): Promise<AuditWorld> {
  const world = await createAuditWorld(options)
  worlds.push(world)
  for (let count = 0; count < 4; count += 1) {
    for (let event = 0; event < 10; event += 1) {
      await world.audit.record({ code: 'party.created', action: 'create', outcome: 'success', party: 'a' })
    }
    world.clock.move(day)
    await world.checkpoints.make()
    world.clock.move(year)
  }
  return world
}

async function verdictOf({ store, checkpoints, publicKey }: AuditWorld): Promise<Verdict> {
  const { good, faults } = await judgeCheckpoints(checkpoints.list(), importAuditKey(publicKey))
  const verification = createVerification({ start: await store.journal.start(), checkpoints: good, faults })
  for (const line of await store.journal.read({ after: 0, limit: 1000 })) verification.add(line)
  return verification.finish()
}

describe('retention', () => {
  test('removes what is old as far as a checkpoint covers it, says so in the journal, and leaves a chain', async () => {
    const world = await createYears()
    world.clock.move(2.5 * year)
    const before = await world.store.journal.read({ after: 19, limit: 1 })
    expect(await world.retention.remove({ before: world.clock.now() - 5 * year * 1000, ground })).toEqual({
      through: 20,
      count: 20,
    })
    const entries = await world.audit.read({ after: 0, limit: 100 })
    expect(entries.map(({ number }) => number)).toEqual(Array.from({ length: 21 }, (_, index) => index + 21))
    expect(entries.at(-1)?.event).toMatchObject({
      code: 'journal.trimmed',
      grondslag: ground,
      object: { through: 20, recordCount: 20, hash: before[0]?.hash, first: '2026-11-24T09:00:00.000Z' },
    })
    expect(await verdictOf(world)).toMatchObject({ status: 'intact', start: 20, last: 41, coveredThrough: 41 })
  })

  test('removes nothing of the years that entries are kept', async () => {
    const world = await createYears()
    const refusal = await rejectionOf(world.retention.remove({ before: world.clock.now() - 4 * year * 1000, ground }))
    expect([refusal.code, refusal.notes]).toEqual(['request.bad_parameters', ['before: entries are kept for 5 years']])
    expect(await world.retention.remove({ before: world.retention.limit(), ground })).toEqual({ through: 0, count: 0 })
    expect(await world.audit.head()).toBe(40)
  })

  test('removes nothing that no checkpoint covers, and nothing from a legal hold on', async () => {
    const held = await createYears({ holdFrom: Date.parse('2027-06-01') })
    held.clock.move(10 * year)
    expect(await held.retention.remove({ before: held.retention.limit(), ground })).toEqual({ through: 10, count: 10 })
    expect(await held.retention.remove({ before: held.retention.limit(), ground })).toEqual({ through: 10, count: 0 })
    const bare = await createAuditWorld()
    worlds.push(bare)
    await bare.audit.record({ code: 'node.started', action: 'execute', outcome: 'success' })
    bare.clock.move(10 * year)
    expect(await bare.retention.remove({ before: bare.retention.limit(), ground })).toEqual({ through: 0, count: 0 })
  })

  test('leaves the newest entry, however old it is', async () => {
    const world = await createYears()
    world.clock.move(10 * year)
    expect(await world.retention.remove({ before: world.retention.limit(), ground })).toEqual({
      through: 30,
      count: 30,
    })
    expect(await verdictOf(world)).toMatchObject({ status: 'intact', start: 30, last: 41 })
  })

  test('names who asked for it by the trace of the call', async () => {
    const world = await createYears()
    world.clock.move(10 * year)
    const trace = { traceId: '0123456789abcdef0123456789abcdef', spanId: '0123456789abcdef' }
    await world.retention.remove({ before: world.retention.limit(), ground, trace })
    const entries = await world.audit.read({ after: 40, limit: 9 })
    expect(entries.map(({ event }) => [event.code, event.trace])).toEqual([['journal.trimmed', trace]])
  })

  test('removes nothing from a journal that is not what the checkpoint says, or lacks its entry', async () => {
    const world = await createYears()
    world.clock.move(10 * year)
    const { journal } = world.store
    const lies: readonly Partial<Journal>[] = [
      {
        read: async (query) => (await journal.read(query)).map((entry) => ({ ...entry, hash: 'f'.repeat(64) })),
      },
      {
        read: async (query) =>
          (await journal.read(query)).map((entry) => (entry.number === 30 ? { ...entry, number: 31 } : entry)),
      },
    ]
    for (const lie of lies) {
      const store: Store = { ...world.store, journal: { ...journal, ...lie } }
      const retention = createRetention({ ...world, store, years: 5, holdFrom: undefined })
      const refusal = await rejectionOf(retention.remove({ before: retention.limit(), ground }))
      expect([refusal.code, (await journal.start()).number]).toEqual(['audit.damaged', 0])
    }
  })

  test('is found out when somebody removes the oldest entries without it', async () => {
    const world = await createYears()
    await world.store.write([trim(20)])
    expect(await verdictOf(world)).toMatchObject({
      status: 'altered',
      fault: { kind: 'start', number: 1, through: 20 },
    })
  })
})

describe('a permitted read of which nobody wrote how it ended', () => {
  const decided = { code: 'read.decided', action: 'read', outcome: 'success', phase: 'intent', party: 'ciz' } as const

  test('gets an outcome that says so, once', async () => {
    const world = await createAuditWorld()
    worlds.push(world)
    const open = await world.audit.record({ ...decided, checks: { authorization: true } })
    const ended = await world.audit.record(decided)
    await world.audit.record({ ...decided, code: 'read.answered', phase: 'outcome', decision: ended })
    await world.audit.record({ ...decided, outcome: 'refused', phase: 'outcome' })
    for (const expected of [1, 0]) expect(await closeOpenIntents(world, { olderThanMilliseconds: 0 })).toBe(expected)
    expect((await world.audit.read({ after: 4, limit: 9 })).map(({ event }) => event)).toEqual([
      { ...decided, code: 'read.unknown', outcome: 'unknown', phase: 'outcome', decision: open },
    ])
  })

  test('stays open when its outcome cannot be written', async () => {
    const clock = createFixedClock(moment)
    const { store, medium } = createFaultyStore(clock)
    const world = await createAuditWorld({ store, clock })
    worlds.push(world)
    await world.audit.record(decided)
    medium.fault = 'before'
    expect((await rejectionOf(closeOpenIntents(world, { olderThanMilliseconds: 0 }))).code).toBe('store.unavailable')
  })

  test('is left alone while it may be under way, and closed by one of two replicas', async () => {
    const world = await createAuditWorld()
    worlds.push(world)
    await world.audit.record(decided)
    expect(await closeOpenIntents(world, { olderThanMilliseconds: 120_000 })).toBe(0)
    world.clock.move(121)
    const both = [1, 2].map(() => closeOpenIntents(world, { olderThanMilliseconds: 120_000 }))
    expect((await Promise.all(both)).sort()).toEqual([0, 1])
  })
})
