import { describe, expect, test } from '@jest/globals'
import { append, claim, put, remove } from '../../node/stores/contracts.js'
import type { Collection, Key, Value } from '../../node/stores/contracts.js'
import { refusalOf, useStore } from './backend.js'
import type { Backend } from './backend.js'

const anything: Collection<Value> = { name: 'anything' }
const loneHigh = 'x\ud83d'
const loneLow = '\ude42x'
const largest = 4 * 1024 * 1024

function nested(depth: number): Value {
  let value: Value = []
  for (let level = 1; level < depth; level += 1) value = level % 2 === 0 ? [value] : { in: value }
  return value
}

const badKeys: readonly [string, Key][] = [
  ['no parts', []],
  ['an empty part', ['a', '']],
  ['seventeen parts', Array.from({ length: 17 }, () => 'a')],
  ['a part of 513 characters', ['a'.repeat(513)]],
  ['U+0000', ['a\u0000b']],
  ['a lone high surrogate', [loneHigh]],
  ['a lone low surrogate', [loneLow]],
]

const badNames: readonly [string, string][] = [
  ['no characters', ''],
  ['U+0000', 'a\u0000'],
  ['a lone surrogate', loneHigh],
  ['513 characters', 'a'.repeat(513)],
]

const goodKeys: readonly [string, Key][] = [
  ['sixteen parts', Array.from({ length: 16 }, () => 'a')],
  ['a part of 512 characters of three bytes', ['€'.repeat(512)]],
  ['a pair of surrogates', ['🙂']],
  ['control characters', ['\u0001\n\u007f\uffff']],
  ['what looks like a path', ['..', '/', '\\']],
  ['names of methods', ['__proto__', 'constructor']],
]

const badValues: readonly [string, unknown][] = [
  ['undefined', undefined],
  ['NaN', { deep: [Number.NaN] }],
  ['Infinity', -Infinity],
  ['a bigint', 1n],
  ['a function', { method: () => 1 }],
  ['a symbol', Symbol('s')],
  ['undefined in a list', [undefined]],
  ['a hole in a list', new Array(2)],
  ['a date', { at: new Date(0) }],
  ['a map', new Map([['a', 1]])],
  ['a buffer', Buffer.from('a')],
  ['a member toJSON that is a function', { toJSON: () => 'else' }],
  ['U+0000 in a string', 'a\u0000'],
  ['U+0000 after a backslash', '\\\u0000'],
  ['U+0000 in a member name', { 'a\u0000': 1 }],
  ['a lone high surrogate', [loneHigh]],
  ['a lone low surrogate in a member name', { [loneLow]: 1 }],
  ['65 levels', nested(65)],
  ['one byte over 4 MiB', 'a'.repeat(largest - 1)],
  ['4 MiB of three-byte characters', '€'.repeat(largest / 3)],
]

const goodValues: readonly [string, Value][] = [
  ['null', null],
  ['false', false],
  ['zero', 0],
  ['extreme numbers', [Number.MAX_VALUE, Number.MIN_VALUE, -1.5e-7, Number.MAX_SAFE_INTEGER]],
  ['an empty string', ''],
  ['an empty object', {}],
  ['backslashes before u0000', '\\u0000 \\\\u0000 \\ud800'],
  ['the two characters backslash and u', { '\\ud83d': '\\' }],
  ['pairs of surrogates', '🙂'],
  ['control characters', '\u0001\u001f\u007f\u2028'],
  ['names of methods', JSON.parse('{"__proto__": {"a": 1}, "constructor": 1}')],
  ['64 levels', nested(64)],
  ['4 MiB', 'a'.repeat(largest - 2)],
  ['an object without prototype', Object.assign(Object.create(null), { a: 1 })],
]

/** The same refusals for the same hostile input on every backend. */
export function recordsInputContract(backend: Backend): void {
  describe(`input on ${backend.name}`, () => {
    const subject = useStore(backend)
    const later = () => subject.clock.now() + 60_000

    test.each(badKeys)('a key with %s is refused everywhere', async (_, key) => {
      const { records, claims, write } = subject.store
      expect(await refusalOf(write([put(anything, key, 1)]))).toBe('store.bad_input')
      expect(await refusalOf(write([remove(anything, key)]))).toBe('store.bad_input')
      expect(await refusalOf(write([claim(key, later())]))).toBe('store.bad_input')
      expect(await refusalOf(claims.claim(key, later()))).toBe('store.bad_input')
      expect(await refusalOf(records.get(anything, key))).toBe('store.bad_input')
      expect(await refusalOf(records.list(anything, { prefix: key, limit: 1 }))).toBe('store.bad_input')
    })

    test.each(goodKeys)('a key with %s is kept', async (_, key) => {
      await subject.store.write([put(anything, key, 1)])
      expect(await subject.store.records.get(anything, key)).toEqual({ key, value: 1, version: 1 })
      expect((await subject.store.records.list(anything, { limit: 1 })).items).toEqual([{ key, value: 1, version: 1 }])
      expect(await subject.store.claims.claim(key, later())).toBe(true)
    })

    test.each(badValues)('a value with %s is refused', async (_, value) => {
      // On purpose not a Value.
      const hostile = value as Value
      expect(await refusalOf(subject.store.write([put(anything, ['a'], hostile)]))).toBe('store.bad_input')
      expect(await refusalOf(subject.store.write([append(hostile)]))).toBe('store.bad_input')
      expect(await refusalOf(subject.store.journal.append(hostile))).toBe('store.bad_input')
      expect(await subject.store.records.get(anything, ['a'])).toBeUndefined()
      expect((await subject.store.journal.head()).number).toBe(0)
    })

    test.each(goodValues)('a value with %s comes back the same', async (_, value) => {
      await subject.store.write([put(anything, ['a'], value), append(value)])
      expect(JSON.stringify((await subject.store.records.get(anything, ['a']))?.value)).toBe(JSON.stringify(value))
      const [entry] = await subject.store.journal.read({ after: 0, limit: 1 })
      expect(JSON.stringify(entry?.value)).toBe(JSON.stringify(value))
    })

    test('a value that holds itself is refused', async () => {
      const value: { self?: Value } = {}
      value.self = value
      expect(await refusalOf(subject.store.write([put(anything, ['a'], value)]))).toBe('store.bad_input')
    })

    test('members that are undefined are left out', async () => {
      await subject.store.write([put(anything, ['a'], { there: 1, absent: undefined })])
      expect((await subject.store.records.get(anything, ['a']))?.value).toStrictEqual({ there: 1 })
    })

    test('a stored value does not change with the object it came from, nor with what was read', async () => {
      const list = [1]
      const writing = subject.store.write([put(anything, ['a'], list)])
      list.push(2)
      await writing
      const first = await subject.store.records.get(anything, ['a'])
      if (Array.isArray(first?.value)) first.value.push(3)
      expect((await subject.store.records.get(anything, ['a']))?.value).toEqual([1])
    })

    test.each(badNames)('an index value with %s is refused', async (_, value) => {
      const tagged: Collection<string> = { name: 'tagged', indexes: { tag: (tag) => tag } }
      expect(await refusalOf(subject.store.write([put(tagged, ['a'], value)]))).toBe('store.bad_input')
    })

    test.each(badNames)('a collection name with %s is refused', async (_, name) => {
      expect(await refusalOf(subject.store.write([put({ name }, ['a'], 1)]))).toBe('store.bad_input')
      expect(await refusalOf(subject.store.write([remove({ name }, ['a'])]))).toBe('store.bad_input')
      expect(await refusalOf(subject.store.records.get({ name }, ['a']))).toBe('store.bad_input')
      expect(await refusalOf(subject.store.records.list({ name }, { limit: 1 }))).toBe('store.bad_input')
    })

    test('similar keys and names are different records', async () => {
      const places: readonly [string, Key][] = [
        ['c', ['a', 'bc']],
        ['c', ['ab', 'c']],
        ['c', ['abc']],
        ['c', ['A', 'BC']],
        ['c', ['a', 'b', 'c']],
        ['ca', ['bc']],
        ['C', ['a', 'bc']],
        ['c', ['\u0002', 'bc']],
        // The same letter, composed and not.
        ['c', ['\u00e9']],
        ['c', ['e\u0301']],
      ]
      for (const [index, [name, key]] of places.entries()) await subject.store.write([put({ name }, key, index)])
      for (const [index, [name, key]] of places.entries()) {
        expect(await subject.store.records.get({ name }, key)).toEqual({ key, value: index, version: 1 })
      }
    })
  })
}
