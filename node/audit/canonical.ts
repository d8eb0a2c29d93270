import { NodeError } from '../kernel/errors.js'
import type { Value } from '../stores/contracts.js'

/**
 * `value` with its members in the order of RFC 8785 and each string as `text` gives it back, so that `JSON.stringify`
 * writes its canonical JSON. Members that are `undefined` are left out.
 *
 * Does not check that it is JSON otherwise: the store does.
 * @throws `internal.fault` for a member name that starts with a digit, which a JavaScript object moves to the front
 * @see RFC 8785 section 3.2.3
 */
export function toCanonical(value: unknown, text: (string: string) => string = identity): Value {
  if (typeof value === 'string') return text(value)
  // What is no object is written as it is.
  if (typeof value !== 'object' || value === null) return value as Value
  if (Array.isArray(value)) return value.map((item: unknown) => toCanonical(item, text))
  const sorted: Record<string, Value> = {}
  for (const name of Object.keys(value).sort()) {
    const member: unknown = Reflect.get(value, name)
    if (member === undefined) continue
    if (/^\d/.test(name)) throw new NodeError('internal.fault', { detail: 'a member name starts with a digit' })
    sorted[name] = toCanonical(member, text)
  }
  return sorted
}

const identity = (string: string): string => string
