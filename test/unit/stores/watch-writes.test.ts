import { expect, test } from '@jest/globals'
import { createFixedClock } from '../../../node/kernel/clock.js'
import { put, remove } from '../../../node/stores/contracts.js'
import { createMemoryStore } from '../../../node/stores/memory.js'
import { watchWrites } from '../../../node/stores/watch-writes.js'

const waiting = { name: 'waiting' }
const others = { name: 'others' }

test('what was put is told when it can be read, and nothing else is', async () => {
  const { store, onPut } = watchWrites(createMemoryStore({ clock: createFixedClock(0) }))
  const told: unknown[] = []
  onPut('waiting', (keys) => told.push(keys))
  await store.write([put(others, ['a'], {})])
  await store.write([remove(waiting, ['a'])])
  expect(told).toEqual([])
  await store.write([put(waiting, ['a'], {}), put(others, ['b'], {}), put(waiting, ['c'], {})])
  expect(told).toEqual([[['a'], ['c']]])
  expect(await store.records.get(waiting, ['c'])).toMatchObject({ version: 1 })
})

test('the outcome of a write is what it was', async () => {
  const { store, onPut } = watchWrites(createMemoryStore({ clock: createFixedClock(0) }))
  onPut('waiting', () => undefined)
  expect(await store.write([put(waiting, ['a'], {})])).toEqual({ versions: [1], numbers: [] })
  await expect(store.write([put(waiting, ['a'], {}, { expected: 'absent' })])).rejects.toThrow('store.conflict')
})
