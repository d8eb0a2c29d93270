import { NodeError } from '../../kernel/errors.js'
import type { PresentationDefinitionData } from '../../../schemas/presentation-exchange.js'
import { compilePattern } from './pattern.js'

type FilterData = NonNullable<
  PresentationDefinitionData['input_descriptors'][number]['constraints']['fields'][number]['filter']
>

/** A value that a field can yield as claim. */
export type FieldValue = string | number | boolean | readonly unknown[]

export function isFieldValue(value: unknown): value is FieldValue {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' || Array.isArray(value)
}

/** The value that passed, or `undefined`: no match. Total: no value makes it throw. */
export type Filter = (value: unknown) => FieldValue | undefined

const maxMatchedLength = 1024

/**
 * Compiles a filter: `type` with `const`, `enum` or `pattern` on strings. An array passes as a whole when one of its
 * elements does, and every array passes a filter that only names a type. A pattern with one capture group yields the
 * captured text. A text over 1024 characters matches no pattern. An object never passes.
 *
 * @throws `presentation.definition_unsupported` for a pattern outside the subset, for a condition on numbers or
 *   booleans, and for the words that only a pack may use, which must not go unheard
 * @see nuts-node v6 presentation exchange for the subset
 */
export function compileFilter(filter: FilterData): Filter {
  const hasCondition = filter.const !== undefined || filter.enum !== undefined || filter.pattern !== undefined
  if (hasCondition && (filter.type === 'number' || filter.type === 'boolean')) {
    throw unsupported(`a filter on a ${filter.type} has a condition that only a string can fulfil`)
  }
  if (filter.issuersOf !== undefined || filter.issuer !== undefined) {
    throw unsupported('a filter names its issuers in a way that only a pack may')
  }
  const onString = compileStringFilter(filter)
  const onScalar: Filter = (value) => {
    if (typeof value !== filter.type || !isFieldValue(value)) return undefined
    return typeof value === 'string' ? onString(value) : value
  }
  return (value) => {
    if (!Array.isArray(value)) return onScalar(value)
    const elements: readonly unknown[] = value
    if (!hasCondition) return elements
    const asString: Filter = (element) => (typeof element === 'string' ? onString(element) : undefined)
    return elements.some((element) => (filter.type === 'array' ? asString : onScalar)(element) !== undefined)
      ? elements
      : undefined
  }
}

/** What a filter asks, in words for who holds the credentials. At most some 200 characters. */
export function describeFilter(filter: FilterData): string {
  const { type, const: constant, enum: allowed, pattern } = filter
  const parts = [
    ...(constant === undefined ? [] : [`is ${quote(constant)}`]),
    ...(allowed === undefined ? [] : [describeList(allowed)]),
    ...(pattern === undefined ? [] : [`matches the pattern ${quote(pattern)}`]),
  ]
  return parts.length === 0 ? `is of type ${type}` : parts.join(' and ')
}

function describeList(allowed: readonly string[]): string {
  if (allowed.length === 0) return 'is one of an empty list'
  const shown = allowed.slice(0, 3).map(quote).join(', ')
  return allowed.length > 3 ? `is one of ${shown} and ${String(allowed.length - 3)} more` : `is one of ${shown}`
}

function quote(text: string): string {
  return JSON.stringify(text.length > 64 ? `${text.slice(0, 63)}…` : text)
}

function compileStringFilter({
  const: constant,
  enum: allowed,
  pattern,
}: FilterData): (text: string) => string | undefined {
  const allowedSet = allowed === undefined ? undefined : new Set(allowed)
  const match = pattern === undefined ? undefined : compilePattern(pattern)
  return (text) => {
    if (constant !== undefined && text !== constant) return undefined
    if (allowedSet !== undefined && !allowedSet.has(text)) return undefined
    if (match === undefined) return text
    return text.length > maxMatchedLength ? undefined : match(text)
  }
}

function unsupported(note: string): NodeError {
  return new NodeError('presentation.definition_unsupported', { notes: [note] })
}
