import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { implies, type Atom, type Clause } from '../../../node/policy/implies.js'
import type { ComparisonOperator, Condition, FilterValue } from '../../../node/policy/question.js'

type Row = Readonly<Record<string, string | null>>

const paths = ['a', 'b']
const values = ['2024-01-01', '2024-01-02', '2024-01-03', '2024-01-04']
const operators: readonly ComparisonOperator[] = [
  ...(['eq', 'neq', 'in', 'nin', 'gt', 'ngt', 'gte', 'ngte', 'lt', 'nlt', 'lte', 'nlte'] as const),
]

const compare = (path: string, operator: ComparisonOperator, value: FilterValue): Condition => ({
  kind: 'compare',
  path,
  field: `Ding.${path}`,
  operator,
  value,
})
const and = (...of: readonly Condition[]): Condition => ({ kind: 'and', of })
const or = (...of: readonly Condition[]): Condition => ({ kind: 'or', of })

/** What a source makes of a condition: an empty value is not greater or smaller than anything. */
function meets(row: Row, condition: Condition): boolean {
  if (condition.kind === 'relation') return true
  if (condition.kind !== 'compare') {
    const of = condition.of.map((each) => meets(row, each))
    return condition.kind === 'and' || of.length === 0 ? of.every(Boolean) : of.some(Boolean)
  }
  const { operator, value } = condition
  const own = row[condition.path] ?? null
  const test = operator.replace(/^n/, '')
  const positive =
    test === 'eq'
      ? own === value
      : test === 'in'
        ? Array.isArray(value) && value.includes(own)
        : own !== null && typeof value === 'string' && order(test, own, value)
  return operator.startsWith('n') ? !positive : positive
}

function order(test: string, own: string, value: string): boolean {
  if (test === 'gt') return own > value
  if (test === 'gte') return own >= value
  return test === 'lt' ? own < value : own <= value
}

function meetsClause(row: Row, clause: Clause): boolean {
  return clause.some((atom) => {
    const own = row[atom.path] ?? null
    if (atom.test === 'empty') return own === null
    if (own === null) return false
    return atom.test === 'eq' ? own === atom.value : order(atom.test, own, atom.value)
  })
}

const rows: readonly Row[] = [null, ...values].flatMap((a) => [null, ...values].map((b) => ({ a, b })))

const leaf = fc
  .tuple(fc.constantFrom(...paths), fc.constantFrom(...operators), fc.constantFrom(null, ...values))
  .map(([path, operator, value]) => compare(path, operator, /in$/.test(operator) ? [value] : value))
const { condition } = fc.letrec<{ condition: Condition }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leaf,
    fc.array(tie('condition'), { maxLength: 3 }).map((of) => and(...of)),
    fc.array(tie('condition'), { maxLength: 3 }).map((of) => or(...of)),
  ),
}))
const atom = fc
  .tuple(
    fc.constantFrom(...paths),
    fc.constantFrom('empty' as const, 'eq' as const, 'gt' as const, 'gte' as const, 'lt' as const, 'lte' as const),
    fc.constantFrom(...values),
  )
  .map(([path, kind, value]): Atom => (kind === 'empty' ? { path, test: kind } : { path, test: kind, value }))
const clause = fc.array(atom, { minLength: 1, maxLength: 3 })

test('what implies a clause lets no record through that does not meet it', () => {
  let seen = 0
  fc.assert(
    fc.property(condition, clause, (asked, required) => {
      if (!implies(asked, required)) return
      seen += 1
      for (const row of rows) if (meets(row, asked)) expect([row, meetsClause(row, required)]).toEqual([row, true])
    }),
    { numRuns: 5000 },
  )
  expect(seen).toBeGreaterThan(100)
})

describe('a window that is open until the end of 2024, or has no end', () => {
  const from = '2024-06-01'
  const required: Clause = [
    { path: 'eind', test: 'empty' },
    { path: 'eind', test: 'gte', value: from },
  ]
  const published = or(compare('eind', 'eq', null), compare('eind', 'gte', from))

  test.each<[string, Condition]>([
    ['as published', published],
    ['the other way round', or(compare('eind', 'gte', from), compare('eind', 'eq', null))],
    ['with more beside it', and(published, compare('soort', 'eq', 'x'))],
    ['of those without an end', compare('eind', 'eq', null)],
    ['of those that end later', compare('eind', 'gt', '2024-07-01')],
    ['on one day', compare('eind', 'eq', from)],
    ['on one of two days', compare('eind', 'in', [from, '2025-01-01'])],
    ['as not before', compare('eind', 'nlt', from)],
    ['inside another or', or(and(published), compare('eind', 'gt', from))],
  ])('%s is as narrow', (_, asked) => {
    expect(implies(asked, required)).toBe(true)
  })

  test.each<[string, Condition | undefined]>([
    ['not asked', undefined],
    ['a day earlier', or(compare('eind', 'eq', null), compare('eind', 'gte', '2024-05-31'))],
    ['or anything else', or(published, compare('soort', 'eq', 'x'))],
    ['of another field', or(compare('begin', 'eq', null), compare('begin', 'gte', from))],
    ['with one day before', compare('eind', 'in', [from, '2024-05-31'])],
    ['as not after', compare('eind', 'ngt', '2025-01-01')],
    ['as not that day', compare('eind', 'neq', '2024-05-31')],
    ['in what is no list', compare('eind', 'in', from)],
    ['with null in a list', compare('eind', 'in', [null])],
    ['empty', and()],
    ['an or of nothing', or()],
    ['of a number', compare('eind', 'gte', 20240601)],
    ['in a relation', { kind: 'relation', path: 'r', field: 'T.r', quantifier: 'some', where: published }],
  ])('%s is wider', (_, asked) => {
    expect(implies(asked, required)).toBe(false)
  })
})
