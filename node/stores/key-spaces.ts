import { hash } from 'node:crypto'
import type { Instant } from '../kernel/clock.js'
import type { Key } from './contracts.js'
import { decodeParts, encodeParts, endOfPart, prefixEnd } from './key-encoding.js'
import type { ByteRange } from './ordered-bytes.js'

/**
 * The first byte of every stored key says what it is:
 * `r` collection, key: a record · `i` collection, index, index value, key: an index entry · `o` digest of a key: a claim
 * (once) · `e` number: a journal entry · `h`: where the journal begins and ends · `x` expiry, key of a record or claim:
 * what expires when. A backend may use other first bytes for its own bookkeeping.
 */
const space = { record: 0x72, index: 0x69, claim: 0x6f, journal: 0x65, ends: 0x68, expiry: 0x78 } as const
/** Makes the digest of a claim another one than that of anything else. */
const claimMark = 0x63

const numberBytes = 8
const nothing = Buffer.alloc(0)

/** The value of an entry of which only the key matters. */
export const presence: Buffer = nothing

/** Where a record is stored. Does not check `collection` and `key`. */
export function recordKey(collection: string, key: Key): Buffer {
  return encodeParts([space.record], [collection, ...key])
}

/** The encoded key of the record that is stored under `stored`, without its collection. */
export function keyInRecordKey(stored: Buffer): Buffer {
  return stored.subarray(endOfPart(stored, 1))
}

/** All records. */
export const recordsRange: ByteRange = { from: Buffer.of(space.record), to: Buffer.of(space.record + 1) }

/** The collection and key, encoded, of the record that is stored under `stored`. */
export function encodedKeyIn(stored: Buffer): Buffer {
  return stored.subarray(1)
}

/** All records of `collection` whose encoded key starts with `prefix`. */
export function recordRange(collection: string, prefix: Key, after: Buffer | undefined): ByteRange {
  return rangeAfter(recordKey(collection, prefix), encodeParts([space.record], [collection]), after)
}

/** The index entry of the record that is stored under `stored`. */
export function indexKey(stored: Buffer, name: string, value: string): Buffer {
  const endOfCollection = endOfPart(stored, 1)
  return Buffer.concat([
    Buffer.of(space.index),
    stored.subarray(1, endOfCollection),
    encodeParts([], [name, value]),
    stored.subarray(endOfCollection),
  ])
}

/** The index entries of all records of `collection` with this value. */
export function indexRange(collection: string, name: string, value: string, after: Buffer | undefined): ByteRange {
  const start = encodeParts([space.index], [collection, name, value])
  return rangeAfter(start, start, after)
}

/** The name and the value of the index whose entry is stored under `stored`. */
export function indexInIndexKey(stored: Buffer): readonly [name: string, value: string] {
  const endOfCollection = endOfPart(stored, 1)
  const endOfValue = endOfPart(stored, endOfPart(stored, endOfCollection))
  const [name = '', value = ''] = decodeParts(stored.subarray(endOfCollection, endOfValue))
  return [name, value]
}

/** Where the record of an index entry is stored. */
export function recordKeyInIndexKey(stored: Buffer): Buffer {
  const endOfCollection = endOfPart(stored, 1)
  const endOfValue = endOfPart(stored, endOfPart(stored, endOfCollection))
  return Buffer.concat([Buffer.of(space.record), stored.subarray(1, endOfCollection), stored.subarray(endOfValue)])
}

/** The SHA-256 by which every backend knows a claim, whatever the length of its key. Does not check `key`. */
export function claimDigest(key: Key): Buffer {
  return digestClaim(encodeParts([claimMark], key))
}

/** The digest of a claim from its encoded key behind the mark. */
export function digestClaim(marked: Buffer): Buffer {
  return hash('sha256', marked, 'buffer')
}

/** Where the claim with this digest is stored. */
export function claimKey(digest: Buffer): Buffer {
  return Buffer.concat([Buffer.of(space.claim), digest])
}

/** All claims. */
export const claimRange: ByteRange = { from: Buffer.of(space.claim), to: Buffer.of(space.claim + 1) }

/** What `claimKey` was given. */
export function digestInClaimKey(stored: Buffer): Buffer {
  return stored.subarray(1)
}

/** Whether `stored` is where a claim is stored. */
export function isClaimKey(stored: Buffer): boolean {
  return stored[0] === space.claim
}

/** Where the ends of the journal are stored. */
export const endsKey: Buffer = Buffer.of(space.ends)

/** Those ends alone. */
export const endsRange: ByteRange = { from: endsKey, to: Buffer.of(space.ends + 1) }

/** Where a journal entry is stored. */
export function journalKey(number: number): Buffer {
  return numbered(space.journal, number, nothing)
}

/** The number of the journal entry that is stored under `stored`. */
export function numberInJournalKey(stored: Buffer): number {
  return Number(stored.readBigUInt64BE(1))
}

/** The journal entries with a number above `after`. */
export function journalRange(after: number): ByteRange {
  return { from: journalKey(after + 1), to: Buffer.of(space.journal + 1) }
}

/** The entry that says when the record or claim under `stored` expires; whole milliseconds. */
export function expiryKey(expiresAt: Instant, stored: Buffer): Buffer {
  return numbered(space.expiry, expiresAt, stored)
}

/** What `expiryKey` was given. */
export function splitExpiryKey(stored: Buffer): { readonly expiresAt: Instant; readonly stored: Buffer } {
  return { expiresAt: Number(stored.readBigUInt64BE(1)), stored: stored.subarray(1 + numberBytes) }
}

/** The expiry entries of everything that has expired at `now`. */
export function expiredRange(now: Instant): ByteRange {
  return { from: Buffer.of(space.expiry), to: numbered(space.expiry, Math.max(0, Math.ceil(now)), nothing) }
}

function rangeAfter(start: Buffer, base: Buffer, after: Buffer | undefined): ByteRange {
  const to = prefixEnd(start)
  if (after === undefined) return { from: start, to }
  // A zero byte makes the smallest key that comes after the cursor.
  const next = Buffer.concat([base, after, Buffer.of(0)])
  return { from: Buffer.compare(next, start) > 0 ? next : start, to }
}

function numbered(first: number, number: number, rest: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(1 + numberBytes + rest.length)
  bytes.writeUInt8(first, 0)
  bytes.writeBigUInt64BE(BigInt(number), 1)
  rest.copy(bytes, 1 + numberBytes)
  return bytes
}
