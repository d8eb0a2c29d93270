import { beforeEach, describe, expect, test } from '@jest/globals'
import { createKeyUses, type KeyUses } from '../../../node/identity/key-use.js'
import { createFixedClock, type MovableClock } from '../../../node/kernel/clock.js'
import type { Store } from '../../../node/stores/contracts.js'
import { createMemoryStore } from '../../../node/stores/memory.js'

const day = 86_400_000
const start = Date.parse('2026-11-24T09:00:00Z')
const nextMidnight = Date.parse('2026-11-25T00:00:00Z')

let clock: MovableClock
let store: Store
let writes: number
let uses: KeyUses

beforeEach(() => {
  clock = createFixedClock(start)
  const memory = createMemoryStore({ clock })
  writes = 0
  store = {
    ...memory,
    write(operations) {
      writes += 1
      return memory.write(operations)
    },
  }
  uses = createKeyUses({ store, clock })
})

describe('a key that signed', () => {
  test('is needed until the end of the day on which that stops to count, and no longer', async () => {
    await uses.remember('key', start + 1)
    expect(await uses.find('key')).toBe(nextMidnight)
    expect(await uses.find('other')).toBeUndefined()
    clock.move((nextMidnight - start) / 1000)
    expect(await uses.find('key')).toBe(nextMidnight)
    clock.move(1)
    expect(await uses.find('key')).toBeUndefined()
  })

  test('is needed as long as the last of what it signed, and costs one write a day', async () => {
    await uses.remember('key', start + 3 * day)
    await uses.remember('key', start + 3 * day + 1)
    await uses.remember('key', start + day)
    expect([await uses.find('key'), writes]).toEqual([nextMidnight + 3 * day, 1])
    await uses.remember('key', start + 5 * day)
    expect([await uses.find('key'), writes]).toEqual([nextMidnight + 5 * day, 2])
  })

  test('is needed as long as another replica, or this one before it was started again, said', async () => {
    await uses.remember('key', start + 9 * day)
    const replica = createKeyUses({ store, clock })
    await replica.remember('key', start + day)
    expect([await replica.find('key'), writes]).toEqual([nextMidnight + 9 * day, 1])
    await replica.remember('key', start + 10 * day)
    expect(await uses.find('key')).toBe(nextMidnight + 10 * day)
  })

  test('for ever is needed until the end of 9999', async () => {
    await uses.remember('key', Infinity)
    expect(await uses.find('key')).toBe(Date.parse('9999-12-31T00:00:00Z'))
  })

  test('what counts no more is not remembered', async () => {
    await uses.remember('key', start - day)
    expect([await uses.find('key'), writes]).toEqual([undefined, 0])
  })
})
