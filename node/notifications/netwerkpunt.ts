import { readdirSync, readFileSync } from 'node:fs'
import {
  execute,
  extendSchema,
  Kind,
  OperationTypeNode,
  OverlappingFieldsCanBeMergedRule,
  parse,
  validate,
  type DocumentNode,
  type GraphQLSchema,
} from 'graphql'
import { LRUCache } from 'lru-cache'
import { NodeError } from '../kernel/errors.js'
import { packageFile } from '../kernel/package-root.js'
import type { Trace } from '../kernel/trace.js'
import { parseDocument } from '../sources/graphql/document.js'
import { badRequest, refusedAs } from '../sources/graphql/refusal.js'
import { parseRequestBody } from '../sources/graphql/request-body.js'
import { parseSourceSchema } from '../sources/graphql/source-schema.js'
import { coerceVariables, listVariables, type DeclaredVariable } from '../sources/graphql/variables.js'
import type { TokenGrant } from '../tokens/token-store.js'

/** A call of a root field: at whose netwerkpunt, and who may make it. */
export interface NetwerkpuntCall {
  readonly party: string
  readonly grant: TokenGrant
  readonly trace: Trace
}

/** What a root field of the netwerkpunt does. */
export interface NetwerkpuntField {
  readonly name: string
  /**
   * The scopes under which it may be called, with `{rol}` where the role of the party stands: one of those in
   * `schemas/netwerkpunt/scopes.json`.
   */
  readonly scopes: readonly string[]
  /**
   * Does it, and returns what the schema says of the field. The arguments have the types of the schema.
   * @throws `NodeError`, with which the whole call is refused
   */
  run(args: Readonly<Record<string, unknown>>, call: NetwerkpuntCall): Promise<unknown>
}

/** A call that was found to be valid. */
export interface ParsedCall {
  readonly field: NetwerkpuntField
  /** Runs it, and returns the JSON of `data`. @throws what the field throws; `internal.fault` */
  run(call: NetwerkpuntCall): Promise<string>
}

/** What a netwerkpunt understands, the same for every party. */
export interface Netwerkpunt {
  /** The published schema and what this project adds, for whoever wants to call. */
  readonly sdl: string
  /**
   * Checks a request: one operation with one root field that is served.
   * @throws `source.*` with notes that hold no values
   */
  parse(body: unknown): ParsedCall
}

const limits = { documentBytes: 32 * 1024, tokens: 1000 }
const maxDocuments = 200
const maxCachedCharacters = 1024 * 1024
const served = [OperationTypeNode.QUERY, OperationTypeNode.MUTATION]
const published = 'netwerkpunt-1.graphql'

interface Plan {
  readonly document: DocumentNode
  readonly operationName: string | undefined
  readonly variables: readonly DeclaredVariable[]
  readonly field: NetwerkpuntField
}

/**
 * Makes the netwerkpunt of the published schema with the additions that stand beside it.
 * @throws `config.invalid` when a field is not in the schema
 * @see iWlz netwerkpunt 1.1; iWlz RFC0040
 */
export function createNetwerkpunt(fields: readonly NetwerkpuntField[]): Netwerkpunt {
  const { schema, sdl } = loadNetwerkpuntSchema()
  const byName = new Map(fields.map((field) => [field.name, field]))
  const roots = { ...schema.getQueryType()?.getFields(), ...schema.getMutationType()?.getFields() }
  for (const name of byName.keys())
    if (!Object.hasOwn(roots, name))
      throw new NodeError('config.invalid', { notes: [`the netwerkpunt has no field ${name}`] })
  const plans = new LRUCache<string, Plan>({
    max: maxDocuments,
    maxSize: maxCachedCharacters,
    sizeCalculation: (_plan, query) => Math.max(1, query.length),
  })

  function getPlan(query: string): Plan {
    const known = plans.get(query)
    if (known !== undefined) return known
    const { document, operation } = parseDocument(schema, query, limits, served)
    if (validate(schema, document, [OverlappingFieldsCanBeMergedRule], { maxErrors: 1 }).length > 0)
      throw badRequest('Two fields with one name cannot be merged.')
    const names = rootNames(document)
    if (names.length > 1) throw refusedAs('source.several_roots', 'Only one root field can be called at a time.')
    const field = names[0] === undefined ? undefined : byName.get(names[0])
    if (field === undefined) throw refusedAs('source.unknown_operation', 'That field is not served here.')
    const plan = {
      document,
      operationName: operation.name?.value,
      variables: listVariables(schema, operation),
      field,
    }
    plans.set(query, plan)
    return plan
  }

  return {
    sdl,
    parse(body) {
      const { query, operationName, variables } = parseRequestBody(body)
      const plan = getPlan(query)
      if (operationName !== undefined && operationName !== plan.operationName)
        throw badRequest('"operationName" is not the name of the operation.')
      // First, in words of our own: the executor quotes the values that it refuses.
      coerceVariables(plan.variables, variables)
      return { field: plan.field, run: (call) => run(schema, plan, variables, call) }
    },
  }
}

async function run(
  schema: GraphQLSchema,
  { document, field }: Plan,
  variableValues: Readonly<Record<string, unknown>>,
  call: NetwerkpuntCall,
): Promise<string> {
  const rootValue = { [field.name]: (args: Readonly<Record<string, unknown>>) => field.run(args, call) }
  const { data, errors } = await execute({ schema, document, rootValue, variableValues })
  const [error] = errors ?? []
  if (error === undefined && data !== null && data !== undefined) return JSON.stringify(data)
  // All or nothing: an answer with errors would say that something was delivered and that it was not.
  const cause = error?.originalError
  if (NodeError.is(cause)) throw cause
  throw new NodeError('internal.fault', { cause, detail: `${field.name} could not be answered` })
}

/** The root fields beside `__typename`, each once; also those inside fragments. */
function rootNames(document: DocumentNode): readonly string[] {
  const names = new Set<string>()
  const fragments = new Map(
    document.definitions.flatMap((definition) =>
      definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition.selectionSet] as const] : [],
    ),
  )
  const collect = (selectionSet: { readonly selections: readonly SelectionLike[] } | undefined): void => {
    for (const selection of selectionSet?.selections ?? [])
      if (selection.kind === Kind.FIELD) names.add(selection.name.value)
      else if (selection.kind === Kind.INLINE_FRAGMENT) collect(selection.selectionSet)
      else collect(fragments.get(selection.name.value))
  }
  for (const definition of document.definitions)
    if (definition.kind === Kind.OPERATION_DEFINITION) collect(definition.selectionSet)
  names.delete('__typename')
  return [...names]
}

type SelectionLike = Extract<
  DocumentNode['definitions'][number],
  { readonly kind: Kind.OPERATION_DEFINITION }
>['selectionSet']['selections'][number]

/** The published schema alone is one file, and each other file beside it adds something. */
function loadNetwerkpuntSchema(): { readonly schema: GraphQLSchema; readonly sdl: string } {
  const directory = packageFile('schemas', 'netwerkpunt')
  const names = readdirSync(directory).filter((name) => name.endsWith('.graphql') && name !== published)
  const read = (name: string): string => readFileSync(`${directory}/${name}`, 'utf8')
  const texts = [published, ...names.sort()].map(read)
  const [first = '', ...additions] = texts
  const schema = additions.reduce((whole, text) => extendSchema(whole, parse(text)), parseSourceSchema(first))
  return { schema, sdl: texts.join('\n') }
}
