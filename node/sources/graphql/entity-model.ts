import { getNamedType, getNullableType, isListType, isObjectType } from 'graphql'
import type { GraphQLField, GraphQLObjectType, GraphQLSchema } from 'graphql'
import { NodeError } from '../../kernel/errors.js'

/** What a definition says of a type whose records are kept each by itself. */
export interface EntityData {
  /** The root field that asks its records; a type without one is reached through others only. */
  readonly root?: string | undefined
  /** The field that names a record: no two records have the same. */
  readonly key: string
  /** Fields by which records are found without looking at all. */
  readonly indexes: readonly string[]
  /** The way to the BSN (national person number) of whom a record is about: `bemiddeling.client.bsn`. */
  readonly person?: string | undefined
  /** By field that leads to one other record: the name under which a record holds the key of that record. */
  readonly references: Readonly<Record<string, string>>
  /** Members of `where` and `order` that stand for a way over several fields: `client` for `bemiddeling.client`. */
  readonly paths: Readonly<Record<string, string>>
}

/** A field that leads from a record to others. */
export type Relation =
  | {
      /** The record holds the key of the other. */
      readonly kind: 'reference'
      readonly as: string
      readonly to: string
    }
  | {
      /** The others hold the key of the record, under the name `as`. */
      readonly kind: 'back'
      readonly as: string
      readonly to: string
      readonly many: boolean
    }

/** A type whose records are kept each by itself, with its relations. */
export interface Entity extends EntityData {
  readonly type: GraphQLObjectType
  readonly relations: ReadonlyMap<string, Relation>
}

/** The entities of a schema by type name. Every other object type is a part of the record that it stands in. */
export type EntityModel = ReadonlyMap<string, Entity>

export const noEntities: EntityModel = new Map()

/**
 * Returns the entities with the ways between them.
 *
 * A field of an entity type is a reference when the definition names it so; else it leads back from the one reference of
 * that type to this one.
 * @throws `config.invalid` for a field whose other side is not there or not the only one, and for a part that has a
 *   field of an entity type
 */
export function createEntityModel(
  schema: GraphQLSchema,
  data: Readonly<Record<string, EntityData>>,
): Map<string, Entity> {
  const model = new Map<string, Entity>()
  for (const [name, entity] of Object.entries(data)) {
    const type = schema.getType(name)
    if (!isObjectType(type)) throw invalid(`${name} is no type of the schema`)
    const relations = new Map<string, Relation>()
    for (const field of Object.values(type.getFields())) {
      const to = getNamedType(field.type).name
      if (data[to] !== undefined) relations.set(field.name, relate(name, field, to, data, schema))
    }
    const unknown = Object.keys(entity.references).find((field) => relations.get(field)?.kind !== 'reference')
    if (unknown !== undefined) throw invalid(`${name}.${unknown} leads to no other record`)
    model.set(name, { ...entity, type, relations })
  }
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || model.has(type.name) || type === schema.getQueryType()) continue
    const field = Object.values(type.getFields()).find((each) => model.has(getNamedType(each.type).name))
    if (field !== undefined) throw invalid(`${type.name}.${field.name} leads to records from a part of one`)
  }
  return model
}

function relate(
  from: string,
  field: GraphQLField<unknown, unknown>,
  to: string,
  data: Readonly<Record<string, EntityData>>,
  schema: GraphQLSchema,
): Relation {
  const many = isListType(getNullableType(field.type))
  const own = data[from]?.references[field.name]
  if (own !== undefined) {
    if (many) throw invalid(`${from}.${field.name} is a list, so it cannot be a reference`)
    return { kind: 'reference', as: own, to }
  }
  const other = schema.getType(to)
  const back: string[] = []
  for (const [name, as] of Object.entries(data[to]?.references ?? {})) {
    const holder = isObjectType(other) ? other.getFields()[name] : undefined
    if (holder !== undefined && getNamedType(holder.type).name === from) back.push(as)
  }
  const [as] = back
  if (as === undefined || back.length > 1) throw invalid(`${from}.${field.name} has no one reference of ${to} to it`)
  return { kind: 'back', as, to, many }
}

/** Types in an order in which a record comes after those that it refers to, where that is possible. */
export function orderByReference(model: EntityModel): readonly string[] {
  const ordered: string[] = []
  const visited = new Set<string>()
  const visit = (name: string): void => {
    if (visited.has(name)) return
    visited.add(name)
    for (const relation of model.get(name)?.relations.values() ?? [])
      if (relation.kind === 'reference') visit(relation.to)
    ordered.push(name)
  }
  for (const name of model.keys()) visit(name)
  return ordered
}

function invalid(what: string): NodeError {
  return new NodeError('config.invalid', { detail: `a register definition is wrong: ${what}` })
}
