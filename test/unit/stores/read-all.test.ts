import { describe, expect, test } from '@jest/globals'
import { createFixedClock } from '../../../node/kernel/clock.js'
import { put, type Collection } from '../../../node/stores/contracts.js'
import { createMemoryStore } from '../../../node/stores/memory.js'
import { readAll } from '../../../node/stores/read-all.js'

const things: Collection<{ readonly number: number }> = { name: 'things' }

describe('reading all records', () => {
  test('goes on to the last page, and keeps to the prefix when there is one', async () => {
    const store = createMemoryStore({ clock: createFixedClock(0) })
    const numbers = Array.from({ length: 2100 }, (_, number) => number)
    await store.write(
      numbers.map((number) => put(things, [number < 1050 ? 'a' : 'b', String(number).padStart(4, '0')], { number })),
    )
    expect((await readAll(store.records, things)).map(({ value }) => value.number)).toEqual(numbers)
    expect((await readAll(store.records, things, ['b'])).map(({ value }) => value.number)).toEqual(numbers.slice(1050))
  })

  test('finds nothing where nothing is', async () => {
    const store = createMemoryStore({ clock: createFixedClock(0) })
    expect(await readAll(store.records, things, ['a'])).toEqual([])
  })
})
