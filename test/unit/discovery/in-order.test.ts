import { expect, test } from '@jest/globals'
import { examineInOrder } from '../../../node/discovery/in-order.js'

/** Numbers from `from`. */
const numbers = (from: number, count: number): readonly number[] => Array.from({ length: count }, (_, at) => from + at)

async function takeAll<Entry, End>(groups: AsyncGenerator<readonly Entry[], End>) {
  const taken: Entry[][] = []
  let step = await groups.next()
  for (; step.done !== true; step = await groups.next()) taken.push([...step.value])
  return { taken, end: step.value }
}

/** Answers in another order than it was asked. */
async function examine(entry: number): Promise<string> {
  for (let turns = entry % 7; turns > 0; turns -= 1) await Promise.resolve()
  return `entry ${String(entry)}`
}

function* inPages(...pages: readonly (readonly number[])[]): Generator<readonly number[], string> {
  yield* pages
  return 'all'
}

test('what was said of each entry is given in the order of the entries, whatever their pages', async () => {
  const pages = inPages(numbers(0, 100), [], numbers(100, 1), numbers(101, 300))
  const { taken, end } = await takeAll(examineInOrder(pages, examine))
  expect(taken.flat()).toEqual(numbers(0, 401).map((entry) => `entry ${String(entry)}`))
  expect(Math.max(...taken.map(({ length }) => length))).toBe(64)
  expect(end).toBe('all')
})

test('entries of the next page are under way before those of this one are all known', async () => {
  const begun: number[] = []
  let answerFirst = (): void => {}
  const first = new Promise<void>((resolve) => {
    answerFirst = resolve
  })
  const begin = async (entry: number): Promise<number> => {
    begun.push(entry)
    // The last of its page: the others of the page are known.
    if (entry === 19) await first
    if (entry === 39) answerFirst()
    return entry
  }
  const { taken } = await takeAll(examineInOrder(inPages(numbers(0, 20), numbers(20, 20)), begin))
  expect(taken.flat()).toEqual(numbers(0, 40))
  expect(begun).toEqual(numbers(0, 40))
})

test('no more than so many are under way, however long the pages are', async () => {
  let underway = 0
  let most = 0
  const begin = async (entry: number): Promise<number> => {
    underway += 1
    most = Math.max(most, underway)
    await new Promise(setImmediate)
    underway -= 1
    return entry
  }
  await takeAll(examineInOrder(inPages(numbers(0, 1000), numbers(1000, 1000)), begin))
  expect(most).toBe(160)
})

test('what is known is given before a page that is late', async () => {
  let send = (): void => {}
  const late = new Promise<void>((resolve) => {
    send = resolve
  })
  async function* pages(): AsyncGenerator<readonly number[], undefined> {
    yield [1, 2]
    await late
    yield [3]
  }
  const groups = examineInOrder(pages(), examine)
  expect(await groups.next()).toEqual({ done: false, value: ['entry 1', 'entry 2'] })
  send()
  expect(await takeAll(groups)).toEqual({ taken: [['entry 3']], end: undefined })
})

test('a page that cannot be had is a fault once what came before it was given', async () => {
  async function* pages(): AsyncGenerator<readonly number[], undefined> {
    yield numbers(0, 70)
    throw await Promise.resolve(new Error('no page'))
  }
  const groups = examineInOrder(pages(), examine)
  expect((await groups.next()).value).toHaveLength(64)
  expect((await groups.next()).value).toHaveLength(6)
  await expect(groups.next()).rejects.toThrow('no page')
})
