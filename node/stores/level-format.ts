import { NodeError } from '../kernel/errors.js'

/**
 * The pieces of LevelDB's files that checking them needs.
 * @see LevelDB `doc/table_format.md`, `doc/log_format.md`, `util/coding`; Snappy `format_description.txt`
 */

/** A position in bytes that moves as they are read. */
export interface Reading {
  readonly bytes: Buffer
  at: number
}

/** An unsigned number of seven bits per byte, lowest first. @throws `store.damaged` */
export function readVarint(reading: Reading): number {
  let value = 0
  for (let scale = 1; scale <= 2 ** 49; scale *= 128) {
    const byte = readBytes(reading, 1).readUInt8()
    value += (byte & 0x7f) * scale
    if (byte < 0x80) return value
  }
  throw unreadable('a number does not end')
}

/** The next `length` bytes. @throws `store.damaged` when there are fewer */
export function readBytes(reading: Reading, length: number): Buffer {
  const end = reading.at + length
  if (end > reading.bytes.length) throw unreadable('it ends too soon')
  const bytes = reading.bytes.subarray(reading.at, end)
  reading.at = end
  return bytes
}

/** Bytes that follow their own length. @throws `store.damaged` */
export function readSized(reading: Reading): Buffer {
  return readBytes(reading, readVarint(reading))
}

/** The text that Snappy compressed to `bytes`. @throws `store.damaged` */
export function decompressSnappy(bytes: Buffer): Buffer {
  const reading = { bytes, at: 0 }
  const text = Buffer.alloc(readVarint(reading))
  let filled = 0
  while (reading.at < bytes.length) {
    const tag = readBytes(reading, 1).readUInt8()
    if ((tag & 3) === 0) {
      filled += readBytes(reading, literalLength(reading, tag)).copy(text, filled)
      continue
    }
    const { length, distance } = readCopy(reading, tag)
    if (distance === 0 || distance > filled || filled + length > text.length) throw unreadable('a copy points outside')
    // Byte by byte: a copy may repeat what it has just written.
    for (const end = filled + length; filled < end; filled += 1) text[filled] = text[filled - distance] ?? 0
  }
  if (filled !== text.length) throw unreadable('a block is too short')
  return text
}

function literalLength(reading: Reading, tag: number): number {
  const short = tag >>> 2
  if (short < 60) return short + 1
  const size = short - 59
  return readBytes(reading, size).readUIntLE(0, size) + 1
}

function readCopy(reading: Reading, tag: number): { readonly length: number; readonly distance: number } {
  if ((tag & 3) === 1) {
    const low = readBytes(reading, 1).readUInt8()
    return { length: ((tag >>> 2) & 7) + 4, distance: ((tag >>> 5) << 8) | low }
  }
  const size = (tag & 3) === 2 ? 2 : 4
  return { length: (tag >>> 2) + 1, distance: readBytes(reading, size).readUIntLE(0, size) }
}

/** Says that a file of LevelDB is not what LevelDB wrote. */
export function unreadable(detail: string): NodeError {
  return new NodeError('store.damaged', {
    detail: `a file of the store is damaged: ${detail}`,
    notes: ['A file of the store is damaged. Restore the newest backup, or ask for help with this directory.'],
  })
}

const crcTables = makeCrcTables()

/** The CRC-32C (Castagnoli) of `bytes`. @see RFC 3720 appendix B.4 */
export function crc32c(bytes: Buffer): number {
  const t = crcTables
  // Twice as fast as the reading methods of Buffer.
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const whole = bytes.length - (bytes.length % 4)
  let crc = -1
  let at = 0
  for (; at < whole; at += 4) {
    crc ^= view.getInt32(at, true)
    crc =
      (t[0x300 + (crc & 0xff)] ?? 0) ^
      (t[0x200 + ((crc >>> 8) & 0xff)] ?? 0) ^
      (t[0x100 + ((crc >>> 16) & 0xff)] ?? 0) ^
      (t[crc >>> 24] ?? 0)
  }
  for (; at < bytes.length; at += 1) crc = (t[(crc ^ (bytes[at] ?? 0)) & 0xff] ?? 0) ^ (crc >>> 8)
  return (crc ^ -1) >>> 0
}

/** Four tables: the effect of a byte on the sum after one to four bytes, so that four bytes go in at once. */
function makeCrcTables(): Int32Array {
  const tables = new Int32Array(4 * 256)
  for (let byte = 0; byte < 256; byte += 1) {
    let crc = byte
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0)
    tables[byte] = crc
  }
  for (let index = 256; index < tables.length; index += 1) {
    const before = tables[index - 256] ?? 0
    tables[index] = (tables[before & 0xff] ?? 0) ^ (before >>> 8)
  }
  return tables
}
