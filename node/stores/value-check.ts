import { NodeError } from '../kernel/errors.js'
import type { Operation, Value } from './contracts.js'

/** 4 MiB. */
export const maxValueBytes = 4 * 1024 * 1024
const maxDepth = 64

/**
 * `JSON.stringify` writes U+0000 as `\u0000` and a lone surrogate as `\ud8…` to `\udf…`, and nothing else so, except
 * text that itself holds a backslash: that backslash comes out doubled. An odd run of backslashes is an escape.
 */
const escapedForbidden = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/

/**
 * The JSON text of `value`, which `JSON.parse` turns into an equal value (but for the sign of zero).
 *
 * Strings are judged on the text, which costs nearly nothing for text without escapes. Everything else needs a walk over
 * the value, because `JSON.stringify` silently turns NaN into `null`, a date into a string and a map into `{}`; the walk
 * takes about a fifth of the time of serialising.
 * @throws `store.bad_input` for what `Value` excludes
 */
export function encodeValue(value: Value): string {
  requirePlain(value, 0, maxValueBytes)
  return checkText(JSON.stringify(value))
}

/** The JSON text that an append stores. @throws `store.bad_input` */
export function textOf(operation: Operation & { kind: 'append' }): string {
  return 'text' in operation ? checkText(operation.text) : encodeValue(operation.value)
}

function checkText(text: string): string {
  // A UTF-16 code unit is at most three bytes of UTF-8: most values need no second look.
  if (text.length * 3 > maxValueBytes && Buffer.byteLength(text) > maxValueBytes) throw tooLarge()
  if ((text.includes('\\u0000') || text.includes('\\ud')) && escapedForbidden.test(text)) {
    throw refusal('holds U+0000 or a lone surrogate')
  }
  return text
}

/**
 * Returns what is left of `budget` after one for each item and character: each takes at least one byte of text, so
 * that a value which is too large, or holds itself, is refused before it is serialised.
 */
function requirePlain(value: unknown, depth: number, budget: number): number {
  if (budget <= 0) throw tooLarge()
  switch (typeof value) {
    case 'string':
      return budget - value.length
    case 'boolean':
      return budget - 1
    case 'number':
      if (!Number.isFinite(value)) throw refusal('holds a number that is not finite')
      return budget - 1
    case 'object':
      return value === null ? budget - 1 : requirePlainObject(value, depth + 1, budget - 1)
    default:
      throw refusal(`holds something of type ${typeof value}`)
  }
}

function requirePlainObject(value: object, depth: number, budget: number): number {
  if (depth > maxDepth) throw refusal(`is nested deeper than ${maxDepth}`)
  let left = budget
  if (Array.isArray(value)) {
    for (const item of value) left = requirePlain(item, depth, left)
    return left
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  // Not compared with Object.prototype: an object from another realm has another one.
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) throw refusal('holds an instance of a class')
  for (const member of Object.values(value)) {
    if (member !== undefined) left = requirePlain(member, depth, left)
  }
  return left
}

function tooLarge(): NodeError {
  return refusal('is larger than 4 MiB')
}

function refusal(what: string): NodeError {
  return new NodeError('store.bad_input', { detail: `the value ${what}` })
}
