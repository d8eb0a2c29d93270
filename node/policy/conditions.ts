import type { AccessQuestion, ComparisonOperator, Condition, FilterValue } from './question.js'

type Resource = AccessQuestion['resource']

/** The conditions that hold for every record that `where` lets through: its top, and what stands in `and`. */
export function conjunctsOf(where: Condition | undefined): readonly Condition[] {
  if (where === undefined) return []
  return where.kind === 'and' ? where.of.flatMap(conjunctsOf) : [where]
}

/**
 * The values that every record that can come back has at `path`, by the request's own words: comparisons with `eq` at
 * the top of the root's `where`, never those in an `or`. A list on the way is passed with `some`.
 *
 * Null is no value: it says that there is none.
 */
export function equalsAt(resource: Resource, path: string): readonly FilterValue[] {
  const values: FilterValue[] = []
  for (const filter of resource.filters) if (filter.path === path) values.push(filter.value)
  if (values.length === 0 && resource.where !== undefined) collectEquals(resource.where, path, values)
  return values
}

/** With loops and one list: this is asked many times for each decision. */
function collectEquals(condition: Condition, path: string, into: FilterValue[]): void {
  if (condition.kind === 'compare') {
    if (condition.path === path && condition.operator === 'eq' && condition.value !== null) into.push(condition.value)
  } else if (condition.kind === 'relation') {
    const step = stepOf(condition)
    if (typeof condition.where !== 'boolean' && step !== undefined && path.startsWith(step))
      collectEquals(condition.where, path.slice(step.length), into)
  } else if (condition.kind === 'and') {
    for (const each of condition.of) collectEquals(each, path, into)
  }
}

/** How a path goes through a relation; `undefined` for a quantifier that says nothing of any one record. */
function stepOf(relation: Condition & { readonly kind: 'relation' }): string | undefined {
  if (relation.quantifier === 'is') return `${relation.path}.`
  return relation.quantifier === 'some' ? `${relation.path}.some.` : undefined
}

/** One comparison of a request, by the place where the field stands. */
export interface Compared {
  readonly path: string
  readonly field: string
  /** What is done with it; `or` and quantifiers other than `some` are no comparison, and stand for themselves. */
  readonly operator: ComparisonOperator | 'or' | 'all' | 'none' | 'any'
}

/** Every comparison in `where`, wherever it stands, with `base` before its path. */
export function comparisonsOf(where: Condition | undefined, base = ''): readonly Compared[] {
  const found: Compared[] = []
  const visit = (condition: Condition, above: string): void => {
    if (condition.kind === 'compare') {
      found.push({ path: above + condition.path, field: condition.field, operator: condition.operator })
    } else if (condition.kind === 'relation') {
      const step = stepOf(condition)
      const path = above + condition.path
      if (step === undefined && condition.quantifier !== 'is' && condition.quantifier !== 'some')
        found.push({ path, field: condition.field, operator: condition.quantifier })
      if (typeof condition.where !== 'boolean') visit(condition.where, step === undefined ? `${path}.` : above + step)
    } else {
      if (condition.kind === 'or') found.push({ path: above, field: '', operator: 'or' })
      condition.of.forEach((each) => visit(each, above))
    }
  }
  if (where !== undefined) visit(where, base)
  return found
}
