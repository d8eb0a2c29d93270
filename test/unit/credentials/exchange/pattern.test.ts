import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { NodeError } from '../../../../node/kernel/errors.js'
import { compilePattern, type Pattern } from '../../../../node/credentials/exchange/pattern.js'
import { refusalOf } from '../../../support/refusals.js'

/** What `RegExp` makes of it: the reference that a pattern has to agree with. */
function byRegExp(pattern: string, text: string): string | undefined {
  const match = new RegExp(pattern, 'u').exec(text)
  return match === null ? undefined : (match[1] ?? text)
}

/** The pattern, or `undefined` when it is refused as it may be. */
function compileOrRefuse(pattern: string): Pattern | undefined {
  try {
    return compilePattern(pattern)
  } catch (error) {
    if (NodeError.codeOf(error) === 'presentation.definition_unsupported') return undefined
    throw error
  }
}

const { pattern: plainPattern } = fc.letrec<{ pattern: string; term: string; atom: string }>((tie) => ({
  atom: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '\\d', '\\.', '😀'),
    tie('pattern').map((inner) => `(?:${inner})`),
  ),
  term: fc.oneof(
    { weight: 6, arbitrary: tie('atom') },
    {
      weight: 6,
      arbitrary: fc
        .tuple(
          tie('atom'),
          fc.constantFrom('*', '+', '?', '{2}', '{0}', '{1,}', '{0,2}', '{1,3}'),
          fc.constantFrom('', '?'),
        )
        .map((parts) => parts.join('')),
    },
    { weight: 1, arbitrary: fc.constantFrom('^', '$') },
  ),
  pattern: fc
    .array(fc.array(tie('term'), { maxLength: 3 }), { minLength: 1, maxLength: 2 })
    .map((alternatives) => alternatives.map((terms) => terms.join('')).join('|')),
}))

/** The pattern in which the group with this number captures, if there is one. */
const patternWithGroup = fc.tuple(plainPattern, fc.nat(4)).map(([plain, number]) => {
  let seen = -1
  return plain.replace(/\(\?:/g, (group) => ((seen += 1) === number ? '(' : group))
})

const shortText = fc
  .array(fc.constantFrom('a', 'b', '7', '.', '😀', '\n'), { maxLength: 8 })
  .map((characters) => characters.join(''))

describe('compilePattern', () => {
  test.each([
    ['care', 'aftercare', 'aftercare'],
    ['^care', 'aftercare', undefined],
    ['care$', 'careful', undefined],
    ['^did:web:[a-z.]+(?::.*)?$', 'did:web:node.example:iam:1', 'did:web:node.example:iam:1'],
    ['^[0-9.]+-\\d+-\\d+-S-(\\d+)-00\\.000-\\d+$', '2.16.528.1-1-900025039-S-90000382-00.000-00000000', '90000382'],
    ['^(?:urn:oid:)?(\\d+)$', 'urn:oid:12', '12'],
    ['^(\\d{2,3}?)\\d', '12345', '12'],
    ['(a)?b', 'b', 'b'],
    ['(a*)', 'b', ''],
    ['(a)(?:b$)?', 'ab', 'a'],
    ['(?:(a)|b)+', 'ab', 'ab'],
    ['^(a{1,3})', 'aaaa', 'aaa'],
    ['^(a{2})', 'aaaa', 'aa'],
    ['^.$', '😀', '😀'],
    ['^[^]$', '\n', '\n'],
    ['^[\\d\\]-]+$', '1]-', '1]-'],
  ])('%s on %j yields %j', (pattern, text, expected) => {
    expect(compilePattern(pattern)(text)).toBe(expected)
  })

  test('agrees with RegExp on every pattern that it takes', () => {
    let taken = 0
    fc.assert(
      fc.property(patternWithGroup, shortText, (pattern, text) => {
        const compiled = compileOrRefuse(pattern)
        if (compiled === undefined) return
        taken += 1
        expect([pattern, text, compiled(text)]).toEqual([pattern, text, byRegExp(pattern, text)])
      }),
      { numRuns: 600 },
    )
    expect(taken).toBeGreaterThan(200)
  })

  test.each([
    ['nested quantifiers', '^(?:(?:a+)+)+b$'],
    ['alternatives that overlap', '^(?:a|aa|[ab])+c$'],
    ['many quantifiers in a row', '^.*.*.*.*.*.*.*.*.*.*x$'],
    ['optional letters in a row', `^${'a?'.repeat(90)}${'a'.repeat(90)}b$`],
  ])('%s, which RegExp does not finish, are decided', (_, pattern) => {
    expect(compilePattern(pattern)('a'.repeat(1000))).toBeUndefined()
  })

  test.each([
    ['that is not ECMAScript', '(', 'is not ECMAScript'],
    ['with a second group', '(a)(b)', 'has more than one group that captures'],
    ['with a back reference', '(a)\\1', 'uses an escape that is not supported'],
    ['with a word boundary', '\\bcare', 'uses an escape that is not supported'],
    ['that looks ahead', '^(?=a)', 'looks around or names a group'],
    ['that looks behind', '(?<!a)b', 'looks around or names a group'],
    ['with a named group', '(?<name>a)', 'looks around or names a group'],
    ['that repeats nothing', '(?:a*)*', 'repeats what may be nothing'],
    ['that makes nothing optional', '(?:|a)?', 'repeats what may be nothing'],
    ['that repeats a place', '(?:^|$)*', 'repeats what may be nothing'],
    ['that is a small text for a large pattern', '(?:a{100}){100}', 'is too large'],
  ])('refuses a pattern %s', (_, pattern, fault) => {
    const refusal = refusalOf(() => compilePattern(pattern))
    expect([refusal.code, refusal.notes]).toEqual([
      'presentation.definition_unsupported',
      [`a pattern of the definition ${fault}`],
    ])
  })

  test('an empty group that is repeated without end costs nothing', () => {
    expect(compilePattern('^(?:(?:(?:){9999}){9999}){9999}a$')('a')).toBe('a')
  })

  test('the largest pattern is taken and one step more is not', () => {
    expect(compilePattern('a{999}')('a'.repeat(999))).toBe('a'.repeat(999))
    expect(refusalOf(() => compilePattern('a{1000}')).code).toBe('presentation.definition_unsupported')
  })

  test('any text is compiled or refused', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 20 }), (text) => void compileOrRefuse(text)))
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab\\()[]{}^$*+?|.,1-dbk<>=!:'), maxLength: 14 }), (pattern) => {
        const compiled = compileOrRefuse(pattern)
        if (compiled !== undefined) expect(compiled('ab1')).toBe(byRegExp(pattern, 'ab1'))
      }),
      { numRuns: 300 },
    )
  })
})
