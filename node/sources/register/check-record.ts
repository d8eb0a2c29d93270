import { isEnumType, isListType, isNonNullType, isObjectType, isScalarType } from 'graphql'
import type { GraphQLObjectType, GraphQLOutputType } from 'graphql'
import { NodeError } from '../../kernel/errors.js'
import type { Value } from '../../stores/contracts.js'
import { toSafeNote } from '../graphql/refusal.js'
import { noEntities } from '../graphql/entity-model.js'
import type { EntityModel } from '../graphql/entity-model.js'
import { findReferenceKey, formOf } from '../graphql/where-shape.js'

/** A record of a register, as its schema describes it. */
export type RegisterRecord = Readonly<Record<string, Value>>

/** Tells what is wrong with the value at `path`. */
type Check = (value: unknown, path: string, report: (problem: string) => void) => void

const maxNotes = 10

/**
 * Returns the parser of records of `type`: required members are there, lists are lists, scalars have their form, and
 * there are no other members, on every level. In the place of fields that lead to other records a record has their keys,
 * under the names that the definition gives them; fields that lead back from others have no place in it.
 *
 * The parser throws `source.bad_record` with at most ten notes that name paths and expected types, never values. It does
 * not know code lists, and does not check that a BSN passes the 11-test: the schema does not say so.
 */
export function createRecordParser(
  type: GraphQLObjectType,
  model: EntityModel = noEntities,
): (value: unknown, path: string) => RegisterRecord {
  const check = compileObject(type, { model, checks: new Map() })
  return function parseRecord(value, path) {
    const notes: string[] = []
    check(value, path, (problem) => {
      if (notes.length < maxNotes) notes.push(toSafeNote(problem))
    })
    if (notes.length > 0) throw new NodeError('source.bad_record', { detail: notes.join('; '), notes })
    // Checked just now, member by member, against the schema, which has no values that `Value` does not have.
    return value as RegisterRecord
  }
}

interface Known {
  readonly model: EntityModel
  readonly checks: Map<GraphQLObjectType, Check>
}

function compileObject(type: GraphQLObjectType, known: Known): Check {
  const made = known.checks.get(type)
  if (made !== undefined) return made
  const members = new Map<string, Check>()
  const check: Check = (value, path, report) => {
    if (!isMembers(value)) return report(`${path}: expected an object of type ${type.name}`)
    for (const name of Object.keys(value)) {
      if (!members.has(name)) report(`${path}: ${type.name} has no member "${name}"`)
    }
    for (const [name, checkMember] of members) checkMember(value[name], `${path}.${name}`, report)
  }
  // Known before its members are: a type may hold itself.
  known.checks.set(type, check)
  const relations = known.model.get(type.name)?.relations
  for (const field of Object.values(type.getFields())) {
    const relation = relations?.get(field.name)
    if (relation === undefined) members.set(field.name, compileType(field.type, known))
    else if (relation.kind === 'reference') members.set(relation.as, compileReference(type.name, relation.as, known))
  }
  return check
}

function compileReference(typeName: string, as: string, { model }: Known): Check {
  const key = findReferenceKey(model, typeName, as)
  if (key === undefined) throw new NodeError('config.invalid', { detail: `${typeName} cannot refer by ${as}` })
  return (value, path, report) => {
    if (isAbsent(value) ? !key.mayBeNull : !key.form.accepts(value)) report(`${path}: expected ${key.form.description}`)
  }
}

function compileType(type: GraphQLOutputType, known: Known): Check {
  if (isNonNullType(type)) {
    const check = compileType(type.ofType, known)
    return (value, path, report) =>
      isAbsent(value) ? report(`${path}: expected ${String(type)}`) : check(value, path, report)
  }
  const check = isListType(type) ? compileList(compileType(type.ofType, known)) : compileItem(type, known)
  return (value, path, report) => {
    if (!isAbsent(value)) check(value, path, report)
  }
}

function compileList(check: Check): Check {
  return (value, path, report) => {
    if (!Array.isArray(value)) return report(`${path}: expected a list`)
    value.forEach((item, index) => check(item, `${path}[${index}]`, report))
  }
}

function compileItem(type: GraphQLOutputType, known: Known): Check {
  if (isObjectType(type)) return compileObject(type, known)
  const form = isScalarType(type) || isEnumType(type) ? formOf(type) : undefined
  if (form === undefined) throw new NodeError('config.invalid', { detail: `the type ${String(type)} is not supported` })
  return (value, path, report) => {
    if (!form.accepts(value)) report(`${path}: expected ${form.description}`)
  }
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null
}

function isMembers(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
