import { expect, test } from '@jest/globals'
import { createCommits } from '../../../node/discovery/commits.js'
import type { Progress } from '../../../node/discovery/copy-records.js'
import type { ReplicaWriter } from '../../../node/discovery/replica.js'
import { createFixedClock } from '../../../node/kernel/clock.js'
import { NodeError } from '../../../node/kernel/errors.js'

const begunAt = createFixedClock(0).now()
const through = (timestamp: number): Progress => ({
  ...{ seed: 'a', timestamp, generation: 1, begunAt, isWhole: false, rules: '', seedChanges: [] },
})
const changes = (count: number) =>
  Array.from({ length: count }, (_, timestamp) => ({ kind: 'release', timestamp }) as const)

/** Writes that end when they are told to. */
function createWriter() {
  const written: { readonly timestamp: number; readonly changes: number }[] = []
  const ends: ((fault?: Error) => void)[] = []
  const writer: Pick<ReplicaWriter, 'commit'> = {
    commit(_service, { timestamp }, made) {
      written.push({ timestamp, changes: made.length })
      return new Promise((resolve, reject) => {
        ends.push((fault) => (fault === undefined ? resolve(1) : reject(fault)))
      })
    },
  }
  return {
    writer,
    written,
    async endFirst(fault?: Error) {
      ends.shift()?.(fault)
      await new Promise(setImmediate)
    },
  }
}

test('what comes while one write is under way is one write after it, with the number that it all reaches', async () => {
  const { writer, written, endFirst } = createWriter()
  const commits = createCommits('list', writer)
  await commits.add(through(10), changes(10))
  await commits.add(through(20), changes(5))
  await commits.add(through(30), changes(7))
  expect(written).toEqual([{ timestamp: 10, changes: 10 }])
  await endFirst()
  expect(written).toEqual([
    { timestamp: 10, changes: 10 },
    { timestamp: 30, changes: 12 },
  ])
  await endFirst()
  await commits.end()
})

test('who adds more than may wait waits, and no write is larger than that', async () => {
  const { writer, written, endFirst } = createWriter()
  const commits = createCommits('list', writer)
  await commits.add(through(1), changes(1))
  await commits.add(through(2), changes(200))
  let isAdded = false
  const added = commits.add(through(3), changes(100)).then(() => {
    isAdded = true
  })
  await new Promise(setImmediate)
  expect(isAdded).toBe(false)
  await endFirst()
  await endFirst()
  await added
  expect(written).toEqual([
    { timestamp: 1, changes: 1 },
    { timestamp: 2, changes: 200 },
    { timestamp: 3, changes: 100 },
  ])
  await endFirst()
  await commits.end()
})

test('after a write that failed nothing is written, and who adds or ends hears of it', async () => {
  const { writer, written, endFirst } = createWriter()
  const commits = createCommits('list', writer)
  await commits.add(through(1), changes(1))
  await commits.add(through(2), changes(1))
  await endFirst(new NodeError('store.unavailable'))
  await expect(commits.add(through(3), changes(1))).rejects.toMatchObject({ code: 'store.unavailable' })
  await expect(commits.end()).rejects.toMatchObject({ code: 'store.unavailable' })
  expect(written).toEqual([{ timestamp: 1, changes: 1 }])
})
