import { isListType, isNonNullType, isObjectType } from 'graphql'
import type { GraphQLOutputType } from 'graphql'
import { NodeError } from '../../kernel/errors.js'
import type { SelectedField } from './selection.js'

/** What `JSON.stringify` does not leave as it is. Looking for it takes half the time of calling `JSON.stringify`. */
const needsEscapes = /[^ !#-[\]-\ud7ff\ue000-\uffff]/

/** Writes one value as JSON text. */
type Writer = (value: unknown) => string

/**
 * Returns what writes a record as the JSON text of the selected fields, equal to what GraphQL execution with default
 * resolvers gives.
 *
 * Writes text instead of objects: the answer goes out as text, and a member may be called anything.
 * The writer throws `source.bad_record` when the record does not have the form that its schema promises, rather than
 * writing what was not asked. It does not check the form of scalars: they were checked when the record was stored.
 * @param typeName the type of the record
 */
export function compileProjection(typeName: string, fields: readonly SelectedField[]): Writer {
  return writeObject(typeName, fields, typeName)
}

function writeObject(typeName: string, fields: readonly SelectedField[], path: string): Writer {
  const members = fields.map((field, index) => {
    const label = `${index === 0 ? '' : ','}${JSON.stringify(field.key)}:`
    if (field.name === '__typename') return { text: `${label}${JSON.stringify(typeName)}` }
    return { label, name: field.name, write: writeType(field.type, field, `${path}.${field.name}`) }
  })
  return (value) => {
    if (!isRecord(value)) throw malformed(path)
    let text = '{'
    for (const member of members) {
      text += member.text ?? member.label + member.write(value[member.name])
    }
    return `${text}}`
  }
}

function writeType(type: GraphQLOutputType, field: SelectedField, path: string): Writer {
  if (isNonNullType(type)) return writePresent(writeType(type.ofType, field, path), path)
  const write = isListType(type) ? writeList(writeType(type.ofType, field, path), path) : writeItem(type, field, path)
  return (value) => (value === undefined || value === null ? 'null' : write(value))
}

function writeItem(type: GraphQLOutputType, field: SelectedField, path: string): Writer {
  if (isObjectType(type)) return writeObject(type.name, field.fields ?? [], path)
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
