import { describe, expect, test } from '@jest/globals'
import { crc32c } from '../../../node/stores/level-format.js'
import { readLog } from '../../../node/stores/level-log.js'
import { listTables } from '../../../node/stores/level-manifest.js'
import { mask, readBlock } from '../../../node/stores/level-tables.js'
import { refusalOf } from '../../support/refusals.js'

const blockSize = 32 * 1024
const headerSize = 7

/** One whole record of a log. */
function record(data: Buffer, type = 1): Buffer {
  const header = Buffer.alloc(headerSize)
  header.writeUInt32LE(mask(crc32c(Buffer.concat([Buffer.of(type), data]))))
  header.writeUInt16LE(data.length, 4)
  header.writeUInt8(type, 6)
  return Buffer.concat([header, data])
}

/** A batch that puts `value` under `key`; both are shorter than 128 bytes. */
function batch(key: string, value: string, sequence = 1): Buffer {
  const header = Buffer.alloc(12)
  header.writeBigUInt64LE(BigInt(sequence))
  header.writeUInt32LE(1, 8)
  return Buffer.concat([
    header,
    Buffer.of(1, key.length),
    Buffer.from(key),
    Buffer.of(value.length),
    Buffer.from(value),
  ])
}

/** A batch that leaves `left` bytes of a block behind its record. */
function filler(left: number): Buffer {
  const header = Buffer.alloc(12)
  header.writeBigUInt64LE(9n)
  const size = blockSize - left - headerSize
  const valueSize = size - 12 - 1 - 2 - 3
  const length = Buffer.of((valueSize & 0x7f) | 0x80, ((valueSize >>> 7) & 0x7f) | 0x80, valueSize >>> 14)
  return Buffer.concat([header, Buffer.of(1, 1), Buffer.from('f'), length, Buffer.alloc(valueSize)])
}

const said = (log: Buffer) =>
  [...readLog(log)].map((found) => ('damaged' in found ? 'damaged' : `${found.key.toString()}@${found.sequence}`))

test('the manifest of LevelDB is read past the end of a block that holds no header', () => {
  const size = blockSize - 3 - headerSize
  const rest = size - 4
  const length = Buffer.of((rest & 0x7f) | 0x80, ((rest >>> 7) & 0x7f) | 0x80, rest >>> 14)
  // An edit that names how keys are compared.
  const named = Buffer.concat([Buffer.of(1), length, Buffer.alloc(rest)])
  // An edit that adds table 7: level, number, size, and its first and last key.
  const adding = Buffer.of(7, 0, 7, 9, 1, 0x61, 1, 0x62)
  const tables = listTables(Buffer.concat([record(named), Buffer.alloc(3), record(adding)]))
  expect(tables.map(({ number }) => number)).toEqual([7])
})

test('a block of LevelDB that is too short is damage', () => {
  const block = Buffer.of(1, 2, 0)
  const sum = Buffer.alloc(4)
  sum.writeUInt32LE(mask(crc32c(block)))
  expect(refusalOf(() => readBlock(Buffer.concat([block, sum]), { offset: 0, size: 2 }))).toMatchObject({
    code: 'store.damaged',
    detail: 'a file of the store is damaged: a block is too short',
  })
})

describe('the log of LevelDB', () => {
  test('is read record by record, past the end of a block that holds no header', () => {
    const log = Buffer.concat([record(batch('a', '1')), record(batch('b', '2', 2))])
    expect(said(log)).toEqual(['a@1', 'b@2'])
    const padded = Buffer.concat([record(filler(3)), Buffer.alloc(3), record(batch('b', '2', 2))])
    expect(said(padded)).toEqual(['f@9', 'b@2'])
  })

  test('ends without damage where a record was not finished, or room was set aside', () => {
    const whole = record(batch('a', '1'))
    expect(said(Buffer.concat([whole, record(batch('b', '2')).subarray(0, -3)]))).toEqual(['a@1'])
    expect(said(Buffer.concat([whole, Buffer.alloc(100)]))).toEqual(['a@1'])
  })

  test('is damaged where a sum differs, and where a batch is none', () => {
    const changed = record(batch('b', '2'))
    changed.writeUInt8(changed.readUInt8(20) ^ 1, 20)
    expect(said(Buffer.concat([record(batch('a', '1')), changed, record(batch('c', '3'))]))).toEqual(['a@1', 'damaged'])
    expect(said(record(Buffer.from('short')))).toEqual(['damaged'])
    expect(said(record(batch('a', '1').subarray(0, -1)))).toEqual(['damaged'])
  })

  test('is read again from the next block on, without the rest of what was lost', () => {
    const broken = record(filler(0))
    broken.writeUInt8(0xff, 100)
    expect(said(Buffer.concat([broken, record(Buffer.from('rest'), 4), record(batch('b', '2', 2))]))).toEqual([
      'damaged',
      'b@2',
    ])
  })
})
