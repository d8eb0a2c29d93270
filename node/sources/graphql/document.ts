import {
  GraphQLError,
  Kind,
  OperationTypeNode,
  OverlappingFieldsCanBeMergedRule,
  parse,
  specifiedRules,
  validate,
  ValuesOfCorrectTypeRule,
} from 'graphql'
import type { DocumentNode, FragmentDefinitionNode, GraphQLSchema, OperationDefinitionNode } from 'graphql'
import { badRequest, refusedAs } from './refusal.js'

/** What one document may have; a request that has more is refused. */
export interface QueryLimits {
  /** Size of the document, in bytes of UTF-8. */
  readonly documentBytes: number
  /** Names, numbers, texts and signs in the document. */
  readonly tokens: number
  /** Levels of fields; a root field without sub-fields has depth 1. */
  readonly depth: number
  /** Fields without sub-fields, after fragments are inlined. */
  readonly leafFields: number
  /** Named members in the value of `where`, on every level. */
  readonly filterNodes: number
}

/** A valid document with one operation, which is a query unless others were let in. */
export interface ValidDocument {
  readonly document: DocumentNode
  readonly operation: OperationDefinitionNode
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>
}

const maxErrors = 5
const queriesOnly: readonly OperationTypeNode[] = [OperationTypeNode.QUERY]
const notServed = 'Operations of this kind are not served.'

/**
 * The messages of these rules hold names and types only.
 *
 * Values have a pass of their own, because its messages quote them. Fields that cannot be merged are refused where
 * fields are merged: the rule's cost grows with the square of repeated fields.
 */
const nameRules = specifiedRules.filter(
  (rule) => rule !== ValuesOfCorrectTypeRule && rule !== OverlappingFieldsCanBeMergedRule,
)

/**
 * Returns the document in `query` when it is valid for `schema`.
 *
 * Does not check depth, number of fields, and whether fields can be merged: that is known once they are collected.
 * @throws `source.bad_request`, `source.unparsable`, `source.no_operation`, `source.several_operations`,
 *   `source.several_roots`, `source.unknown_operation`
 */
export function parseDocument(
  schema: GraphQLSchema,
  query: string,
  limits: Pick<QueryLimits, 'documentBytes' | 'tokens'>,
  served: readonly OperationTypeNode[] = queriesOnly,
): ValidDocument {
  if (query.length > limits.documentBytes || Buffer.byteLength(query) > limits.documentBytes) {
    throw badRequest('The query is too large.')
  }
  const document = parseText(query, limits.tokens)
  const operation = requireOneOperation(document, served)
  const unknown = validate(schema, document, nameRules, { maxErrors, hideSuggestions: true })
  if (unknown.length > 0) throw refusedAs(codeOf(operation, schema), ...unknown.map(({ message }) => message))
  const values = validate(schema, document, [ValuesOfCorrectTypeRule], { maxErrors, hideSuggestions: true })
  if (values.length > 0) throw badRequest(...values.map(explainValue))
  const fragments = document.definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION)
  return { document, operation, fragments: new Map(fragments.map((fragment) => [fragment.name.value, fragment])) }
}

function parseText(query: string, tokens: number): DocumentNode {
  try {
    return parse(query, { maxLexicalTokens: tokens, maxComments: tokens })
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error
    // The parser's own message quotes what it found, which may be anything.
    if (/^Syntax Error: Document contains more /.test(error.message)) throw badRequest('The query is too long.')
    throw refusedAs('source.unparsable', `The query is not a GraphQL document${position(error)}.`)
  }
}

function requireOneOperation(document: DocumentNode, served: readonly OperationTypeNode[]): OperationDefinitionNode {
  const operations = document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION)
  const [operation] = operations
  const exactlyOne = 'The query must hold exactly one operation.'
  if (operation === undefined) throw refusedAs('source.no_operation', exactlyOne)
  if (operations.length > 1) throw refusedAs('source.several_operations', exactlyOne)
  if (!served.includes(operation.operation))
    throw refusedAs('source.unknown_operation', served === queriesOnly ? 'Only queries are served.' : notServed)
  return operation
}

/** What a document that is not valid asks at its root: several fields, one that is not there, or one that is. */
function codeOf({ operation, selectionSet }: OperationDefinitionNode, schema: GraphQLSchema) {
  const asked = selectionSet.selections.filter((node) => node.kind === Kind.FIELD).map(({ name }) => name.value)
  const roots = new Set(asked.filter((name) => name !== '__typename'))
  if (roots.size > 1) return 'source.several_roots'
  const [root] = roots
  const known = schema.getRootType(operation)?.getFields() ?? {}
  return root === undefined || root.startsWith('__') || Object.hasOwn(known, root)
    ? 'source.bad_request'
    : 'source.unknown_operation'
}

/** Keeps what a message about a value says of the schema, and drops the value. */
function explainValue(error: GraphQLError): string {
  const missing = /^Field "[\w.]+" (?:is not defined by type "\w+"|of required type "[\w[\]!]+" was not provided)\./
  const aboutField = missing.exec(error.message)
  if (aboutField !== null) return aboutField[0]
  const [, type, scalar] = /^(?:Expected value of type "([\w[\]!]+)"|(\w+) cannot represent )/.exec(error.message) ?? []
  const expected = type ?? scalar
  return expected === undefined
    ? `A value has the wrong type${position(error)}.`
    : `Expected a value of type "${expected}"${position(error)}.`
}

function position({ locations }: GraphQLError): string {
  const place = locations?.[0]
  return place === undefined ? '' : ` (line ${place.line}, column ${place.column})`
}
