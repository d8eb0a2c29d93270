import { isListType, isNonNullType, isObjectType } from 'graphql'
import type { GraphQLOutputType } from 'graphql'
import { NodeError } from '../../kernel/errors.js'
import { noEntities } from './entity-model.js'
import type { EntityModel } from './entity-model.js'
import type { SelectedField } from './selection.js'

/** What `JSON.stringify` does not leave as it is. Looking for it takes half the time of calling `JSON.stringify`. */
const needsEscapes = /[^ !#-[\]-\ud7ff\ue000-\uffff]/

const none: readonly never[] = []

/** Writes one value as JSON text. */
type Writer = (value: unknown) => string

/** Says of a selected field, by its path from the root, that it does not leave. */
export type Withheld = (path: string) => boolean

/**
 * Returns what writes a record as the JSON text of the selected fields, equal to what GraphQL execution with default
 * resolvers gives.
 *
 * Writes text instead of objects: the answer goes out as text, and a member may be called anything.
 * The writer throws `source.bad_record` when the record does not have the form that its schema promises, rather than
 * writing what was not asked. It does not check the form of scalars: they were checked when the record was stored.
 * @param typeName the type of the record; of a type with records of its own the writer takes a `LinkedRecord`
 * @param isWithheld what does not leave: null where the schema allows that, else the member is left out
 */
export function compileProjection(
  typeName: string,
  fields: readonly SelectedField[],
  model: EntityModel = noEntities,
  isWithheld: Withheld = () => false,
): Writer {
  return writeObject({ model, isWithheld }, typeName, fields, '')
}

interface Context {
  readonly model: EntityModel
  readonly isWithheld: Withheld
}

/** Writes one member: a text that is always the same, a value of the record, or what a link leads to. */
type Member =
  | { readonly text: string }
  | { readonly label: string; readonly name: string; readonly link: number | undefined; readonly write: Writer }

function writeObject(context: Context, typeName: string, fields: readonly SelectedField[], above: string): Writer {
  const entity = context.model.get(typeName)
  const place = above === '' ? typeName : `${typeName} at ${above}`
  const members: Member[] = []
  let links = 0
  for (const field of fields) {
    const label = `${members.length === 0 ? '' : ','}${JSON.stringify(field.key)}:`
    const path = above === '' ? field.name : `${above}.${field.name}`
    const link = entity?.relations.has(field.name) === true ? links++ : undefined
    if (field.name === '__typename') members.push({ text: `${label}${JSON.stringify(typeName)}` })
    else if (!context.isWithheld(path))
      members.push({ label, name: field.name, link, write: writeType(context, field.type, field, path) })
    else if (!isNonNullType(field.type)) members.push({ text: `${label}null` })
  }
  const writeMembers = (record: Readonly<Record<string, unknown>>, linked: readonly unknown[]): string => {
    let text = '{'
    for (const member of members) {
      if ('text' in member) text += member.text
      else text += member.label + member.write(member.link === undefined ? record[member.name] : linked[member.link])
    }
    return `${text}}`
  }
  if (entity === undefined) {
    return (value) => {
      if (!isRecord(value)) throw malformed(place)
      return writeMembers(value, none)
    }
  }
  return (value) => {
    if (!isRecord(value) || !isRecord(value['record']) || !Array.isArray(value['links'])) throw malformed(place)
    return writeMembers(value['record'], value['links'])
  }
}

function writeType(context: Context, type: GraphQLOutputType, field: SelectedField, path: string): Writer {
  if (isNonNullType(type)) return writePresent(writeType(context, type.ofType, field, path), path)
  const write = isListType(type)
    ? writeList(writeType(context, type.ofType, field, path), path)
    : writeItem(context, type, field, path)
  return (value) => (value === undefined || value === null ? 'null' : write(value))
}

function writeItem(context: Context, type: GraphQLOutputType, field: SelectedField, path: string): Writer {
  if (isObjectType(type)) return writeObject(context, type.name, field.fields ?? [], path)
  return (value) => {
    if (typeof value === 'string') return needsEscapes.test(value) ? JSON.stringify(value) : `"${value}"`
    if (typeof value === 'number' || typeof value === 'boolean') return JSON.stringify(value)
    throw malformed(path)
  }
}

function writePresent(write: Writer, path: string): Writer {
  return (value) => {
    if (value === undefined || value === null) throw malformed(path)
    return write(value)
  }
}

function writeList(write: Writer, path: string): Writer {
  return (value) => {
    if (!Array.isArray(value)) throw malformed(path)
    return `[${value.map(write).join(',')}]`
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function malformed(path: string): NodeError {
  return new NodeError('source.bad_record', { detail: `a stored record is not as the schema says at ${path}` })
}
