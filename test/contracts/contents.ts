import { setImmediate } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import type { OpenedStore, StoredItem } from '../../node/stores/contents.js'
import { fillStore, requireFilled } from '../../node/stores/filling.js'
import { append, claim, put, remove, trim } from '../../node/stores/contracts.js'
import type { Collection } from '../../node/stores/contracts.js'
import { createMemoryStore } from '../../node/stores/memory.js'
import { createTally, type Totals } from '../../node/stores/tally.js'
import { verifyChain } from '../support/chain.js'
import { refusalOf, useStore } from './backend.js'
import type { Backend } from './backend.js'

interface Thing {
  readonly state: string
  readonly pair: number
}

const things: Collection<Thing> = { name: 'things', indexes: { state: (thing) => thing.state, 'a b': () => 'é' } }
const others: Collection<unknown> = { name: 'others' }

async function totalsOf(store: OpenedStore): Promise<Totals> {
  const snapshot = await store.contents.snapshot()
  const tally = createTally(snapshot.start)
  let count = 0
  for await (const item of snapshot.items()) {
    tally.add(item)
    count += 1
  }
  expect(await snapshot.count()).toBe(count)
  await snapshot.close()
  expect(tally.totals().head).toEqual(snapshot.head)
  return tally.totals()
}

async function itemsOf(store: OpenedStore): Promise<readonly StoredItem[]> {
  const snapshot = await store.contents.snapshot()
  const items: StoredItem[] = []
  for await (const item of snapshot.items()) items.push(item)
  await snapshot.close()
  return items
}

/** Reading the whole of a store as of one moment, and filling another with it. */
export function contentsContract(backend: Backend): void {
  describe(`the contents of a store on ${backend.name}`, () => {
    const subject = useStore(backend)
    const fill = (source: OpenedStore, target: OpenedStore) =>
      source.contents
        .snapshot()
        .then((snapshot) =>
          fillStore({ kind: 'copy', source: snapshot, target, onProgress: () => {} }).finally(() => snapshot.close()),
        )
    const createOther = () => createMemoryStore({ clock: subject.clock })

    /** Records of all sorts, claims, and a journal that was trimmed. */
    async function writeEverything(store: OpenedStore): Promise<void> {
      const soon = subject.clock.now() + 1000
      await store.write(Array.from({ length: 12 }, (_, index) => append({ index, text: 'één 🙂', '2': -0 })))
      await store.write([trim(5), append('trimmed')])
      for (let number = 0; number < 1200; number += 100) {
        await store.write(
          Array.from({ length: 100 }, (_, index) =>
            put(things, [`${number + index}`, 'x'.repeat(index + 1)], {
              state: index % 2 === 0 ? 'new' : 'old',
              pair: index,
            }),
          ),
        )
      }
      await store.write([put(things, ['7', 'x'.repeat(8)], { state: 'again', pair: 1 })])
      await store.write([
        put(others, ['soon', 'gone'], null, { expiresAt: soon }),
        put(others, ['gone'], 1),
        remove(others, ['gone']),
      ])
      await store.write([
        put(
          others,
          Array.from({ length: 16 }, () => 'é'.repeat(512)),
          ['long', 1e21, { b: 1, a: 2 }],
        ),
      ])
      await store.write([claim(['spent'], soon), claim(['kept', 'x'.repeat(500)], soon + 1_000_000)])
    }

    test('an empty store has none', async () => {
      expect(await itemsOf(subject.store)).toEqual([])
      expect((await totalsOf(subject.store)).head).toEqual({ number: 0, hash: '0'.repeat(64) })
    })

    test('are the same, in the same order, as those of a store in memory with the same history', async () => {
      const other = createOther()
      await Promise.all([writeEverything(subject.store), writeEverything(other)])
      expect(await totalsOf(subject.store)).toEqual(await totalsOf(other))
      expect((await itemsOf(subject.store)).map(({ kind }) => kind)).toEqual(
        (await itemsOf(other)).map(({ kind }) => kind),
      )
    })

    test.each(['into', 'out of'])(
      'can be brought %s it with versions, indexes, expiry, claims and chain',
      async (way) => {
        const other = createOther()
        const [source, target] = way === 'into' ? [other, subject.store] : [subject.store, other]
        await writeEverything(source)
        const totals = await fill(source, target)
        expect(totals).toEqual(await totalsOf(source))
        expect(await totalsOf(target)).toEqual(totals)
        expect(await itemsOf(target)).toEqual(await itemsOf(source))
        await requireFilled(target.records)
        // It works as if it had always been here.
        expect(await target.journal.start()).toEqual(await source.journal.start())
        expect(await target.journal.append('next')).toBe(14)
        await verifyChain(target.journal)
        expect(await target.records.get(things, ['7', 'x'.repeat(8)])).toMatchObject({ version: 2 })
        expect(
          (await target.records.list(things, { index: { name: 'state', value: 'again' }, limit: 9 })).items,
        ).toHaveLength(1)
        expect(
          (await target.records.list(things, { index: { name: 'a b', value: 'é' }, limit: 1000 })).items,
        ).toHaveLength(1000)
        expect(await target.claims.claim(['spent'], subject.clock.now() + 9)).toBe(false)
        subject.clock.move(2)
        expect(await target.claims.claim(['kept', 'x'.repeat(500)], subject.clock.now() + 9)).toBe(false)
        expect(await target.records.get(others, ['soon', 'gone'])).toBeUndefined()
        expect(await target.sweep(10)).toBe(2)
        expect(await target.claims.claim(['spent'], subject.clock.now() + 9)).toBe(true)
      },
    )

    test('are those of one moment while others write', async () => {
      let isDone = false
      const writers = [1, 2, 3].map(async (caller) => {
        for (let number = 0; !isDone; number += 1) {
          const name = `${caller}-${number}`
          await subject.store.write([
            put(others, [name, 'a'], name),
            claim([name], subject.clock.now() + 1000),
            append(name),
            put(others, [name, 'b'], name),
          ])
        }
      })
      while ((await subject.store.journal.head()).number < 20) await setImmediate()
      for (let round = 0; round < 5; round += 1) {
        const totals = await totalsOf(subject.store)
        const { number } = totals.head
        const counts = { entry: totals.entry.count, claim: totals.claim.count, record: totals.record.count }
        expect(counts).toEqual({ entry: number, claim: number, record: 2 * number })
      }
      isDone = true
      await Promise.all(writers)
    })

    test('a store that holds something is not filled', async () => {
      const other = createOther()
      await other.journal.append('there')
      await subject.store.write([claim(['there'], subject.clock.now() + 1000)])
      const before = await itemsOf(subject.store)
      expect(await refusalOf(fill(other, subject.store))).toBe('config.invalid')
      expect(await itemsOf(subject.store)).toEqual(before)
    })

    test('a store that is partly filled is known as such, and filled further from the same source only', async () => {
      const other = createOther()
      await writeEverything(other)
      const snapshot = await other.contents.snapshot()
      const breaking = {
        start: snapshot.start,
        head: snapshot.head,
        async *items() {
          let left = 700
          for await (const item of snapshot.items()) {
            if (left === 0) throw new Error('killed')
            left -= 1
            yield item
          }
        },
      }
      const onProgress = () => {}
      const target = subject.store
      await expect(fillStore({ kind: 'copy', source: breaking, target, onProgress })).rejects.toThrow('killed')
      expect(await refusalOf(requireFilled(target.records))).toBe('config.invalid')
      expect(await refusalOf(fillStore({ kind: 'restore', source: snapshot, target, onProgress }))).toBe(
        'config.invalid',
      )
      const another = createOther()
      await another.journal.append('another')
      expect(await refusalOf(fill(another, target))).toBe('config.invalid')
      const done: number[] = []
      await fillStore({ kind: 'copy', source: snapshot, target, onProgress: (count) => done.push(count) })
      await snapshot.close()
      // It went on behind what was there.
      expect(done[0]).toBe(1000)
      expect(await totalsOf(target)).toEqual(await totalsOf(other))
    })

    test('a source whose chain is broken is not taken for a good one', async () => {
      const other = createOther()
      await other.write([append('a'), append('b'), append('c')])
      const snapshot = await other.contents.snapshot()
      const changing = {
        start: snapshot.start,
        head: snapshot.head,
        async *items() {
          for await (const item of snapshot.items()) {
            yield item.kind === 'entry' && item.number === 2 ? { ...item, value: 'B' } : item
          }
        },
      }
      const filling = fillStore({ kind: 'copy', source: changing, target: subject.store, onProgress: () => {} })
      await expect(filling).rejects.toMatchObject({
        code: 'store.damaged',
        notes: [expect.stringContaining('Entry 2 of the audit journal')],
      })
      expect(await refusalOf(requireFilled(subject.store.records))).toBe('config.invalid')
    })

    test('are not given by a closed store', async () => {
      await subject.store.close()
      expect(await refusalOf(subject.store.contents.snapshot())).toBe('store.unavailable')
      expect(await refusalOf(subject.store.contents.load({ number: 0, hash: '0'.repeat(64) }, []))).toBe(
        'store.unavailable',
      )
    })
  })
}
