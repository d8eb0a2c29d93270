import { hash } from 'node:crypto'
import { NodeError } from '../kernel/errors.js'
import type { JournalPoint } from './contracts.js'

const hashBytes = 32
const numberBytes = 8

/** A point of the chain as it is stored: the number of an entry and the 32 bytes of its hash. */
export interface Link {
  readonly number: number
  readonly hash: Buffer
}

/** Where the chain of a journal begins and ends: what its first entry continues from, and its newest entry. */
export interface Ends {
  readonly start: Link
  readonly head: Link
}

/** An entry as it is stored: the JSON text of its value with its hash. */
export interface StoredEntry extends Link {
  readonly text: string
}

const origin: Link = { number: 0, hash: Buffer.alloc(hashBytes) }

/** The ends of a journal without entries. */
export const noEnds: Ends = { start: origin, head: origin }

/**
 * The hash of a journal entry in lower-case hexadecimal: SHA-256 over the hash of the entry before (32 bytes), the number
 * as an unsigned 64-bit integer in big-endian order, and the UTF-8 of the JSON text. Before entry 1 stand 32 zero bytes.
 *
 * The text is `JSON.stringify` of the value as it is read: what is stored is such a text, and parsing keeps all of it.
 */
export function chainHash(previousHash: string, number: number, text: string): string {
  return hashLink({ number: number - 1, hash: Buffer.from(previousHash, 'hex') }, text).toString('hex')
}

/** `link` as the contract of the journal shows it. */
export function toPoint({ number, hash: bytes }: Link): JournalPoint {
  return { number, hash: bytes.toString('hex') }
}

/** What `toPoint` was given. */
export function toLink(point: JournalPoint): Link {
  return { number: point.number, hash: Buffer.from(point.hash, 'hex') }
}

/**
 * An entry that waits for its place in the chain: room for what is hashed before the text, and the text. Made once, and
 * linked once, so that the text is copied nowhere.
 */
export function reserveEntry(text: string): Buffer {
  const bytes = Buffer.allocUnsafe(hashBytes + numberBytes + Buffer.byteLength(text))
  bytes.write(text, hashBytes + numberBytes)
  return bytes
}

/** Puts an entry of `reserveEntry` behind `previous`; `stored` is its hash and its text. Uses up `reserved`. */
export function linkEntry(previous: Link, reserved: Buffer): { readonly link: Link; readonly stored: Buffer } {
  const number = previous.number + 1
  previous.hash.copy(reserved)
  reserved.writeBigUInt64BE(BigInt(number), hashBytes)
  const linked = hash('sha256', reserved, 'buffer')
  linked.copy(reserved, numberBytes)
  return { link: { number, hash: linked }, stored: reserved.subarray(numberBytes) }
}

/** What `linkEntry` stored under `number`. @throws `store.damaged` when it is too short */
export function parseEntry(number: number, stored: Buffer): StoredEntry {
  if (stored.length <= hashBytes) throw damagedAt(number)
  return { number, hash: stored.subarray(0, hashBytes), text: stored.toString('utf8', hashBytes) }
}

/** How a backend on ordered bytes stores where its journal begins and ends. */
export function encodeEnds({ start, head }: Ends): Buffer {
  const bytes = Buffer.allocUnsafe(2 * (numberBytes + hashBytes))
  let offset = 0
  for (const link of [start, head]) {
    offset = bytes.writeBigUInt64BE(BigInt(link.number), offset)
    offset += link.hash.copy(bytes, offset)
  }
  return bytes
}

/** What `encodeEnds` wrote. */
export function parseEnds(bytes: Buffer): Ends {
  const linkAt = (offset: number): Link => ({
    number: Number(bytes.readBigUInt64BE(offset)),
    hash: bytes.subarray(offset + numberBytes, offset + numberBytes + hashBytes),
  })
  return { start: linkAt(0), head: linkAt(numberBytes + hashBytes) }
}

/**
 * Checks what a journal says of its ends against its newest entries: `newest` are the last two, or as many as there are,
 * the newest first. Does not look at what comes before.
 * @throws `store.damaged` with a note that names the entry
 */
export function requireEnds({ start, head }: Ends, newest: readonly StoredEntry[]): void {
  const [last, beforeLast] = newest
  if (last === undefined) {
    if (head.number !== start.number || !head.hash.equals(start.hash)) throw damagedAt(start.number + 1)
    return
  }
  if (last.number !== head.number) throw damagedAt(Math.min(last.number, head.number) + 1)
  const previous = beforeLast ?? start
  const isLinked = previous.number === head.number - 1 && hashLink(previous, last.text).equals(last.hash)
  if (!isLinked || !last.hash.equals(head.hash)) throw damagedAt(head.number)
}

function hashLink(previous: Link, text: string): Buffer {
  return linkEntry(previous, reserveEntry(text)).link.hash
}

function damagedAt(number: number): NodeError {
  return new NodeError('store.damaged', {
    detail: `journal entry ${number} is missing or is not what was appended`,
    notes: [`Entry ${number} of the audit journal is missing or is not what was appended.`],
  })
}
