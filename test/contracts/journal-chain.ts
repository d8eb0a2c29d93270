import { describe, expect, test } from '@jest/globals'
import { append, claim, put, trim } from '../../node/stores/contracts.js'
import { verifyChain } from '../support/chain.js'
import { refusalOf, useStore } from './backend.js'
import type { Backend } from './backend.js'

/** The hash chain over the journal, and its trimming. */
export function journalChainContract(backend: Backend): void {
  describe(`the chain of the journal on ${backend.name}`, () => {
    const subject = useStore(backend)
    const restart = backend.survivesRestart ? test : test.skip

    async function appendUpTo(last: number): Promise<void> {
      const { number } = await subject.store.journal.head()
      await Promise.all(
        Array.from({ length: last - number }, (_, index) => subject.store.journal.append(number + index + 1)),
      )
    }

    test('can be recomputed by anybody from the values', async () => {
      const values = [{ b: 'één 🙂 "\\', a: [1e21, -0, 0.1], '10': null, '9': true }, 'text', [], {}, null]
      for (const value of values) await subject.store.journal.append(value)
      expect(await verifyChain(subject.store.journal)).toHaveLength(values.length)
    })

    test('holds when many append at once, in batches of several, some of them refused', async () => {
      const until = subject.clock.now() + 60_000
      const writers = Array.from({ length: 200 }, (_, caller) =>
        refusalOf(
          subject.store.write([
            append({ caller, part: 1 }),
            claim([String(caller % 150)], until),
            put({ name: 'things' }, [String(caller)], caller),
            append({ caller, part: 2 }),
          ]),
        ),
      )
      const refused = (await Promise.all(writers)).filter((code) => code === 'store.claimed')
      expect(refused).toHaveLength(50)
      const entries = await verifyChain(subject.store.journal)
      expect(entries).toHaveLength(300)
      for (let index = 0; index < 300; index += 2) {
        expect(entries[index + 1]?.value).toEqual({ ...(entries[index]?.value as object), part: 2 })
      }
    })

    restart('goes on after a restart', async () => {
      await appendUpTo(3)
      await subject.reopen()
      await appendUpTo(5)
      await subject.reopen()
      expect((await verifyChain(subject.store.journal)).map(({ value }) => value)).toEqual([1, 2, 3, 4, 5])
    })

    test('goes on from where it was trimmed', async () => {
      await appendUpTo(20)
      const [last] = await subject.store.journal.read({ after: 11, limit: 1 })
      const written = await subject.store.write([trim(12), append({ removed: 12 })])
      expect(written.numbers).toEqual([21])
      expect(await subject.store.journal.start()).toEqual({ number: 12, hash: last?.hash })
      expect((await verifyChain(subject.store.journal)).map(({ number }) => number)).toEqual([
        13, 14, 15, 16, 17, 18, 19, 20, 21,
      ])
    })

    test('is read from the first entry that is left, wherever the reading starts below it', async () => {
      await appendUpTo(20)
      await subject.store.write([trim(12)])
      for (const after of [0, 5, 12]) {
        const entries = await subject.store.journal.read({ after, limit: 2 })
        expect(entries.map(({ number }) => number)).toEqual([13, 14])
      }
      expect((await subject.store.journal.read({ after: 13, limit: 1 })).map(({ number }) => number)).toEqual([14])
    })

    test('can be trimmed again, and to where it was trimmed already', async () => {
      await appendUpTo(20)
      await subject.store.write([trim(5), append('first'), trim(9), append('second')])
      await subject.store.write([trim(9)])
      await subject.store.write([trim(21)])
      expect((await verifyChain(subject.store.journal)).map(({ value }) => value)).toEqual(['second'])
    })

    restart('goes on from where it was trimmed after a restart', async () => {
      await appendUpTo(5)
      await subject.store.write([trim(4)])
      await subject.reopen()
      expect((await subject.store.journal.start()).number).toBe(4)
      await appendUpTo(7)
      expect((await verifyChain(subject.store.journal)).map(({ value }) => value)).toEqual([5, 6, 7])
    })

    test.each([
      ['the newest entry', 20],
      ['an entry that the same batch appends', 21],
      ['what never was', 99],
      ['below the start', 4],
      ['half a number', 7.5],
      ['a negative number', -1],
      ['no number', Number.NaN],
    ])('is not trimmed through %s', async (_, through) => {
      await appendUpTo(20)
      await subject.store.write([trim(5)])
      const before = [await subject.store.journal.start(), await subject.store.journal.head()]
      expect(await refusalOf(subject.store.write([append('account'), trim(through)]))).toBe('store.bad_input')
      expect([await subject.store.journal.start(), await subject.store.journal.head()]).toEqual(before)
      expect(await verifyChain(subject.store.journal)).toHaveLength(15)
    })

    test('is not trimmed while it is empty', async () => {
      expect(await refusalOf(subject.store.write([append('first'), trim(0)]))).toBe('store.bad_input')
      expect(await subject.store.journal.head()).toMatchObject({ number: 0 })
    })

    test('is not trimmed when another part of the batch is refused', async () => {
      await appendUpTo(20)
      await subject.store.claims.claim(['taken'], subject.clock.now() + 60_000)
      const batch = [trim(5), append('account'), claim(['taken'], subject.clock.now() + 60_000)]
      expect(await refusalOf(subject.store.write(batch))).toBe('store.claimed')
      expect(await verifyChain(subject.store.journal)).toHaveLength(20)
    })

    test('is trimmed by at most ten thousand entries at a time', async () => {
      const many = Array.from({ length: 10_002 }, (_, index) => append(index))
      await subject.store.write(many)
      expect(await refusalOf(subject.store.write([trim(10_001)]))).toBe('store.bad_input')
      await subject.store.write([trim(10_000)])
      await subject.store.write([trim(10_001)])
      expect((await verifyChain(subject.store.journal)).map(({ number }) => number)).toEqual([10_002])
    })

    test('is read without gaps while it is trimmed and grows', async () => {
      await appendUpTo(300)
      const readers = Array.from({ length: 20 }, async (_, reader) => {
        const entries = await subject.store.journal.read({ after: reader * 10, limit: 100 })
        const [first] = entries
        expect(entries.map(({ number }) => number)).toEqual(entries.map((_, index) => (first?.number ?? 0) + index))
      })
      const trims = [50, 100, 150, 200].map((through) => subject.store.write([trim(through), append({ through })]))
      await Promise.all([...readers, ...trims])
      expect(await verifyChain(subject.store.journal)).toHaveLength(104)
    })
  })
}
