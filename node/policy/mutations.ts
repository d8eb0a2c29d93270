import type { AccessQuestion, ComparisonOperator, Condition, NestedSelection, Reading } from './question.js'
import type { Rule } from './rule.js'

/** A question that was permitted, changed so that it must not be any more. */
export interface Mutation {
  /** What was changed, in words. */
  readonly change: string
  readonly question: AccessQuestion
}

const otherOperators: readonly ComparisonOperator[] = ['neq', 'in', 'gte', 'nlt', 'startsWith']
const nobody = 'nobody-0000'

/**
 * Every way in which a permitted question can be a little too much: one place more, a filter less, another one's number,
 * another operator, an alternative beside a condition, a list without its window, another role, no scope.
 *
 * A rule that still permits one of these says less than it seems to.
 * @param rule the rule that permitted `question`
 */
export function mutationsOf(question: AccessQuestion, rule: Rule): readonly Mutation[] {
  const { resource } = question
  const reading = (change: string, changes: Partial<Reading>): Mutation => ({
    change,
    question: { ...question, resource: { ...resource, ...changes } },
  })
  return [
    ...placesMore(resource, reading),
    ...rule.asks.filters.flatMap((path) => [
      reading(
        `without the filter ${path}`,
        changeComparison(resource, path, () => []),
      ),
      ...otherOperators.map((operator) =>
        reading(
          `with ${operator} instead of eq on ${path}`,
          changeComparison(resource, path, (compare) => [{ ...compare, operator }]),
        ),
      ),
      reading(
        `with an alternative for ${path}`,
        changeComparison(resource, path, (compare) => [{ kind: 'or', of: [compare, { ...compare, value: nobody }] }]),
      ),
    ]),
    ...rule.asks.own.map((path) =>
      reading(
        `with another value for ${path}`,
        changeComparison(resource, path, (compare) => [{ ...compare, value: nobody }]),
      ),
    ),
    ...rule.asks.lists
      .filter((path) => resource.paths.includes(path))
      .flatMap((path) => listsWider(path, resource, reading)),
    ...(rule.asks.filters.length === 0 ? [] : [reading('with an alternative for everything', widen(resource))]),
    withClaims(question, 'of another role', { organization_role: nobody }),
    { change: 'without a scope', question: { ...question, context: { ...question.context, scopes: [] } } },
  ]
}

type Change = (change: string, changes: Partial<Reading>) => Mutation

function placesMore({ paths, fields }: Reading, change: Change): readonly Mutation[] {
  const objects = paths.filter((path) => paths.some((below) => below.startsWith(`${path}.`)))
  return ['', ...objects].map((above) => {
    const path = above === '' ? 'nietVanDezeRegel' : `${above}.nietVanDezeRegel`
    return change(`with one field more below ${above === '' ? 'the root' : above}`, {
      paths: [...paths, path].sort(),
      fields: [...fields, 'NietVanDezeRegel.nietVanDezeRegel'].sort(),
    })
  })
}

function withClaims(question: AccessQuestion, change: string, claims: AccessQuestion['requester']['claims']): Mutation {
  const { requester } = question
  return { change, question: { ...question, requester: { ...requester, claims: { ...requester.claims, ...claims } } } }
}

type Compare = Condition & { readonly kind: 'compare' }

/** The reading with other conditions in the place of each comparison with eq at `path`. */
function changeComparison(
  { where, filters }: Reading,
  path: string,
  change: (compare: Compare) => readonly Condition[],
): Partial<Reading> {
  const rest = filters.filter((filter) => filter.path !== path)
  if (where !== undefined) {
    const of = replaceIn(where, path, change)
    return { filters: rest.concat(kept(of, path)), where: { kind: 'and', of } }
  }
  const own = filters.filter((filter) => filter.path === path)
  const of = own.flatMap((filter) => change({ kind: 'compare', field: path, ...filter }))
  return { filters: rest.concat(kept(of, path)), where: of.length === 0 ? undefined : { kind: 'and', of } }
}

/** What a source would still name among the filters. */
function kept(conditions: readonly Condition[], path: string): Reading['filters'] {
  return conditions.flatMap((each) =>
    each.kind === 'compare' && each.path === path && each.operator === 'eq' && typeof each.value === 'string'
      ? [{ path, operator: 'eq' as const, value: each.value }]
      : [],
  )
}

function replaceIn(
  where: Condition,
  path: string,
  change: (compare: Compare) => readonly Condition[],
): readonly Condition[] {
  if (where.kind === 'compare') return where.path === path && where.operator === 'eq' ? change(where) : [where]
  if (where.kind === 'relation') {
    const step = where.quantifier === 'is' ? `${where.path}.` : `${where.path}.${where.quantifier}.`
    if (typeof where.where === 'boolean' || !path.startsWith(step)) return [where]
    return [{ ...where, where: { kind: 'and', of: replaceIn(where.where, path.slice(step.length), change) } }]
  }
  if (where.kind === 'or') return [where]
  return where.of.flatMap((each) => replaceIn(each, path, change))
}

/** What was asked, or anything at all: no filter holds for every record any more. */
function widen({ where, filters }: Reading): Partial<Reading> {
  const asked: Condition = where ?? {
    kind: 'and',
    of: filters.map((filter) => ({ kind: 'compare' as const, field: filter.path, ...filter })),
  }
  const path = filters[0]?.path ?? 'id'
  const anything: Condition = { kind: 'compare', path, field: path, operator: 'neq', value: nobody }
  return { filters: [], where: { kind: 'or', of: [asked, anything] } }
}

function listsWider(path: string, { nested }: Reading, change: Change): readonly Mutation[] {
  const own = nested.filter((each) => each.path === path)
  const others = nested.filter((each) => each.path !== path)
  const [first] = own
  if (first?.where === undefined) return []
  const { where } = first
  const some: NestedSelection = { ...first, where: undefined }
  const leaf: Condition = {
    kind: 'compare',
    path: 'soort',
    field: `${first.type}.soort`,
    operator: 'neq',
    value: nobody,
  }
  return [
    change(`without the where of ${path}`, { nested: others }),
    change(`with an alternative for the where of ${path}`, {
      nested: [...others, { ...first, where: { kind: 'or', of: [where, leaf] } }],
    }),
    change(`with ${path} once more under an alias`, { nested: [...nested, some] }),
  ]
}
