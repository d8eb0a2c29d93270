import { LRUCache } from 'lru-cache'
import type { SourceRequest } from '../data-source.js'
import { parseDocument } from './document.js'
import type { QueryLimits } from './document.js'
import { createQueryPlan } from './query-plan.js'
import type { AnswerPlan, QueryPlan } from './query-plan.js'
import { badRequest } from './refusal.js'
import { parseRequestBody } from './request-body.js'
import type { ServedSchema } from './source-schema.js'

/** @see the published iWlz queries: at most 6 levels, 130 fields and 4 filter nodes */
const defaultQueryLimits: QueryLimits = {
  documentBytes: 64 * 1024,
  tokens: 1000,
  depth: 8,
  leafFields: 200,
  filterNodes: 32,
}

const maxDocuments = 500
const maxCachedCharacters = 4 * 1024 * 1024

export interface QueryReaderDeps {
  readonly served: ServedSchema
  /** The name of the source. */
  readonly source: string
  /** For tests: what is proven of answers is proven of larger ones than may be asked. */
  readonly limits?: Partial<QueryLimits> | undefined
  /** Serves `__schema` and `__type` too. For development and conformance tests; off by default. */
  readonly introspection?: boolean | undefined
}

/** Turns request bodies into checked requests, and knows the requests it made. */
export interface QueryReader {
  /**
   * Checks a request against the schema and the limits.
   *
   * The request holds one root field of one query, beside which only `__typename` may stand.
   * @param body a parsed JSON body: `query`, `operationName`, `variables`, `extensions`
   * @throws `source.bad_request`, `source.bad_body` and the codes of `parseDocument`, with notes that name fields, types and
   *   variables, and hold no value
   * @see GraphQL over HTTP, "Request Parameters"; iWlz RFC0040
   */
  read(body: unknown): SourceRequest
  /** How to answer `request`; `undefined` unless this reader made it, so that a request cannot be altered or made up. */
  findPlan(request: SourceRequest): AnswerPlan | undefined
}

/**
 * Makes the reader of a source.
 *
 * Keeps the work on valid documents, by their exact text: the 500 used last, of at most 4 Mi characters together. What
 * a document asks is decided by its text alone; what its variables ask is worked out for each request.
 */
export function createQueryReader(deps: QueryReaderDeps): QueryReader {
  const { served, source, introspection = false } = deps
  const limits = { ...defaultQueryLimits, ...deps.limits }
  const plans = new LRUCache<string, QueryPlan>({
    max: maxDocuments,
    maxSize: maxCachedCharacters,
    sizeCalculation: (_plan, query) => Math.max(1, query.length),
  })
  const answers = new WeakMap<SourceRequest, AnswerPlan>()

  function getPlan(query: string): QueryPlan {
    const known = plans.get(query)
    if (known !== undefined) return known
    const document = parseDocument(served.schema, query, limits)
    const plan = createQueryPlan({ served, limits, introspection, document })
    plans.set(query, plan)
    return plan
  }

  return {
    read(body) {
      const { query, operationName, variables, asksCodes } = parseRequestBody(body)
      const plan = getPlan(query)
      if (operationName !== undefined && operationName !== plan.operationName) {
        throw badRequest('"operationName" is not the name of the operation.')
      }
      const { answer, ...reading } = plan.resolve(variables)
      const request = Object.freeze({ source, ...reading })
      answers.set(request, asksCodes ? { ...answer, asksCodes } : answer)
      return request
    },
    findPlan: (request) => answers.get(request),
  }
}
