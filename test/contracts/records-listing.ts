import { describe, expect, test } from '@jest/globals'
import { put, remove } from '../../node/stores/contracts.js'
import type { Collection, Key, ListQuery } from '../../node/stores/contracts.js'
import { cursorAfter, numberPart } from '../../node/stores/numbered-keys.js'
import { refusalOf, useStore } from './backend.js'
import type { Backend } from './backend.js'

interface Bed {
  readonly ward: string
  readonly free: boolean
}

const beds: Collection<Bed> = {
  name: 'beds',
  indexes: { ward: (bed) => bed.ward, free: (bed) => (bed.free ? bed.ward : undefined) },
}
const bed = (ward: string, free = true): Bed => ({ ward, free })

/** Listing by prefix and by index, in pages. */
export function recordsListingContract(backend: Backend): void {
  describe(`listing records on ${backend.name}`, () => {
    const subject = useStore(backend)

    const list = async (query: Omit<ListQuery, 'limit'> & { limit?: number }): Promise<readonly Key[]> =>
      (await subject.store.records.list(beds, { limit: 1000, ...query })).items.map((item) => item.key)

    /** All pages; between two pages `meanwhile` runs. */
    async function pages(query: ListQuery, meanwhile: () => Promise<unknown> = async () => {}) {
      const found: (readonly Key[])[] = []
      let after: string | undefined
      do {
        const page = await subject.store.records.list(beds, after === undefined ? query : { ...query, after })
        found.push(page.items.map((item) => item.key))
        after = page.next
        await meanwhile()
      } while (after !== undefined)
      return found
    }

    test('an empty collection gives an empty page without a next', async () => {
      expect(await subject.store.records.list(beds, { limit: 10 })).toEqual({ items: [] })
    })

    test('a page has keys, values and versions', async () => {
      await subject.store.write([put(beds, ['a', '1'], bed('noord'))])
      expect(await subject.store.records.list(beds, { limit: 10 })).toEqual({
        items: [{ key: ['a', '1'], value: { ward: 'noord', free: true }, version: 1 }],
      })
    })

    test('records come part by part, shorter parts first, in byte order', async () => {
      const keys = [['b'], ['é'], ['aa'], ['a', 'b'], ['B'], ['a'], ['a', 'a', 'z']]
      await subject.store.write(keys.map((key) => put(beds, key, bed('noord'))))
      expect(await list({})).toEqual([['B'], ['a'], ['a', 'a', 'z'], ['a', 'b'], ['b'], ['aa'], ['é']])
    })

    test('a prefix takes whole parts and includes the key itself', async () => {
      const keys = [['a'], ['a', '1'], ['a', '1', 'x'], ['a', '2'], ['ab'], ['A', '1'], ['b', 'a']]
      await subject.store.write(keys.map((key) => put(beds, key, bed('noord'))))
      expect(await list({ prefix: ['a'] })).toEqual([['a'], ['a', '1'], ['a', '1', 'x'], ['a', '2']])
      expect(await list({ prefix: ['a', '1'] })).toEqual([
        ['a', '1'],
        ['a', '1', 'x'],
      ])
      expect(await list({ prefix: ['c'] })).toEqual([])
    })

    test('a collection does not show the records of another', async () => {
      const other: Collection<Bed> = { name: 'beds2' }
      await subject.store.write([put(beds, ['a'], bed('noord')), put(other, ['b'], bed('noord'))])
      expect(await list({})).toEqual([['a']])
    })

    test('numbers as parts of keys come in their order, and a list goes on behind a number that is not there', async () => {
      const numbers = [1, 2, 9, 10, 11, 100, 999_999_999_999_999]
      await subject.store.write(numbers.map((number) => put(beds, ['a', numberPart(number)], bed('noord'))))
      await subject.store.write([put(beds, ['b', numberPart(50)], bed('noord'))])
      const after = async (number: number): Promise<readonly number[]> =>
        (await list({ prefix: ['a'], after: cursorAfter(['a', numberPart(number)]) })).map((key) => Number(key[1]))
      expect(await after(0)).toEqual(numbers)
      expect(await after(9)).toEqual(numbers.slice(3))
      expect(await after(50)).toEqual(numbers.slice(5))
      expect(await after(999_999_999_999_999)).toEqual([])
    })

    test('an index finds the records with exactly its value', async () => {
      await subject.store.write([
        put(beds, ['1'], bed('noord')),
        put(beds, ['2'], bed('zuid')),
        put(beds, ['3'], bed('noord', false)),
        put(beds, ['4'], bed('Noord')),
      ])
      expect(await list({ index: { name: 'ward', value: 'noord' } })).toEqual([['1'], ['3']])
      expect(await list({ index: { name: 'free', value: 'noord' } })).toEqual([['1']])
      expect(await list({ index: { name: 'ward', value: 'oost' } })).toEqual([])
    })

    test('an index follows its record when that changes, goes or comes back', async () => {
      await subject.store.write([put(beds, ['1'], bed('noord'))])
      await subject.store.write([put(beds, ['1'], bed('zuid', false))])
      expect(await list({ index: { name: 'ward', value: 'noord' } })).toEqual([])
      expect(await list({ index: { name: 'free', value: 'noord' } })).toEqual([])
      expect(await list({ index: { name: 'ward', value: 'zuid' } })).toEqual([['1']])
      await subject.store.write([remove(beds, ['1'])])
      expect(await list({ index: { name: 'ward', value: 'zuid' } })).toEqual([])
      await subject.store.write([remove(beds, ['1']), put(beds, ['1'], bed('zuid'))])
      expect(await list({ index: { name: 'ward', value: 'zuid' } })).toEqual([['1']])
    })

    test('an expired record is in no list, and neither is its old index value when it is replaced', async () => {
      await subject.store.write([
        put(beds, ['1'], bed('noord'), { expiresAt: subject.clock.now() + 1000 }),
        put(beds, ['2'], bed('noord')),
      ])
      subject.clock.move(2)
      expect(await list({})).toEqual([['2']])
      expect(await list({ index: { name: 'ward', value: 'noord' } })).toEqual([['2']])
      await subject.store.write([put(beds, ['1'], bed('zuid'))])
      expect(await list({ index: { name: 'ward', value: 'noord' } })).toEqual([['2']])
    })

    test('pages join up to the whole list, and the last has no next', async () => {
      const keys = Array.from({ length: 6 }, (_, number) => [`${number}`])
      await subject.store.write(keys.map((key) => put(beds, key, bed('noord'))))
      expect(await pages({ limit: 3 })).toEqual([keys.slice(0, 3), keys.slice(3)])
      expect(await pages({ limit: 4, index: { name: 'ward', value: 'noord' } })).toEqual([
        keys.slice(0, 4),
        keys.slice(4),
      ])
      expect(await pages({ limit: 4, prefix: ['3'] })).toEqual([[['3']]])
    })

    test.each([
      ['the whole collection', {}],
      ['an index', { index: { name: 'ward', value: 'noord' } }],
    ])('pages of %s show what was there all along once while others write', async (_, query) => {
      const lasting = Array.from({ length: 60 }, (_, number) => [`lasting ${String(number).padStart(3, '0')}`])
      await subject.store.write(lasting.map((key) => put(beds, key, bed('noord'))))
      let round = 0
      const found = await pages({ ...query, limit: 7 }, async () => {
        round += 1
        const name = `lasting ${String((round * 37) % 60).padStart(3, '0')}`
        await subject.store.write([
          put(beds, [`${name} extra`], bed('noord')),
          put(beds, [name], bed('noord', false)),
          put(beds, [`before ${round}`], bed('noord')),
          remove(beds, [`before ${round - 1}`]),
        ])
      })
      const names = found.flat().map((key) => key.join('/'))
      expect(new Set(names).size).toBe(names.length)
      expect(names.filter((name) => /^lasting \d+$/.test(name))).toEqual(lasting.map((key) => key.join('/')))
    })

    test('a page of an index never shows a record with another value, whatever changes meanwhile', async () => {
      const keys = Array.from({ length: 1000 }, (_, number) => [`${number}`])
      await subject.store.write(keys.map((key) => put(beds, key, bed('noord'))))
      const listing = subject.store.records.list(beds, { index: { name: 'ward', value: 'noord' }, limit: 1000 })
      const moving = [0, 250, 500, 750].map((start) =>
        subject.store.write(keys.slice(start, start + 250).map((key) => put(beds, key, bed('zuid')))),
      )
      const [page] = await Promise.all([listing, ...moving])
      expect(page.items.filter((item) => item.value.ward !== 'noord')).toEqual([])
      expect(await list({ index: { name: 'ward', value: 'zuid' } })).toHaveLength(1000)
    })

    test('a page goes on after a record that was removed since', async () => {
      await subject.store.write(['1', '2', '3'].map((key) => put(beds, [key], bed('noord'))))
      const first = await subject.store.records.list(beds, { limit: 2 })
      await subject.store.write([remove(beds, ['2'])])
      expect(first.next).toBeDefined()
      expect(await list({ after: first.next ?? '' })).toEqual([['3']])
    })

    test.each(['', 'x', '!!', 'AAFh=', 'AAVh', 'AAE', Buffer.from('plain text').toString('base64url')])(
      'the cursor %p is refused',
      async (after) => {
        expect(await refusalOf(subject.store.records.list(beds, { limit: 1, after }))).toBe('store.bad_input')
      },
    )

    test.each([0, 1001, 1.5, Number.NaN])('the limit %p is refused', async (limit) => {
      expect(await refusalOf(subject.store.records.list(beds, { limit }))).toBe('store.bad_input')
    })

    test.each([
      ['a prefix and an index', { prefix: ['a'], index: { name: 'ward', value: 'noord' } }],
      ['an index that the collection does not have', { index: { name: 'colour', value: 'red' } }],
      ['an index with the name of a method', { index: { name: 'toString', value: 'red' } }],
      ['an empty index value', { index: { name: 'ward', value: '' } }],
      ['an empty prefix', { prefix: [] }],
      ['a prefix with an empty part', { prefix: ['a', ''] }],
    ])('a list with %s is refused', async (_, query) => {
      expect(await refusalOf(subject.store.records.list(beds, { limit: 1, ...query }))).toBe('store.bad_input')
    })
  })
}
