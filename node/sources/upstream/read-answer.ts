import { getNamedType, isListType, isNonNullType, isObjectType } from 'graphql'
import type { GraphQLOutputType } from 'graphql'
import { NodeError } from '../../kernel/errors.js'
import type { Condition } from '../../policy/question.js'
import type { LinkedSelection } from '../graphql/linked-selection.js'
import type { AnswerPlan } from '../graphql/query-plan.js'
import type { SelectedField } from '../graphql/selection.js'
import type { SourceRoot } from '../graphql/source-schema.js'
import { formOf } from '../graphql/where-shape.js'
import { readWay } from './checks.js'
import type { ForwardedQuery } from './forwarded-query.js'

type Part = Readonly<Record<string, unknown>>

/** What of an answer may leave. */
export interface CheckedAnswer {
  /** As `Answer.data`. */
  readonly data: string
  readonly recordCount: number
  readonly persons: readonly string[]
}

export interface AnswerRules {
  readonly isWithheld: (path: string) => boolean
  /** Conditions of the permit: records that do not meet them are left out. */
  readonly conditions: readonly Condition[]
}

/**
 * Writes `data`, the answer of a register, as it may leave: exactly what was selected, in the form of the schema.
 *
 * @throws `source.unavailable` for an answer that is not as the schema says, or has a record that certainly does not meet
 *   what was asked; `access.denied` when it cannot be told whether a record meets the permit
 */
export function readAnswer(
  data: unknown,
  plan: AnswerPlan,
  root: SourceRoot,
  forwarded: ForwardedQuery,
  rules: AnswerRules,
): CheckedAnswer {
  const key = plan.selected.find(({ name }) => name === root.name)?.key ?? root.name
  const found = requireList(requirePart(data, 'data')[key], root.name).map((item) => requirePart(item, root.name))
  for (const record of found) requireMet(plan.list.where, forwarded.root.evaluate, record, root.name)
  const records = found.filter((record) =>
    rules.conditions.every((condition) => mayLeave(condition, record, forwarded)),
  )
  const context: Context = { plan, forwarded, isWithheld: rules.isWithheld }
  const members = plan.selected.map((field) => {
    const label = `${JSON.stringify(field.key)}:`
    if (field.name === '__typename') return `${label}${JSON.stringify(field.parent)}`
    const texts = records.map((record) =>
      writePart(context, root.type.name, field.fields ?? [], plan.selection, record, ''),
    )
    return `${label}[${texts.join(',')}]`
  })
  const { person } = forwarded
  const persons = person === undefined ? [] : records.map((record) => readWay(record, person.alias, person.steps))
  return {
    data: `{${members.join(',')}}`,
    recordCount: records.length,
    persons: [...new Set(persons.filter((each) => typeof each === 'string'))],
  }
}

function mayLeave(condition: Condition, record: Part, { root }: ForwardedQuery): boolean {
  const verdict = root.evaluate(condition, record)
  if (verdict === undefined)
    throw new NodeError('access.denied', { detail: 'the register cannot show that a record meets the permit' })
  return verdict
}

function requireMet(
  where: Condition | undefined,
  evaluate: (where: Condition, record: Part) => boolean | undefined,
  record: Part,
  path: string,
): void {
  if (where !== undefined && evaluate(where, record) === false) throw unfit(path, 'does not meet what was asked')
}

interface Context {
  readonly plan: AnswerPlan
  readonly forwarded: ForwardedQuery
  readonly isWithheld: (path: string) => boolean
}

function writePart(
  context: Context,
  typeName: string,
  fields: readonly SelectedField[],
  selection: LinkedSelection | undefined,
  part: Part,
  above: string,
): string {
  const links = new Map(selection?.links.map((link) => [link.field, link]))
  const members = fields.flatMap((field) => {
    const label = `${JSON.stringify(field.key)}:`
    if (field.name === '__typename') return [`${label}${JSON.stringify(typeName)}`]
    const path = `${above}${field.name}`
    if (context.isWithheld(path)) return isNonNullType(field.type) ? [] : [`${label}null`]
    const link = links.get(field)
    const check = link?.conditions === undefined ? undefined : context.forwarded.below.get(link.conditions)
    const where = link?.conditions === undefined ? undefined : context.plan.lists[link.conditions]?.where
    const write = (value: unknown): string => {
      const below = requirePart(value, path)
      if (check !== undefined) requireMet(where, check.evaluate, below, path)
      return writePart(context, getNamedType(field.type).name, field.fields ?? [], link?.selection, below, `${path}.`)
    }
    return [`${label}${writeValue(field.type, part[field.key], path, write)}`]
  })
  return `{${members.join(',')}}`
}

function writeValue(
  type: GraphQLOutputType,
  value: unknown,
  path: string,
  writeObject: (value: unknown) => string,
): string {
  if (isNonNullType(type)) {
    if (value === null || value === undefined) throw unfit(path, 'is absent')
    return writeValue(type.ofType, value, path, writeObject)
  }
  if (value === null || value === undefined) return 'null'
  if (isListType(type))
    return `[${requireList(value, path)
      .map((item) => writeValue(type.ofType, item, path, writeObject))
      .join(',')}]`
  if (isObjectType(type)) return writeObject(value)
  if (formOf(getNamedType(type))?.accepts(value) !== true) throw unfit(path, 'has another form')
  return JSON.stringify(value)
}

function requirePart(value: unknown, path: string): Part {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw unfit(path, 'is no object')
  return value as Part // Looked at just now.
}

function requireList(value: unknown, path: string): readonly unknown[] {
  if (!Array.isArray(value)) throw unfit(path, 'is no list')
  return value
}

/** The path is the schema's; what the register said stays here. */
function unfit(path: string, what: string): NodeError {
  return new NodeError('source.unavailable', {
    detail: `the answer of the register is not as it should be: ${path} ${what}`,
  })
}
