import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Key } from '../../../node/stores/contracts.js'
import {
  decodeParts,
  encodeKey,
  formatCursor,
  parseCursor,
  prefixEnd,
  requirePart,
} from '../../../node/stores/key-encoding.js'
import { indexKey, keyInRecordKey, recordKey, recordKeyInIndexKey } from '../../../node/stores/key-spaces.js'

const part = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }).filter((text) => !text.includes('\u0000'))
const key = fc.array(part, { minLength: 1, maxLength: 16 })

describe('keys as bytes', () => {
  test('a key is its parts, each behind two bytes of length', () => {
    expect(encodeKey(['a', 'é']).toString('hex')).toBe('0001610002c3a9')
  })

  test('bytes decode to the key they were made from', () => {
    fc.assert(fc.property(key, (parts) => expect(decodeParts(encodeKey(parts))).toEqual(parts)))
  })

  test('the bytes of a key start with the bytes of another exactly when its parts do', () => {
    const related = fc
      .tuple(key, key)
      .chain(([a, b]) => fc.constantFrom<[Key, Key]>([a, b], [a, [...a, ...b].slice(0, 16)]))
    fc.assert(
      fc.property(related, ([a, b]) => {
        const startsWith = encodeKey(b).subarray(0, encodeKey(a).length).equals(encodeKey(a))
        expect(startsWith).toBe(a.every((text, index) => text === b[index]))
      }),
    )
  })

  test('the end of a prefix comes after everything that starts with it, and before what does not', () => {
    fc.assert(
      fc.property(key, fc.uint8Array(), (parts, rest) => {
        const prefix = encodeKey(parts)
        expect(Buffer.compare(Buffer.concat([prefix, rest]), prefixEnd(prefix))).toBe(-1)
        expect(prefixEnd(prefix).subarray(0, -1)).toEqual(prefix.subarray(0, prefixEnd(prefix).length - 1))
      }),
    )
    expect(prefixEnd(Buffer.of(1, 0xff, 0xff))).toEqual(Buffer.of(2))
  })

  test('bytes that end in the middle of a part are damage', () => {
    const bytes = encodeKey(['ab'])
    for (const length of [1, 2, 3]) expect(() => decodeParts(bytes.subarray(0, length))).toThrow('store.damaged')
    expect(decodeParts(bytes)).toEqual(['ab'])
  })

  test('a part that is not text is refused', () => {
    // On purpose not a string: callers may hold what a parser gave.
    expect(() => requirePart(1 as unknown as string)).toThrow('store.bad_input')
    expect(() => requirePart('1')).not.toThrow()
  })
})

describe('cursors', () => {
  test('a cursor gives back the key it was made of', () => {
    fc.assert(
      fc.property(key, (parts) => expect(parseCursor(formatCursor(encodeKey(parts)))).toEqual(encodeKey(parts))),
    )
  })

  test.each([
    ['text that is not base64url', 'a+/='],
    ['bytes that are not a key', Buffer.of(0, 5, 97).toString('base64url')],
    ['a key with an empty part', Buffer.of(0, 0).toString('base64url')],
    ['a key that is not UTF-8', Buffer.of(0, 1, 0xff).toString('base64url')],
    ['padding', `${formatCursor(encodeKey(['a']))}=`],
    ['space around it', ` ${formatCursor(encodeKey(['a']))}`],
  ])('%s is refused', (_, cursor) => {
    expect(() => parseCursor(cursor)).toThrow('store.bad_input')
  })
})

describe('index entries', () => {
  test('an index entry leads back to its record', () => {
    fc.assert(
      fc.property(part, key, part, part, (collection, parts, name, value) => {
        const stored = recordKey(collection, parts)
        expect(recordKeyInIndexKey(indexKey(stored, name, value))).toEqual(stored)
        expect(keyInRecordKey(stored)).toEqual(encodeKey(parts))
      }),
    )
  })
})
