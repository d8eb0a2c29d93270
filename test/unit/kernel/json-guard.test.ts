import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { NodeError } from '../../../node/kernel/errors.js'
import { decodeUtf8, type JsonLimits, parseGuardedJson } from '../../../node/kernel/json-guard.js'

/** The code of the refusal, or `undefined` when the text is accepted. */
function refusalCode(text: string, limits?: Partial<JsonLimits>): string | undefined {
  try {
    parseGuardedJson(text, limits)
    return undefined
  } catch (error) {
    if (NodeError.is(error)) return error.code
    throw error
  }
}

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)
const manyMembers = (count: number): string => `{${Array.from({ length: count }, (_, at) => `"m${at}":0`).join()}}`
const manyElements = (count: number): string => `[${Array.from({ length: count }, () => '0').join()}]`
const kib256 = 256 * 1024

describe('parseGuardedJson', () => {
  test.each([
    ['depth', nested(64)],
    ['depth of objects', '{"a":'.repeat(64) + '1' + '}'.repeat(64)],
    ['members', manyMembers(10_000)],
    ['elements', manyElements(10_000)],
    ['string', `"${'a'.repeat(kib256)}"`],
    ['string of two-byte characters', `"${'é'.repeat(kib256 / 2)}"`],
    ['string of escapes', `"${'\\u0041'.repeat(kib256)}"`],
    ['string of line ends', `"${'\\n'.repeat(kib256)}"`],
    ['string of pairs', `"${'😀'.repeat(kib256 / 4)}"`],
  ])('accepts the largest %s', (_, text) => {
    expect(refusalCode(text)).toBeUndefined()
  })

  test.each([
    ['depth', nested(65), 'json.too_deep'],
    ['depth of objects', '{"a":'.repeat(65) + '1' + '}'.repeat(65), 'json.too_deep'],
    ['depth of a text without end', '['.repeat(200_000), 'json.too_deep'],
    ['members', manyMembers(10_001), 'json.too_large'],
    ['elements', manyElements(10_001), 'json.too_large'],
    ['string', `"${'a'.repeat(kib256 + 1)}"`, 'json.too_large'],
    ['string of two-byte characters', `"${'é'.repeat(kib256 / 2 + 1)}"`, 'json.too_large'],
    ['string of three-byte characters', `"${'€'.repeat(kib256 / 3 + 1)}"`, 'json.too_large'],
    ['string of escapes', `"${'\\u0041'.repeat(kib256 + 1)}"`, 'json.too_large'],
    ['string of line ends', `"${'\\n'.repeat(kib256 + 1)}"`, 'json.too_large'],
    ['string of pairs', `"${'😀'.repeat(kib256 / 4)}x"`, 'json.too_large'],
    ['member name', `{"${'a'.repeat(kib256 + 1)}":1}`, 'json.too_large'],
  ])('refuses one more %s', (_, text, code) => {
    expect(refusalCode(text)).toBe(code)
  })

  test.each(['1e400', '-1e400', '[1,2e999]', '{"a":1E+309}', `1${'0'.repeat(400)}`])(
    'refuses a number that would become infinite: %s',
    (text) => {
      expect(refusalCode(text)).toBe('json.malformed')
    },
  )

  test.each(['1.7976931348623157e308', '-0', '1e-400', '[-1.5e+3,0.1]', '{"1e999":"1e999"}'])(
    'takes a number of the range of a double, or a text like one: %s',
    (text) => {
      expect(parseGuardedJson(text)).toEqual(JSON.parse(text))
    },
  )

  test.each([`1${'0'.repeat(308)}`, `[-${'9'.repeat(299)},1]`, `{"a":${'1'.repeat(300)}.5}`])(
    'takes the digits of a number that is long: %#',
    (text) => {
      expect(parseGuardedJson(text)).toEqual(JSON.parse(text))
    },
  )

  test('members are counted over the whole text, empty arrays and objects as none', () => {
    const text = '[[],{},[ ],{"a":[1,2]}]'
    expect(refusalCode(text, { members: 7 })).toBeUndefined()
    expect(refusalCode(text, { members: 6 })).toBe('json.too_large')
  })

  test('a limit that is given replaces only that limit', () => {
    expect(refusalCode(nested(65), { depth: 65 })).toBeUndefined()
    expect(refusalCode(manyMembers(10_001), { depth: 65 })).toBe('json.too_large')
  })

  test.each([
    ['{"a":1,"a":2}'],
    ['{"a":1,"\\u0061":2}'],
    ['{"\\n":1,"\\u000a":2}'],
    ['{"":1,"":2}'],
    ['[{"x":{"a":[1,{"b":2}],"b":{},"a":null}}]'],
    ['{"a":{},"a":{}}'],
    ['{"a":[],"a":[]}'],
    ['{ "a" : 1 ,\n\t"a" : 1 }'],
    [`{"${'long'.repeat(20)}":1,"b":[[{"${'long'.repeat(20)}":2}]],"${'long'.repeat(20)}":3}`],
    ['{"1":1,"1":2}'],
    ['{"é":1,"é":2}'],
  ])('refuses duplicate names: %s', (text) => {
    expect(refusalCode(text)).toBe('json.duplicate_member')
  })

  test.each([
    ['{"a":1,"A":2}'],
    ['{"a":{"a":{"a":1}}}'],
    ['[{"a":1},{"a":1}]'],
    ['{"a":"a","b":"a"}'],
    ['{"a":["a","a"]}'],
  ])('accepts names that differ or stand in different objects: %s', (text) => {
    expect(parseGuardedJson(text)).toEqual(JSON.parse(text))
  })

  test.each([
    ['a member named __proto__', '{"__proto__":1}'],
    ['an escaped member named __proto__', '{"a":{"\\u005f_proto__":1}}'],
    ['an escaped NUL', '"\\u0000"'],
    ['a raw NUL', '"\u0000"'],
    ['NUL in a name', '{"a\\u0000":1}'],
    ['a raw lone high surrogate', '"\ud800"'],
    ['an escaped lone high surrogate', '"\\ud800x"'],
    ['a raw lone low surrogate', '"\udc00"'],
    ['an escaped lone low surrogate', '"\\uDC00"'],
    ['a pair in the wrong order', '"\\udc00\\ud800"'],
    ['two high surrogates', '"\\ud800\\ud800\\udc00"'],
    ['a lone surrogate in a name', '{"\\ud83d":1}'],
    ['a lone surrogate before an escape', '"\\ud800\\n"'],
  ])('refuses %s', (_, text) => {
    expect(refusalCode(text)).toBe('json.forbidden_text')
  })

  test.each([
    ['the value __proto__', '{"a":"__proto__"}'],
    ['the member constructor', '{"constructor":1}'],
    ['a raw pair', '"\u{1f600}"'],
    ['an escaped pair', '"\\ud83d\\ude00"'],
    ['a pair half escaped', '"\ud83d\\ude00"'],
    ['an escaped backslash before u0000', '"\\\\u0000"'],
    ['white space around everything', ' \r\n\t{ "a" : [ 1 , { } ] } '],
    ['a bare value', 'null'],
  ])('accepts %s', (_, text) => {
    expect(parseGuardedJson(text)).toEqual(JSON.parse(text))
  })

  test.each([
    [''],
    ['{'],
    ['}'],
    ['[}'],
    ['"'],
    ['"\\'],
    ['"\\u12'],
    ['"\\u12G4"'],
    ['"\\x"'],
    ['{"\\x":1}'],
    ['{"a":1,}'],
    ['[1,]'],
    ['01'],
    ['NaN'],
    ["{'a':1}"],
    ['{"a" 1}'],
    ['1 2'],
    ['"\n"'],
    ['\ufeff{}'],
    ['\u00a0{}'],
    ['[1] // x'],
  ])('refuses what is not JSON: %j', (text) => {
    expect(refusalCode(text)).toBe('json.malformed')
  })

  test('the refusal does not hold the text', () => {
    try {
      parseGuardedJson('{"naam":geheim}')
    } catch (error) {
      expect(NodeError.is(error) && error.cause === undefined && !error.message.includes('geheim')).toBe(true)
    }
    expect.assertions(1)
  })

  test('any value without forbidden text comes back as JSON.parse gives it', () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ stringUnit: 'binary', maxDepth: 6 }),
        fc.constantFrom(undefined, 2),
        (value, indent) => {
          const text = JSON.stringify(value, null, indent)
          if (holdsForbiddenText(JSON.parse(text))) expect(refusalCode(text)).toBe('json.forbidden_text')
          else expect(parseGuardedJson(text)).toEqual(JSON.parse(text))
        },
      ),
      {
        numRuns: 1000,
        examples: [
          [{ ['__proto__']: 1 }, undefined],
          [{ a: '\u0000' }, 2],
        ],
      },
    )
  })

  test('names are duplicates exactly when they are equal unescaped', () => {
    const spelledName = fc
      .tuple(fc.string({ unit: fc.constantFrom('a', 'b', '"', '\\', 'é'), maxLength: 2 }), fc.boolean())
      .map(([name, escaped]) => ({ name, spelling: escaped ? escapeAll(name) : JSON.stringify(name) }))
    fc.assert(
      fc.property(fc.array(spelledName, { maxLength: 5 }), (members) => {
        const text = `{${members.map(({ spelling }) => `${spelling}:[{}]`).join()}}`
        const hasDuplicate = new Set(members.map(({ name }) => name)).size < members.length
        expect(refusalCode(text)).toBe(hasDuplicate ? 'json.duplicate_member' : undefined)
      }),
      { numRuns: 1000 },
    )
  })

  test('a text of JSON pieces is refused by a NodeError or read as JSON.parse reads it', () => {
    const pieces = fc.constantFrom(
      ...'{}[]":,\\',
      'u0041',
      '"a"',
      '"a":',
      '"b":',
      '1',
      'null',
      ' ',
      '\n',
      '\0',
      '\ud800',
      '__proto__',
    )
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
        const text = parts.join('')
        if (refusalCode(text) === undefined) expect(parseGuardedJson(text)).toEqual(JSON.parse(text))
      }),
      { numRuns: 5000 },
    )
  })

  test('an arbitrary text is refused by a NodeError or accepted', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect([undefined, 'json.malformed', 'json.forbidden_text']).toContain(refusalCode(text))
      }),
      { numRuns: 1000 },
    )
  })
})

describe('decodeUtf8', () => {
  test('reads UTF-8, also from the middle of a larger buffer', () => {
    expect(decodeUtf8(Buffer.from('xx{"é":"😀"}').subarray(2))).toBe('{"é":"😀"}')
  })

  test.each([
    ['a byte order mark', [0xef, 0xbb, 0xbf, 0x31]],
    ['a byte that is not UTF-8', [0x22, 0xff, 0x22]],
    ['an overlong form', [0xc0, 0xaf]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['a cut character', [0xe2, 0x82]],
    ['UTF-16', [0xff, 0xfe, 0x31, 0x00]],
  ])('refuses %s', (_, bytes) => {
    expect(() => decodeUtf8(Uint8Array.from(bytes))).toThrow(expect.objectContaining({ code: 'json.malformed' }))
  })
})

function escapeAll(text: string): string {
  return `"${Array.from(text, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')}"`
}

function holdsForbiddenText(value: unknown): boolean {
  if (typeof value === 'string') return /[\0\p{Surrogate}]/u.test(value)
  if (Array.isArray(value)) return value.some(holdsForbiddenText)
  if (typeof value !== 'object' || value === null) return false
  return Object.entries(value).some(
    ([name, member]) => name === '__proto__' || holdsForbiddenText(name) || holdsForbiddenText(member),
  )
}
