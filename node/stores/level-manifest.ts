import { readBytes, readSized, readVarint, unreadable } from './level-format.js'
import type { Reading } from './level-format.js'

/** A table file that belongs to a LevelDB store. */
export interface Table {
  readonly number: number
  /** Bytes. */
  readonly size: number
}

const blockSize = 32 * 1024
const headerSize = 7
const recordType = { full: 1, first: 2, middle: 3, last: 4 } as const

/** What an edit of the manifest may hold; the numbers are LevelDB's. */
const tag = {
  comparator: 1,
  logNumber: 2,
  nextFile: 3,
  lastSequence: 4,
  compactPointer: 5,
  deletedFile: 6,
  newFile: 7,
  previousLog: 9,
} as const

/**
 * The tables that are part of the store whose manifest this is. Others in its directory are left-overs of an
 * interrupted compaction.
 *
 * Does not check the manifest: LevelDB does that itself when it opens.
 * @throws `store.damaged` when the manifest cannot be read
 * @see LevelDB `db/version_edit`
 */
export function listTables(manifest: Buffer): readonly Table[] {
  const tables = new Map<number, Table>()
  for (const edit of readRecords(manifest)) applyEdit(tables, { bytes: edit, at: 0 })
  return [...tables.values()]
}

function applyEdit(tables: Map<number, Table>, edit: Reading): void {
  while (edit.at < edit.bytes.length) {
    switch (readVarint(edit)) {
      case tag.comparator:
        readSized(edit)
        break
      case tag.logNumber:
      case tag.nextFile:
      case tag.lastSequence:
      case tag.previousLog:
        readVarint(edit)
        break
      case tag.compactPointer:
        readVarint(edit)
        readSized(edit)
        break
      case tag.deletedFile:
        readVarint(edit)
        tables.delete(readVarint(edit))
        break
      case tag.newFile: {
        readVarint(edit)
        const table = { number: readVarint(edit), size: readVarint(edit) }
        readSized(edit)
        readSized(edit)
        tables.set(table.number, table)
        break
      }
      default:
        throw unreadable('the manifest holds something unknown')
    }
  }
}

/** The records of a log file, up to a last one that was not finished. */
function* readRecords(log: Buffer): Generator<Buffer> {
  let parts: Buffer[] = []
  const reading = { bytes: log, at: 0 }
  while (reading.at + headerSize <= log.length) {
    const left = blockSize - (reading.at % blockSize)
    if (left < headerSize) {
      reading.at += left
      continue
    }
    const header = readBytes(reading, headerSize)
    const length = header.readUInt16LE(4)
    const type = header.readUInt8(6)
    if (reading.at + length > log.length) return
    parts = type === recordType.full || type === recordType.first ? [] : parts
    parts.push(readBytes(reading, length))
    if (type === recordType.full || type === recordType.last) yield Buffer.concat(parts)
  }
}
