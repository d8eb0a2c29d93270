import type { Condition, FilterValue, Reading } from '../policy/question.js'

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
  return [
    ...comparisonsIn(where, '', ''),
    ...nested.flatMap((selection) => comparisonsIn(selection.where, selection.path, '')),
  ]
}

/**
 * What a request compares and orders by beside its filters, in words without values, for the audit journal:
 * `einddatum gte`, `bemiddeling.client: contactpersoon.rol eq`, `order ingangsdatum DESC`. Sorted, without repeats.
 */
export function describeComparisons(
  reading: Pick<Reading, 'filters' | 'where' | 'nested' | 'order'>,
): readonly string[] {
  const filtered = reading.filters.map(({ path, operator }) => `${path} ${operator}`)
  const compared = listComparisons(reading)
    .map(({ at, path, operator }) => `${prefix(at)}${path} ${operator}`)
    .filter((words) => !filtered.includes(words))
  const ordered = [{ path: '', order: reading.order }, ...reading.nested].flatMap(({ path: at, order }) =>
    order.map(({ path, direction }) => `${prefix(at)}order ${path} ${direction}`),
  )
  return [...new Set([...compared, ...ordered])].sort()
}

function prefix(at: string): string {
  return at === '' ? '' : `${at}: `
}

function comparisonsIn(where: Condition | undefined, at: string, above: string): readonly Comparison[] {
  if (where === undefined) return []
  if ('of' in where) return where.of.flatMap((part) => comparisonsIn(part, at, above))
  const path = `${above}${where.path}`
  if (where.kind === 'compare') return [{ at, path, operator: where.operator, value: where.value }]
  if (typeof where.where === 'boolean') return [{ at, path, operator: where.quantifier, value: where.where }]
  return comparisonsIn(where.where, at, `${path}.`)
}
