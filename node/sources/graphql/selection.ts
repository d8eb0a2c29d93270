import {
  getNamedType,
  isObjectType,
  Kind,
  print,
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
  TypeNameMetaFieldDef,
} from 'graphql'
import type {
  ArgumentNode,
  DirectiveNode,
  FieldNode,
  GraphQLField,
  GraphQLObjectType,
  GraphQLOutputType,
  GraphQLSchema,
  SelectionNode,
  SelectionSetNode,
} from 'graphql'
import type { ValidDocument } from './document.js'
import { badRequest } from './refusal.js'

/** A field of the normalised request: fragments inlined, equal fields merged. */
export interface SelectedField {
  /** The name of the member in the answer. */
  readonly key: string
  readonly name: string
  /** The name of the type that has the field. */
  readonly parent: string
  readonly type: GraphQLOutputType
  readonly arguments: readonly ArgumentNode[]
  /** Absent for a leaf. */
  readonly fields: readonly SelectedField[] | undefined
}

export interface SelectionLimits {
  readonly depth: number
  readonly leafFields: number
}

/** Every field, whatever `@skip` and `@include` say: for limits and conflicts. */
export const withEveryField = (): boolean => true

/**
 * Returns the fields that `document` selects, in the order in which an answer holds them.
 *
 * @param isSelected whether a selection with these directives takes part
 * @throws `source.bad_request` for an alias on a root field, an alias that starts with two underscores, fields that
 *   share a name in the answer but differ, and more than `limits`
 * @see GraphQL sections 5.3.2 "Field Selection Merging" and 6.3.2 "Field Collection"
 */
export function collectFields(
  schema: GraphQLSchema,
  { operation, fragments }: ValidDocument,
  limits: SelectionLimits,
  isSelected: (directives: readonly DirectiveNode[]) => boolean,
): readonly SelectedField[] {
  let leafFields = 0

  function collect(parent: GraphQLObjectType, sets: readonly SelectionSetNode[], depth: number): SelectedField[] {
    if (depth > limits.depth) throw badRequest(`The query is deeper than ${limits.depth} levels.`)
    const merged = new Map<string, FieldNode[]>()
    const inlined = new Set<string>()
    const visit = (selection: SelectionNode): void => {
      if (!isSelected(selection.directives ?? [])) return
      if (selection.kind === Kind.FIELD) return addField(merged, selection)
      if (selection.kind === Kind.INLINE_FRAGMENT) return selection.selectionSet.selections.forEach(visit)
      // Once per level: a second spread adds nothing, and a cycle ends here.
      if (inlined.has(selection.name.value)) return
      inlined.add(selection.name.value)
      fragments.get(selection.name.value)?.selectionSet.selections.forEach(visit)
    }
    for (const set of sets) set.selections.forEach(visit)
    return Array.from(merged, ([key, nodes]) => toField(parent, key, nodes, depth))
  }

  function toField(parent: GraphQLObjectType, key: string, nodes: readonly FieldNode[], depth: number): SelectedField {
    const [node] = nodes
    const definition = node && findDefinition(schema, parent, node.name.value)
    if (definition === undefined) throw badRequest(`A field of "${parent.name}" is not known.`)
    requireSameField(parent, nodes)
    if (depth === 1) nodes.forEach(requireNoAlias)
    const type = getNamedType(definition.type)
    const sets = nodes.flatMap((same) => same.selectionSet ?? [])
    const field = { key, name: definition.name, parent: parent.name, type: definition.type }
    if (isObjectType(type)) {
      return { ...field, arguments: node?.arguments ?? [], fields: collect(type, sets, depth + 1) }
    }
    leafFields += 1
    if (leafFields > limits.leafFields) throw badRequest(`The query reads more than ${limits.leafFields} fields.`)
    return { ...field, arguments: node?.arguments ?? [], fields: undefined }
  }

  const query = schema.getQueryType()
  return query ? collect(query, [operation.selectionSet], 1) : []
}

/** Every field that is read as `Type.field`, sorted, without repeats. Root fields and `__typename` are no reads. */
export function listReads(roots: readonly SelectedField[]): readonly string[] {
  const reads = new Set<string>()
  const visit = (field: SelectedField): void => {
    if (field.name !== '__typename') reads.add(`${field.parent}.${field.name}`)
    field.fields?.forEach(visit)
  }
  for (const root of roots) root.fields?.forEach(visit)
  return [...reads].sort()
}

/**
 * The path of every field below `roots`, from the root that it belongs to, sorted, without aliases and `__typename`: equal
 * for requests that read the same.
 */
export function listPaths(roots: readonly SelectedField[]): readonly string[] {
  const paths = new Set<string>()
  const visit = (field: SelectedField, above: string): void => {
    if (field.name === '__typename') return
    const path = above === '' ? field.name : `${above}.${field.name}`
    paths.add(path)
    field.fields?.forEach((child) => visit(child, path))
  }
  for (const root of roots) root.fields?.forEach((field) => visit(field, ''))
  return [...paths].sort()
}

function addField(merged: Map<string, FieldNode[]>, node: FieldNode): void {
  const key = node.alias?.value ?? node.name.value
  // Such a name would stand in the answer where a reader expects what GraphQL itself says.
  if (node.alias?.value.startsWith('__')) throw badRequest('An alias cannot start with two underscores.')
  const nodes = merged.get(key)
  if (nodes === undefined) merged.set(key, [node])
  else nodes.push(node)
}

function findDefinition(
  schema: GraphQLSchema,
  parent: GraphQLObjectType,
  name: string,
): GraphQLField<unknown, unknown> | undefined {
  if (name === TypeNameMetaFieldDef.name) return TypeNameMetaFieldDef
  if (parent === schema.getQueryType()) {
    if (name === SchemaMetaFieldDef.name) return SchemaMetaFieldDef
    if (name === TypeMetaFieldDef.name) return TypeMetaFieldDef
  }
  return parent.getFields()[name]
}

function requireSameField(parent: GraphQLObjectType, nodes: readonly FieldNode[]): void {
  if (nodes.length > 1 && new Set(nodes.map(describeField)).size > 1) {
    throw badRequest(`Fields of "${parent.name}" have the same name in the answer but are not the same.`)
  }
}

function describeField(node: FieldNode): string {
  return [node.name.value, ...(node.arguments ?? []).map(print).sort()].join(' ')
}

function requireNoAlias(node: FieldNode): void {
  if (node.alias !== undefined) throw badRequest(`The root field "${node.name.value}" cannot have an alias.`)
}
