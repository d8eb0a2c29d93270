import { NodeError } from '../../kernel/errors.js'
import type { Condition, FilterValue } from '../../policy/question.js'
import type { Rank, ScalarForm } from '../graphql/scalars.js'
import type { FieldForms } from './field-forms.js'
import { followRelation } from './follow.js'
import type { RecordReader } from './record-reader.js'

type Part = Readonly<Record<string, unknown>>

/** Whether a record, or a part of one, meets a condition. A promise only when other records have to be looked at. */
export type Predicate = (record: Part) => boolean | Promise<boolean>

/**
 * Makes the test of `where` on records of `type`.
 *
 * Null, and a value that is absent, equals null only, and is neither greater nor less than anything, nor does it contain
 * anything. Every operator that starts with `n` gives the exact contrary: what is null meets `neq`, `nin`, `ngt` with any value.
 * A list without items meets `all` and `none` and not `some`.
 * @see the filters of HotChocolate, which the published registers have; they leave the treatment of null to the store
 */
export function compilePredicate(
  where: Condition,
  type: string,
  deps: { readonly forms: FieldForms; readonly records: RecordReader },
): Predicate {
  if ('of' in where) {
    const parts = where.of.map((part) => compilePredicate(part, type, deps))
    return joinParts(parts, where.kind === 'or')
  }
  if (where.kind === 'compare') {
    const test = compileComparison(where.operator, where.value, deps.forms.get(where.field))
    const { path } = where
    return (record) => test(record[path])
  }
  return compileRelation(where, type, deps)
}

/** Stops at the first part that says `decisive`. */
function joinParts(parts: readonly Predicate[], decisive: boolean): Predicate {
  const from = (record: Part, start: number): boolean | Promise<boolean> => {
    for (let at = start; at < parts.length; at += 1) {
      const verdict = parts[at]?.(record) ?? !decisive
      if (typeof verdict !== 'boolean')
        return verdict.then((value) => (value === decisive ? decisive : from(record, at + 1)))
      if (verdict === decisive) return decisive
    }
    return !decisive
  }
  return (record) => from(record, 0)
}

function compileRelation(
  { path, field, quantifier, where }: Extract<Condition, { kind: 'relation' }>,
  type: string,
  deps: { readonly forms: FieldForms; readonly records: RecordReader },
): Predicate {
  const target = deps.forms.targetOf(field)
  const follow = followRelation(type, path, deps)
  if (typeof where === 'boolean') return async (record) => (await follow(record)).length > 0 === where
  const test = compilePredicate(where, target, deps)
  return async (record) => {
    const items = await follow(record)
    for (const item of items) {
      const meets = await test(item)
      if (meets && (quantifier === 'some' || quantifier === 'is')) return true
      if (meets && quantifier === 'none') return false
      if (!meets && quantifier === 'all') return false
    }
    return quantifier === 'all' || quantifier === 'none'
  }
}

/** The test of one value. @throws `internal.fault` for a comparison that `readWhere` does not make */
export function compileComparison(operator: string, value: FilterValue, form: ScalarForm): (value: unknown) => boolean {
  const contrary = /^n(?:in|gte?|lte?|contains|startsWith|endsWith)$|^neq$/.test(operator)
  if (contrary) {
    const test = compileComparison(operator.slice(1), value, form)
    return (own) => !test(own)
  }
  if (operator === 'in') {
    const ranks = new Set(listOf(value).map((item) => (item === null ? null : form.rank(item))))
    return (own) => ranks.has(isAbsent(own) ? null : form.rank(own))
  }
  if (value === null) return isAbsent
  const rank = form.rank(value)
  const compare = comparisons[operator]
  if (compare === undefined) throw new NodeError('internal.fault', { detail: 'an unknown comparison' })
  return (own) => !isAbsent(own) && compare(form.rank(own), rank)
}

const comparisons: Readonly<Record<string, (own: Rank, value: Rank) => boolean>> = {
  eq: (own, value) => own === value,
  gt: (own, value) => own > value,
  gte: (own, value) => own >= value,
  lt: (own, value) => own < value,
  lte: (own, value) => own <= value,
  contains: (own, value) => String(own).includes(String(value)),
  startsWith: (own, value) => String(own).startsWith(String(value)),
  endsWith: (own, value) => String(own).endsWith(String(value)),
}

function listOf(value: FilterValue): readonly unknown[] {
  return Array.isArray(value) ? value : [value]
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null
}
