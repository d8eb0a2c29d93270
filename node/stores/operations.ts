import type { Instant } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import { parseEntry, reserveEntry } from './chain.js'
import { claim, maxTrimmed } from './contracts.js'
import type { Expected, Key, Operation, Store, Written } from './contracts.js'
import type { Draft } from './draft.js'
import { encodeEnvelope, isPast, parseEnvelope, parseStoredJson } from './envelope.js'
import type { Envelope } from './envelope.js'
import { requireKey, requirePart } from './key-encoding.js'
import {
  claimDigest,
  claimKey,
  expiryKey,
  indexKey,
  isClaimKey,
  journalKey,
  presence,
  recordKey,
  splitExpiryKey,
} from './key-spaces.js'
import { encodeValue, textOf } from './value-check.js'

/** The latest instant of ECMAScript dates; whole milliseconds up to here are exact. */
const lastInstant = 8.64e15

/** An operation that has been checked and encoded; it shares nothing with what the caller holds. */
export interface Prepared {
  /** About how many bytes it adds. */
  readonly size: number
  apply(draft: Draft, written: { readonly versions: number[]; readonly numbers: number[] }): void
}

/** Checks and encodes one operation. @throws `store.bad_input` */
export function prepareOperation(operation: Operation): Prepared {
  switch (operation.kind) {
    case 'put':
      return preparePut(operation)
    case 'remove':
      return prepareRemove(operation)
    case 'claim':
      return prepareClaim(operation)
    case 'append':
      return prepareAppend(operation)
    case 'trim':
      return prepareTrim(operation)
  }
}

/** Does the operations in their order. @throws `store.conflict`, `store.claimed`, `store.damaged` */
export function applyOperations(draft: Draft, operations: readonly Prepared[]): Written {
  const written = { versions: [], numbers: [] }
  for (const operation of operations) operation.apply(draft, written)
  return written
}

/** `Claims.claim` by a batch of one: false when the claim is taken. @throws what else `write` throws */
export async function claimBy(write: Store['write'], key: Key, until: Instant): Promise<boolean> {
  try {
    await write([claim(key, until)])
    return true
  } catch (error) {
    if (NodeError.codeOf(error) === 'store.claimed') return false
    throw error
  }
}

/**
 * Removes what the given expiry entries point at and returns how many records and claims that were. An entry that a
 * renewal took away since it was listed is passed over.
 */
export function removeExpired(draft: Draft, expiryKeys: readonly Buffer[]): number {
  let removed = 0
  for (const key of expiryKeys) {
    const { expiresAt, stored } = splitExpiryKey(key)
    if (draft.get(key) === undefined || !isPast(expiresAt, draft.now)) continue
    draft.remove(key)
    if (isClaimKey(stored)) {
      draft.remove(stored)
    } else {
      const envelope = findEnvelope(draft, stored)
      if (envelope !== undefined && envelope.expiresAt === expiresAt) removeRecord(draft, stored, envelope)
    }
    removed += 1
  }
  return removed
}

function preparePut(operation: Operation & { kind: 'put' }): Prepared {
  const { collection, expected, indexes } = operation
  requirePart(collection)
  requireKey(operation.key)
  requireExpected(expected)
  for (const [name, value] of Object.entries(indexes)) {
    requirePart(name)
    requirePart(value)
  }
  const expiresAt = operation.expiresAt === undefined ? undefined : wholeMilliseconds(operation.expiresAt)
  const key = recordKey(collection, operation.key)
  const valueText = encodeValue(operation.value)
  return {
    size: key.length + valueText.length,
    apply(draft, written) {
      const before = findEnvelope(draft, key)
      const version = requireState(expected, before, draft.now, collection) + 1
      if (before !== undefined) removeRecord(draft, key, before)
      draft.put(key, encodeEnvelope({ version, expiresAt, indexes, valueText }))
      for (const [name, value] of Object.entries(indexes)) draft.put(indexKey(key, name, value), presence)
      if (expiresAt !== undefined) draft.put(expiryKey(expiresAt, key), presence)
      written.versions.push(version)
    },
  }
}

function prepareRemove(operation: Operation & { kind: 'remove' }): Prepared {
  const { collection, expected } = operation
  requirePart(collection)
  requireKey(operation.key)
  requireExpected(expected)
  const key = recordKey(collection, operation.key)
  return {
    size: key.length,
    apply(draft) {
      const before = findEnvelope(draft, key)
      requireState(expected, before, draft.now, collection)
      if (before !== undefined) removeRecord(draft, key, before)
    },
  }
}

function prepareClaim(operation: Operation & { kind: 'claim' }): Prepared {
  requireKey(operation.key)
  const until = wholeMilliseconds(operation.until)
  const key = claimKey(claimDigest(operation.key))
  return {
    size: key.length * 2,
    apply(draft) {
      const bytes = draft.get(key)
      if (bytes !== undefined) {
        const before = parseClaim(bytes)
        if (!isPast(before, draft.now)) throw new NodeError('store.claimed')
        draft.remove(expiryKey(before, key))
      }
      draft.put(key, Buffer.from(String(until)))
      draft.put(expiryKey(until, key), presence)
    },
  }
}

function prepareAppend(operation: Operation & { kind: 'append' }): Prepared {
  const reserved = reserveEntry(textOf(operation))
  return {
    size: reserved.length,
    apply(draft, written) {
      written.numbers.push(draft.append(reserved))
    },
  }
}

function prepareTrim({ through }: Operation & { kind: 'trim' }): Prepared {
  requireThrough(through)
  return {
    size: maxTrimmed * journalKey(0).length,
    apply(draft) {
      const { start, head } = draft.ends
      if (through < start.number || through >= head.number) throw untrimmable('outside the journal')
      if (through - start.number > maxTrimmed) throw untrimmable('too much at once')
      if (through === start.number) return
      const last = draft.get(journalKey(through))
      if (last === undefined) throw new NodeError('store.damaged', { detail: `journal entry ${through} is missing` })
      const { hash } = parseEntry(through, last)
      draft.setEnds({ start: { number: through, hash }, head: draft.newest() })
      for (let number = start.number + 1; number <= through; number += 1) draft.remove(journalKey(number))
    },
  }
}

function findEnvelope(draft: Draft, key: Buffer): Envelope | undefined {
  const bytes = draft.get(key)
  return bytes === undefined ? undefined : parseEnvelope(bytes)
}

/** Removes the record with everything that points at it. */
function removeRecord(draft: Draft, key: Buffer, envelope: Envelope): void {
  draft.remove(key)
  for (const [name, value] of Object.entries(envelope.indexes)) draft.remove(indexKey(key, name, value))
  if (envelope.expiresAt !== undefined) draft.remove(expiryKey(envelope.expiresAt, key))
}

/** The version of the record before, 0 when it is absent or expired. @throws `store.conflict` when not as expected */
function requireState(expected: Expected, before: Envelope | undefined, now: Instant, collection: string): number {
  const version = before === undefined || isPast(before.expiresAt, now) ? 0 : before.version
  if (expected === 'any' || version === (expected === 'absent' ? 0 : expected)) return version
  throw new NodeError('store.conflict', { detail: `${collection}: expected ${expected}, found version ${version}` })
}

/** The end of a stored claim. @throws `store.damaged` */
export function parseClaim(bytes: Buffer): Instant {
  const until = parseStoredJson(bytes)
  if (typeof until === 'number') return until
  throw new NodeError('store.damaged', { detail: 'a stored claim is not an instant' })
}

/** @throws `store.bad_input` unless `expected` is a state that `Expected` names */
export function requireExpected(expected: Expected): void {
  if (expected === 'any' || expected === 'absent' || (Number.isSafeInteger(expected) && expected >= 1)) return
  throw new NodeError('store.bad_input', { detail: 'an expected version is 1 or more' })
}

/** @throws `store.bad_input` unless `number` can be that of a journal entry or 0 */
export function requireThrough(number: number): void {
  if (!Number.isSafeInteger(number) || number < 0) throw untrimmable('not to a number')
}

function untrimmable(how: string): NodeError {
  return new NodeError('store.bad_input', { detail: `the journal cannot be trimmed: ${how}` })
}

/** Rounded up, so that nothing expires before its time. @throws `store.bad_input` outside 1970 to the year 275760 */
export function wholeMilliseconds(instant: Instant): Instant {
  const whole = Math.ceil(instant)
  if (whole >= 0 && whole <= lastInstant) return whole
  throw new NodeError('store.bad_input', { detail: 'an instant lies outside what can be stored' })
}
