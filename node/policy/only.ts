import type { OnlyData, RuleData } from '../../schemas/pack.js'
import { NodeError } from '../kernel/errors.js'
import { conjunctsOf } from './conditions.js'
import { dayOf } from './day.js'
import { nothing } from './lack.js'
import type { RuleCondition } from './filters.js'
import type { AccessQuestion, ComparisonOperator, Condition, FilterValue } from './question.js'
import { compileReference } from './reference.js'
import { narrowUnder } from './under.js'

/** What the records of the root must meet beside the request's own `where`. */
export type NarrowRoot = (question: AccessQuestion) => readonly Condition[]

/** Compiles what a rule leaves out of the root in silence: what is not there and what may not be seen look the same. */
export function compileOnly({ only, own, type }: RuleData['wat']): NarrowRoot {
  const parts: readonly NarrowRoot[] = [
    ...(own?.open === true && only?.under === undefined ? [withoutEnd(type, own.end)] : []),
    ...(only?.inForce === undefined ? [] : [inForceToday(type, only.inForce)]),
    ...(only?.equals ?? []).map(equalTo),
    ...(only?.under === undefined || own === undefined ? [] : [narrowUnder(only.under, own, type)]),
  ]
  if (parts.length === 0) return () => []
  return (question) => parts.flatMap((part) => part(question))
}

/** Whoever proved no number of that kind is refused, because nothing could ever be theirs. */
export function provesOwn({ value }: OnlyData['equals'][number]): RuleCondition {
  const { description, identifier, read } = compileReference(value)
  const lack = { kind: 'identifier', text: `wie: you must prove ${description}` } as const
  const lacks = [identifier === undefined ? lack : { ...lack, identifier }]
  return ({ requester }) => (read(requester.claims) === undefined ? lacks : nothing)
}

function withoutEnd(type: string, path: string): NarrowRoot {
  const isEmpty = compare(type, path, 'eq', null)
  return ({ resource }) =>
    conjunctsOf(resource.where).some(
      (each) => each.kind === 'compare' && each.path === path && each.operator === 'eq' && each.value === null,
    )
      ? []
      : [isEmpty]
}

function inForceToday(type: string, { start, until, before }: NonNullable<OnlyData['inForce']>): NarrowRoot {
  return ({ context }) => {
    const today = dayOf(context.time)
    // What is empty is not earlier than today either.
    return [
      ...(start === undefined ? [] : [compare(type, start, 'lte', today)]),
      ...until.map((path) => compare(type, path, 'nlt', today)),
      ...before.map((path) => compare(type, path, 'nlte', today)),
    ]
  }
}

function equalTo({ way, value }: OnlyData['equals'][number]): NarrowRoot {
  const { read } = compileReference(value)
  const steps = way.map((field) => ({ field, path: field.slice(field.indexOf('.') + 1) }))
  return ({ requester }) => {
    const own = read(requester.claims)
    const last = steps.at(-1)
    // The rule refuses whoever proved no number before this is asked; to leave nothing out would be to give all.
    if (own === undefined || last === undefined)
      throw new NodeError('internal.fault', { detail: 'there is no number of which the records must be' })
    const condition: Condition = { kind: 'compare', ...last, operator: 'eq', value: own }
    return [
      steps
        .slice(0, -1)
        .reduceRight<Condition>((where, step) => ({ kind: 'relation', ...step, quantifier: 'is', where }), condition),
    ]
  }
}

function compare(type: string, path: string, operator: ComparisonOperator, value: FilterValue): Condition {
  return Object.freeze({ kind: 'compare', path, field: `${type}.${path}`, operator, value })
}
