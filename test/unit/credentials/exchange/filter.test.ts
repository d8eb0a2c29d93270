import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { compileFilter, describeFilter } from '../../../../node/credentials/exchange/filter.js'
import { refusalOf } from '../../../support/refusals.js'

type FilterData = Parameters<typeof compileFilter>[0]

describe('a filter', () => {
  test.each<[FilterData, unknown, unknown]>([
    [{ type: 'string' }, 'x', 'x'],
    [{ type: 'string' }, '', ''],
    [{ type: 'number' }, 0, 0],
    [{ type: 'boolean' }, false, false],
    [{ type: 'array' }, [], []],
    [{ type: 'array' }, [{}], [{}]],
    [{ type: 'string', const: 'x' }, 'x', 'x'],
    [{ type: 'string', enum: ['x', 'y'] }, 'y', 'y'],
    [{ type: 'string', pattern: '^a' }, 'abc', 'abc'],
    [{ type: 'string', pattern: '^a(.)' }, 'abc', 'b'],
    [{ type: 'string', pattern: '^a(x)?' }, 'abc', 'abc'],
    [{ type: 'string', const: 'abc', enum: ['abc'], pattern: 'b' }, 'abc', 'abc'],
    [{ type: 'string', const: 'x' }, ['y', 'x'], ['y', 'x']],
    [{ type: 'string', pattern: '(x)' }, ['y', 'x'], ['y', 'x']],
    [{ type: 'string' }, [1, 'x'], [1, 'x']],
    [{ type: 'string' }, [1], [1]],
    [{ type: 'string' }, [], []],
    [{ type: 'number' }, [{}], [{}]],
    [{ type: 'number' }, ['x', 1], ['x', 1]],
    [{ type: 'array', const: 'x' }, ['x'], ['x']],
    [{ type: 'array', enum: ['x'] }, [1, 'x'], [1, 'x']],
  ])('%j on %j yields %j', (filter, value, expected) => {
    expect(compileFilter(filter)(value)).toEqual(expected)
  })

  test.each<[FilterData, unknown]>([
    [{ type: 'string' }, 1],
    [{ type: 'string' }, null],
    [{ type: 'string' }, undefined],
    [{ type: 'string' }, {}],
    [{ type: 'string', const: 'x' }, []],
    [{ type: 'string', const: 'x' }, [['x']]],
    [{ type: 'string', pattern: 'x' }, ['y']],
    [{ type: 'string', pattern: 'x' }, []],
    [{ type: 'number' }, '1'],
    [{ type: 'boolean' }, 'true'],
    [{ type: 'boolean' }, 0],
    [{ type: 'array' }, 'x'],
    [{ type: 'array' }, { length: 1 }],
    [{ type: 'string', const: 'x' }, 'X'],
    [{ type: 'string', const: '' }, 'x'],
    [{ type: 'string', enum: [] }, 'x'],
    [{ type: 'string', enum: ['x'] }, 'constructor'],
    [{ type: 'string', enum: ['constructor'] }, ['__proto__']],
    [{ type: 'string', pattern: '^a' }, 'ba'],
    [{ type: 'string', const: 'abc', pattern: '^b' }, 'abc'],
    [{ type: 'string', const: 'x' }, ['y', 1, null, {}]],
    [{ type: 'array', const: 'x' }, ['y']],
    [{ type: 'array', pattern: 'x' }, []],
    [{ type: 'array', pattern: '1' }, [1]],
  ])('%j does not take %j', (filter, value) => {
    expect(compileFilter(filter)(value)).toBeUndefined()
  })

  test('matches a pattern on a text of 1024 characters, and on none above', () => {
    const filter = compileFilter({ type: 'string', pattern: '^a+$' })
    expect([filter('a'.repeat(1024)), filter('a'.repeat(1025))]).toEqual(['a'.repeat(1024), undefined])
  })

  test('compares a text of any length', () => {
    const long = 'a'.repeat(2000)
    expect([compileFilter({ type: 'string', const: long })(long), compileFilter({ type: 'string' })(long)]).toEqual([
      long,
      long,
    ])
  })

  test.each<[string, FilterData]>([
    ['a pattern with two groups', { type: 'string', pattern: '(a)(b)' }],
    ['a pattern that is not ECMAScript', { type: 'string', pattern: '[' }],
    ['a pattern that looks around', { type: 'string', pattern: '(?=a)' }],
    ['a constant for a number, which could never match', { type: 'number', const: '1' }],
    ['a list for a boolean', { type: 'boolean', enum: ['true'] }],
    ['a pattern for a number', { type: 'number', pattern: '1' }],
    ['issuers as only a pack may name them', { type: 'string', issuersOf: 'LedenadministratieCredential' }],
    ['the bronhouder as only a pack may name it', { type: 'string', issuer: 'bronhouder' }],
  ])('with %s is refused', (_, filter) => {
    expect(refusalOf(() => compileFilter(filter)).code).toBe('presentation.definition_unsupported')
  })

  test.each<[FilterData, string]>([
    [{ type: 'number' }, 'is of type number'],
    [{ type: 'string', const: 'a"b' }, 'is "a\\"b"'],
    [{ type: 'string', enum: ['a', 'b'] }, 'is one of "a", "b"'],
    [{ type: 'string', enum: ['a', 'b', 'c', 'd', 'e'] }, 'is one of "a", "b", "c" and 2 more'],
    [{ type: 'string', enum: [] }, 'is one of an empty list'],
    [{ type: 'string', const: 'a', pattern: '^a' }, 'is "a" and matches the pattern "^a"'],
    [{ type: 'string', const: 'a'.repeat(70) }, `is "${'a'.repeat(63)}…"`],
  ])('%j is described in words', (filter, words) => {
    expect(describeFilter(filter)).toBe(words)
  })

  test('is total: it takes or leaves every value', () => {
    const filter = fc.constantFrom<FilterData>(
      { type: 'string', pattern: 'a(b)?' },
      { type: 'string', enum: ['a', 'toString'] },
      { type: 'array', const: 'a' },
      { type: 'number' },
    )
    const value = fc.anything({ withSparseArray: true, withBigInt: true, withNullPrototype: true, withMap: true })
    fc.assert(
      fc.property(filter, value, (data, anything) => void compileFilter(data)(anything)),
      { numRuns: 500 },
    )
  })
})
