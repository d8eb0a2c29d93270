import { crc32c, readBytes, readSized } from './level-format.js'
import type { Reading } from './level-format.js'
import { mask } from './level-tables.js'

/** A change that a log holds; without a value the key was removed. */
interface LoggedChange {
  readonly key: Buffer
  readonly value: Buffer | undefined
  readonly sequence: number
}

/** A place in a log that cannot be read. */
interface DamagedPlace {
  readonly damaged: true
}

const damaged: DamagedPlace = { damaged: true }
const blockSize = 32 * 1024
const headerSize = 7
const batchHeaderSize = 12
const full = 1
const first = 2
const last = 4

/**
 * What a write-ahead log of LevelDB holds, in order, and where it cannot be read: from there it goes on at the next
 * block. A last record that was not finished is no damage.
 * @see LevelDB `doc/log_format.md`, `db/write_batch`
 */
export function* readLog(log: Buffer): Generator<LoggedChange | DamagedPlace> {
  let parts: Buffer[] | undefined
  for (const fragment of readFragments(log)) {
    if ('damaged' in fragment) {
      parts = undefined
      yield damaged
      continue
    }
    if (fragment.type === full || fragment.type === first) parts = []
    // The rest of a record of which the start was lost.
    if (parts === undefined) continue
    parts.push(fragment.data)
    if (fragment.type !== full && fragment.type !== last) continue
    yield* readBatch({ bytes: Buffer.concat(parts), at: 0 })
    parts = undefined
  }
}

function* readFragments(log: Buffer): Generator<{ readonly type: number; readonly data: Buffer } | DamagedPlace> {
  for (let at = 0; at + headerSize <= log.length;) {
    const left = blockSize - (at % blockSize)
    const length = log.readUInt16LE(at + 4)
    const type = log.readUInt8(at + 6)
    const end = at + headerSize + length
    if (left < headerSize) {
      at += left
      continue
    }
    const isInside = headerSize + length <= left
    if (isInside && end > log.length) return
    const sum = log.readUInt32LE(at)
    // Room that was set aside and never written.
    if (type === 0 && length === 0 && sum === 0) return
    if (!isInside || sum !== mask(crc32c(log.subarray(at + 6, end)))) {
      yield damaged
      at += left
      continue
    }
    yield { type, data: log.subarray(at + headerSize, end) }
    at = end
  }
}

function* readBatch(reading: Reading): Generator<LoggedChange | DamagedPlace> {
  const changes: LoggedChange[] = []
  try {
    const header = readBytes(reading, batchHeaderSize)
    let sequence = Number(header.readBigUInt64LE())
    for (; reading.at < reading.bytes.length; sequence += 1) {
      const isPut = readBytes(reading, 1).readUInt8() === 1
      const key = readSized(reading)
      changes.push({ key, value: isPut ? readSized(reading) : undefined, sequence })
    }
  } catch {
    // Said by what follows: the sum of the record was good, so this was not written by LevelDB.
    yield damaged
    return
  }
  yield* changes
}
