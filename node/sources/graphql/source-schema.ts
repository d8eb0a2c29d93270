import {
  assertValidSchema,
  buildSchema,
  getNullableType,
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
  GraphQLArgument,
  GraphQLField,
  GraphQLInputField,
  GraphQLInputObjectType,
  GraphQLObjectType,
  GraphQLScalarType,
  GraphQLSchema,
} from 'graphql'
import { NodeError } from '../../kernel/errors.js'
import { scalarForms } from './scalars.js'
import type { ScalarForm } from './scalars.js'

/** A root field of a source: a list of records of one type, with conditions in `where`. */
export interface SourceRoot {
  readonly name: string
  readonly type: GraphQLObjectType
  readonly where: GraphQLInputObjectType | undefined
  /** By name of a field of the record: the one spelling of values that are equal. Only fields that can be compared. */
  readonly comparable: ReadonlyMap<string, (text: string) => string>
}

/**
 * Builds the schema of a source and gives its scalar types the forms of `scalarForms`.
 *
 * Does not check that a reader can serve the schema: `findRoots` does.
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
 * Returns the root fields of `schema` by name.
 *
 * Accepts only what the reader and the projection can do: queries; object types of known scalars and other object
 * types; arguments nowhere but `where` on a root field; `eq` as the only operator, on fields of the record itself.
 * @throws `config.invalid` for any other schema
 */
export function findRoots(schema: GraphQLSchema): ReadonlyMap<string, SourceRoot> {
  if (schema.getMutationType() || schema.getSubscriptionType()) throw unsupported('only queries are served')
  const query = schema.getQueryType()
  if (!query) throw unsupported('there is no query type')
  for (const type of Object.values(schema.getTypeMap())) {
    if (isIntrospectionType(type) || isInputObjectType(type)) continue
    if (isScalarType(type)) requireForm(type)
    else if (!isObjectType(type)) throw unsupported(`${type.name} is neither an object nor a scalar`)
    else if (type !== query) Object.values(type.getFields()).forEach(requireNoArguments)
  }
  return new Map(Object.values(query.getFields()).map((field) => [field.name, toRoot(field)]))
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

function requireNoArguments(field: GraphQLField<unknown, unknown>): void {
  if (field.args.length > 0) throw unsupported(`${field.name} has arguments`)
}

function toRoot(field: GraphQLField<unknown, unknown>): SourceRoot {
  const list = isNonNullType(field.type) ? field.type.ofType : undefined
  const type = isListType(list) && isNonNullType(list.ofType) ? list.ofType.ofType : undefined
  if (!isObjectType(type)) throw unsupported(`${field.name} is not a list of records`)
  const where = field.args.map((argument) => requireWhere(field.name, argument))[0]
  for (const filter of Object.values(where?.getFields() ?? {})) requireEquality(type, filter)
  return { name: field.name, type, where, comparable: findComparable(type) }
}

function requireWhere(field: string, argument: GraphQLArgument): GraphQLInputObjectType {
  if (argument.name === 'where' && isInputObjectType(argument.type)) return argument.type
  throw unsupported(`the argument ${argument.name} of ${field}`)
}

/** A filter compares the field of the record that has its name, and that field has the type of the filter's value. */
function requireEquality(record: GraphQLObjectType, filter: GraphQLInputField): void {
  const operators = isInputObjectType(filter.type) ? Object.values(filter.type.getFields()) : []
  const [eq] = operators
  const compared = record.getFields()[filter.name]?.type
  const isSameType = compared !== undefined && getNullableType(compared) === eq?.type
  const isComparable = findComparable(record).has(filter.name)
  if (operators.length === 1 && eq?.name === 'eq' && isSameType && isComparable) return
  throw unsupported(`the filter ${filter.name}`)
}

function findComparable(record: GraphQLObjectType): SourceRoot['comparable'] {
  const comparable = new Map<string, (text: string) => string>()
  for (const { name, type } of Object.values(record.getFields())) {
    const scalar = getNullableType(type)
    const canonical = isScalarType(scalar) ? requireForm(scalar).canonical : undefined
    if (canonical !== undefined) comparable.set(name, canonical)
  }
  return comparable
}

function unsupported(what: string): NodeError {
  return new NodeError('config.invalid', { detail: `the source schema is not supported: ${what}` })
}
