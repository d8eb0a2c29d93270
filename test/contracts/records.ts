import { describe, expect, test } from '@jest/globals'
import { put, remove } from '../../node/stores/contracts.js'
import type { Collection, Key } from '../../node/stores/contracts.js'
import { refusalOf, useStore } from './backend.js'
import type { Backend } from './backend.js'

interface Note {
  readonly text: string
  readonly author?: string
}

const notes: Collection<Note> = { name: 'notes', indexes: { author: (note) => note.author } }

/** Versions, conflicts, expiry and restart of records; `recordsListing` has the pages. */
export function recordsContract(backend: Backend): void {
  describe(`records on ${backend.name}`, () => {
    const subject = useStore(backend)
    const read = (key: Key) => subject.store.records.get(notes, key)

    describe('versions', () => {
      test('a record that was never stored is undefined', async () => {
        expect(await read(['a'])).toBeUndefined()
      })

      test('a stored record comes back with its key, value and version 1', async () => {
        await subject.store.write([put(notes, ['a', 'b'], { text: 'één ✓ 🙂' })])
        expect(await read(['a', 'b'])).toEqual({ key: ['a', 'b'], value: { text: 'één ✓ 🙂' }, version: 1 })
      })

      test('each change of a record gives the next version', async () => {
        expect(await subject.store.write([put(notes, ['a'], { text: 'one' })])).toEqual({ versions: [1], numbers: [] })
        expect(await subject.store.write([put(notes, ['a'], { text: 'two' })])).toEqual({ versions: [2], numbers: [] })
        expect(await read(['a'])).toMatchObject({ value: { text: 'two' }, version: 2 })
      })

      test('a record that is expected at its version is replaced', async () => {
        await subject.store.write([put(notes, ['a'], { text: 'one' })])
        await subject.store.write([put(notes, ['a'], { text: 'two' }, { expected: 1 })])
        expect(await read(['a'])).toMatchObject({ value: { text: 'two' }, version: 2 })
      })

      test('a record that is expected at another version stays as it is', async () => {
        await subject.store.write([put(notes, ['a'], { text: 'one' })])
        expect(await refusalOf(subject.store.write([put(notes, ['a'], { text: 'two' }, { expected: 2 })]))).toBe(
          'store.conflict',
        )
        expect(await read(['a'])).toMatchObject({ value: { text: 'one' }, version: 1 })
      })

      test('a record that is expected to be absent is stored once', async () => {
        await subject.store.write([put(notes, ['a'], { text: 'one' }, { expected: 'absent' })])
        expect(await refusalOf(subject.store.write([put(notes, ['a'], { text: 'two' }, { expected: 'absent' })]))).toBe(
          'store.conflict',
        )
        expect(await read(['a'])).toMatchObject({ value: { text: 'one' } })
      })

      test('an absent record is not at version 1', async () => {
        expect(await refusalOf(subject.store.write([put(notes, ['a'], { text: 'one' }, { expected: 1 })]))).toBe(
          'store.conflict',
        )
      })

      test('changes that come at the same moment are done in the order in which they came', async () => {
        const changes = ['one', 'two', 'three'].map((text) => subject.store.write([put(notes, ['a'], { text })]))
        const removing = subject.store.write([remove(notes, ['b']), put(notes, ['b'], { text: 'there' })])
        const removed = subject.store.write([remove(notes, ['b'], { expected: 1 })])
        expect((await Promise.all(changes)).map((written) => written.versions)).toEqual([[1], [2], [3]])
        expect(await read(['a'])).toMatchObject({ value: { text: 'three' }, version: 3 })
        await Promise.all([removing, removed])
        expect(await read(['b'])).toBeUndefined()
      })

      test('one of many parallel changes from the same version succeeds', async () => {
        await subject.store.write([put(notes, ['a'], { text: 'start' })])
        const attempts = Array.from({ length: 20 }, (_, caller) =>
          refusalOf(subject.store.write([put(notes, ['a'], { text: `caller ${caller}` }, { expected: 1 })])),
        )
        const refusals = (await Promise.all(attempts)).filter((code) => code === 'store.conflict')
        expect(refusals).toHaveLength(19)
        expect(await read(['a'])).toMatchObject({ version: 2 })
      })

      test.each([0, -1, 1.5, Number.NaN])('the expected version %p is refused', async (expected) => {
        expect(await refusalOf(subject.store.write([put(notes, ['a'], { text: 'one' }, { expected })]))).toBe(
          'store.bad_input',
        )
      })
    })

    describe('removing', () => {
      test('a removed record is gone, and starts again at version 1', async () => {
        await subject.store.write([put(notes, ['a'], { text: 'one' })])
        await subject.store.write([remove(notes, ['a'])])
        expect(await read(['a'])).toBeUndefined()
        expect(await subject.store.write([put(notes, ['a'], { text: 'two' })])).toMatchObject({ versions: [1] })
      })

      test('an absent record may be removed', async () => {
        expect(await subject.store.write([remove(notes, ['a'])])).toEqual({ versions: [], numbers: [] })
      })

      test('a record at another version than expected is not removed', async () => {
        await subject.store.write([put(notes, ['a'], { text: 'one' })])
        expect(await refusalOf(subject.store.write([remove(notes, ['a'], { expected: 2 })]))).toBe('store.conflict')
        expect(await read(['a'])).toMatchObject({ version: 1 })
        await subject.store.write([remove(notes, ['a'], { expected: 1 })])
        expect(await read(['a'])).toBeUndefined()
      })
    })

    describe('expiry', () => {
      const expiring = (seconds: number) => ({ expiresAt: subject.clock.now() + seconds * 1000 })

      test('a record is there up to its expiry and gone after it', async () => {
        await subject.store.write([put(notes, ['a'], { text: 'one' }, expiring(60))])
        subject.clock.move(60)
        expect(await read(['a'])).toMatchObject({ version: 1 })
        subject.clock.move(0.001)
        expect(await read(['a'])).toBeUndefined()
      })

      test('an expired record counts as absent and is followed by version 1', async () => {
        await subject.store.write([put(notes, ['a'], { text: 'one' })])
        await subject.store.write([put(notes, ['a'], { text: 'two' }, expiring(60))])
        subject.clock.move(61)
        expect(await refusalOf(subject.store.write([put(notes, ['a'], { text: 'three' }, { expected: 2 })]))).toBe(
          'store.conflict',
        )
        await subject.store.write([put(notes, ['a'], { text: 'three' }, { expected: 'absent' })])
        expect(await read(['a'])).toMatchObject({ value: { text: 'three' }, version: 1 })
      })

      test('a record that is stored again without an expiry stays', async () => {
        await subject.store.write([put(notes, ['a'], { text: 'one' }, expiring(60))])
        await subject.store.write([put(notes, ['a'], { text: 'two' })])
        subject.clock.move(61)
        expect(await read(['a'])).toMatchObject({ version: 2 })
      })

      test('sweeping removes expired records and leaves the others', async () => {
        await subject.store.write([
          put(notes, ['old'], { text: 'old', author: 'jan' }, expiring(60)),
          put(notes, ['renewed'], { text: 'renewed' }, expiring(60)),
          put(notes, ['young'], { text: 'young' }, expiring(600)),
          put(notes, ['lasting'], { text: 'lasting' }),
        ])
        await subject.store.write([put(notes, ['renewed'], { text: 'renewed' }, expiring(600))])
        subject.clock.move(61)
        expect(await subject.store.sweep(100)).toBe(1)
        expect(await subject.store.sweep(100)).toBe(0)
        const left = await subject.store.records.list(notes, { limit: 10 })
        expect(left.items.map((item) => item.key)).toEqual([['young'], ['lasting'], ['renewed']])
        // Gone in fact, not only out of sight: it does not come back with the clock.
        subject.clock.move(-61)
        expect(await read(['old'])).toBeUndefined()
        const byAuthor = await subject.store.records.list(notes, { index: { name: 'author', value: 'jan' }, limit: 10 })
        expect(byAuthor.items).toEqual([])
      })

      test('sweeping does not remove a record that is renewed at the same moment', async () => {
        const keys = Array.from({ length: 150 }, (_, number) => [`key ${number}`])
        await subject.store.write(keys.map((key) => put(notes, key, { text: 'first' }, expiring(60))))
        subject.clock.move(61)
        const sweeping = subject.store.sweep(1000)
        const renewing = keys.map((key) => subject.store.write([put(notes, key, { text: 'renewed' }, expiring(60))]))
        await Promise.all([sweeping, ...renewing])
        for (const key of keys) expect(await read(key)).toMatchObject({ value: { text: 'renewed' }, version: 1 })
      })

      test('sweeping stops at its limit', async () => {
        const keys = Array.from({ length: 7 }, (_, number) => [`key ${number}`])
        await subject.store.write(keys.map((key) => put(notes, key, { text: 'x' }, expiring(1))))
        subject.clock.move(2)
        expect(await subject.store.sweep(5)).toBe(5)
        expect(await subject.store.sweep(5)).toBe(2)
      })

      test.each([0, 1001, 1.5, Number.NaN])('a sweep with limit %p is refused', async (limit) => {
        expect(await refusalOf(subject.store.sweep(limit))).toBe('store.bad_input')
      })

      test.each([Number.NaN, Infinity, -Infinity, -1, 1e16])('the expiry %p is refused', async (expiresAt) => {
        expect(await refusalOf(subject.store.write([put(notes, ['a'], { text: 'one' }, { expiresAt })]))).toBe(
          'store.bad_input',
        )
      })
    })

    describe('restart', () => {
      const restart = backend.survivesRestart ? test : test.skip

      restart('records, indexes, versions and expiry survive', async () => {
        await subject.store.write([put(notes, ['a'], { text: 'one', author: 'jan' })])
        await subject.store.write([put(notes, ['a'], { text: 'two', author: 'piet' })])
        await subject.store.write([put(notes, ['b'], { text: 'soon gone' }, { expiresAt: subject.clock.now() + 1000 })])
        await subject.reopen()
        subject.clock.move(2)
        expect(await read(['a'])).toEqual({ key: ['a'], value: { text: 'two', author: 'piet' }, version: 2 })
        expect(await read(['b'])).toBeUndefined()
        const found = await subject.store.records.list(notes, { index: { name: 'author', value: 'piet' }, limit: 10 })
        expect(found.items).toHaveLength(1)
        expect(await subject.store.sweep(10)).toBe(1)
      })
    })

    describe('closing', () => {
      test('what was accepted before closing is done, what comes after is refused', async () => {
        const accepted = subject.store.write([put(notes, ['a'], { text: 'one' })])
        const closing = subject.store.close()
        const late = refusalOf(subject.store.write([put(notes, ['b'], { text: 'two' })]))
        expect(await accepted).toEqual({ versions: [1], numbers: [] })
        await closing
        expect(await late).toBe('store.unavailable')
        expect(await refusalOf(read(['a']))).toBe('store.unavailable')
        expect(await refusalOf(subject.store.records.list(notes, { limit: 1 }))).toBe('store.unavailable')
        expect(await refusalOf(subject.store.sweep(1))).toBe('store.unavailable')
        expect(await refusalOf(subject.store.check())).toBe('store.unavailable')
      })

      test('an open store passes its check', async () => {
        expect(await subject.store.check()).toBeUndefined()
      })
    })
  })
}
