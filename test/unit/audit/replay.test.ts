import { beforeEach, describe, expect, test } from '@jest/globals'
import { createAudit } from '../../../node/audit/audit.js'
import { replayJournal, type ReplayTable } from '../../../node/audit/replay.js'
import { createFixedClock } from '../../../node/kernel/clock.js'
import { silentLog } from '../../../node/kernel/log.js'
import { createReplays } from '../../../node/compose/replays.js'
import { put, type Collection, type Store } from '../../../node/stores/contracts.js'
import { createMemoryStore } from '../../../node/stores/memory.js'
import { findRestored, markRestored, type Restored } from '../../../node/stores/restored.js'
import { createMemoryKeyStore, moment, testNode } from '../../support/node-parts.js'
import { rejectionOf } from '../../support/refusals.js'

const clock = createFixedClock(moment)
const done: Collection<number> = { name: 'done' }
const time = new Date(moment).toISOString()
let store: Store

beforeEach(() => {
  store = createMemoryStore({ clock })
})

function mark(replay: Restored['replay']) {
  return markRestored({ at: moment, by: 'test', backup: { node: 'test', time, through: replay?.done ?? 0 }, replay })
}

/** So many revocations, every fifth of them refused, of which the first `known` are in the backup. */
async function fill(count: number, known: number): Promise<void> {
  const audit = createAudit({ store, clock, node: testNode, pseudonymKey: Buffer.alloc(32) })
  for (let number = 1; number <= count; number += 1) {
    const outcome = number % 5 === 0 ? 'refused' : 'success'
    await audit.record({ code: 'credential.revoked', action: 'update', outcome, object: { credential: `${number}` } })
  }
  await store.write([mark({ done: known, through: count })])
}

/** Counts how often each was done. */
async function replay(of: Store = store): Promise<void> {
  const replays: ReplayTable = {
    ...createReplays({ store: of, keyStore: createMemoryKeyStore(), clock }),
    'credential.revoked': async ({ object }) => {
      const key = [object?.credential ?? '']
      return [put(done, key, ((await of.records.get(done, key))?.value ?? 0) + 1)]
    },
  }
  await replayJournal({ store: of, log: silentLog, replays })
}

/** What was done, and how often. */
async function found(): Promise<Readonly<Record<string, number>>> {
  const { items } = await store.records.list(done, { limit: 1000 })
  return Object.fromEntries(items.map(({ key, value }) => [key[0] ?? '', value]))
}

describe('a replay', () => {
  test('does what the entries after the backup say, once, and nothing of what was refused', async () => {
    await fill(12, 3)
    await replay()
    await replay()
    expect(await found()).toEqual({ 4: 1, 6: 1, 7: 1, 8: 1, 9: 1, 11: 1, 12: 1 })
    expect((await findRestored(store.records))?.value.replay).toEqual({ done: 12, through: 12 })
  })

  test('passes over what need not be done again', async () => {
    const audit = createAudit({ store, clock, node: testNode, pseudonymKey: Buffer.alloc(32) })
    await audit.record({ code: 'party.created', action: 'create', outcome: 'success', party: 'a' })
    await store.write([mark({ done: 0, through: 1 })])
    await replay()
    expect((await findRestored(store.records))?.value.replay).toEqual({ done: 1, through: 1 })
  })

  test('that is killed anywhere goes on where it was', async () => {
    await fill(250, 3)
    let deaths = 0
    for (let isDone = false; !isDone; deaths += 1) {
      let left = 7
      const dying: Store = {
        ...store,
        write: (operations) => ((left -= 1) < 0 ? Promise.reject(new Error('killed')) : store.write(operations)),
      }
      isDone = await replay(dying).then(
        () => true,
        () => false,
      )
    }
    expect(deaths).toBeGreaterThan(20)
    const times = Object.values(await found())
    expect([times.length, new Set(times)]).toEqual([197, new Set([1])])
  })

  test('beside that of other replicas does everything once', async () => {
    await fill(30, 0)
    await Promise.all([replay(), replay(), replay()])
    const times = Object.values(await found())
    expect([times.length, new Set(times)]).toEqual([24, new Set([1])])
  })

  test('does nothing in a store that was not restored, or restored without an export', async () => {
    await fill(2, 0)
    await store.write([mark(null)])
    await replay()
    expect(await found()).toEqual({})
  })

  test('does not pass over entries that are missing', async () => {
    await fill(2, 0)
    await store.write([mark({ done: 0, through: 3 })])
    expect((await rejectionOf(replay())).code).toBe('store.damaged')
  })
})
