import { expect, test } from '@jest/globals'
import { createFixedClock } from '../../../node/kernel/clock.js'
import { append, put, trim } from '../../../node/stores/contracts.js'
import { createFreeSpace } from '../../../node/stores/free-space.js'
import { createLeases } from '../../../node/stores/lease.js'
import { silentLog } from '../../../node/kernel/log.js'
import { journalKey } from '../../../node/stores/key-spaces.js'
import { createMemoryStore } from '../../../node/stores/memory.js'
import { rejectionOf } from '../../support/refusals.js'
import { createFaultyStore } from './faulty-store.js'

const clock = createFixedClock(0)
const things = { name: 'things' }

test('a list below a prefix begins at the prefix, whatever cursor comes before it', async () => {
  const store = createMemoryStore({ clock })
  await store.write([
    put(things, ['a', '1'], 1),
    put(things, ['a', '2'], 1),
    put(things, ['b', '1'], 1),
    put(things, ['b', '2'], 1),
  ])
  const { next = '' } = await store.records.list(things, { limit: 1 })
  const { items } = await store.records.list(things, { prefix: ['b'], limit: 9, after: next })
  expect(items.map(({ key }) => key)).toEqual([
    ['b', '1'],
    ['b', '2'],
  ])
})

test('a journal of which an entry is gone is neither trimmed at it nor filled with what does not follow', async () => {
  const { store, medium } = createFaultyStore(clock)
  await store.write([append('a'), append('b'), append('c')])
  await medium.change({ key: journalKey(2), value: undefined })
  expect((await rejectionOf(store.write([trim(2)]))).code).toBe('store.damaged')
  const empty = createMemoryStore({ clock })
  const entry = { kind: 'entry', number: 1, hash: 'f'.repeat(64), value: 'a' } as const
  const start = { number: 0, hash: '0'.repeat(64) }
  expect((await rejectionOf(empty.contents.load(start, [entry]))).code).toBe('store.damaged')
  expect((await empty.journal.head()).number).toBe(0)
})

test('a disk has no room for more than it has', async () => {
  const space = createFreeSpace('.')
  expect(await space.has(Number.MAX_SAFE_INTEGER)).toBe(false)
})

test('a lease that cannot be written is not held, and its work is not done', async () => {
  const { store, medium } = createFaultyStore(clock)
  medium.fault = 'before'
  let isDone = false
  const leases = createLeases({ store, clock, log: silentLog })
  const attempt = leases.attempt(['job'], async () => {
    isDone = true
  })
  expect((await rejectionOf(attempt)).code).toBe('store.unavailable')
  expect(isDone).toBe(false)
})
