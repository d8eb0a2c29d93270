import { describe, expect, test } from '@jest/globals'
import { append } from '../../node/stores/contracts.js'
import type { JournalPoint, Store, Value } from '../../node/stores/contracts.js'
import { refusalOf, useStore } from './backend.js'
import type { Backend } from './backend.js'

/** What the chain of a journal begins with. */
const beginning: JournalPoint = { number: 0, hash: '0'.repeat(64) }

async function readValues(store: Store, after = 0): Promise<readonly { number: number; value: Value }[]> {
  return (await store.journal.read({ after, limit: 10 })).map(({ number, value }) => ({ number, value }))
}

/** Gapless numbers, in order, after a restart too. */
export function journalContract(backend: Backend): void {
  describe(`the journal on ${backend.name}`, () => {
    const subject = useStore(backend)

    test('an empty journal has head 0 and no entries', async () => {
      expect(await subject.store.journal.head()).toEqual(beginning)
      expect(await subject.store.journal.start()).toEqual(beginning)
      expect(await subject.store.journal.read({ after: 0, limit: 10 })).toEqual([])
    })

    test('entries are numbered from 1 and read back in order', async () => {
      expect(await subject.store.journal.append({ event: 'first' })).toBe(1)
      expect(await subject.store.journal.append('second')).toBe(2)
      expect(await subject.store.journal.append(null)).toBe(3)
      expect((await subject.store.journal.head()).number).toBe(3)
      expect(await readValues(subject.store)).toEqual([
        { number: 1, value: { event: 'first' } },
        { number: 2, value: 'second' },
        { number: 3, value: null },
      ])
    })

    test('500 entries that are appended at once are numbered without gaps', async () => {
      const numbers = await Promise.all(
        Array.from({ length: 500 }, (_, caller) => subject.store.journal.append({ caller })),
      )
      const expected = Array.from({ length: 500 }, (_, index) => index + 1)
      expect([...numbers].sort((a, b) => a - b)).toEqual(expected)
      const entries = await subject.store.journal.read({ after: 0, limit: 1000 })
      expect(entries.map((entry) => entry.number)).toEqual(expected)
      expect(entries.map((entry) => entry.value)).toEqual(
        expected.map((number) => ({ caller: numbers.indexOf(number) })),
      )
    })

    test('reading starts after a number and stops at its limit', async () => {
      for (let event = 1; event <= 300; event += 1) void subject.store.journal.append(event)
      await subject.store.journal.append(301)
      const read = async (after: number, limit: number) =>
        (await subject.store.journal.read({ after, limit })).map((entry) => entry.number)
      expect(await read(0, 2)).toEqual([1, 2])
      expect(await read(254, 4)).toEqual([255, 256, 257, 258])
      expect(await read(300, 10)).toEqual([301])
      expect(await read(301, 10)).toEqual([])
    })

    test('a batch gets its numbers in the order of its operations', async () => {
      expect(await subject.store.write([append('one'), append('two')])).toEqual({ versions: [], numbers: [1, 2] })
      expect(await readValues(subject.store)).toEqual([
        { number: 1, value: 'one' },
        { number: 2, value: 'two' },
      ])
    })

    test('an entry keeps the value it had when it was appended', async () => {
      const event = { state: 'before' }
      const appending = subject.store.journal.append(event)
      event.state = 'after'
      await appending
      expect(await readValues(subject.store)).toEqual([{ number: 1, value: { state: 'before' } }])
    })

    test.each([
      ['a negative number', { after: -1, limit: 1 }],
      ['half a number', { after: 0.5, limit: 1 }],
      ['no limit', { after: 0, limit: 0 }],
      ['a limit that is too high', { after: 0, limit: 1001 }],
    ])('reading with %s is refused', async (_, query) => {
      expect(await refusalOf(subject.store.journal.read(query))).toBe('store.bad_input')
    })

    const restart = backend.survivesRestart ? test : test.skip

    restart('entries and numbering go on after a restart', async () => {
      for (let event = 1; event <= 300; event += 1) void subject.store.journal.append(event)
      await subject.reopen()
      expect((await subject.store.journal.head()).number).toBe(300)
      expect(await subject.store.journal.append(301)).toBe(301)
      expect(await readValues(subject.store, 298)).toEqual([
        { number: 299, value: 299 },
        { number: 300, value: 300 },
        { number: 301, value: 301 },
      ])
    })

    test('a closed journal refuses', async () => {
      await subject.store.close()
      expect(await refusalOf(subject.store.journal.append('late'))).toBe('store.unavailable')
      expect(await refusalOf(subject.store.journal.head())).toBe('store.unavailable')
      expect(await refusalOf(subject.store.journal.read({ after: 0, limit: 1 }))).toBe('store.unavailable')
    })
  })
}
