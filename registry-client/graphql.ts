import { z } from 'zod'
import type { Caller, CallOptions } from './call.js'
import { RegistryError } from './error.js'
import { failureOf, protocolFailure } from './failure.js'
import { parseAnswer } from './own-node.js'
import { parseSource, type Source, type Sources } from './source.js'
import { explainedCodesSchema, type ExplainedCodes } from '../schemas/wire/codes.js'

/** A GraphQL query. */
export interface GraphqlQuery {
  readonly query: string
  readonly variables?: Readonly<Record<string, unknown>>
  /** Which operation of the document, where it holds more than one. */
  readonly operationName?: string
  /** Ask beside the data what its codes mean. A source that does not know says nothing. */
  readonly codes?: boolean
}

/** What a source answered to a GraphQL query. */
export interface GraphqlAnswer<Data = unknown> {
  readonly data: Data
  /** What could not be answered, beside data that could: empty when all was. */
  readonly errors: readonly { readonly message: string; readonly extensions: Readonly<Record<string, unknown>> }[]
  /** The rule or rules that gave leave. */
  readonly rule: string | undefined
  /** Under which the source finds the request in its journal. */
  readonly traceId: string | undefined
  /** What the codes in `data` mean, where that was asked. */
  readonly codes: ExplainedCodes | undefined
}

/**
 * Sends a query to a source and gives its data.
 *
 * `parse` turns the data into what the application works with; what it throws is a `protocol` error. Without it the data
 * is `unknown`. Only queries are sent: mutations and subscriptions are `invalid_request`.
 * @throws RegistryError `refused` with the rule and its reasons, `invalid_request` for a query that is not valid
 * @see GraphQL over HTTP; iWlz RFC0040
 */
export type QueryGraphql = <Data = unknown>(
  source: Source,
  query: GraphqlQuery,
  options?: CallOptions & { readonly parse?: (data: unknown) => Data },
) => Promise<GraphqlAnswer<Data>>

const answerSchema = z.looseObject({
  data: z.unknown().optional(),
  errors: z
    .array(z.looseObject({ message: z.string(), extensions: z.record(z.string(), z.unknown()).default({}) }))
    .default([]),
  extensions: z
    .looseObject({
      rule: z.string().optional(),
      traceId: z.string().optional(),
      codes: explainedCodesSchema.optional(),
    })
    .default({}),
})

/** Makes the verb `graphql` of a client. */
export function createQueryGraphql({ caller, sources }: { readonly caller: Caller; readonly sources: Sources }) {
  const queryGraphql: QueryGraphql = async (source, { query, variables = {}, operationName, codes }, options = {}) => {
    const url = parseSource(source)
    if (!isReadOnly(query)) {
      throw new RegistryError('invalid_request', 'Only queries are sent to a source.', { from: 'client' })
    }
    const operation = caller.begin(options)
    const received = await sources.ask(operation, source, {
      url,
      method: 'POST',
      headers: {
        accept: 'application/graphql-response+json, application/json;q=0.9',
        'content-type': 'application/json',
      },
      body: JSON.stringify({ query, variables, operationName, ...(codes === true && { extensions: { codes } }) }),
    })
    const { data, errors, extensions } = parseAnswer('source', answerSchema, received)
    if (data === undefined || data === null) {
      if (errors.length === 0) throw protocolFailure('source', received.status, 'neither data nor errors')
      // Without data it was never executed: a query that is not valid, or a source that answers everything with 200.
      throw failureOf('source', received, operation.clock.now(), data === undefined ? 400 : 500)
    }
    const { rule, traceId } = extensions
    return {
      data: parseData(options.parse, data, received.status),
      errors,
      rule,
      traceId,
      codes: extensions.codes,
    }
  }
  return queryGraphql
}

function parseData<Data>(parse: ((data: unknown) => Data) | undefined, data: unknown, status: number): Data {
  // Without `parse` the type parameter is `unknown`, unless the caller vouches for more.
  if (parse === undefined) return data as Data
  try {
    return parse(data)
  } catch {
    // What it says may quote the data.
    throw protocolFailure('source', status, 'the data is not what the application expects')
  }
}

/** True when no definition of the document starts with `mutation` or `subscription`. The source checks all else. */
function isReadOnly(document: string): boolean {
  const bare = document.replace(/"""(?:\\"""|[^])*?"""|"(?:\\.|[^"\\\n])*"|#[^\n\r]*/g, ' ')
  let depth = 0
  let startsDefinition = true
  for (const [token] of bare.matchAll(/[{}()]|[_A-Za-z][_0-9A-Za-z]*/g)) {
    if (token === '{' || token === '(') depth += 1
    else if (token === '}' || token === ')') depth -= 1
    else if (startsDefinition && (token === 'mutation' || token === 'subscription')) return false
    startsDefinition = depth === 0 && token === '}'
  }
  return true
}
