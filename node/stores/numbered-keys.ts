import type { Key } from './contracts.js'
import { encodeKey, formatCursor } from './key-encoding.js'

const digits = 15

/** A whole number from 0 to 999 999 999 999 999 as a part of a key: the order of such parts is that of their numbers. */
export function numberPart(number: number): string {
  return String(number).padStart(digits, '0')
}

/**
 * The `after` with which a list by prefix goes on behind `key`, whether or not there is a record with that key.
 * @throws `store.bad_input` for what is no key
 */
export function cursorAfter(key: Key): string {
  return formatCursor(encodeKey(key))
}
