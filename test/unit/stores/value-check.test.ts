import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Value } from '../../../node/stores/contracts.js'
import { encodeValue, maxValueBytes } from '../../../node/stores/value-check.js'

/** Text in which escapes, backslashes, U+0000 and halves of pairs are common. */
const text = fc
  .array(fc.constantFrom('\\', 'u0000', 'ud83d', 'u', 'd8', '\u0000', '\ud83d', '\ude42', '🙂', '"', 'a', '\n'), {
    maxLength: 6,
  })
  .map((pieces) => pieces.join(''))

function isGood(piece: string): boolean {
  return !piece.includes('\u0000') && !/\p{Surrogate}/u.test(piece)
}

describe('values as text', () => {
  test('a string is refused exactly when it holds U+0000 or a lone surrogate, as value and as member name', () => {
    fc.assert(
      fc.property(text, (piece) => {
        for (const value of [piece, [piece], { [piece]: 1 }, { a: { b: piece } }]) {
          const encode = () => encodeValue(value)
          if (isGood(piece)) expect(JSON.parse(encode())).toEqual(value)
          else expect(encode).toThrow('store.bad_input')
        }
      }),
      { numRuns: 2000 },
    )
  })

  test('any JSON value without such strings comes back equal', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5, noUnicodeString: false }), (value) => {
        // fast-check types it as JsonValue, which has the same members.
        const plain = JSON.parse(JSON.stringify(value)) as Value
        fc.pre(isGood(JSON.stringify(value).replaceAll('\\u0000', '\u0000')))
        expect(JSON.parse(encodeValue(plain))).toEqual(plain)
      }),
    )
  })

  test('the size counts bytes, not characters', () => {
    expect(encodeValue('€'.repeat((maxValueBytes - 4) / 3))).toHaveLength((maxValueBytes - 4) / 3 + 2)
    expect(() => encodeValue('€'.repeat((maxValueBytes - 4) / 3 + 1))).toThrow('store.bad_input')
  })

  test('a list that repeats one large list is refused before it is serialised', () => {
    let value: Value = 'x'
    for (let level = 0; level < 40; level += 1) value = [value, value]
    expect(() => encodeValue(value)).toThrow('4 MiB')
  })

  test('an error says what is wrong and nothing of the value', () => {
    expect(() => encodeValue({ bsn: '999990019', at: Number.NaN })).toThrow(
      'store.bad_input: the value holds a number that is not finite',
    )
  })
})
