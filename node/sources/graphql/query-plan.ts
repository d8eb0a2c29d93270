import { createHash } from 'node:crypto'
import { executeSync, visit } from 'graphql'
import type { GraphQLSchema } from 'graphql'
import { NodeError } from '../../kernel/errors.js'
import type { Filter, Reading } from '../../policy/question.js'
import type { QueryLimits, ValidDocument } from './document.js'
import { compileFilters } from './filters.js'
import type { FilterReader } from './filters.js'
import { compileProjection } from './projection.js'
import { badRequest } from './refusal.js'
import { collectFields, listPaths, listReads, withEveryField } from './selection.js'
import type { SelectedField } from './selection.js'
import type { SourceRoot } from './source-schema.js'
import { coerceVariables, isSelected, listConditions, listVariables, readConditions } from './variables.js'

/** How a request is answered. */
export interface AnswerPlan {
  /** The root field with records; `undefined` when no record is read. */
  readonly root: SourceRoot | undefined
  /** The `data` member of the response, serialised, for the records of `root`. */
  write(records: readonly unknown[]): string
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
  readonly schema: GraphQLSchema
  readonly roots: ReadonlyMap<string, SourceRoot>
  readonly limits: QueryLimits
  readonly introspection: boolean
  readonly document: ValidDocument
}

/** What `@skip` and `@include` leave of a document for one combination of their variables. */
interface Variant {
  readonly operation: string
  readonly type: string | undefined
  /** The fields that are selected, as `Type.field`. */
  readonly selected: readonly string[]
  readonly paths: readonly string[]
  readonly readFilters: FilterReader
  readonly answer: AnswerPlan
  /** By the filters that are compared. */
  readonly shapes: Map<string, Shape>
}

/** What a variant reads with certain filters, whatever their values. */
interface Shape {
  readonly fields: readonly string[]
  readonly template: string
}

/** A variant costs memory, and a requester chooses how many there are. */
const maxVariants = 8
const maxShapes = 16
const nothing: readonly never[] = Object.freeze([])

/** Introspection queries of common tools have 15 levels; graphql-js itself limits lists inside lists. */
const introspectionLimits = { depth: 16, leafFields: 1000 }

/**
 * Works out what a valid document asks.
 *
 * @throws `source.bad_request`
 */
export function createQueryPlan(deps: QueryPlanDeps): QueryPlan {
  const { schema, introspection, document } = deps
  const isIntrospection = asksSchema(document)
  if (isIntrospection && !introspection) throw badRequest('This source does not answer questions about its schema.')
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
      const { filters, where } = variant.readFilters(values)
      return {
        operation: variant.operation,
        filters,
        where,
        nested: nothing,
        order: nothing,
        paths: variant.paths,
        ...getShape(variant, filters),
        answer: isIntrospection ? planIntrospection(schema, document, supplied) : variant.answer,
      }
    },
  }
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
  if (selected.filter(isNotTypename).length > 1) throw badRequest('The query must ask exactly one root field.')
}

function createVariant(selected: readonly SelectedField[], { roots, limits }: QueryPlanDeps): Variant {
  const asked = selected.find(isNotTypename) ?? selected[0]
  if (asked === undefined) throw badRequest('The query asks nothing.')
  const root = roots.get(asked.name)
  return {
    operation: asked.name,
    type: root?.type.name,
    selected: listReads(selected),
    paths: Object.freeze(listPaths(selected)),
    readFilters: compileFilters(root, asked.arguments, limits),
    answer: { root, write: writeAnswer(selected, root) },
    shapes: new Map(),
  }
}

function isNotTypename({ name }: SelectedField): boolean {
  return name !== '__typename'
}

function writeAnswer(selected: readonly SelectedField[], root: SourceRoot | undefined): AnswerPlan['write'] {
  const members = selected.map((field) => {
    const label = `${JSON.stringify(field.key)}:`
    if (field.name === '__typename') return () => `${label}${JSON.stringify(field.parent)}`
    const write = compileProjection(root?.type.name ?? '', field.fields ?? [])
    return (records: readonly unknown[]) => `${label}[${records.map(write).join(',')}]`
  })
  return (records) => `{${members.map((write) => write(records)).join(',')}}`
}

/** The fields that are read, and the digest of what is read and compared, without aliases, order and values. */
function getShape(variant: Variant, filters: readonly Filter[]): Shape {
  const { operation, type, selected, paths, shapes } = variant
  const compared = filters.map(({ path, operator }) => `${path} ${operator}`).join(',')
  const known = shapes.get(compared)
  if (known !== undefined) return known
  const text = [`query ${operation}`, compared, ...paths].join('\n')
  const template = createHash('sha256').update(text).digest('hex').slice(0, 32)
  const fields = [...selected, ...filters.map(({ path }) => `${type ?? ''}.${path}`)]
  const shape = { fields: Object.freeze([...new Set(fields)].sort()), template }
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
    write() {
      const { data, errors } = executeSync({ schema, document, variableValues })
      if (errors !== undefined) throw new NodeError('internal.fault', { detail: 'a question about the schema failed' })
      return JSON.stringify(data)
    },
  }
}
