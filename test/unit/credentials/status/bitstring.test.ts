import { gzipSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import {
  createBits,
  listLength,
  packBits,
  readBit,
  unpackBits,
  writeBit,
} from '../../../../node/credentials/status/bitstring.js'

describe('a bit', () => {
  test('at place 0 is the most significant bit of the first byte, and at 17 the second of the third', () => {
    const bits = createBits()
    writeBit(bits, 0, true)
    writeBit(bits, 17, true)
    expect([...bits.subarray(0, 3)]).toEqual([0b1000_0000, 0, 0b0100_0000])
  })

  test('can be set and cleared without touching its neighbours', () => {
    const bits = createBits().fill(0xff)
    writeBit(bits, 12, false)
    expect([11, 12, 13].map((index) => readBit(bits, index))).toEqual([true, false, true])
    writeBit(bits, 12, true)
    expect(readBit(bits, 12)).toBe(true)
  })

  test('outside the list is neither set nor clear', () => {
    expect(readBit(createBits(), listLength - 1)).toBe(false)
    expect(readBit(createBits(), listLength)).toBeUndefined()
  })
})

describe('a packed list', () => {
  test('unpacks to what it was, with and without padding', async () => {
    const bits = createBits()
    writeBit(bits, 4711, true)
    const packed = await packBits(bits)
    const padded = packed.padEnd(Math.ceil(packed.length / 4) * 4, '=')
    expect(await unpackBits(packed)).toEqual(bits)
    expect(await unpackBits(padded)).toEqual(bits)
  })

  test.each([
    ['is not base64url', 'H4sI+/+/'],
    ['is not gzip', Buffer.from('not gzip').toString('base64url')],
    ['is broken off', gzipSync(createBits()).subarray(0, 20).toString('base64url')],
    ['is empty', ''],
  ])('that %s is of no use', async (_, packed) => {
    expect(await unpackBits(packed)).toBeUndefined()
  })

  test('may expand to 1 MiB and not one byte further', async () => {
    const pack = (bytes: number): string => gzipSync(Buffer.alloc(bytes)).toString('base64url')
    expect((await unpackBits(pack(1024 * 1024)))?.length).toBe(1024 * 1024)
    expect(await unpackBits(pack(1024 * 1024 + 1))).toBeUndefined()
  })

  test('that is a bomb costs no memory to refuse', async () => {
    const bomb = gzipSync(Buffer.alloc(256 * 1024 * 1024)).toString('base64url')
    const before = process.memoryUsage().arrayBuffers
    expect(await unpackBits(bomb)).toBeUndefined()
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 1024 * 1024)
  })
})
