import { setImmediate } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import { createInboxWaits } from '../../../node/notifications/inbox-stream.js'

/** Somebody who waits until there are more commits than `seen`, and says whether that is over. */
function wait(seen: number) {
  const listeners = new Set<(party: string) => void>()
  const waits = createInboxWaits({
    onCommit(wake) {
      listeners.add(wake)
      return () => void listeners.delete(wake)
    },
  })
  const stop = new AbortController()
  let isOver = false
  const waiting = waits
    .untilMore('noord', seen, 600_000, stop.signal)
    .catch(() => undefined)
    .finally(() => {
      isOver = true
    })
  return {
    isOver: () => isOver,
    async commit(party = 'noord') {
      for (const wake of [...listeners]) wake(party)
      for (let turn = 0; turn < 5; turn += 1) await setImmediate()
    },
    async stop() {
      stop.abort()
      await waiting
    },
  }
}

test('who waits hears of the first commit after what it saw, and of no other party', async () => {
  const { isOver, commit, stop } = wait(0)
  await commit('zuid')
  expect(isOver()).toBe(false)
  await commit()
  expect(isOver()).toBe(true)
  await stop()
})

test('who waits for a time, whatever comes in meanwhile, is not woken by what comes in', async () => {
  const { isOver, commit, stop } = wait(Number.POSITIVE_INFINITY)
  await commit()
  await commit()
  expect(isOver()).toBe(false)
  await stop()
  expect(isOver()).toBe(true)
})
