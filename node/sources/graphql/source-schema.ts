import {
  assertValidSchema,
  buildSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isIntrospectionType,
  isListType,
  isNonNullType,
  isObjectType,
  isScalarType,
  isSpecifiedScalarType,
  Kind,
} from 'graphql'
import type {
  GraphQLField,
  GraphQLInputObjectType,
  GraphQLInputType,
  GraphQLObjectType,
  GraphQLScalarType,
  GraphQLSchema,
} from 'graphql'
import { NodeError } from '../../kernel/errors.js'
import { noEntities } from './entity-model.js'
import type { EntityModel } from './entity-model.js'
import { scalarForms } from './scalars.js'
import type { ScalarForm } from './scalars.js'
import { createShapes } from './where-shape.js'
import type { OrderShape, Shapes, WhereShape } from './where-shape.js'

/** What the arguments of a list of records mean. */
export interface ListArguments {
  readonly where: { readonly input: GraphQLInputObjectType; readonly shape: WhereShape } | undefined
  readonly order: { readonly input: GraphQLInputType; readonly shape: OrderShape } | undefined
}

/** A root field of a source: a list of records of one type. */
export interface SourceRoot extends ListArguments {
  readonly name: string
  readonly type: GraphQLObjectType
}

/** What a source serves. */
export interface ServedSchema {
  readonly schema: GraphQLSchema
  readonly model: EntityModel
  readonly roots: ReadonlyMap<string, SourceRoot>
  /** The arguments of the lists below the root, by `Type.field`. */
  readonly lists: ReadonlyMap<string, ListArguments>
}

/**
 * Builds the schema of a source and gives its scalar types the forms of `scalarForms`.
 *
 * Does not check that a reader can serve the schema: `describeSchema` does.
 * @throws `config.invalid` when the text is not a valid schema or names an unknown scalar type
 */
export function parseSourceSchema(sdl: string): GraphQLSchema {
  const schema = buildValidSchema(sdl)
  for (const type of Object.values(schema.getTypeMap())) {
    if (isScalarType(type) && !isSpecifiedScalarType(type)) giveForm(type)
  }
  return schema
}

/**
 * Returns what can be asked of `schema`.
 *
 * Accepts only what the reader and the projection can do: queries for lists of records; object types of known scalars,
 * enumerations and other object types; arguments nowhere but `where` and `order` on a list of records; in them the
 * comparisons, list operators and directions that the published registers have, on fields that are there.
 * @param model which types have records of their own; without one, every type is a part of its root's records
 * @throws `config.invalid` for any other schema
 */
export function describeSchema(schema: GraphQLSchema, model: EntityModel = noEntities): ServedSchema {
  if (schema.getMutationType() || schema.getSubscriptionType()) throw unsupported('only queries are served')
  const query = schema.getQueryType()
  if (!query) throw unsupported('there is no query type')
  const shapes = createShapes(model)
  const lists = new Map<string, ListArguments>()
  for (const type of Object.values(schema.getTypeMap())) {
    if (isIntrospectionType(type) || isInputObjectType(type) || isEnumType(type)) continue
    if (isScalarType(type)) requireForm(type)
    else if (!isObjectType(type)) throw unsupported(`${type.name} is neither an object nor a scalar`)
    else if (type !== query) {
      for (const field of Object.values(type.getFields())) {
        if (field.args.length > 0) lists.set(`${type.name}.${field.name}`, toNested(type, field, shapes, model))
      }
    }
  }
  const roots = Object.values(query.getFields()).map((field) => toRoot(field, shapes))
  return { schema, model, roots: new Map(roots.map((root) => [root.name, root])), lists }
}

function buildValidSchema(sdl: string): GraphQLSchema {
  try {
    const schema = buildSchema(sdl)
    assertValidSchema(schema)
    return schema
  } catch (error) {
    throw new NodeError('config.invalid', { detail: 'the source schema is not valid', cause: error })
  }
}

/** graphql-js builds custom scalars that accept anything; `undefined` is its word for a value that is not accepted. */
function giveForm(type: GraphQLScalarType): void {
  const form = requireForm(type)
  const parse = (value: unknown): string | undefined => {
    if (typeof value !== 'string' || !form.accepts(value)) return undefined
    return form.canonical?.(value) ?? value
  }
  type.parseValue = parse
  type.parseLiteral = (node) => parse(node.kind === Kind.STRING ? node.value : undefined)
}

function requireForm(type: GraphQLScalarType): ScalarForm {
  const form = scalarForms.get(type.name)
  if (form === undefined) throw unsupported(`the scalar ${type.name} is not known`)
  return form
}

function toNested(
  type: GraphQLObjectType,
  field: GraphQLField<unknown, unknown>,
  shapes: Shapes,
  model: EntityModel,
): ListArguments {
  const relation = model.get(type.name)?.relations.get(field.name)
  const target = getNamedType(field.type)
  if (relation?.kind !== 'back' || !relation.many || !isObjectType(target))
    throw unsupported(`${field.name} has arguments`)
  return readArguments(field, target, shapes)
}

function toRoot(field: GraphQLField<unknown, unknown>, shapes: Shapes): SourceRoot {
  const list = isNonNullType(field.type) ? field.type.ofType : undefined
  const type = isListType(list) && isNonNullType(list.ofType) ? list.ofType.ofType : undefined
  if (!isObjectType(type)) throw unsupported(`${field.name} is not a list of records`)
  return { name: field.name, type, ...readArguments(field, type, shapes) }
}

function readArguments(field: GraphQLField<unknown, unknown>, type: GraphQLObjectType, shapes: Shapes): ListArguments {
  const unknown = field.args.find(({ name }) => name !== 'where' && name !== 'order')
  if (unknown !== undefined) throw unsupported(`the argument ${unknown.name} of ${field.name}`)
  const where = field.args.find(({ name }) => name === 'where')?.type
  const order = field.args.find(({ name }) => name === 'order')?.type
  const orderItem = order && getNamedType(order)
  if (where !== undefined && !isInputObjectType(where)) throw unsupported(`the argument where of ${field.name}`)
  if (order !== undefined && (!isListType(order) || !isInputObjectType(orderItem)))
    throw unsupported(`the argument order of ${field.name}`)
  return {
    where: where && { input: where, shape: shapes.where(type, where) },
    order: order && isInputObjectType(orderItem) ? { input: order, shape: shapes.order(type, orderItem) } : undefined,
  }
}

function unsupported(what: string): NodeError {
  return new NodeError('config.invalid', { detail: `the source schema is not supported: ${what}` })
}
