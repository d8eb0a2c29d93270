import { describe, expect, test } from '@jest/globals'
import { readSsh, writeSshBytes, writeSshNumber } from '../../../node/identity/ssh-wire.js'
import { refusalOf } from '../../support/refusals.js'

/** Numbers and their bytes, of which RFC 4251 section 5 gives all but the second. */
const numbers: readonly (readonly [string, string])[] = [
  ['09a378f9b2e332a7', '0000000809a378f9b2e332a7'],
  ['7f', '000000017f'],
  ['80', '000000020080'],
]

describe('a number', () => {
  test.each([...numbers, ['', '00000000'] as const])(
    '%s is written as %s, however many zeros are before it',
    (number, bytes) => {
      for (const zeros of ['', '00', '0000']) {
        expect(writeSshNumber(Buffer.from(`${zeros}${number}`, 'hex')).toString('hex')).toBe(bytes)
      }
    },
  )

  test.each(numbers)('%s is read from %s, without a zero before it', (number, bytes) => {
    expect(readSsh(Buffer.from(bytes, 'hex')).number().toString('hex')).toBe(number)
  })

  test.each([
    ['is zero', '00000000'],
    ['is negative', '00000002edcc'],
    ['is zero in more bytes than it takes', '0000000100'],
    ['has a zero in front that it does not need', '00000002007f'],
  ])('that %s is none of a key', (_, bytes) => {
    expect(refusalOf(() => readSsh(Buffer.from(bytes, 'hex')).number()).notes).toEqual(['a number is malformed'])
  })
})

test('bytes are read with their length, one value after another, and no further than they go', () => {
  const reader = readSsh(Buffer.concat([writeSshBytes('een'), writeSshBytes('twee'), Buffer.from('rest')]))
  expect([reader.text(), reader.text(), reader.rest().toString()]).toEqual(['een', 'twee', 'rest'])
  expect(refusalOf(() => reader.bytes()).notes).toEqual(['it ends too soon'])
})
