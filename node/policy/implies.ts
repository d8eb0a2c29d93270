import type { Condition, FilterValue } from './question.js'

/** One comparison with a day or a text; `empty` holds for what is not there. */
export type Atom =
  | { readonly path: string; readonly test: 'empty' }
  | { readonly path: string; readonly test: 'eq' | 'gt' | 'gte' | 'lt' | 'lte'; readonly value: string }

/** One of these must hold. */
export type Clause = readonly Atom[]

/**
 * True when every record that meets `asked` also meets `required`: what was asked is as narrow as the rule, or narrower.
 *
 * Sound and not complete: what it cannot see is "no". Values compare as text, which is right for days and for nothing
 * else that has an order, so callers ask about days and equality only.
 */
export function implies(asked: Condition | undefined, required: Clause): boolean {
  if (asked === undefined) return false
  switch (asked.kind) {
    case 'and':
      return asked.of.some((each) => implies(each, required))
    case 'or':
      // An empty list says nothing: what a source makes of it is not known here.
      return asked.of.length > 0 && asked.of.every((each) => implies(each, required))
    case 'compare': {
      const cases = casesOf(asked)
      return cases.length > 0 && cases.every((one) => required.some((other) => follows(one, other)))
    }
    case 'relation':
      return false
  }
}

/** A comparison as the cases of which one holds; none when it is not known what it lets through. */
function casesOf({ path, operator, value }: Condition & { readonly kind: 'compare' }): readonly Atom[] {
  if (operator === 'eq') return value === null ? [{ path, test: 'empty' }] : atoms(path, 'eq', [value])
  if (operator === 'in') return isList(value) ? atoms(path, 'eq', value) : []
  if (operator === 'gt' || operator === 'gte' || operator === 'lt' || operator === 'lte')
    return atoms(path, operator, [value])
  // What is not there is not later than anything either.
  const contrary = contraries.get(operator)
  return contrary === undefined ? [] : withEmpty(path, atoms(path, contrary, [value]))
}

function isList(value: FilterValue): value is readonly FilterValue[] {
  return Array.isArray(value)
}

const contraries = new Map<string, 'gt' | 'gte' | 'lt' | 'lte'>([
  ['ngt', 'lte'],
  ['ngte', 'lt'],
  ['nlt', 'gte'],
  ['nlte', 'gt'],
])

function withEmpty(path: string, found: readonly Atom[]): readonly Atom[] {
  return found.length === 0 ? [] : [{ path, test: 'empty' }, ...found]
}

function atoms(
  path: string,
  test: 'eq' | 'gt' | 'gte' | 'lt' | 'lte',
  values: readonly FilterValue[],
): readonly Atom[] {
  const found = values.filter((value) => typeof value === 'string').map((value) => ({ path, test, value }))
  return found.length === values.length ? found : []
}

function follows(one: Atom, other: Atom): boolean {
  if (one.path !== other.path) return false
  if (one.test === 'empty' || other.test === 'empty') return one.test === other.test
  const [a, b] = [one.value, other.value]
  switch (other.test) {
    case 'eq':
      return one.test === 'eq' && a === b
    case 'gte':
      return /^(?:eq|gte|gt)$/.test(one.test) && a >= b
    case 'gt':
      return one.test === 'gt' ? a >= b : /^(?:eq|gte)$/.test(one.test) && a > b
    case 'lte':
      return /^(?:eq|lte|lt)$/.test(one.test) && a <= b
    case 'lt':
      return one.test === 'lt' ? a <= b : /^(?:eq|lte)$/.test(one.test) && a < b
  }
}
