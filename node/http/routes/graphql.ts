import { z } from 'zod'
import type { ReadRequest, ReadResult } from '../../access/serve-read.js'
import type { ServedSource, ServedSources } from '../../access/served-sources.js'
import type { Audit } from '../../audit/audit.js'
import type { Parties } from '../../identity/parties.js'
import { NodeError } from '../../kernel/errors.js'
import { compilePublishedMessages, type FindMessages } from '../../policy/published-messages.js'
import type { SourceRequest } from '../../sources/data-source.js'
import type { Authenticate } from '../../tokens/authenticate.js'
import type { Dpop } from '../../tokens/dpop.js'
import type { PublishedMessages } from '../../../schemas/published-messages.js'
import {
  graphqlAnswerSchema,
  graphqlQuerySchema,
  graphqlRequestSchema,
  sourceDescriptionSchema,
} from '../../../schemas/wire/graphql.js'
import { problemSchema } from '../../../schemas/wire/problem.js'
import { parseJsonBody } from '../door.js'
import { publicErrors } from '../errors/table.js'
import { sourceRefusal, type RefusingFace } from '../errors/source.js'
import type { HttpAnswer, HttpRequest, RefusedRequest, Route } from '../exchange.js'
import { readGetRequest, requireNoValues } from '../graphql-by-get.js'
import { checkSourceRequest } from '../guarded-request.js'
import { mediaTypeFor, requireAcceptable } from '../graphql-media-type.js'
import { describeSource, sourcePath } from '../source-entry.js'

const maxQueryBytes = 64 * 1024

const sourceParams = { party: 'The subject that keeps the source.', source: 'The name of the source.' }
const answerTypes = ['application/json', 'application/graphql-response+json']
const sourceRefusals = [401, 403, 404, 406, 502, 504]

export interface GraphqlRoutesDeps {
  readonly audit: Audit
  readonly parties: Parties
  readonly authenticate: Authenticate
  readonly dpop: Dpop
  readonly servedSources: Pick<ServedSources, 'find'>
  readonly serveRead: (read: ReadRequest) => Promise<ReadResult>
  /** The URL at which a source is described in the catalogue of its party; `undefined` when it is in none. */
  readonly descriptionOf?: (party: string, source: string) => string | undefined
  /** For sources that answer as the present iWlz gateway does. */
  readonly publishedMessages: PublishedMessages
}

/**
 * The guarded data plane: GraphQL over HTTP in front of a party's sources. How a source refuses and which media types and
 * methods it takes is a setting of the source.
 * @see iWlz RFC0040; GraphQL over HTTP
 */
export function graphqlRoutes(deps: GraphqlRoutesDeps): readonly Route[] {
  const pattern = sourcePath(':party', ':source')
  const facesOf = createFaces(deps)
  const answerError = (error: unknown, refused: RefusedRequest): HttpAnswer => {
    const source = facesOf(refused.params)
    // Where no query is taken by GET, whoever sends one is told where to read how to ask.
    const isQuery = refused.method === 'POST' || (refused.hasQuery && source?.face.graphql.http === 'standard')
    return sourceRefusal(error, { ...refused, isQuery }, source)
  }
  return [
    {
      method: 'POST',
      pattern,
      family: 'graphql',
      hot: true,
      throttled: [401],
      errorHeaders: () => deps.dpop.nonceHeaders(),
      body: { maxBytes: maxQueryBytes, mediaTypes: ['application/json'] },
      doc: {
        summary: 'Ask a source',
        about:
          'GraphQL over HTTP with an access token, bound to a key or not. Who may ask what is decided by the policy of ' +
          'the source; which media types it takes and how it refuses are settings of it.',
        params: sourceParams,
        body: graphqlRequestSchema,
        answers: {
          200: { mediaType: answerTypes, about: 'What may be known of it.', schema: graphqlAnswerSchema },
          401: { mediaType: 'text/plain', about: 'Of sources that refuse as the present iWlz gateway does.' },
        },
        refusals: sourceRefusals,
      },
      answerError,
      handle: (request) => readSource(request, deps, (served) => served.source.parse(parseJsonBody(request.body))),
    },
    {
      method: 'GET',
      pattern,
      family: 'graphql',
      throttled: [401],
      errorHeaders: () => deps.dpop.nonceHeaders(),
      doc: {
        summary: 'Say how to get access to a source; or ask it, with the query in the address',
        about: 'A query by GET is taken where the settings of the source say so, and holds no values.',
        params: sourceParams,
        query: graphqlQuerySchema,
        answers: {
          200: {
            mediaType: answerTypes,
            about: 'How to get access, or the answer.',
            schema: z.union([sourceDescriptionSchema, graphqlAnswerSchema]),
          },
          ...Object.fromEntries(
            [400, 401, 404, 406, 413, 429, 500, 503].map((status) => [
              status,
              {
                mediaType: ['application/problem+json', 'text/plain'],
                about: 'Refused: a problem where nothing was asked of the source.',
                schema: problemSchema,
              },
            ]),
          ),
        },
        refusals: sourceRefusals,
      },
      answerError,
      handle: async (request) => {
        const { params, query, baseUrls } = request
        const { party = '', source = '' } = params
        const served = findGraphqlSource(deps, params)
        if (Object.keys(query).length === 0)
          return describeSource(served, {
            protocol: `GraphQL over HTTP, ${methodsOf(served)}`,
            authorizationServer: deps.parties.issuerUrl({ subject: party }, baseUrls[0]),
            description: deps.descriptionOf?.(party, source),
          })
        if (served.face.graphql.http === 'iwlz')
          throw new NodeError('request.bad_parameters', { notes: ['send queries with POST'] })
        return readSource(request, deps, () => {
          const asked = served.source.parse(readGetRequest(query))
          requireNoValues(asked)
          return asked
        })
      },
    },
  ]
}

/** How each source refuses, by its path. */
function createFaces({ servedSources, publishedMessages }: GraphqlRoutesDeps) {
  const bySchema = new Map<string, FindMessages>()
  const messagesFor = (schema: string): FindMessages => {
    const known = bySchema.get(schema)
    if (known !== undefined) return known
    const compiled = compilePublishedMessages(publishedMessages, schema, publicErrors['access.denied'].words)
    bySchema.set(schema, compiled)
    return compiled
  }
  return ({ party = '', source = '' }: Readonly<Record<string, string>>): RefusingFace | undefined => {
    const served = servedSources.find(party, source)
    return served && { face: served.face, findMessages: (denial) => messagesFor(served.pack.schema)(denial) }
  }
}

/** @throws `source.unknown`, also for a source that is asked in another way */
function findGraphqlSource(
  { servedSources }: Pick<GraphqlRoutesDeps, 'servedSources'>,
  { party = '', source = '' }: Readonly<Record<string, string>>,
): ServedSource {
  const served = servedSources.find(party, source)
  if (served === undefined || served.fhir !== undefined) throw new NodeError('source.unknown')
  return served
}

function methodsOf({ face }: ServedSource): string {
  return `POST with application/json${face.graphql.http === 'standard' ? ', or GET without values' : ''}`
}

async function readSource(
  request: HttpRequest,
  deps: GraphqlRoutesDeps,
  parse: (served: ServedSource) => SourceRequest,
): Promise<HttpAnswer> {
  const { params, header, trace } = request
  const { party = '', source = '' } = params
  const served = findGraphqlSource(deps, params)
  const call = { party, source, served, request, path: sourcePath(party, source) }
  const { grant, checked: asked } = await checkSourceRequest(deps, call, () => {
    requireAcceptable(header('accept'), served.face)
    return parse(served)
  })
  const read = await deps.serveRead({ party, source: served.source, request: asked, grant, trace })
  return {
    status: 200,
    headers: {
      'content-type': `${mediaTypeFor(header('accept'), served.face.graphql.http)}; charset=utf-8`,
      'cache-control': 'no-store',
      ...deps.dpop.nonceHeaders(),
    },
    body: `{"data":${read.answer.data},"extensions":${extensionsOf(read, asked, trace.traceId)}}`,
  }
}

/** What the answer says about itself. What `provenance` says of a path holds for every field below it. */
function extensionsOf(
  { answer, rule, time }: ReadResult,
  { source, operation }: SourceRequest,
  traceId: string,
): string {
  return JSON.stringify({
    rule,
    traceId,
    provenance: [{ path: operation, source, time: new Date(time).toISOString(), rule }],
    ...(answer.narrowed === undefined ? {} : { narrowed: answer.narrowed }),
    ...(answer.codes === undefined ? {} : { codes: answer.codes }),
  })
}
