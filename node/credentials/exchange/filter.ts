import { NodeError } from '../../kernel/errors.js'
import type { PresentationDefinitionData } from '../../../schemas/presentation-exchange.js'

type FilterData = NonNullable<
  PresentationDefinitionData['input_descriptors'][number]['constraints']['fields'][number]['filter']
>

/** A value that a field can yield as claim. */
export type FieldValue = string | number | boolean | readonly unknown[]

/** The value that passed, or `undefined`: no match. Total: no value makes it throw. */
export type Filter = (value: unknown) => FieldValue | undefined

const maxMatchedLength = 1024

/** Without a filter every string, number, boolean and array passes; an object does not. */
export const passAny: Filter = (value) =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' || Array.isArray(value)
    ? (value as FieldValue)
    : undefined

/**
 * Compiles a filter: `type` with `const`, `enum` or `pattern` on strings. An array passes as a whole when one of its
 * elements does. A pattern with one capture group yields the captured text.
 *
 * @throws `presentation.definition_unsupported` for a pattern that is not ECMAScript, captures twice, or could take
 *   more than linear time by nesting quantifiers
 * @see nuts-node v6 presentation exchange for the subset
 */
export function compileFilter(filter: FilterData): Filter {
  const onString = compileStringFilter(filter)
  const onScalar: Filter = (value) => {
    if (typeof value !== filter.type) return undefined
    return typeof value === 'string' ? onString(value) : passAny(value)
  }
  const hasCondition = filter.const !== undefined || filter.enum !== undefined || filter.pattern !== undefined
  return (value) => {
    if (!Array.isArray(value)) return onScalar(value)
    const elements: readonly unknown[] = value
    if (filter.type === 'array' && !hasCondition) return elements
    const asString: Filter = (element) => (typeof element === 'string' ? onString(element) : undefined)
    return elements.some((element) => (filter.type === 'array' ? asString : onScalar)(element) !== undefined)
      ? elements
      : undefined
  }
}

function compileStringFilter({
  const: constant,
  enum: allowed,
  pattern,
}: FilterData): (text: string) => string | undefined {
  const allowedSet = allowed === undefined ? undefined : new Set(allowed)
  const expression = pattern === undefined ? undefined : compilePattern(pattern)
  return (text) => {
    if (constant !== undefined && text !== constant) return undefined
    if (allowedSet !== undefined && !allowedSet.has(text)) return undefined
    if (expression === undefined) return text
    const match = text.length > maxMatchedLength ? null : expression.exec(text)
    return match === null ? undefined : (match[1] ?? text)
  }
}

function compilePattern(pattern: string): RegExp {
  const nestedQuantifier = /\([^()]*(?:[+*]|\{\d+,\d*\})[^()]*\)(?:[+*]|\{\d+,\d*\})/.test(pattern)
  const unboundedQuantifiers = pattern.match(/(?<!\\)[+*]|\{\d+,\}/g)?.length ?? 0
  if (nestedQuantifier || unboundedQuantifiers > 8 || /\\[1-9]|\(\?<?[=!]/.test(pattern)) {
    throw new NodeError('presentation.definition_unsupported', {
      notes: ['a pattern of the definition is too costly to match'],
    })
  }
  try {
    const expression = new RegExp(pattern, 'u')
    const groups = new RegExp(`${pattern}|`, 'u').exec('')?.length ?? 1
    if (groups <= 2) return expression
  } catch {
    // Not ECMAScript: refused below, together with a second capture group.
  }
  throw new NodeError('presentation.definition_unsupported', { notes: ['a pattern of the definition cannot be used'] })
}
