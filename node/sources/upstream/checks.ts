import type { Condition } from '../../policy/question.js'
import type { FieldForms } from '../register/field-forms.js'
import { compileComparison } from '../register/predicate.js'

type Part = Readonly<Record<string, unknown>>
type Compare = Extract<Condition, { kind: 'compare' }>

/** A field that is asked beside what was selected, to see whether what comes back is what was asked. */
interface CheckField {
  readonly alias: string
  /** The fields that lead to it, and the field itself. */
  readonly steps: readonly string[]
  /** The field is the key of a record that may be absent: then the value is null. */
  readonly isKey: boolean
}

/** What the conditions of one list need of its records to be looked at again. */
export interface Checks {
  /** What is to be asked of each record, as GraphQL. */
  readonly text: string
  /** False when a record certainly does not meet `where`; `undefined` when that cannot be told from one record. */
  readonly evaluate: (where: Condition, record: Part) => boolean | undefined
}

/**
 * Makes the checks of `conditions` on records of `type`. A condition on the records of a list is not looked at again:
 * that would need the whole list.
 * @param prefix of the aliases; nothing that was selected begins with it
 */
export function createChecks(
  conditions: readonly Condition[],
  type: string,
  { forms, prefix }: { readonly forms: FieldForms; readonly prefix: string },
): Checks {
  const fields = new Map<Compare, CheckField>()
  const collect = (where: Condition, at: string, above: readonly string[]): void => {
    if ('of' in where) where.of.forEach((part) => collect(part, at, above))
    else if (where.kind === 'compare') {
      const alias = `${prefix}${fields.size}`
      fields.set(where, { alias, ...wayTo(forms, at, where.path, above) })
    } else if (where.quantifier === 'is' && typeof where.where !== 'boolean') {
      collect(where.where, forms.targetOf(where.field), [...above, where.path])
    }
  }
  for (const condition of conditions) collect(condition, type, [])

  function evaluate(where: Condition, record: Part): boolean | undefined {
    if ('of' in where) {
      const decisive = where.kind === 'or'
      const verdicts = where.of.map((part) => evaluate(part, record))
      if (verdicts.includes(decisive)) return decisive
      return verdicts.includes(undefined) ? undefined : !decisive
    }
    if (where.kind === 'relation') {
      if (where.quantifier !== 'is' || typeof where.where === 'boolean') return undefined
      return evaluate(where.where, record)
    }
    const field = fields.get(where)
    if (field === undefined) return undefined
    const found = valueAt(record[field.alias], field.steps.slice(1))
    if (found === missing && !field.isKey) return false
    return compileComparison(where.operator, where.value, forms.get(where.field))(found === missing ? null : found)
  }

  return { text: Array.from(fields.values(), ask).join(' '), evaluate }
}

/** Asks a field by its way: `check0: bemiddeling { client { bsn } }`. */
function ask({ alias, steps }: Pick<CheckField, 'alias' | 'steps'>): string {
  return `${alias}: ${steps.join(' { ')}${' }'.repeat(steps.length - 1)}`
}

/** The same for any way from a record. */
export function askWay(alias: string, steps: readonly string[]): string {
  return ask({ alias, steps })
}

function wayTo(
  { model }: FieldForms,
  type: string,
  name: string,
  above: readonly string[],
): Pick<CheckField, 'steps' | 'isKey'> {
  for (const [field, relation] of model.get(type)?.relations ?? []) {
    if (relation.kind !== 'reference' || relation.as !== name) continue
    return { steps: [...above, field, model.get(relation.to)?.key ?? ''], isKey: true }
  }
  return { steps: [...above, name], isKey: false }
}

const missing = Symbol('a record on the way is not there')

/** The value at the end of `steps`; `missing` when something on the way is absent. */
function valueAt(value: unknown, steps: readonly string[]): unknown {
  if (steps.length === 0) return value
  if (typeof value !== 'object' || value === null) return missing
  const [step = '', ...rest] = steps
  return valueAt((value as Part)[step], rest) // An object, so it has members or none.
}

/** The value at the end of a way that `askWay` asked; `undefined` when something on the way is absent. */
export function readWay(record: Part, alias: string, steps: readonly string[]): unknown {
  const value = valueAt(record[alias], steps.slice(1))
  return value === missing ? undefined : value
}
