import {
  getNamedType,
  isInputObjectType,
  isListType,
  isObjectType,
  Kind,
  parse,
  validate,
  valueFromAST,
  type GraphQLInputObjectType,
  type GraphQLObjectType,
  type GraphQLSchema,
  type SelectionSetNode,
  type FragmentDefinitionNode,
  type FieldNode,
} from 'graphql'
import type {
  ComparisonOperator,
  Condition,
  FilterValue,
  NestedSelection,
  Reading,
  SortKey,
} from '../../node/policy/question.js'

type Members = Readonly<Record<string, unknown>>

const operators = new Set<string>(
  'eq neq in nin gt ngt gte ngte lt nlt lte nlte contains ncontains startsWith nstartsWith endsWith nendsWith'.split(
    ' ',
  ),
)
const quantifiers = ['some', 'all', 'none', 'any'] as const

/**
 * What a document reads, worked out beside the product's own reader and in another way: a second opinion for tests of the
 * policy. Knows no limits and no directives.
 * @throws Error for a document that is not valid, or asks no root field
 */
export function readingOf(schema: GraphQLSchema, text: string, variables: Members = {}): Reading {
  const document = parse(text)
  const faults = validate(schema, document)
  if (faults[0] !== undefined) throw faults[0]
  const operation = document.definitions.find((each) => each.kind === Kind.OPERATION_DEFINITION)
  const fragments = new Map(
    document.definitions
      .filter((each): each is FragmentDefinitionNode => each.kind === Kind.FRAGMENT_DEFINITION)
      .map((fragment) => [fragment.name.value, fragment]),
  )
  const query = schema.getQueryType()
  const root = operation?.selectionSet.selections.find((each) => each.kind === Kind.FIELD)
  const definition = root && query?.getFields()[root.name.value]
  if (root === undefined || definition === undefined) throw new Error('no root field')

  const fields = new Set<string>()
  const paths = new Set<string>()
  const seen: { readonly path: string; readonly selection: NestedSelection }[] = []

  const argument = (node: FieldNode, parent: GraphQLObjectType, name: string): unknown => {
    const given = node.arguments?.find((each) => each.name.value === name)
    const type = parent.getFields()[node.name.value]?.args.find((each) => each.name === name)?.type
    return given === undefined || type === undefined ? undefined : valueFromAST(given.value, type, { ...variables })
  }

  const select = (parent: GraphQLObjectType, set: SelectionSetNode, above: string): void => {
    for (const selection of set.selections) {
      if (selection.kind === Kind.INLINE_FRAGMENT) select(parent, selection.selectionSet, above)
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        const fragment = fragments.get(selection.name.value)
        if (fragment !== undefined) select(parent, fragment.selectionSet, above)
      }
      if (selection.kind !== Kind.FIELD || selection.name.value.startsWith('__')) continue
      const field = parent.getFields()[selection.name.value]
      if (field === undefined) throw new Error('no field')
      const path = above === '' ? field.name : `${above}.${field.name}`
      paths.add(path)
      fields.add(`${parent.name}.${field.name}`)
      const type = getNamedType(field.type)
      if (!isObjectType(type)) continue
      const where = toCondition(argument(selection, parent, 'where'), type, fields)
      const order = toOrder(argument(selection, parent, 'order'), type, fields)
      seen.push({ path, selection: { path, type: type.name, where, order } })
      if (selection.selectionSet !== undefined) select(type, selection.selectionSet, path)
    }
  }

  const type = getNamedType(definition.type)
  if (!isObjectType(type) || query === undefined || query === null) throw new Error('no object')
  const where = toCondition(argument(root, query, 'where'), type, fields)
  if (root.selectionSet !== undefined) select(type, root.selectionSet, '')
  const conditional = new Set(
    seen.filter(({ selection }) => selection.where !== undefined || selection.order.length > 0).map(({ path }) => path),
  )
  return {
    operation: root.name.value,
    filters: equalities(where).map(([path, value]) => ({ path, operator: 'eq', value })),
    where,
    nested: seen.filter(({ path }) => conditional.has(path)).map(({ selection }) => selection),
    order: toOrder(argument(root, query, 'order'), type, fields),
    fields: [...fields].sort(),
    paths: [...paths].sort(),
  }
}

/** Members of `where` that stand for a way over several fields, as the published schema has them. */
const ways: ReadonlyMap<string, readonly string[]> = new Map([['Regiehouder.client', ['bemiddeling', 'client']]])

function toCondition(value: unknown, type: GraphQLObjectType, fields: Set<string>): Condition | undefined {
  if (value === undefined) return undefined
  const parts = Object.entries(value as Members).flatMap(([name, member]): readonly Condition[] => {
    if (name === 'and' || name === 'or') {
      const of = (member as readonly unknown[]).map((each) => toCondition(each, type, fields))
      return [{ kind: name, of: of.filter((each) => each !== undefined) }]
    }
    const way = ways.get(`${type.name}.${name}`)
    if (way !== undefined) {
      const nested = way.reduceRight<unknown>((below, step) => ({ [step]: below }), member)
      return [toCondition(nested, type, fields)].filter((each) => each !== undefined)
    }
    const field = type.getFields()[name]
    const target = field && getNamedType(field.type)
    fields.add(`${type.name}.${name}`)
    if (field !== undefined && isObjectType(target))
      return toRelation(name, field.type, target, member as Members, type, fields)
    return Object.entries(member as Members).map(([operator, operand]) => {
      if (!operators.has(operator)) throw new Error(`no operator: ${operator}`)
      return {
        kind: 'compare',
        path: name,
        field: `${type.name}.${name}`,
        operator: operator as ComparisonOperator,
        value: operand as FilterValue,
      }
    })
  })
  return { kind: 'and', of: parts }
}

function toRelation(
  path: string,
  type: unknown,
  target: GraphQLObjectType,
  member: Members,
  from: GraphQLObjectType,
  fields: Set<string>,
): readonly Condition[] {
  const field = `${from.name}.${path}`
  const isMany = isListType(type) || /^\[/.test(String(type))
  if (!isMany) {
    const where = toCondition(member, target, fields)
    return where === undefined ? [] : [{ kind: 'relation', path, field, quantifier: 'is', where }]
  }
  return quantifiers.flatMap((quantifier): readonly Condition[] => {
    if (member[quantifier] === undefined) return []
    const where = quantifier === 'any' ? member[quantifier] === true : toCondition(member[quantifier], target, fields)
    return where === undefined ? [] : [{ kind: 'relation', path, field, quantifier, where }]
  })
}

function toOrder(value: unknown, type: GraphQLObjectType, fields: Set<string>): readonly SortKey[] {
  if (value === undefined || value === null) return []
  return (Array.isArray(value) ? value : [value]).flatMap((each) =>
    Object.entries(each as Members).map(([path, direction]) => {
      fields.add(`${type.name}.${path}`)
      return { path, field: `${type.name}.${path}`, direction: direction as 'ASC' | 'DESC' }
    }),
  )
}

function equalities(where: Condition | undefined): readonly (readonly [string, string])[] {
  if (where === undefined || where.kind === 'or' || where.kind === 'relation') return []
  if (where.kind === 'and') return where.of.flatMap(equalities)
  return where.kind === 'compare' && where.operator === 'eq' && typeof where.value === 'string'
    ? [[where.path, where.value]]
    : []
}

/** The names of the members that the `where` of a root field has. */
export function membersOfWhere(type: unknown): readonly string[] {
  return isInputObjectType(type) ? Object.keys((type as GraphQLInputObjectType).getFields()) : []
}
