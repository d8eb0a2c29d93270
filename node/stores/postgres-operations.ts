import { createHash } from 'node:crypto'
import { maxTrimmed } from './contracts.js'
import type { Expected, Operation } from './contracts.js'
import { requireKey, requirePart } from './key-encoding.js'
import { claimDigest, indexKey, recordKey } from './key-spaces.js'
import { requireExpected, requireThrough, wholeMilliseconds } from './operations.js'
import { encodeValue, textOf } from './value-check.js'

/** A batch that has been checked and encoded; it shares nothing with what the caller holds. */
export interface EncodedBatch {
  /** A JSON array of operations as `write_batch_2` reads them. */
  readonly text: string
  /** How many operations append to the journal. */
  readonly appends: number
}

/** @throws `store.bad_input` */
export function encodeBatch(operations: readonly Operation[]): EncodedBatch {
  const encoded = operations.map((operation) => JSON.stringify(encodeOperation(operation)))
  return {
    text: `[${encoded.join(',')}]`,
    appends: operations.filter((operation) => operation.kind === 'append').length,
  }
}

/** The primary key of what is stored under the encoded key `key`. */
export function idOf(key: Buffer): Buffer {
  return createHash('sha256').update(key).digest()
}

function encodeOperation(operation: Operation): object {
  switch (operation.kind) {
    case 'put':
      return encodePut(operation)
    case 'remove':
      return encodeRemove(operation)
    case 'claim':
      requireKey(operation.key)
      return {
        kind: 'claim',
        id: byteaText(claimDigest(operation.key)),
        expires_at: wholeMilliseconds(operation.until),
      }
    case 'append':
      return { kind: 'append', value: textOf(operation) }
    case 'trim':
      requireThrough(operation.through)
      return { kind: 'trim', through: operation.through, most: maxTrimmed }
  }
}

function encodePut({ collection, key, expected, indexes, expiresAt, value }: Operation & { kind: 'put' }): object {
  requireRecord(collection, key, expected)
  for (const part of Object.entries(indexes).flat()) requirePart(part)
  const encodedKey = recordKey(collection, key)
  return {
    kind: 'put',
    id: byteaText(idOf(encodedKey)),
    key: byteaText(encodedKey),
    expected: encodeExpected(expected),
    indexes: Object.entries(indexes).map(([name, indexed]) => byteaText(indexKey(encodedKey, name, indexed))),
    ...(expiresAt === undefined ? {} : { expires_at: wholeMilliseconds(expiresAt) }),
    value: encodeValue(value),
  }
}

function encodeRemove({ collection, key, expected }: Operation & { kind: 'remove' }): object {
  requireRecord(collection, key, expected)
  return { kind: 'remove', id: byteaText(idOf(recordKey(collection, key))), expected: encodeExpected(expected) }
}

function requireRecord(collection: string, key: readonly string[], expected: Expected): void {
  requirePart(collection)
  requireKey(key)
  requireExpected(expected)
}

function encodeExpected(expected: Expected): number {
  if (expected === 'any') return -1
  return expected === 'absent' ? 0 : expected
}

/** How PostgreSQL reads bytes from text. */
export function byteaText(bytes: Buffer): string {
  return `\\x${bytes.toString('hex')}`
}
