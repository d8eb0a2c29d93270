import { describe, expect, test } from '@jest/globals'
import { crc32c, decompressSnappy, readVarint } from '../../../node/stores/level-format.js'

describe('crc32c', () => {
  test.each([
    ['nothing', Buffer.alloc(0), '00000000'],
    ['32 zeros', Buffer.alloc(32), '8a9136aa'],
    ['32 ones', Buffer.alloc(32, 0xff), '62a8ab43'],
    ['0 to 31', Buffer.from(Array.from({ length: 32 }, (_, index) => index)), '46dd794e'],
    ['nine digits', Buffer.from('123456789'), 'e3069283'],
  ])('the sum of %s is the published one', (_, bytes, sum) => {
    expect(crc32c(bytes).toString(16).padStart(8, '0')).toBe(sum)
  })

  test('the sum does not depend on where the bytes are in memory', () => {
    const shifted = Buffer.concat([Buffer.of(1, 2, 3), Buffer.from('123456789')]).subarray(3)
    expect(crc32c(shifted)).toBe(0xe3069283)
  })
})

describe('varints', () => {
  test.each([
    [[0], 0],
    [[0x7f], 127],
    [[0x80, 0x01], 128],
    [[0xff, 0xff, 0xff, 0xff, 0x0f], 4_294_967_295],
  ])('%j is %d', (bytes, number) => {
    expect(readVarint({ bytes: Buffer.from(bytes), at: 0 })).toBe(number)
  })

  test.each([[[]], [[0x80]], [[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]]])(
    '%j is damage',
    (bytes) => {
      expect(() => readVarint({ bytes: Buffer.from(bytes), at: 0 })).toThrow('store.damaged')
    },
  )
})

describe('snappy', () => {
  const literal = (text: string) => [(text.length - 1) << 2, ...Buffer.from(text)]

  test('a literal is itself', () => {
    expect(decompressSnappy(Buffer.from([3, ...literal('abc')])).toString()).toBe('abc')
  })

  test('a long literal has its length in one to four bytes', () => {
    const text = 'x'.repeat(300)
    const bytes = Buffer.concat([Buffer.of(0xac, 0x02, 61 << 2, 0x2b, 0x01), Buffer.from(text)])
    expect(decompressSnappy(bytes).toString()).toBe(text)
  })

  test('a copy repeats what came before, in each of its three forms', () => {
    const short = [((4 - 4) << 2) | 1, 4]
    const middle = [((4 - 1) << 2) | 2, 4, 0]
    const long = [((4 - 1) << 2) | 3, 4, 0, 0, 0]
    for (const copy of [short, middle, long]) {
      expect(decompressSnappy(Buffer.from([8, ...literal('abcd'), ...copy])).toString()).toBe('abcdabcd')
    }
  })

  test('a copy may reach into what it writes', () => {
    expect(decompressSnappy(Buffer.from([7, ...literal('a'), ((6 - 1) << 2) | 2, 1, 0])).toString()).toBe('aaaaaaa')
  })

  test.each([
    ['a copy from before the start', [8, ...literal('abcd'), ((4 - 1) << 2) | 2, 5, 0]],
    ['a copy from nowhere', [8, ...literal('abcd'), ((4 - 1) << 2) | 2, 0, 0]],
    ['a copy beyond the end', [5, ...literal('abcd'), ((4 - 1) << 2) | 2, 4, 0]],
    ['a literal that is cut off', [4, (4 - 1) << 2, 97]],
    ['too little', [9, ...literal('abcd')]],
  ])('%s is damage', (_, bytes) => {
    expect(() => decompressSnappy(Buffer.from(bytes))).toThrow('store.damaged')
  })
})
