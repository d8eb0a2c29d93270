import type { Condition, Filter, FilterValue, Reading } from '../policy/question.js'

/** One comparison of a request, wherever it stands. */
export interface Comparison {
  /** The selected field whose `where` it stands in; empty for the root. */
  readonly at: string
  /** From the record that is compared: `bemiddeling.client.bsn`. */
  readonly path: string
  /** The operator of a value, or the quantifier that asks whether there are records. */
  readonly operator: string
  readonly value: FilterValue
}

/** Every comparison of `reading`, at the root and below it, in an `and`, an `or` and a relation alike. */
export function listComparisons({ where, nested }: Pick<Reading, 'where' | 'nested'>): readonly Comparison[] {
  const found: Comparison[] = []
  addComparisons(found, where, '', '')
  for (const selection of nested) addComparisons(found, selection.where, selection.path, '')
  return found
}

/**
 * What a request compares and orders by beside its filters, in words without values, for the audit journal:
 * `einddatum gte`, `bemiddeling.client: contactpersoon.rol eq`, `order ingangsdatum DESC`. Sorted, without repeats.
 *
 * @param comparisons those of `listComparisons`
 */
export function describeComparisons(
  { filters, nested, order }: Pick<Reading, 'filters' | 'nested' | 'order'>,
  comparisons: readonly Comparison[],
): readonly string[] {
  const words = new Set<string>()
  for (const comparison of comparisons)
    if (!filters.some((filter) => isFilter(comparison, filter))) words.add(describe(comparison))
  for (const { path, direction } of order) words.add(`order ${path} ${direction}`)
  for (const { path: at, order: below } of nested)
    for (const { path, direction } of below) words.add(`${at}: order ${path} ${direction}`)
  return [...words].sort()
}

function isFilter({ at, path, operator }: Comparison, filter: Filter): boolean {
  return at === '' && path === filter.path && operator === filter.operator
}

function describe({ at, path, operator }: Comparison): string {
  return `${at === '' ? '' : `${at}: `}${path} ${operator}`
}

function addComparisons(found: Comparison[], where: Condition | undefined, at: string, above: string): void {
  if (where === undefined) return
  if ('of' in where) {
    for (const part of where.of) addComparisons(found, part, at, above)
    return
  }
  const path = `${above}${where.path}`
  if (where.kind === 'compare') found.push({ at, path, operator: where.operator, value: where.value })
  else if (typeof where.where === 'boolean') found.push({ at, path, operator: where.quantifier, value: where.where })
  else addComparisons(found, where.where, at, `${path}.`)
}
