import type { ComparisonOperator, Condition, Filter, FilterValue } from '../../policy/question.js'
import { badRequest } from './refusal.js'
import { isStorableText } from './scalars.js'
import { isComparisonOperator } from './where-shape.js'
import type { Step, WhereMember, WhereShape } from './where-shape.js'

const maxTextLength = 512
const maxListed = 100

/** What one request may still compare. */
export interface ComparisonBudget {
  readonly limit: number
  used: number
}

/**
 * Returns what `value`, the coerced value of a `where`, asks, member by member; frozen, because what was permitted and
 * what is compared later must be the same.
 *
 * An absent `where` gives `undefined`. Nothing that stands there is ignored: null in the place of a condition, a
 * condition without members and a comparison without a value are refused, because each would widen the request.
 * Null can be compared only with `eq`, `neq`, `in` and `nin`, and only with a field that can be null.
 * @param name what the notes call it
 * @throws `source.bad_request`, also for more comparisons than `budget` allows, a text that is empty, longer than 512
 *   characters or not well-formed, and a list of more than 100 values
 */
export function readWhere(
  shape: WhereShape,
  value: unknown,
  name: string,
  budget: ComparisonBudget,
): Condition | undefined {
  if (value === undefined) return undefined
  if (!isMembers(value)) throw badRequest(`The filter of "${name}" is null or of the wrong type.`)
  return all(readMembers(shape, value, name, budget))
}

function readMembers(
  shape: WhereShape,
  value: Readonly<Record<string, unknown>>,
  name: string,
  budget: ComparisonBudget,
): readonly Condition[] {
  return Object.entries(value).map(([memberName, memberValue]) => {
    const member = shape.members.get(memberName)
    if (member === undefined) throw badRequest(`The filter "${memberName}" is not known.`)
    if (memberValue === null) throw badRequest(`The filter "${memberName}" cannot be null.`)
    if (member.kind === 'and' || member.kind === 'or') {
      spend(budget)
      return combine(
        member.kind,
        readItems(memberValue, memberName, (item) =>
          all(requireSome(readMembers(shape, item, name, budget), memberName)),
        ),
      )
    }
    if (!isMembers(memberValue)) throw badRequest(`The filter "${memberName}" has the wrong type.`)
    if (member.kind === 'compare')
      return along(member.steps, 'is', readComparison(member, memberValue, memberName, budget))
    return readRelation(member, memberValue, memberName, budget)
  })
}

function readRelation(
  { steps, shape }: Extract<WhereMember, { kind: 'relation' }>,
  value: Readonly<Record<string, unknown>>,
  name: string,
  budget: ComparisonBudget,
): Condition {
  const below = (members: unknown): Condition => {
    spend(budget)
    if (!isMembers(members)) throw badRequest(`The filter "${name}" cannot be null.`)
    return all(requireSome(readMembers(shape(), members, name, budget), name))
  }
  if (!steps.some(({ many }) => many)) return along(steps, 'is', below(value))
  const parts = Object.entries(value).map(([quantifier, members]) => {
    if (quantifier === 'any') {
      spend(budget)
      if (typeof members !== 'boolean') throw badRequest(`The filter "${name}" needs true or false for "any".`)
      return along(steps, 'any', members)
    }
    if (quantifier !== 'all' && quantifier !== 'some' && quantifier !== 'none')
      throw badRequest(`The filter "${name}" has a quantifier that is not known.`)
    return along(steps, quantifier, below(members))
  })
  return all(requireSome(parts, name))
}

/**
 * The condition at the end of `steps`, as a condition on the record where they start.
 *
 * A way over several lists counts as one list of all that is reached: so `none` of them meets a condition when no item
 * of the first list has one that does.
 */
function along(
  steps: readonly Step[],
  quantifier: 'is' | 'some' | 'all' | 'none' | 'any',
  where: Condition | boolean,
): Condition {
  const [step, ...rest] = steps
  if (step === undefined) {
    if (typeof where === 'boolean') throw badRequest('A filter has the wrong type.')
    return where
  }
  const relate = (own: typeof quantifier, below: Condition | boolean): Condition =>
    Object.freeze({ kind: 'relation', path: step.path, field: step.field, quantifier: own, where: below })
  if (!step.many) return relate('is', rest.length === 0 ? where : along(rest, quantifier, where))
  // A way over lists ends with one.
  if (rest.length === 0) return relate(quantifier, where)
  if (quantifier === 'any') return relate(where === true ? 'some' : 'none', along(rest, 'any', true))
  if (quantifier === 'none') return relate('none', along(rest, 'some', where))
  return relate(quantifier, along(rest, quantifier, where))
}

type Compare = Extract<WhereMember, { kind: 'compare' }>

function readComparison(
  member: Compare,
  value: Readonly<Record<string, unknown>>,
  name: string,
  budget: ComparisonBudget,
): Condition {
  const parts = Object.entries(value).map(([operator, operand]) => {
    spend(budget)
    if (operator === 'and' || operator === 'or') {
      return combine(
        operator,
        readItems(operand, name, (item) => readComparison(member, item, name, budget)),
      )
    }
    if (!isComparisonOperator(operator)) throw badRequest(`The filter "${name}" has an operator that is not known.`)
    return Object.freeze({
      kind: 'compare' as const,
      path: member.name,
      field: member.field,
      operator,
      value: requireOperand(member, operator, operand, name),
    })
  })
  if (parts.length === 0) throw badRequest(`The filter "${name}" needs an operator with a value.`)
  return all(parts)
}

function requireOperand(member: Compare, operator: ComparisonOperator, value: unknown, name: string): FilterValue {
  if (operator !== 'in' && operator !== 'nin') {
    if (value === null && operator !== 'eq' && operator !== 'neq')
      throw badRequest(`The filter "${name}" cannot compare with null by "${operator}".`)
    return requireValue(member, value, name)
  }
  if (!Array.isArray(value)) throw badRequest(`The filter "${name}" needs a list for "${operator}".`)
  if (value.length > maxListed) throw badRequest(`The filter "${name}" has more than ${maxListed} values.`)
  return Object.freeze(value.map((item) => requireValue(member, item, name)))
}

function requireValue(member: Compare, value: unknown, name: string): FilterValue {
  if (value === null) {
    if (!member.mayBeNull) throw badRequest(`The filter "${name}" cannot compare with null: the field is never null.`)
    return null
  }
  if (typeof value === 'string') {
    if (isStorableText(value) && value.length >= 1 && value.length <= maxTextLength) return value
    throw badRequest(`The filter "${name}" needs a text of 1 to ${maxTextLength} characters.`)
  }
  if (typeof value === 'number' || typeof value === 'boolean') return value
  throw badRequest(`The filter "${name}" needs a value of another type.`)
}

/**
 * The comparisons with `eq` and a text that every record that meets `where` meets, with their paths from it: those at
 * the top, inside `and`, and of the one record that a field leads to.
 */
export function listFilters(where: Condition | undefined, above = ''): readonly Filter[] {
  if (where === undefined) return []
  if ('of' in where) return where.kind === 'or' ? [] : where.of.flatMap((part) => listFilters(part, above))
  if (where.kind === 'relation') {
    if (where.quantifier !== 'is' || typeof where.where === 'boolean') return []
    return listFilters(where.where, `${above}${where.path}.`)
  }
  const { path, operator, value } = where
  if (operator !== 'eq' || typeof value !== 'string') return []
  return [Object.freeze({ path: `${above}${path}`, operator, value })]
}

/** Every field that `where` compares, and every field that leads to one, as `Type.field`; with repeats. */
export function listCompared(where: Condition | undefined): readonly string[] {
  if (where === undefined) return []
  if ('of' in where) return where.of.flatMap(listCompared)
  if (where.kind === 'compare') return [where.field]
  return [where.field, ...(typeof where.where === 'boolean' ? [] : listCompared(where.where))]
}

/** `where` in one line without its values: equal for conditions that compare the same. */
export function describeWhere(where: Condition | undefined): string {
  if (where === undefined) return ''
  if ('of' in where) return `${where.kind}(${where.of.map(describeWhere).join(',')})`
  if (where.kind === 'compare') return `${where.path} ${where.operator}${where.value === null ? ' null' : ''}`
  const below = typeof where.where === 'boolean' ? String(where.where) : describeWhere(where.where)
  return `${where.path} ${where.quantifier}(${below})`
}

function readItems(
  value: unknown,
  name: string,
  read: (item: Readonly<Record<string, unknown>>) => Condition,
): readonly Condition[] {
  if (!Array.isArray(value)) throw badRequest(`The filter "${name}" cannot be null.`)
  const items = value.map((item: unknown) => {
    if (!isMembers(item)) throw badRequest(`The filter "${name}" cannot hold null.`)
    return read(item)
  })
  return requireSome(items, name)
}

function requireSome(parts: readonly Condition[], name: string): readonly Condition[] {
  if (parts.length === 0) throw badRequest(`The filter "${name}" asks nothing.`)
  return parts
}

function all(of: readonly Condition[]): Condition {
  const [only] = of
  return only !== undefined && of.length === 1 && only.kind === 'and' ? only : combine('and', of)
}

function combine(kind: 'and' | 'or', of: readonly Condition[]): Condition {
  return Object.freeze({ kind, of: Object.freeze(of) })
}

function spend(budget: ComparisonBudget): void {
  budget.used += 1
  if (budget.used > budget.limit) throw badRequest(`The filter has more than ${budget.limit} members.`)
}

function isMembers(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
