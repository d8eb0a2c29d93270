import { setImmediate, setTimeout } from 'node:timers/promises'
import { beforeEach, describe, expect, test } from '@jest/globals'
import { createFixedClock } from '../../../node/kernel/clock.js'
import { createLog } from '../../../node/kernel/log.js'
import { noEnds } from '../../../node/stores/chain.js'
import { put } from '../../../node/stores/contracts.js'
import type { Store } from '../../../node/stores/contracts.js'
import { reserveOf } from '../../../node/stores/free-space.js'
import { createOrderedStore } from '../../../node/stores/ordered-store.js'
import { refusalOf } from '../../contracts/backend.js'
import { createFaultyMedium } from './faulty-bytes.js'
import type { FaultyMedium } from './faulty-bytes.js'

const things = { name: 'things' }
const later = 60_000

let medium: FaultyMedium
let store: Store
let lines: string[]

beforeEach(() => {
  medium = createFaultyMedium()
  lines = []
  const log = createLog({ level: 'info', destination: { write: (line) => lines.push(line) } })
  const deps = { place: medium.place, clock: createFixedClock(0), log, patience: 10 }
  store = createOrderedStore(deps, medium.bytes, noEnds)
})

/** Lets everything run that does not wait for the test. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await setImmediate()
}

describe('a disk that is nearly full', () => {
  test('refuses writes and checks, goes on reading, and touches no handle', async () => {
    await store.write([put(things, ['kept'], 1)])
    medium.hasRoom = false
    expect(await refusalOf(store.write([put(things, ['a'], 1)]))).toBe('store.unavailable')
    expect(await refusalOf(store.claims.claim(['a'], later))).toBe('store.unavailable')
    expect(await refusalOf(store.check())).toBe('store.unavailable')
    expect(await store.records.get(things, ['kept'])).toMatchObject({ value: 1 })
    expect(medium.events).toEqual(['apply 1'])
  })

  test('takes writes again as soon as it has room, and says both once in the log', async () => {
    medium.hasRoom = false
    await refusalOf(store.check())
    await refusalOf(store.check())
    medium.hasRoom = true
    await store.check()
    expect(await store.journal.append('first')).toBe(1)
    expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual([
      'the disk is nearly full; nothing is written until it has room again',
      'the disk has room again',
    ])
  })
})

describe('a write that hangs', () => {
  test('is answered as unknown, what waits for it is refused, and nothing new is taken', async () => {
    const release = medium.hold()
    const hanging = refusalOf(store.journal.append('hanging'))
    await settle()
    const waiting = refusalOf(store.claims.claim(['a'], later))
    expect(await Promise.all([hanging, waiting])).toEqual(['store.unavailable', 'store.unavailable'])
    expect(await refusalOf(store.check())).toBe('store.unavailable')
    expect(await refusalOf(store.journal.append('new'))).toBe('store.unavailable')
    // The entry and the new end of the journal; nothing after it.
    expect(medium.events).toEqual(['apply 2'])
    release()
    await settle()
    // It was stored after all; what was refused was not.
    expect((await store.journal.read({ after: 0, limit: 10 })).map(({ value }) => value)).toEqual(['hanging'])
    expect(await store.claims.claim(['a'], later)).toBe(true)
    expect(await store.journal.append('second')).toBe(2)
  })

  test('and fails in the end is a failure like any other', async () => {
    const release = medium.hold()
    medium.fault = 'before'
    expect(await refusalOf(store.journal.append('hanging'))).toBe('store.unavailable')
    release()
    await settle()
    medium.fault = 'none'
    while ((await refusalOf(store.check())) !== 'fulfilled') await setTimeout(10)
    expect(medium.events).toContain('open')
    expect(await store.journal.append('first')).toBe(1)
  })
})

describe('the space that stays free', () => {
  const mebibyte = 1024 * 1024

  test.each([
    ['is 256 MiB of a large disk', 1024 * 1024, 256],
    ['is a twentieth of a small one', 1000, 50],
    ['is never less than LevelDB needs to open', 64, 16],
  ])('%s', (_, disk, reserve) => {
    expect(reserveOf(disk * mebibyte)).toBe(reserve * mebibyte)
  })
})
