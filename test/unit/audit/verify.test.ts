import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { JournalLine, Verdict } from '../../../node/audit/verify.js'
import type { CheckpointClaims } from '../../../schemas/audit-checkpoint.js'
import { chain, checkpointsAt, createTestKey, valuesOf, verdictOn } from '../../support/journal-lines.js'

const key = createTestKey()
const count = 40
const whole = chain(valuesOf(count))
const at = async (...sizes: number[]): Promise<readonly CheckpointClaims[]> => checkpointsAt(whole, sizes, key)

/** The chain with everything from `number` on written anew, the first of it changed. */
function rechained(lines: readonly JournalLine[], number: number): readonly JournalLine[] {
  const values = lines.map(({ value }) => value)
  values[number - 1] = { forged: true }
  return chain(values)
}

/** What an attacker does at entry `n`, and the number that the verdict must name; the journal has 40 entries. */
const mutators: readonly (readonly [
  name: string,
  mutate: (lines: readonly JournalLine[], n: number) => readonly JournalLine[],
  named: (n: number) => number,
  kinds: readonly string[],
])[] = [
  [
    'change',
    (lines, n) => lines.map((line) => (line.number === n ? { ...line, value: 'other' } : line)),
    (n) => n,
    ['altered'],
  ],
  [
    'change a hash',
    (lines, n) => lines.map((line) => (line.number === n ? { ...line, hash: 'f'.repeat(64) } : line)),
    (n) => n,
    ['altered'],
  ],
  ['delete', (lines, n) => lines.filter(({ number }) => number !== n), (n) => n, ['missing', 'cut-off']],
  [
    'delete and number anew',
    (lines, n) =>
      lines
        .filter(({ number }) => number !== n)
        .map((line) => (line.number > n ? { ...line, number: line.number - 1 } : line)),
    (n) => n,
    ['altered', 'cut-off'],
  ],
  [
    'insert',
    (lines, n) =>
      lines.flatMap((line) =>
        line.number === n
          ? [
              { ...line, value: 'new' },
              { ...line, number: n + 1 },
            ]
          : line.number > n
            ? [{ ...line, number: line.number + 1 }]
            : [line],
      ),
    (n) => n,
    ['altered'],
  ],
  [
    'double',
    (lines, n) => lines.flatMap((line) => (line.number === n ? [line, line] : [line])),
    (n) => n + 1,
    ['duplicated'],
  ],
  [
    'swap',
    (lines, n) => {
      const m = n === count ? n - 1 : n + 1
      return lines.map((line) => lines[(line.number === n ? m : line.number === m ? n : line.number) - 1] ?? line)
    },
    (n) => (n === count ? n - 1 : n),
    ['reordered'],
  ],
  [
    'swap values',
    (lines, n) => {
      const m = n === count ? n - 1 : n + 1
      return lines.map((line) => ({
        ...line,
        value: lines[(line.number === n ? m : line.number === m ? n : line.number) - 1]?.value,
      }))
    },
    (n) => (n === count ? n - 1 : n),
    ['altered'],
  ],
  [
    'show an older entry again',
    (lines, n) => lines.flatMap((line) => (line.number === n ? [...lines.slice(0, 1), line] : [line])),
    (n) => Math.max(n, 2),
    ['duplicated', 'reordered'],
  ],
  ['cut the tail', (lines, n) => lines.slice(0, n - 1), (n) => n, ['cut-off']],
  [
    'cut and refill',
    (lines, n) => chain(lines.map(({ value }, index) => (index < n - 1 ? value : { refilled: index }))),
    (n) => n,
    ['rewritten'],
  ],
  [
    'cut and refill with fewer',
    (lines, n) => chain(lines.slice(0, -1).map(({ value }, index) => (index < n - 1 ? value : { refilled: index }))),
    (n) => n,
    ['rewritten', 'cut-off'],
  ],
  ['chain anew', (lines, n) => rechained(lines, n), (n) => n, ['rewritten']],
]

describe('a journal that is as it was written', () => {
  test('is intact when its last entry is covered', async () => {
    expect(verdictOn(whole, await at(10, 25, 40))).toEqual({
      status: 'intact',
      start: 0,
      last: 40,
      coveredThrough: 40,
      checkpointCount: 3,
    })
  })

  test('is not covered after the last checkpoint', async () => {
    expect(verdictOn(whole, await at(10, 25))).toMatchObject({ status: 'uncovered', coveredThrough: 25, last: 40 })
    expect(verdictOn(whole, [])).toMatchObject({ status: 'uncovered', coveredThrough: 0, last: 40 })
    expect(verdictOn([], [])).toMatchObject({ status: 'uncovered', coveredThrough: 0, last: 0 })
  })

  test('is intact when a program wrote the members of its values in another order', async () => {
    const turned = whole.map((line) => ({
      ...line,
      value: Object.fromEntries(Object.entries(line.value as object).reverse()),
    }))
    expect(verdictOn(turned, await at(40)).status).toBe('intact')
  })
})

describe.each(mutators)('somebody who can %s', (name, mutate, named, kinds) => {
  test('at any entry is found, and the entry named, with a checkpoint of each entry', async () => {
    const checkpoints = await at(...whole.map(({ number }) => number))
    for (let n = 1; n <= count; n += 1) {
      const { status, fault } = verdictOn(mutate(whole, n), checkpoints)
      // The value after a doubled last entry is one that never was.
      expect([name, n, status, fault?.number]).toEqual([name, n, 'altered', named(n)])
      expect(kinds).toContain(fault?.kind)
    }
  })

  test('at any entry is found with any checkpoints that end with the journal, and the entry is in the range', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: count }),
        fc.uniqueArray(fc.integer({ min: 1, max: count })),
        async (n, sizes) => {
          const { status, fault } = verdictOn(mutate(whole, n), await at(...new Set([...sizes, count])))
          expect(status).toBe('altered')
          expect(fault?.number).toBeLessThanOrEqual(named(n))
          expect(fault?.through ?? fault?.number).toBeGreaterThanOrEqual(named(n))
        },
      ),
      { numRuns: 100 },
    )
  })

  test('without a checkpoint of it is found too, or the journal is said not to be covered', () => {
    for (let n = 1; n <= count; n += 1) {
      const { status, coveredThrough, fault } = verdictOn(mutate(whole, n), [])
      expect(['altered', 'uncovered']).toContain(status)
      if (status === 'altered') expect(fault?.number).toBe(named(n))
      else expect(coveredThrough).toBe(0)
    }
  })
})

describe('signed checkpoints that contradict each other', () => {
  test('show a journal that was continued twice, whichever of the two is shown', async () => {
    const fork = rechained(whole, 30)
    const checkpoints = [...(await at(20, 40)), ...(await checkpointsAt(fork, [40], key))]
    for (const lines of [whole, fork]) {
      const { status, fault } = verdictOn(lines, checkpoints)
      expect([status, fault?.kind]).toEqual(['altered', expect.stringMatching(/forked|rewritten/)])
    }
  })

  test('of different journals do not count together', async () => {
    const other = { ...(await at(30))[0], journal: 'other' } as CheckpointClaims
    expect(verdictOn(whole, [...(await at(40)), other])).toMatchObject({
      status: 'altered',
      fault: { kind: 'checkpoint' },
    })
  })
})

describe('a journal of which the oldest entries were removed', () => {
  const start = { number: 15, hash: whole[14]?.hash ?? '' }
  const kept = whole.slice(15)
  const with_ = async (said: typeof start | undefined, ...sizes: number[]): Promise<Verdict> =>
    verdictOn(
      kept,
      (await at(...sizes)).map((known) => (said === undefined ? known : { ...known, start: said })),
      start,
    )

  test('is intact when a checkpoint says where it starts', async () => {
    expect(await with_(start, 40)).toMatchObject({ status: 'intact', start: 15, coveredThrough: 40 })
    expect(await with_(start, 5, 15, 40)).toMatchObject({ status: 'intact' })
  })

  test('is not intact when nothing signed says so', async () => {
    expect(await with_(undefined, 15, 40)).toMatchObject({
      status: 'altered',
      fault: { kind: 'start', number: 1, through: 15 },
    })
    expect((await with_({ ...start, number: 14 }, 40)).fault?.kind).toBe('start')
  })

  test('is intact when a covered entry of its own accounts for it', async () => {
    const event = { code: 'journal.trimmed', object: { through: 15, hash: start.hash } }
    const after = chain([...kept.map(({ value }) => value), { event }], start)
    const checkpoints = await checkpointsAt(after, [41], key)
    expect(verdictOn(after, checkpoints, start)).toMatchObject({ status: 'intact', last: 41 })
    expect(verdictOn(after.slice(0, -1), checkpoints.slice(1), start).fault?.kind).toBe('start')
  })

  test('is not intact when it starts after another entry than a checkpoint says', async () => {
    const other = rechained(whole, 15)
    const checkpoints = [...(await at(15)), ...(await checkpointsAt(other, [40], key))]
    const from = { number: 15, hash: other[14]?.hash ?? '' }
    const said = checkpoints.map((known) => ({ ...known, start: from }))
    expect(verdictOn(other.slice(15), said, from)).toMatchObject({
      status: 'altered',
      fault: { kind: 'rewritten', number: 1, through: 15 },
    })
  })

  test('is judged also when an entry of it is no object, or none at all', () => {
    expect(verdictOn(chain([null, 'x', 3], start), [], start).fault?.kind).toBe('start')
    const nothing = { number: 16, hash: 'f'.repeat(64), value: undefined }
    expect(verdictOn([nothing], [], start).fault?.kind).toBe('start')
  })

  test('is not taken for one that misses entries in the middle', async () => {
    expect(verdictOn(kept, await at(40))).toMatchObject({ fault: { kind: 'missing', number: 1 } })
  })
})

test('an entry that was changed into what no entry can be is found', async () => {
  for (const value of [undefined, { '1': 'a name that the node never writes' }]) {
    const lines = whole.map((line) => (line.number === 12 ? { ...line, value } : line))
    expect(verdictOn(lines, await at(40)).fault).toMatchObject({ kind: 'altered', number: 12 })
  }
})

describe('a place that cannot be read', () => {
  test('is named by the first entry that may be in it', async () => {
    const lines = [...whole.slice(0, 11), { number: 12, unreadable: 'damaged block' }, ...whole.slice(20)]
    expect(verdictOn(lines, await at(40))).toMatchObject({
      status: 'altered',
      fault: { kind: 'unreadable', number: 12 },
    })
  })
})
