import { closeSync, constants, fdatasyncSync, openSync, readFileSync, writeSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { NodeError, systemCodeOf } from '../kernel/errors.js'
import type { Log } from '../kernel/log.js'
import type { Change, Entry } from './ordered-bytes.js'

/**
 * LevelDB drops what it cannot read of its write-ahead log without a word, and so forgets acknowledged writes when one
 * bit of that file turns or its end is cut off. The trail notices: every write carries a number, the store keeps the
 * numbers of the last writes, and a small file beside it keeps the newest one.
 */
export interface Trail {
  /** The change that numbers the next write. */
  next(): Change
  /** Says that the write with the last `next` is durable. */
  advance(): void
  close(): void
}

/** The first byte of the trail's keys. */
const space = 0x74
/** More writes than fit in the two 4 MiB logs that LevelDB has at most, unless they are smaller than 128 bytes. */
const slots = 65_536
const numberBytes = 8
const sumBytes = 4

/** The keys of the trail. */
export const trailRange = { from: Buffer.of(space), to: Buffer.of(space + 1) }

/**
 * Checks what the store holds against its trail and goes on with it. `entries` are those in `trailRange`; `file` is the
 * file with the newest number, made when it is absent.
 *
 * Does not notice lost writes that both the store and the file forgot, such as an old copy of the whole directory.
 * @throws `store.damaged` when acknowledged writes are missing
 */
export async function openTrail(entries: AsyncIterable<Entry>, file: string, log: Log): Promise<Trail> {
  const newest = await checkEntries(entries)
  const acknowledged = readNewest(file, log)
  if (acknowledged > newest) throw damaged(`write ${acknowledged} is missing, the newest is ${newest}`)
  return continueTrail(openSync(file, constants.O_RDWR | constants.O_CREAT, 0o600), newest)
}

function continueTrail(descriptor: number, newest: number): Trail {
  let number = newest
  const bytes = Buffer.alloc(numberBytes + sumBytes)
  return {
    next() {
      const value = Buffer.alloc(numberBytes)
      value.writeBigUInt64BE(BigInt(number + 1))
      return { key: slotKey(number + 1), value }
    },
    advance() {
      number += 1
      bytes.writeBigUInt64BE(BigInt(number))
      bytes.writeUInt32BE(crc32(bytes.subarray(0, numberBytes)), numberBytes)
      // Not synced: after a power loss the file may say less than the store holds, which is no reason to refuse it.
      writeSync(descriptor, bytes, 0, bytes.length, 0)
    },
    close() {
      fdatasyncSync(descriptor)
      closeSync(descriptor)
    },
  }
}

/** The newest number in the trail, 0 for a new store. @throws `store.damaged` when a number before it is missing */
async function checkEntries(entries: AsyncIterable<Entry>): Promise<number> {
  let newest = 0
  let oldest = Infinity
  let count = 0
  for await (const { value } of entries) {
    const number = Number(value.readBigUInt64BE())
    newest = Math.max(newest, number)
    oldest = Math.min(oldest, number)
    count += 1
  }
  const expected = Math.min(newest, slots)
  if (count !== expected || (count > 0 && oldest !== newest - expected + 1)) {
    throw damaged(`writes are missing before number ${newest}`)
  }
  return newest
}

/** The number of the newest write, from the file beside the store; 0 when there is none or it holds no number. */
export function readNewest(file: string, log: Pick<Log, 'warn'>): number {
  const bytes = readIfPresent(file)
  if (bytes === undefined || bytes.length === 0) return 0
  if (bytes.length === numberBytes + sumBytes) {
    const sum = bytes.readUInt32BE(numberBytes)
    if (sum === crc32(bytes.subarray(0, numberBytes))) return Number(bytes.readBigUInt64BE())
  }
  // Continues on purpose: the damage is in the file, which a power loss may cause, and says nothing about the store.
  log.warn('the number of the newest write is unreadable; the end of the store could not be checked')
  return 0
}

function readIfPresent(file: string): Buffer | undefined {
  try {
    return readFileSync(file)
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

function slotKey(number: number): Buffer {
  const key = Buffer.of(space, 0, 0)
  key.writeUInt16BE(number % slots, 1)
  return key
}

function damaged(detail: string): NodeError {
  return new NodeError('store.damaged', {
    detail,
    notes: [
      'The store misses writes that were acknowledged. Restore the newest backup, or ask for help with this directory.',
    ],
  })
}
