import { NodeError } from '../kernel/errors.js'
import type { Key } from './contracts.js'

const maxParts = 16
const maxPartLength = 512
const lengthBytes = 2
const loneSurrogate = /\p{Surrogate}/u

/**
 * The bytes of `key`: per part two bytes with the length (big-endian) and the UTF-8 text, so that no two keys share
 * bytes and the bytes of a prefix are a prefix of the bytes.
 * @throws `store.bad_input` unless there are 1 to 16 parts that `requirePart` accepts
 */
export function encodeKey(key: Key): Buffer {
  requireKey(key)
  return encodeParts([], key)
}

/**
 * The bytes of `parts` behind the bytes of `head`; `head` is a short marker.
 *
 * Does not check the parts: a lone surrogate would silently become U+FFFD.
 */
export function encodeParts(head: readonly number[], parts: readonly string[]): Buffer {
  let size = head.length
  for (const part of parts) size += lengthBytes + Buffer.byteLength(part)
  const bytes = Buffer.allocUnsafe(size)
  let offset = 0
  for (const byte of head) offset = bytes.writeUInt8(byte, offset)
  for (const part of parts) {
    const length = bytes.write(part, offset + lengthBytes)
    bytes.writeUInt16BE(length, offset)
    offset += lengthBytes + length
  }
  return bytes
}

/** The parts in `bytes`, which `encodeKey` or `encodeParts` made. @throws `store.damaged` when the lengths do not fit */
export function decodeParts(bytes: Buffer): Key {
  const parts: string[] = []
  let offset = 0
  while (offset < bytes.length) {
    const end = endOfPart(bytes, offset)
    parts.push(bytes.toString('utf8', offset + lengthBytes, end))
    offset = end
  }
  return parts
}

/** Where the part that starts at `offset` ends. @throws `store.damaged` when it does not fit */
export function endOfPart(bytes: Buffer, offset: number): number {
  const start = offset + lengthBytes
  const end = start <= bytes.length ? start + bytes.readUInt16BE(offset) : Infinity
  if (end > bytes.length) throw new NodeError('store.damaged', { detail: 'a stored key is cut off' })
  return end
}

/** The first bytes after all bytes that start with `prefix`; `prefix` holds a byte below 255. */
export function prefixEnd(prefix: Buffer): Buffer {
  let last = prefix.length - 1
  while (last > 0 && prefix[last] === 0xff) last -= 1
  const end = Buffer.from(prefix.subarray(0, last + 1))
  end.writeUInt8(end.readUInt8(last) + 1, last)
  return end
}

/** The opaque text with which `list` goes on after the record with this encoded key. */
export function formatCursor(encodedKey: Buffer): string {
  return encodedKey.toString('base64url')
}

/** The encoded key that `formatCursor` was given. @throws `store.bad_input` for any other text */
export function parseCursor(cursor: string): Buffer {
  const bytes = Buffer.from(cursor, 'base64url')
  if (cursor === '' || !isEncodedKey(bytes) || formatCursor(bytes) !== cursor) {
    throw new NodeError('store.bad_input', { detail: 'the cursor is not one that this store gave' })
  }
  return bytes
}

function isEncodedKey(bytes: Buffer): boolean {
  try {
    return encodeKey(decodeParts(bytes)).equals(bytes)
  } catch (error) {
    // Recorded as "no": the caller of parseCursor chose these bytes, so they say nothing about the store.
    if (NodeError.is(error)) return false
    throw error
  }
}

/** @throws `store.bad_input` unless `key` has 1 to 16 good parts */
export function requireKey(key: Key): void {
  if (key.length < 1 || key.length > maxParts) {
    throw new NodeError('store.bad_input', { detail: `a key has 1 to ${maxParts} parts` })
  }
  for (const part of key) requirePart(part)
}

/**
 * One part of a key, and any name or index value in the store.
 * @throws `store.bad_input` unless it is 1 to 512 UTF-16 code units, well-formed and without U+0000
 */
export function requirePart(part: string): void {
  if (typeof part !== 'string' || part.length < 1 || part.length > maxPartLength) {
    throw new NodeError('store.bad_input', { detail: `a part of a key has 1 to ${maxPartLength} characters` })
  }
  if (part.includes('\u0000') || loneSurrogate.test(part)) {
    throw new NodeError('store.bad_input', { detail: 'a part of a key holds U+0000 or a lone surrogate' })
  }
}
