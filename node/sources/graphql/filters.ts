import { Kind, parseValue, print, valueFromAST } from 'graphql'
import type { ArgumentNode, ValueNode } from 'graphql'
import type { Condition, Filter } from '../../policy/question.js'
import { badRequest } from './refusal.js'
import { isStorableText } from './scalars.js'
import type { SourceRoot } from './source-schema.js'
import type { VariableValues } from './variables.js'

const maxTextLength = 512

/** What is asked of the records of a root. */
export interface RootFilter {
  /** In the order of the schema. */
  readonly filters: readonly Filter[]
  readonly where: Condition | undefined
}

/** The filters of a request with the values of its variables. */
export type FilterReader = (values: VariableValues) => RootFilter

const noFilter: RootFilter = Object.freeze({ filters: Object.freeze([]), where: undefined })

/**
 * Returns what reads the filters in the arguments of `root`; an absent `where` gives none.
 *
 * The reader throws `source.bad_request` for null wherever it stands, a filter without an operator, a text that is
 * empty, longer than 512 characters or not well-formed, and more than `filterNodes` named members. A condition that is
 * left out in silence would widen the request, so nothing here is ignored.
 */
export function compileFilters(
  root: SourceRoot | undefined,
  given: readonly ArgumentNode[],
  limits: { readonly filterNodes: number },
): FilterReader {
  const where = root?.where
  const node = given[0] && withoutLocations(given[0].value)
  if (root === undefined || where === undefined || node === undefined) return () => noFilter
  return (values) => {
    if (node.kind === Kind.VARIABLE && !(node.name.value in values)) return noFilter
    const value = valueFromAST(node, where, values)
    if (!isMembers(value)) throw badRequest(`The filter of "${root.name}" is null or of the wrong type.`)
    requireNodes(value, limits.filterNodes)
    // Frozen: what was permitted and what is compared later must be the same.
    const filters = Object.freeze(Object.entries(value).map(([path, comparison]) => toFilter(path, comparison)))
    return Object.freeze({ filters, where: toCondition(root.type.name, filters) })
  }
}

function toCondition(type: string, filters: readonly Filter[]): Condition {
  const of = filters.map(({ path, operator, value }) =>
    Object.freeze({ kind: 'compare' as const, path, field: `${type}.${path}`, operator, value }),
  )
  return Object.freeze({ kind: 'and', of: Object.freeze(of) })
}

/** A node with locations holds on to every token of its document, and this one is kept. */
function withoutLocations(node: ValueNode): ValueNode {
  return parseValue(print(node), { noLocation: true })
}

function toFilter(path: string, comparison: unknown): Filter {
  if (!isMembers(comparison)) throw badRequest(`The filter "${path}" cannot be null.`)
  const [operator, ...more] = Object.keys(comparison)
  if (operator !== 'eq' || more.length > 0) throw badRequest(`The filter "${path}" needs a value for "eq".`)
  const value = comparison['eq']
  if (value === null) throw badRequest(`The filter "${path}" cannot compare with null.`)
  if (!isStorableText(value) || value.length < 1 || value.length > maxTextLength) {
    throw badRequest(`The filter "${path}" needs a text of 1 to ${maxTextLength} characters.`)
  }
  return Object.freeze({ path, operator, value })
}

function requireNodes(where: Readonly<Record<string, unknown>>, filterNodes: number): void {
  const nodes = Object.values(where).reduce<number>(
    (total, comparison) => total + 1 + (isMembers(comparison) ? Object.keys(comparison).length : 0),
    0,
  )
  if (nodes > filterNodes) throw badRequest(`The filter has more than ${filterNodes} members.`)
}

function isMembers(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
