import { createHash } from 'node:crypto'
import { executeSync, getNamedType, visit } from 'graphql'
import type { GraphQLSchema } from 'graphql'
import { NodeError } from '../../kernel/errors.js'
import type { Condition, NestedSelection, Reading, SortKey } from '../../policy/question.js'
import type { QueryLimits, ValidDocument } from './document.js'
import type { EntityModel } from './entity-model.js'
import { linkSelection } from './linked-selection.js'
import type { LinkedSelection } from './linked-selection.js'
import { compileProjection } from './projection.js'
import type { Withheld } from './projection.js'
import { compileArgument } from './read-argument.js'
import { readOrder } from './read-order.js'
import type { OrderKey } from './read-order.js'
import { describeWhere, listCompared, listFilters, readWhere } from './read-where.js'
import type { ComparisonBudget } from './read-where.js'
import { badRequest, refusedAs } from './refusal.js'
import { collectFields, listPaths, listReads, withEveryField } from './selection.js'
import type { SelectedField } from './selection.js'
import type { ListArguments, ServedSchema, SourceRoot } from './source-schema.js'
import { coerceVariables, isSelected, listConditions, listVariables, readConditions } from './variables.js'
import type { VariableValues } from './variables.js'

/** What a request asks of one list of records. */
export interface ListReading {
  readonly where: Condition | undefined
  readonly order: readonly OrderKey[]
  /** The values as they came, for whoever passes them on. */
  readonly given: { readonly where: unknown; readonly order: unknown }
}

/** How a request is answered. */
export interface AnswerPlan {
  /** The root field with records; `undefined` when no record is read. */
  readonly root: SourceRoot | undefined
  readonly selected: readonly SelectedField[]
  /** What is needed of other records. */
  readonly selection: LinkedSelection
  readonly list: ListReading
  /** The lists below the root, by the number that their link has. */
  readonly lists: readonly ListReading[]
  /** Whether the answer says what its codes mean. */
  readonly asksCodes?: boolean
  /**
   * Returns what makes the `data` member of the response, serialised, of the root's records: each a `LinkedRecord` when
   * the type has records of its own.
   * @param isWithheld what does not leave
   */
  writer(isWithheld?: Withheld): (records: readonly unknown[]) => string
}

/** What a document asks with certain variables. */
export interface ResolvedQuery extends Reading {
  readonly template: string
  readonly answer: AnswerPlan
}

/** The part of a request that its document decides. */
export interface QueryPlan {
  readonly operationName: string | undefined
  /** @throws `source.bad_request` */
  resolve(variables: Readonly<Record<string, unknown>>): ResolvedQuery
}

export interface QueryPlanDeps {
  readonly served: ServedSchema
  readonly limits: QueryLimits
  readonly introspection: boolean
  readonly document: ValidDocument
}

/** What reads the conditions and the order of one list. */
interface ListReader {
  readonly path: string
  readonly type: string
  read(values: VariableValues, budget: ComparisonBudget): ListReading
}

/** What `@skip` and `@include` leave of a document for one combination of their variables. */
interface Variant {
  readonly operation: string
  /** The fields that are selected, as `Type.field`. */
  readonly selected: readonly string[]
  readonly paths: readonly string[]
  readonly root: ListReader
  /** The lists below the root, in the order of their numbers. */
  readonly below: readonly ListReader[]
  readonly answer: Omit<AnswerPlan, 'list' | 'lists' | 'asksCodes'>
  /** By what is compared. */
  readonly shapes: Map<string, Shape>
}

/** What a variant reads when it compares certain fields, whatever the values. */
interface Shape {
  readonly fields: readonly string[]
  readonly template: string
}

/** A variant costs memory, and a requester chooses how many there are. */
const maxVariants = 8
const maxShapes = 16
const nothing: readonly never[] = Object.freeze([])
const emptyList: ListReading = Object.freeze({
  where: undefined,
  order: nothing,
  given: { where: undefined, order: undefined },
})

/** Introspection queries of common tools have 15 levels; graphql-js itself limits lists inside lists. */
const introspectionLimits = { depth: 16, leafFields: 1000 }

/**
 * Works out what a valid document asks.
 *
 * @throws `source.bad_request`, `source.several_roots`, `source.unknown_operation`
 */
export function createQueryPlan(deps: QueryPlanDeps): QueryPlan {
  const { introspection, document } = deps
  const { schema } = deps.served
  const isIntrospection = asksSchema(document)
  if (isIntrospection && !introspection)
    throw refusedAs('source.unknown_operation', 'This source does not answer questions about its schema.')
  const limits = isIntrospection ? { ...deps.limits, ...introspectionLimits } : deps.limits
  const declared = listVariables(schema, document.operation)
  const conditions = listConditions(document)
  requireOneRoot(collectFields(schema, document, limits, withEveryField))
  const variants = new Map<string, Variant>()

  function getVariant(values: ReadonlyMap<string, boolean>): Variant {
    const key = values.size === 0 ? '' : [...values.values()].map(Number).join('')
    const known = variants.get(key)
    if (known !== undefined) return known
    const selected = collectFields(schema, document, limits, (directives) => isSelected(directives, values))
    const variant = createVariant(selected, deps)
    if (variants.size < maxVariants) variants.set(key, variant)
    return variant
  }

  return {
    operationName: document.operation.name?.value,
    resolve(supplied) {
      const values = coerceVariables(declared, supplied)
      const variant = getVariant(readConditions(conditions, values))
      const budget = { limit: limits.filterNodes, used: 0 }
      const list = variant.root.read(values, budget)
      const lists = variant.below.map((each) => each.read(values, budget))
      return {
        operation: variant.operation,
        filters: Object.freeze(listFilters(list.where)),
        where: list.where,
        nested: toNested(variant.below, lists),
        order: toSortKeys(list.order),
        paths: variant.paths,
        ...getShape(variant, list, lists),
        answer: isIntrospection ? planIntrospection(schema, document, supplied) : { list, lists, ...variant.answer },
      }
    },
  }
}

/** In the order of their paths, which is all that a rule needs to find them by. */
function toNested(below: readonly ListReader[], lists: readonly ListReading[]): readonly NestedSelection[] {
  if (below.length === 0) return nothing
  const nested = below.map(({ path, type }, at) => {
    const { where, order = nothing } = lists[at] ?? {}
    return Object.freeze({ path, type, where, order: toSortKeys(order) })
  })
  return Object.freeze(nested.sort((one, other) => (one.path < other.path ? -1 : one.path > other.path ? 1 : 0)))
}

function toSortKeys(order: readonly OrderKey[]): readonly SortKey[] {
  if (order.length === 0) return nothing
  return Object.freeze(order.map(({ path, field, direction }) => Object.freeze({ path, field, direction })))
}

function asksSchema({ document }: ValidDocument): boolean {
  let asks = false
  visit(document, {
    Field({ name }) {
      asks ||= name.value === '__schema' || name.value === '__type'
    },
  })
  return asks
}

function requireOneRoot(selected: readonly SelectedField[]): void {
  if (selected.filter(isNotTypename).length > 1)
    throw refusedAs('source.several_roots', 'The query must ask exactly one root field.')
}

function createVariant(selected: readonly SelectedField[], { served }: QueryPlanDeps): Variant {
  const asked = selected.find(isNotTypename) ?? selected[0]
  if (asked === undefined) throw badRequest('The query asks nothing.')
  const root = served.roots.get(asked.name)
  const type = root?.type.name ?? ''
  const below: ListReader[] = []
  const selection = linkSelection(served.model, type, asked.fields ?? [], (field, path) => {
    const list = served.lists.get(`${field.parent}.${field.name}`)
    if (list === undefined) return undefined
    return below.push(readList(field, path, getNamedType(field.type).name, list)) - 1
  })
  const writeAll = writeAnswer(selected, root, served.model)
  return {
    operation: asked.name,
    selected: listReads(selected),
    paths: Object.freeze(listPaths(selected)),
    root: readList(asked, '', type, root),
    below,
    answer: {
      root,
      selected,
      selection,
      writer: (isWithheld) =>
        isWithheld === undefined ? writeAll : writeAnswer(selected, root, served.model, isWithheld),
    },
    shapes: new Map(),
  }
}

function readList(field: SelectedField, path: string, type: string, list: ListArguments | undefined): ListReader {
  const readWhereValue = compileArgument(field.arguments, 'where', list?.where?.input, field.name)
  const readOrderValue = compileArgument(field.arguments, 'order', list?.order?.input, field.name)
  const isEmpty = field.arguments.length === 0
  return {
    path,
    type,
    read(values, budget) {
      if (isEmpty || list === undefined) return emptyList
      const given = { where: readWhereValue(values), order: readOrderValue(values) }
      return {
        where: list.where && readWhere(list.where.shape, given.where, field.name, budget),
        order: list.order === undefined ? nothing : readOrder(list.order.shape, given.order, field.name),
        given,
      }
    },
  }
}

function isNotTypename({ name }: SelectedField): boolean {
  return name !== '__typename'
}

function writeAnswer(
  selected: readonly SelectedField[],
  root: SourceRoot | undefined,
  model: EntityModel,
  isWithheld?: Withheld,
): (records: readonly unknown[]) => string {
  const members = selected.map((field) => {
    const label = `${JSON.stringify(field.key)}:`
    if (field.name === '__typename') return () => `${label}${JSON.stringify(field.parent)}`
    const write = compileProjection(root?.type.name ?? '', field.fields ?? [], model, isWithheld)
    return (records: readonly unknown[]) => `${label}[${records.map(write).join(',')}]`
  })
  return (records) => `{${members.map((write) => write(records)).join(',')}}`
}

/** The fields that are read, and the digest of what is read and compared, without aliases, values and the order of fields. */
function getShape(variant: Variant, root: ListReading, lists: readonly ListReading[]): Shape {
  const { operation, selected, paths, below, shapes } = variant
  const compared = [root, ...lists]
    .map((list, at) => {
      const place = at === 0 ? '' : `${below[at - 1]?.path ?? ''}: `
      const order = list.order.map(({ path, direction }) => `${path} ${direction}`).join(',')
      return list.where === undefined && order === '' ? '' : `${place}${describeWhere(list.where)};${order}`
    })
    .filter((words) => words !== '')
    .join('\n')
  const known = shapes.get(compared)
  if (known !== undefined) return known
  const text = [`query ${operation}`, compared, ...paths].join('\n')
  const template = createHash('sha256').update(text).digest('hex').slice(0, 32)
  const read = [root, ...lists].flatMap(({ where, order }) => [
    ...listCompared(where),
    ...order.flatMap(({ field, steps }) => [field, ...steps.map((step) => step.field)]),
  ])
  const shape = { fields: Object.freeze([...new Set([...selected, ...read])].sort()), template }
  if (shapes.size < maxShapes) shapes.set(compared, shape)
  return shape
}

/** Questions about the schema are rare and read no record: graphql-js answers them. */
function planIntrospection(
  schema: GraphQLSchema,
  { document }: ValidDocument,
  variableValues: Readonly<Record<string, unknown>>,
): AnswerPlan {
  return {
    root: undefined,
    selected: nothing,
    selection: { type: '', links: nothing },
    list: emptyList,
    lists: nothing,
    writer: () => () => {
      const { data, errors } = executeSync({ schema, document, variableValues })
      if (errors !== undefined) throw new NodeError('internal.fault', { detail: 'a question about the schema failed' })
      return JSON.stringify(data)
    },
  }
}
