import {
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  isScalarType,
} from 'graphql'
import type {
  GraphQLEnumType,
  GraphQLInputObjectType,
  GraphQLInputType,
  GraphQLNamedType,
  GraphQLObjectType,
} from 'graphql'
import { NodeError } from '../../kernel/errors.js'
import type { ComparisonOperator } from '../../policy/question.js'
import type { EntityModel } from './entity-model.js'
import { scalarForms } from './scalars.js'
import type { ScalarForm } from './scalars.js'

/** A field that leads from a record to others or to parts of itself. */
export interface Step {
  readonly path: string
  /** As `Type.field`. */
  readonly field: string
  readonly many: boolean
}

/** What one member of a `where` means. */
export type WhereMember =
  | { readonly kind: 'and' }
  | { readonly kind: 'or' }
  | {
      readonly kind: 'compare'
      /** The fields that lead to what is compared; none when it is a field of the record itself. */
      readonly steps: readonly Step[]
      readonly name: string
      readonly field: string
      readonly form: ScalarForm
      readonly mayBeNull: boolean
    }
  | { readonly kind: 'relation'; readonly steps: readonly [Step, ...Step[]]; readonly shape: () => WhereShape }

/** What a `where` of one input type means for records of one type. */
export interface WhereShape {
  readonly type: string
  readonly members: ReadonlyMap<string, WhereMember>
}

/** What one member of an element of `order` means. */
export type OrderMember =
  | { readonly kind: 'key'; readonly steps: readonly Step[]; readonly name: string; readonly field: string }
  | { readonly kind: 'below'; readonly steps: readonly Step[]; readonly shape: () => OrderShape }

export interface OrderShape {
  readonly type: string
  readonly members: ReadonlyMap<string, OrderMember>
}

/** Gives the shapes of a schema's input types; each is made once. */
export interface Shapes {
  /** @throws `config.invalid` for a member that has no meaning for records of `type` */
  where(type: GraphQLObjectType, input: GraphQLInputObjectType): WhereShape
  /** @throws `config.invalid` */
  order(type: GraphQLObjectType, input: GraphQLInputObjectType): OrderShape
}

const quantifiers = ['all', 'none', 'some', 'any']
const listOperators: readonly string[] = ['in', 'nin']
const textOperators: readonly string[] = ['contains', 'ncontains', 'startsWith', 'nstartsWith', 'endsWith', 'nendsWith']
const orderOperators: readonly string[] = ['gt', 'ngt', 'gte', 'ngte', 'lt', 'nlt', 'lte', 'nlte']
const operators: readonly string[] = ['eq', 'neq', ...listOperators, ...textOperators, ...orderOperators]

/** True for the name of a comparison. */
export function isComparisonOperator(name: string): name is ComparisonOperator {
  return operators.includes(name)
}

/** Makes shapes on demand for the object types of one schema. */
export function createShapes(model: EntityModel): Shapes {
  const wheres = new Map<string, WhereShape>()
  const orders = new Map<string, OrderShape>()

  function where(type: GraphQLObjectType, input: GraphQLInputObjectType): WhereShape {
    const name = `${type.name} ${input.name}`
    const known = wheres.get(name)
    if (known !== undefined) return known
    const members = new Map<string, WhereMember>()
    const shape = { type: type.name, members }
    // Known before its members are: an input type holds itself.
    wheres.set(name, shape)
    for (const member of Object.values(input.getFields())) {
      members.set(member.name, whereMember(type, input, member.name, member.type))
    }
    return shape
  }

  function whereMember(
    type: GraphQLObjectType,
    input: GraphQLInputObjectType,
    name: string,
    memberType: GraphQLInputType,
  ): WhereMember {
    const unfit = (): NodeError => unsupported(`the filter ${input.name}.${name}`)
    if (isNonNullType(memberType)) throw unfit()
    if (name === 'and' || name === 'or') {
      if (!isListType(memberType) || getNamedType(memberType) !== input) throw unfit()
      return { kind: name }
    }
    if (!isInputObjectType(memberType)) throw unfit()
    const end = findEnd(model, type, name)
    if (end === undefined) throw unfit()
    if (end.leaf !== undefined) {
      if (end.steps.some(({ many }) => many)) throw unfit()
      requireComparison(memberType, end.leaf.type, unfit)
      return { kind: 'compare', steps: end.steps, ...end.leaf }
    }
    const [first, ...rest] = end.steps
    if (first === undefined) throw unfit()
    const isMany = end.steps.some(({ many }) => many)
    if (isMany && end.steps.at(-1)?.many !== true) throw unfit()
    const target = isMany ? requireListFilter(memberType, unfit) : memberType
    // Made when it is asked for at load, and again while a request is read: then it is known.
    return { kind: 'relation', steps: [first, ...rest], shape: () => where(end.type, target) }
  }

  function order(type: GraphQLObjectType, input: GraphQLInputObjectType): OrderShape {
    const name = `${type.name} ${input.name}`
    const known = orders.get(name)
    if (known !== undefined) return known
    const members = new Map<string, OrderMember>()
    const shape = { type: type.name, members }
    orders.set(name, shape)
    for (const member of Object.values(input.getFields())) {
      const unfit = (): NodeError => unsupported(`the order ${input.name}.${member.name}`)
      const end = findEnd(model, type, member.name)
      if (end === undefined || end.steps.some(({ many }) => many)) throw unfit()
      const memberType = member.type
      if (end.leaf !== undefined) {
        if (!isEnumType(memberType) || !hasDirections(memberType)) throw unfit()
        members.set(member.name, { kind: 'key', steps: end.steps, name: end.leaf.name, field: end.leaf.field })
      } else {
        if (!isInputObjectType(memberType)) throw unfit()
        members.set(member.name, { kind: 'below', steps: end.steps, shape: () => order(end.type, memberType) })
      }
    }
    return shape
  }

  return { where: settle(where), order: settle(order) }
}

/** Asks every shape that can be reached, so that a schema that cannot be served is refused when it is loaded. */
function settle<Shape extends WhereShape | OrderShape>(
  make: (type: GraphQLObjectType, input: GraphQLInputObjectType) => Shape,
): (type: GraphQLObjectType, input: GraphQLInputObjectType) => Shape {
  return (type, input) => {
    const made = make(type, input)
    const seen = new Set<WhereShape | OrderShape>()
    const visit = (shape: WhereShape | OrderShape): void => {
      if (seen.has(shape)) return
      seen.add(shape)
      for (const member of shape.members.values()) if ('shape' in member) visit(member.shape())
    }
    visit(made)
    return made
  }
}

interface Leaf {
  readonly name: string
  readonly field: string
  readonly form: ScalarForm
  readonly mayBeNull: boolean
  readonly type: GraphQLNamedType
}

type End =
  | { readonly steps: readonly Step[]; readonly leaf: Leaf; readonly type?: undefined }
  | { readonly steps: readonly Step[]; readonly leaf?: undefined; readonly type: GraphQLObjectType }

/** Where a member leads: over one field, over the way that the definition says, or to the key of another record. */
function findEnd(model: EntityModel, start: GraphQLObjectType, member: string): End | undefined {
  const way = model.get(start.name)?.paths[member]?.split('.') ?? [member]
  const steps: Step[] = []
  let type = start
  for (const name of way) {
    const key = findReferenceKey(model, type.name, name)
    if (key !== undefined) return { steps, leaf: key }
    const field = type.getFields()[name]
    if (field === undefined) return undefined
    const named = getNamedType(field.type)
    const many = isListType(getNullableType(field.type))
    if (isObjectType(named)) {
      steps.push({ path: name, field: `${type.name}.${name}`, many })
      type = named
      continue
    }
    const form = formOf(named)
    if (many || form === undefined) return undefined
    const mayBeNull = !isNonNullType(field.type)
    return { steps, leaf: { name, field: `${type.name}.${name}`, form, mayBeNull, type: named } }
  }
  return { steps, type }
}

/** The key of another record that a record holds, by the name under which it holds it. */
export function findReferenceKey(model: EntityModel, typeName: string, name: string): Leaf | undefined {
  const entity = model.get(typeName)
  for (const [fieldName, relation] of entity?.relations ?? []) {
    if (relation.kind !== 'reference' || relation.as !== name) continue
    const target = model.get(relation.to)
    const key = target?.type.getFields()[target.key]
    if (key === undefined) return undefined
    const type = getNamedType(key.type)
    const form = formOf(type)
    if (form === undefined) return undefined
    const mayBeNull = !isNonNullType(entity?.type.getFields()[fieldName]?.type)
    return { name, field: `${typeName}.${name}`, form, mayBeNull, type }
  }
  return undefined
}

/** How values of a leaf type look and compare; `undefined` for a type that is not known. */
export function formOf(type: GraphQLNamedType): ScalarForm | undefined {
  if (isScalarType(type)) return scalarForms.get(type.name)
  if (!isEnumType(type)) return undefined
  const names = new Set(type.getValues().map(({ name }) => name))
  return {
    description: `one of ${[...names].join(', ')}`,
    accepts: (value) => typeof value === 'string' && names.has(value),
    canonical: (text) => text,
    rank: String,
  }
}

function requireComparison(input: GraphQLInputObjectType, compared: GraphQLNamedType, unfit: () => NodeError): void {
  const members = Object.values(input.getFields())
  if (members.length === 0) throw unfit()
  for (const { name, type } of members) {
    if (name === 'and' || name === 'or') {
      if (!isListType(type) || getNamedType(type) !== input) throw unfit()
      continue
    }
    const isText = compared.name === 'String' || compared.name === 'ID'
    if (!isComparisonOperator(name) || isNonNullType(type) || getNamedType(type) !== compared) throw unfit()
    if (isListType(type) !== listOperators.includes(name)) throw unfit()
    if (textOperators.includes(name) && !isText) throw unfit()
  }
}

/** The conditions on the items of a list: `all`, `none` and `some` of one type, and `any`. */
function requireListFilter(input: GraphQLInputObjectType, unfit: () => NodeError): GraphQLInputObjectType {
  const members = Object.values(input.getFields())
  const targets = new Set(members.filter(({ name }) => name !== 'any').map(({ type }) => type))
  const [target] = targets
  const any = members.find(({ name }) => name === 'any')
  if (members.some(({ name }) => !quantifiers.includes(name)) || targets.size !== 1 || !isInputObjectType(target))
    throw unfit()
  if (any !== undefined && String(any.type) !== 'Boolean') throw unfit()
  return target
}

function hasDirections(type: GraphQLEnumType): boolean {
  const names = type.getValues().map(({ name }) => name)
  return names.length === 2 && names.includes('ASC') && names.includes('DESC')
}

function unsupported(what: string): NodeError {
  return new NodeError('config.invalid', { detail: `the source schema is not supported: ${what}` })
}
