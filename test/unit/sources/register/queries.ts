import fc from 'fast-check'
import {
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql'
import type { GraphQLInputObjectType, GraphQLInputType, GraphQLObjectType, GraphQLSchema } from 'graphql'
import type { Row, Rows } from './oracle.js'

/** Few values, so that comparisons meet. */
const dates = ['2024-01-01', '2024-02-29', '2025-06-30', '2026-01-01']
const moments = [
  '2024-01-01T10:00:00Z',
  '2024-01-01T12:00:00+02:00',
  '2025-03-30T01:59:59.500Z',
  '2026-01-01T00:00:00Z',
]
const texts = ['a', 'ab', 'abc', 'B', 'é', 'ab"c']
const uuid = (type: number, number: number): string =>
  `00000000-0000-4000-8000-${String(type).padStart(4, '0')}${String(number).padStart(8, '0')}`

const typeNumbers = [
  'Client',
  'Bemiddeling',
  'Bemiddelingspecificatie',
  'Regiehouder',
  'Overdracht',
  'Overdrachtspecificatie',
  'Contactpersoon',
  'ClientContactgegevens',
  'ContactpersoonContactgegevens',
]
const counts = [3, 4, 6, 4, 4, 5, 4, 4, 4]
const idOf = (type: string, number: number): string => uuid(typeNumbers.indexOf(type), number)

function leafValues(name: string): fc.Arbitrary<unknown> {
  switch (name) {
    case 'Int':
      return fc.integer({ min: 0, max: 3 })
    case 'Date':
      return fc.constantFrom(...dates)
    case 'DateTime':
      return fc.constantFrom(...moments)
    case 'UUID':
      return fc.tuple(fc.nat(8), fc.nat(4)).map(([type, number]) => uuid(type, number))
    default:
      return fc.constantFrom(...texts)
  }
}

/** The records of a small bemiddelingsregister of which every reference leads somewhere. */
export function registers(schema: GraphQLSchema): fc.Arbitrary<Rows> {
  const rows = typeNumbers.map((typeName, at) =>
    fc.tuple(...Array.from({ length: counts[at] ?? 0 }, (_, number) => rowOf(schema, typeName, number))),
  )
  return fc
    .tuple(...rows)
    .map((lists) => Object.fromEntries(typeNumbers.map((name, at) => [name, lists[at] ?? []])) as Rows)
}

/** A field of one record that only one other may refer to takes the key of its own number. */
function rowOf(schema: GraphQLSchema, typeName: string, number: number): fc.Arbitrary<Row> {
  const type = schema.getType(typeName)
  if (!isObjectType(type)) throw new Error('no object type')
  const members: Record<string, fc.Arbitrary<unknown>> = {}
  for (const field of Object.values(type.getFields())) {
    const named = getNamedType(field.type)
    if (isObjectType(named)) {
      const target = named.name
      const holds = !isListType(getNullableType(field.type)) && isNonNullType(field.type)
      if (!holds) continue
      const single = typeName === 'Overdracht' || (typeName === 'Overdrachtspecificatie' && target !== 'Overdracht')
      const count = counts[typeNumbers.indexOf(target)] ?? 1
      const key = `${target.charAt(0).toLowerCase()}${target.slice(1)}ID`
      members[key] = (single ? fc.constant(number) : fc.nat(count - 1)).map((other) => idOf(target, other))
    } else if (field.name === `${typeName.charAt(0).toLowerCase()}${typeName.slice(1)}ID`) {
      members[field.name] = fc.constant(idOf(typeName, number))
    } else {
      const value = leafValues(named.name)
      members[field.name] = isNonNullType(field.type) ? value : fc.option(value, { nil: null })
    }
  }
  return fc.record(members)
}

export interface AskedQuery {
  readonly query: string
  readonly variables: Readonly<Record<string, unknown>>
}

/** Queries that the limits allow most of the time, with conditions and orders as literals and as variables. */
export function queries(schema: GraphQLSchema): fc.Arbitrary<AskedQuery> {
  const root = fc.constantFrom(...Object.values(schema.getQueryType()?.getFields() ?? {}))
  return root.chain((field) => {
    const type = getNamedType(field.type)
    const input = field.args.find(({ name }) => name === 'where')?.type
    if (!isObjectType(type) || !isInputObjectType(input)) throw new Error('no list of records')
    return fc
      .tuple(fc.option(wheres(input, 3), { nil: undefined }), fc.boolean(), selections(type, 2))
      .map(([where, byVariable, selection]) => {
        if (where === undefined) return { query: `{ ${field.name} ${selection} }`, variables: {} }
        if (byVariable)
          return {
            query: `query ($w: ${input.name}) { ${field.name}(where: $w) ${selection} }`,
            variables: { w: where },
          }
        return { query: `{ ${field.name}(where: ${literal(where)}) ${selection} }`, variables: {} }
      })
  })
}

function selections(type: GraphQLObjectType, depth: number): fc.Arbitrary<string> {
  const field = fc.constantFrom(...Object.values(type.getFields())).chain((each) => {
    const named = getNamedType(each.type)
    if (!isObjectType(named)) return fc.constant(each.name)
    if (depth === 0) return fc.constant('__typename')
    const where = each.args.find(({ name }) => name === 'where')?.type
    const order = each.args.find(({ name }) => name === 'order')?.type
    const orderItem = getNamedType(order)
    const below = selections(named, depth - 1)
    if (!isInputObjectType(where) || !isInputObjectType(orderItem)) return below.map((set) => `${each.name} ${set}`)
    const given = fc.tuple(
      fc.option(wheres(where, 1), { nil: undefined }),
      fc.array(orders(orderItem, 1), { maxLength: 2 }),
      fc.constantFrom('', 'een', 'twee'),
    )
    return fc.tuple(given, below).map(([[condition, keys, alias], set]) => {
      const parts = [
        ...(condition === undefined ? [] : [`where: ${literal(condition)}`]),
        ...(keys.length === 0 ? [] : [`order: [${keys.join(', ')}]`]),
      ]
      // An alias for each condition: two that are not equal cannot be merged.
      const text = parts.length === 0 ? '' : `(${parts.join(', ')})`
      const label = text === '' ? '' : `${each.name}_${alias}${hash(text)}: `
      return `${label}${each.name}${text} ${set}`
    })
  })
  return fc.array(field, { minLength: 1, maxLength: 3 }).map((items) => `{ ${items.join(' ')} }`)
}

function hash(text: string): number {
  return [...text].reduce((total, letter) => (total * 31 + letter.charCodeAt(0)) % 1_000_003, 7)
}

function orders(input: GraphQLInputObjectType, depth: number): fc.Arbitrary<string> {
  const members = Object.values(input.getFields()).filter(({ type }) => depth > 0 || isEnumType(type))
  return fc.constantFrom(...members).chain(({ name, type }) => {
    if (isInputObjectType(type)) return orders(type, depth - 1).map((below) => `{ ${name}: ${below} }`)
    return fc.constantFrom('ASC', 'DESC').map((direction) => `{ ${name}: ${direction} }`)
  })
}

function wheres(input: GraphQLInputObjectType, depth: number): fc.Arbitrary<object> {
  const members = Object.values(input.getFields()).filter(
    ({ name, type }) => depth > 0 || name === 'any' || isComparison(type),
  )
  const member = fc
    .constantFrom(...members)
    .chain(({ name, type }) => memberValues(name, type, input, depth).map((value) => ({ [name]: value })))
  return fc.array(member, { minLength: 1, maxLength: 2 }).map((parts) => Object.assign({}, ...parts) as object)
}

function memberValues(
  name: string,
  type: GraphQLInputType,
  input: GraphQLInputObjectType,
  depth: number,
): fc.Arbitrary<unknown> {
  if (name === 'any') return fc.boolean()
  if (isListType(type)) return fc.array(wheres(input, depth - 1), { minLength: 1, maxLength: 2 })
  if (!isInputObjectType(type)) throw new Error('no input object')
  return isComparison(type) ? comparisons(type, depth) : wheres(type, depth - 1)
}

function isComparison(type: unknown): type is GraphQLInputObjectType {
  return isInputObjectType(type) && type.name.endsWith('OperationFilterInput')
}

function comparisons(input: GraphQLInputObjectType, depth: number): fc.Arbitrary<object> {
  const members = Object.values(input.getFields()).filter(({ name }) => depth > 0 || !['and', 'or'].includes(name))
  return fc.constantFrom(...members).chain(({ name, type }) => {
    const value = leafValues(getNamedType(type).name)
    if (name === 'and' || name === 'or')
      return fc.array(comparisons(input, 0), { minLength: 1, maxLength: 2 }).map((list) => ({ [name]: list }))
    if (name === 'in' || name === 'nin') return fc.array(value, { maxLength: 3 }).map((list) => ({ [name]: list }))
    return value.map((operand) => ({ [name]: operand }))
  })
}

/** A value as GraphQL writes it. */
function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`
  if (typeof value === 'object' && value !== null)
    return `{ ${Object.entries(value)
      .map(([name, member]) => `${name}: ${literal(member)}`)
      .join(', ')} }`
  return JSON.stringify(value)
}
