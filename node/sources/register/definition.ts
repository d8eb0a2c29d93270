import { readFileSync } from 'node:fs'
import {
  getNamedType,
  getNullableType,
  isEnumType,
  isListType,
  isNonNullType,
  isObjectType,
  isScalarType,
} from 'graphql'
import type { GraphQLSchema } from 'graphql'
import { z } from 'zod'
import { NodeError } from '../../kernel/errors.js'
import { packageFile } from '../../kernel/package-root.js'
import { createEntityModel } from '../graphql/entity-model.js'
import type { Entity, EntityModel } from '../graphql/entity-model.js'
import { describeSchema, parseSourceSchema } from '../graphql/source-schema.js'
import type { ServedSchema } from '../graphql/source-schema.js'
import { findReferenceKey, formOf } from '../graphql/where-shape.js'

const fileName = z.string().regex(/^[a-z0-9-]+\.graphql$/)
const fieldName = z.string().regex(/^[a-zA-Z]\w*$/)
const fieldPath = z.string().regex(/^[a-zA-Z]\w*(\.[a-zA-Z]\w*)*$/)

const definitionSchema = z.strictObject({
  sdl: fileName,
  codes: z
    .record(z.string().regex(/^[a-zA-Z]\w*\.[a-zA-Z]\w*$/), z.union([z.string(), z.array(z.string()).min(1)]))
    .default({})
    .describe('by `Type.field`: the code list of its values, or several that have no code in common'),
  types: z.record(
    fieldName,
    z.strictObject({
      root: fieldName.optional().describe('root field that asks the records of this type'),
      key: fieldName.describe('field that names a record'),
      indexes: z.array(fieldName).default([]).describe('fields by which records are found without looking at all'),
      person: fieldPath.optional().describe('way to the BSN of the person whom a record is about'),
      references: z
        .record(fieldName, fieldName)
        .default({})
        .describe('by field that leads to one other record: the name under which a record holds its key'),
      paths: z
        .record(fieldName, fieldPath)
        .default({})
        .describe('members of where and order that stand for a way over several fields'),
    }),
  ),
})

/** What a register holds: its schema, and how the records of each type are kept. */
export interface RegisterDefinition {
  readonly schema: GraphQLSchema
  readonly served: ServedSchema
  /** The text of the schema, for whoever asks the register. */
  readonly sdl: string
  /** The code lists of the values of a field, by `Type.field`. */
  readonly codes: ReadonlyMap<string, readonly string[]>
}

/**
 * Loads a definition that is shipped in `schemas/sources/`. Reads the disk: call it at start-up.
 *
 * @param name for example `indicatieregister-2`
 * @throws `config.invalid` when there is none, or it does not fit its own schema
 */
export function loadRegisterDefinition(name: string): RegisterDefinition {
  if (!/^[a-z0-9-]+$/.test(name)) throw invalid('the name of a register definition')
  return parseRegisterDefinition(parseJson(readShipped(`${name}.json`)), readShipped)
}

/**
 * Returns the definition in `data` with its schema.
 *
 * @param readSdl gives the text of the schema with this file name
 * @throws `config.invalid` unless the types with a root are exactly those of the schema's roots, a key is a required
 *   field, keys and indexes are texts that can be compared, every way leads somewhere, and fields with codes are texts
 */
export function parseRegisterDefinition(data: unknown, readSdl: (file: string) => string): RegisterDefinition {
  const parsed = definitionSchema.safeParse(data)
  if (!parsed.success) throw new NodeError('config.invalid', { detail: 'a register definition', cause: parsed.error })
  const { sdl, codes, types } = parsed.data
  const text = readSdl(sdl)
  const schema = parseSourceSchema(text)
  const model = createEntityModel(schema, types)
  for (const entity of model.values()) requireKeys(entity, model)
  const served = describeSchema(schema, model)
  const rooted = [...model].flatMap(([name, { root }]) => (root === undefined ? [] : [`${root} ${name}`]))
  const asked = [...served.roots.values()].map((root) => `${root.name} ${root.type.name}`)
  if (rooted.sort().join() !== asked.sort().join()) throw invalid('the roots of a register')
  const coded = Object.entries(codes).map(([field, lists]) => [field, [lists].flat()] as const)
  for (const [field] of coded) requireText(schema, field)
  return { schema, served, sdl: text, codes: new Map(coded) }
}

/**
 * Refuses what is no `Type.field` with a text.
 * @throws `config.invalid`
 */
export function requireText(schema: GraphQLSchema, place: string): void {
  const [typeName = '', fieldName = ''] = place.split('.')
  const type = schema.getType(typeName)
  const field = isObjectType(type) ? type.getFields()[fieldName] : undefined
  if (field === undefined || getNamedType(field.type).name !== 'String') throw invalid(`${place} holds no codes`)
}

function requireKeys(entity: Entity, model: EntityModel): void {
  const { type, key, indexes, references, person } = entity
  if (!isNonNullType(type.getFields()[key]?.type)) throw invalid(`the key of ${type.name} may be absent`)
  const unfit = [key, ...indexes].find((field) => !isText(entity, field))
  if (unfit !== undefined) throw invalid(`${type.name} cannot be found by ${unfit}`)
  for (const as of Object.values(references)) {
    if (type.getFields()[as] !== undefined || findReferenceKey(model, type.name, as)?.form.canonical === undefined)
      throw invalid(`${type.name} cannot refer by ${as}`)
  }
  if (person !== undefined && !leadsToOne(entity, person.split('.'), model)) throw invalid(`the person of ${type.name}`)
}

function isText({ type }: Entity, field: string): boolean {
  const found = type.getFields()[field]
  const scalar = found && getNullableType(found.type)
  return (isScalarType(scalar) || isEnumType(scalar)) && formOf(scalar)?.canonical !== undefined
}

/** True when every step but the last is one other record, and the last a field of it. */
function leadsToOne(entity: Entity, [name = '', ...rest]: readonly string[], model: EntityModel): boolean {
  const field = entity.type.getFields()[name]
  if (field === undefined || isListType(getNullableType(field.type))) return false
  if (rest.length === 0) return isText(entity, name)
  const next = model.get(entity.relations.get(name)?.to ?? '')
  return next !== undefined && leadsToOne(next, rest, model)
}

function readShipped(file: string): string {
  try {
    return readFileSync(packageFile('schemas', 'sources', file), 'utf8')
  } catch (error) {
    throw new NodeError('config.invalid', { detail: `there is no register definition ${file}`, cause: error })
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new NodeError('config.invalid', { detail: 'a register definition is not JSON', cause: error })
  }
}

function invalid(what: string): NodeError {
  return new NodeError('config.invalid', { detail: `a register definition is wrong: ${what}` })
}
