import { inspect } from 'node:util'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { NodeError } from '../../../node/kernel/errors.js'
import {
  Bsn,
  containsBsnShaped,
  identifierKinds,
  type IdentifierKind,
  isBsnShaped,
  isTestOin,
  parseBsn,
  parseOin,
  parseUra,
  redactNumbers,
} from '../../../node/kernel/identifiers.js'

function refusalOf(kind: IdentifierKind, text: unknown): NodeError {
  try {
    identifierKinds[kind](text)
  } catch (error) {
    if (NodeError.is(error)) return error
    throw error
  }
  throw new Error('was not refused')
}

describe('identifiers', () => {
  test.each([
    ['agb', '06020101'],
    ['uzovi', '5151'],
    ['kvk', '62253778'],
    ['kvk', '00000001'],
    ['gemeentecode', '0344'],
    ['oin', '00000001002220647000'],
    ['oin', '00000003622537780000'],
    ['oin', '00000004194049711000'],
    ['oin', '0000000700AB00000000'],
    ['oin', '00000099123456789000'],
  ] as const)('%s %s is accepted as it is', (kind, text) => {
    expect(identifierKinds[kind](text)).toBe(text)
  })

  test.each([
    ['agb', '6020101'],
    ['agb', '006020101'],
    ['agb', ' 06020101'],
    ['agb', '06020101\n'],
    ['agb', '0602010１'],
    ['uzovi', '515'],
    ['uzovi', '51510'],
    ['kvk', '6225377'],
    ['kvk', '622537780'],
    ['ura', ''],
    ['ura', '123456789'],
    ['ura', '٠'],
    ['gemeentecode', '344'],
    ['gemeentecode', '00344'],
    ['bsn', '12345678'],
    ['bsn', '0999990019'],
    ['bsn', '999990018'],
    ['bsn', '000000000'],
    ['bsn', '9999900１9'],
    ['bsn', '999990019\n'],
    ['oin', '00000001002220648000'],
    ['oin', '00000003622537781000'],
    ['oin', '000000036225377A0000'],
    ['oin', '00000005123456789000'],
    ['oin', '00000011123456789000'],
    ['oin', '00000004194049711001'],
    ['oin', '0000000419404971100'],
    ['oin', '0000000700ab00000000'],
  ] as const)('%s %j is refused', (kind, text) => {
    expect(refusalOf(kind, text).code).toBe('identifier.malformed')
  })

  test.each(Object.keys(identifierKinds) as IdentifierKind[])('%s is never a number, null or an object', (kind) => {
    for (const value of [62253778, 5151, null, undefined, ['5151'], { toString: () => '62253778' }]) {
      expect(refusalOf(kind, value).code).toBe('identifier.malformed')
    }
  })

  test.each(Object.keys(identifierKinds) as IdentifierKind[])(
    'a refused %s names the kind and not the value',
    (kind) => {
      const error = refusalOf(kind, 'x123456782x')
      expect(error.message).toContain(kind)
      expect(error.notes.join()).toContain(kind)
      expect(inspect(error)).not.toContain('123456782')
    },
  )

  test('two spellings of one URA become equal', () => {
    expect(parseUra('20')).toBe(parseUra('00000020'))
  })

  test('an OIN for tests can be told from a real one', () => {
    expect(isTestOin(parseOin('00000099123456789000'))).toBe(true)
    expect(isTestOin(parseOin('00000004194049711000'))).toBe(false)
  })
})

describe('Bsn', () => {
  test.each(['999990019', '999990007', '111222333', '123456782'])('%s is revealed on request only', (digits) => {
    const bsn = parseBsn(digits)
    expect(bsn.reveal()).toBe(digits)
    const printed = [
      String(bsn),
      `${bsn}`,
      JSON.stringify({ bsn }),
      inspect(bsn),
      inspect({ deep: [bsn] }, { showHidden: true }),
    ]
    expect(printed).toEqual([
      'bsn:***',
      'bsn:***',
      '{"bsn":"bsn:***"}',
      'bsn:***',
      '{ deep: [ bsn:***, [length]: 1 ] }',
    ])
    expect(Object.getOwnPropertyNames(bsn)).toEqual([])
  })

  test('equal numbers are equal and others are not', () => {
    expect(parseBsn('111222333').equals(parseBsn('111222333'))).toBe(true)
    expect(parseBsn('111222333').equals(parseBsn('123456782'))).toBe(false)
  })

  test('an imitation is not a Bsn', () => {
    expect(Bsn.is(parseBsn('111222333'))).toBe(true)
    expect(Bsn.is({ reveal: () => '111222333' })).toBe(false)
    expect(Bsn.is(null)).toBe(false)
  })

  test('changing one digit of a BSN never gives another BSN', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 999_999_999 }),
        fc.nat({ max: 8 }),
        fc.integer({ min: 1, max: 9 }),
        (number, at, by) => {
          const text = String(number).padStart(9, '0')
          fc.pre(isBsnShaped(text))
          const changed = text.slice(0, at) + ((Number(text[at]) + by) % 10) + text.slice(at + 1)
          expect(isBsnShaped(changed)).toBe(false)
        },
      ),
      { numRuns: 300 },
    )
  })
})

describe('numbers in texts', () => {
  test.each(['123456782', 'client 123456782.', 'bsn:123456782,x', 'bsn123456782', '１２３４５６７８２'])(
    '%s holds a BSN',
    (text) => {
      expect(containsBsnShaped(text)).toBe(true)
    },
  )

  test.each([
    'client 123456783',
    '0123456782',
    '1234567820',
    '12345678',
    'c6f5f1f8-3f3b-4c58-9a4e-123456782abc',
    'f123456782',
    '000000000',
    '',
  ])('%j holds no BSN', (text) => {
    expect(containsBsnShaped(text)).toBe(false)
  })

  test('six digits in a row are hidden and five are not', () => {
    expect(redactNumbers('a 12345 b 123456 c123456782d 1.234')).toBe('a 12345 b ••• c•••d 1.234')
  })

  test('digits of other scripts are hidden too', () => {
    expect(redactNumbers('٠١٢٣٤٥٦٧٨ １２３４５６')).toBe('••• •••')
  })
})
