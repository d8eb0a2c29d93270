import { setImmediate } from 'node:timers/promises'
import { beforeEach, describe, expect, test } from '@jest/globals'
import { createFixedClock } from '../../../node/kernel/clock.js'
import { createLog, silentLog } from '../../../node/kernel/log.js'
import { append, claim, put } from '../../../node/stores/contracts.js'
import type { Store } from '../../../node/stores/contracts.js'
import { noEnds } from '../../../node/stores/chain.js'
import { createConnection, type Pause } from '../../../node/stores/connection.js'
import { createOrderedStore } from '../../../node/stores/ordered-store.js'
import { journalKey } from '../../../node/stores/key-spaces.js'
import { verifyChain } from '../../support/chain.js'
import { refusalOf } from '../../contracts/backend.js'
import { refusalOf as thrownBy } from '../../support/refusals.js'
import { createFaultyMedium } from './faulty-bytes.js'
import type { FaultyMedium } from './faulty-bytes.js'

const things = { name: 'things' }
const later = 60_000

let medium: FaultyMedium
let store: Store
/** How long each attempt to open again waited. */
let pauses: number[]
/** Ends the present pause; a store that opens again waits for it. */
let endPause: () => void
let lines: string[]

beforeEach(() => {
  medium = createFaultyMedium()
  pauses = []
  lines = []
  const pause = (milliseconds: number, signal: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      pauses.push(milliseconds)
      endPause = resolve
      signal.addEventListener('abort', () => reject(new Error('stopped')))
    })
  const log = createLog({ level: 'info', destination: { write: (line) => lines.push(line) } })
  store = createOrderedStore({ place: medium.place, clock: createFixedClock(0), log, pause }, medium.bytes, noEnds)
})

/** Lets everything run that does not wait for the test. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await setImmediate()
}

async function breakStore(fault: 'before' | 'after' = 'before'): Promise<void> {
  medium.fault = fault
  expect(await refusalOf(store.journal.append('lost'))).toBe('store.unavailable')
  medium.fault = 'none'
}

async function endPauseAndSettle(): Promise<void> {
  endPause()
  await settle()
}

describe('a write that the medium refuses', () => {
  test('is refused with all that waited for it, and the store is not ready', async () => {
    await store.write([put(things, ['kept'], 1)])
    const release = medium.hold()
    medium.fault = 'before'
    const inFlight = refusalOf(store.write([put(things, ['a'], 1)]))
    await settle()
    const waiting = [
      refusalOf(store.journal.append(1)),
      refusalOf(store.claims.claim(['a'], later)),
      refusalOf(store.check()),
    ]
    release()
    expect(await Promise.all([inFlight, ...waiting])).toEqual(Array.from({ length: 4 }, () => 'store.unavailable'))
    expect(await refusalOf(store.check())).toBe('store.unavailable')
    expect(await refusalOf(store.write([put(things, ['b'], 1)]))).toBe('store.unavailable')
  })

  test('leaves what was stored readable, and nothing of itself', async () => {
    await store.write([put(things, ['kept'], 1), append('kept')])
    await breakStore()
    expect(await store.records.get(things, ['kept'])).toMatchObject({ value: 1 })
    expect((await store.journal.head()).number).toBe(1)
    expect(await store.journal.read({ after: 0, limit: 10 })).toMatchObject([{ number: 1, value: 'kept' }])
  })

  test('is never tried again on the same handle', async () => {
    await breakStore()
    await refusalOf(store.check())
    await endPauseAndSettle()
    await store.check()
    expect(medium.events).toEqual(['apply 2', 'probe', 'close', 'open', 'apply 0'])
  })

  test('is in the log with the cause, once', async () => {
    await breakStore()
    await refusalOf(store.check())
    expect(lines).toHaveLength(1)
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ code: 'store.unavailable', detail: 'disk' })
  })

  test('makes a refusal that rests on it unavailable as well', async () => {
    medium.fault = 'before'
    const both = [refusalOf(store.claims.claim(['a'], later)), refusalOf(store.write([claim(['a'], later)]))]
    expect(await Promise.all(both)).toEqual(['store.unavailable', 'store.unavailable'])
  })
})

describe('opening again', () => {
  test('waits a quarter of a second, then twice as long each time, up to five seconds', async () => {
    await breakStore()
    medium.failingProbes = 3
    medium.failingOpens = 3
    for (let attempt = 0; attempt < 7; attempt += 1) await endPauseAndSettle()
    expect(pauses).toEqual([250, 500, 1000, 2000, 4000, 5000, 5000])
    await store.check()
  })

  test('keeps the old handle for reading until the medium lets itself be written', async () => {
    await store.write([put(things, ['kept'], 1)])
    await breakStore()
    medium.failingProbes = 1
    await endPauseAndSettle()
    expect(await store.records.get(things, ['kept'])).toMatchObject({ value: 1 })
    expect(medium.events).not.toContain('close')
  })

  test('makes reads unavailable while nothing is open, and available after', async () => {
    await store.write([put(things, ['kept'], 1)])
    await breakStore()
    medium.failingOpens = 1
    await endPauseAndSettle()
    expect(await refusalOf(store.records.get(things, ['kept']))).toBe('store.unavailable')
    expect(await refusalOf(store.journal.head())).toBe('store.unavailable')
    await endPauseAndSettle()
    expect(await store.records.get(things, ['kept'])).toMatchObject({ value: 1 })
  })

  test('reads the journal head again: a write that failed may have been stored', async () => {
    expect(await store.journal.append('first')).toBe(1)
    await breakStore('after')
    await endPauseAndSettle()
    expect((await store.journal.head()).number).toBe(2)
    expect(await store.journal.append('third')).toBe(3)
    expect((await store.journal.read({ after: 0, limit: 10 })).map((entry) => entry.value)).toEqual([
      'first',
      'lost',
      'third',
    ])
  })

  test('gives the number of a write that was not stored to the next', async () => {
    expect(await store.journal.append('first')).toBe(1)
    await breakStore('before')
    await endPauseAndSettle()
    expect(await store.journal.append('second')).toBe(2)
  })

  test('goes on with the chain of what was stored', async () => {
    await store.journal.append('first')
    await breakStore('after')
    await endPauseAndSettle()
    await breakStore('before')
    await endPauseAndSettle()
    await store.journal.append('third')
    expect(await verifyChain(store.journal)).toHaveLength(3)
  })

  test('is tried again while the end of the journal is not what was acknowledged', async () => {
    await store.journal.append('first')
    await breakStore('before')
    const [newest] = await store.journal.read({ after: 0, limit: 1 })
    const stored = Buffer.concat([Buffer.from(newest?.hash ?? '', 'hex'), Buffer.from('"other"')])
    await medium.change({ key: journalKey(1), value: stored })
    await endPauseAndSettle()
    expect(await refusalOf(store.check())).toBe('store.unavailable')
    expect(lines.at(-1)).toContain('journal entry 1')
  })

  test('starts again after a second failure', async () => {
    await breakStore()
    await endPauseAndSettle()
    await breakStore()
    expect(pauses).toEqual([250, 250])
    await endPauseAndSettle()
    expect(await store.journal.append('first')).toBe(1)
  })

  test('ends when the store is closed while it waits', async () => {
    await breakStore()
    await store.close()
    await settle()
    expect(medium.events).toEqual(['apply 2', 'close'])
  })

  test('closes what it opened when the store is closed meanwhile', async () => {
    await breakStore()
    endPause()
    await store.close()
    expect(medium.events).toEqual(['apply 2', 'probe', 'close', 'open', 'close'])
    expect(await refusalOf(store.check())).toBe('store.unavailable')
  })
})

describe('a medium that fails again while the store opens again, or is closed', () => {
  test('is in the log once, and nothing more is opened for it', async () => {
    const waited: number[] = []
    const pause: Pause = (milliseconds, signal) =>
      new Promise((_resolve, reject) => {
        waited.push(milliseconds)
        signal.addEventListener('abort', () => reject(new Error('stopped')))
      })
    const log = createLog({ level: 'info', destination: { write: (line) => lines.push(line) } })
    const connection = createConnection({ place: medium.place, log, pause }, medium.bytes, noEnds)
    connection.fail(new Error('first'))
    connection.fail(new Error('second'))
    await connection.close()
    connection.fail(new Error('third'))
    await settle()
    expect([lines.length, waited, medium.events]).toEqual([1, [250], ['close']])
  })

  test('gives nothing to read from once it is closed, and says that it is', async () => {
    const connection = createConnection({ place: medium.place, log: silentLog }, medium.bytes, noEnds)
    expect(connection.readable()).toBe(medium.bytes)
    await connection.close()
    expect(thrownBy(() => connection.readable())).toMatchObject({
      code: 'store.unavailable',
      detail: 'the store is closed',
    })
  })
})

describe('group commit', () => {
  test('stores what is submitted together with one write', async () => {
    await Promise.all(Array.from({ length: 100 }, (_, number) => store.write([put(things, [`${number}`], number)])))
    expect(medium.events).toEqual(['apply 100'])
  })

  test('stores what comes during a write with the next', async () => {
    const release = medium.hold()
    const first = store.journal.append(1)
    await settle()
    const others = [store.journal.append(2), store.journal.append(3)]
    await settle()
    release()
    expect(await Promise.all([first, ...others])).toEqual([1, 2, 3])
    expect(medium.events).toEqual(['apply 2', 'apply 3'])
  })

  test('answers nobody before the write has ended', async () => {
    const release = medium.hold()
    const answered: string[] = []
    const all = [
      store.claims.claim(['a'], later).then(() => answered.push('winner')),
      store.claims.claim(['a'], later).then(() => answered.push('loser')),
      store.journal.append(1).then(() => answered.push('entry')),
    ]
    await settle()
    expect(answered).toEqual([])
    expect((await store.journal.head()).number).toBe(0)
    release()
    await Promise.all(all)
    expect(answered.sort()).toEqual(['entry', 'loser', 'winner'])
  })

  test('writes nothing for a batch that is refused', async () => {
    await store.claims.claim(['a'], later)
    const before = medium.events.length
    expect(await store.claims.claim(['a'], later)).toBe(false)
    expect(await refusalOf(store.write([put(things, ['x'], 1), put(things, ['y'], 1, { expected: 7 })]))).toBe(
      'store.conflict',
    )
    expect(medium.events).toHaveLength(before)
  })

  test('writes for a check, although it changes nothing', async () => {
    await store.check()
    expect(medium.events).toEqual(['apply 0'])
  })

  test('splits what is too much for one write, in order', async () => {
    const large = 'x'.repeat(4 * 1024 * 1024 - 2)
    const appended = Array.from({ length: 6 }, () => store.journal.append(large))
    expect(await Promise.all(appended)).toEqual([1, 2, 3, 4, 5, 6])
    expect(medium.events.length).toBeGreaterThan(1)
  })

  test('closing waits for what was accepted', async () => {
    const release = medium.hold()
    const accepted = [store.journal.append(1), store.journal.append(2)]
    const closing = store.close()
    await settle()
    expect(medium.events).toEqual(['apply 3'])
    release()
    await closing
    expect(await Promise.all(accepted)).toEqual([1, 2])
    expect(medium.events).toEqual(['apply 3', 'close'])
  })
})
