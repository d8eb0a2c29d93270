import { createHash } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { chainHash, linkEntry, noEnds, parseEntry, requireEnds, reserveEntry } from '../../../node/stores/chain.js'
import type { Link, StoredEntry } from '../../../node/stores/chain.js'
import type { Value } from '../../../node/stores/contracts.js'
import { parseStoredJson } from '../../../node/stores/envelope.js'
import { encodeValue } from '../../../node/stores/value-check.js'

const zeros = '0'.repeat(64)

/** Entries 1, 2, 3 … with these texts. */
function makeEntries(texts: readonly string[]): readonly StoredEntry[] {
  let previous: Link = noEnds.head
  return texts.map((text) => {
    const { link, stored } = linkEntry(previous, reserveEntry(text))
    previous = link
    return parseEntry(link.number, stored)
  })
}

describe('the hash of an entry', () => {
  // Computed with hashlib and struct of Python.
  test.each([
    [zeros, 1, '{}', '1bad765d926feacace97a8ddcd329a1f4254c208affc1ba86b3c7d59e8fba83e'],
    ['ab'.repeat(32), 4_294_967_296, '"één"', '628dc6baf3bf3019a1a343bfcea329a184c058325afb02e904ba05f93cd31ecb'],
    [
      'ff'.repeat(32),
      Number.MAX_SAFE_INTEGER,
      'null',
      '657941d6940a3b3f697c7ebde6af3717dc2830d1b51b96297a87bb00eb66c157',
    ],
  ])('after %s as number %d over %s is the one that other tools compute', (previous, number, text, expected) => {
    expect(chainHash(previous, number, text)).toBe(expected)
  })

  test('is the same whether it is computed from text or when the entry is linked', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme', minLength: 1 })), (texts) => {
        let previous = zeros
        for (const entry of makeEntries(texts)) {
          previous = chainHash(previous, entry.number, entry.text)
          expect(entry.hash.toString('hex')).toBe(previous)
        }
        expect(makeEntries(texts).map(({ text }) => text)).toEqual(texts)
      }),
    )
  })

  test('depends on every part', () => {
    const all = [
      chainHash(zeros, 1, '"a"'),
      chainHash(zeros, 2, '"a"'),
      chainHash(zeros, 1, '"b"'),
      chainHash('1'.repeat(64), 1, '"a"'),
    ]
    expect(new Set(all).size).toBe(4)
    expect(all[0]).toBe(
      createHash('sha256')
        .update(Buffer.alloc(32))
        .update(Buffer.of(0, 0, 0, 0, 0, 0, 0, 1))
        .update('"a"')
        .digest('hex'),
    )
  })
})

describe('the text that is hashed', () => {
  test('is the JSON text of the value as it is read, for every value that the store takes', () => {
    const keys = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.nat().map(String),
      fc.constantFrom('__proto__', 'constructor', 'toJSON', '-0', '01', '4294967295', '1e3'),
    )
    const anything = fc.anything({
      key: keys,
      values: [
        fc.string({ unit: 'grapheme' }),
        fc.double(),
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.constant(-0),
      ],
      withNullPrototype: true,
      maxDepth: 4,
    })
    let accepted = 0
    fc.assert(
      fc.property(anything, (value) => {
        let text: string
        try {
          // On purpose also what is not a Value.
          text = encodeValue(value as Value)
        } catch {
          return
        }
        accepted += 1
        expect(JSON.stringify(parseStoredJson(text))).toBe(text)
        expect(JSON.stringify(parseStoredJson(Buffer.from(text)))).toBe(text)
      }),
      { numRuns: 2000 },
    )
    expect(accepted).toBeGreaterThan(1000)
  })
})

describe('the ends of a journal', () => {
  const entries = makeEntries(['"a"', '"b"', '"c"'])
  const [first, second, third] = entries as [StoredEntry, StoredEntry, StoredEntry]
  const check = (head: Link, newest: readonly StoredEntry[], start = noEnds.start) => {
    try {
      requireEnds({ start, head }, newest)
      return 'intact'
    } catch (error) {
      return error
    }
  }
  const damagedAt = (number: number) => ({ code: 'store.damaged', notes: [expect.stringMatching(`^Entry ${number} `)] })

  test('agree with the newest entries', () => {
    expect(check(noEnds.head, [])).toBe('intact')
    expect(check(first, [first])).toBe('intact')
    expect(check(third, [third, second])).toBe('intact')
    expect(check(third, [third], second)).toBe('intact')
  })

  test.each([
    ['the newest entry is gone', () => check(third, [second, first]), 3],
    ['all entries are gone', () => check(third, []), 1],
    ['the entry before the newest is gone', () => check(third, [third, first]), 3],
    ['there is one more', () => check(second, [third, second]), 3],
    ['the head is gone', () => check(noEnds.head, [third, second]), 1],
    ['the newest has another text', () => check(third, [{ ...third, text: '"C"' }, second]), 3],
    ['the newest has another hash', () => check(third, [{ ...third, hash: second.hash }, second]), 3],
    ['the head has another hash', () => check({ ...third, hash: second.hash }, [third, second]), 3],
    ['the one before has another hash', () => check(third, [third, { ...second, hash: first.hash }]), 3],
    ['the start has another hash', () => check(third, [third], { ...second, hash: first.hash }), 3],
  ])('are damaged when %s', (_, run, number) => {
    expect(run()).toMatchObject(damagedAt(number))
  })
})
