import { recordRefusedRead, type ReadRequest, type ReadResult } from '../../access/serve-read.js'
import type { ServedSources } from '../../access/served-sources.js'
import type { Audit } from '../../audit/audit.js'
import type { Parties } from '../../identity/parties.js'
import { NodeError } from '../../kernel/errors.js'
import type { SourceRequest } from '../../sources/data-source.js'
import type { Authenticate } from '../../tokens/authenticate.js'
import type { Dpop } from '../../tokens/dpop.js'
import type { TokenGrant } from '../../tokens/grant.js'
import { parseJsonBody } from '../door.js'
import { wantsPlainJson } from '../errors/answers.js'
import { jsonAnswer, type HttpAnswer, type HttpRequest, type Route } from '../exchange.js'

const maxQueryBytes = 64 * 1024

export interface GraphqlRoutesDeps {
  readonly audit: Audit
  readonly parties: Parties
  readonly authenticate: Authenticate
  readonly dpop: Dpop
  readonly servedSources: Pick<ServedSources, 'find'>
  readonly serveRead: (read: ReadRequest) => Promise<ReadResult>
  /** The URL at which a source is described in the catalogue of its party; `undefined` when it is in none. */
  readonly descriptionOf?: (party: string, source: string) => string | undefined
}

/** The path of a source below the public URL of the node. */
export function sourcePath(party: string, source: string): string {
  return `/sources/${party}/${source}/graphql`
}

/** The guarded data plane: GraphQL over HTTP in front of a party's sources. @see iWlz RFC0040; GraphQL over HTTP */
export function graphqlRoutes(deps: GraphqlRoutesDeps): readonly Route[] {
  const pattern = sourcePath(':party', ':source')
  return [
    {
      method: 'POST',
      pattern,
      family: 'graphql',
      hot: true,
      throttled: [401],
      errorHeaders: () => deps.dpop.nonceHeaders(),
      body: { maxBytes: maxQueryBytes, mediaTypes: ['application/json'] },
      handle: (request) => readSource(request, deps),
    },
    {
      method: 'GET',
      pattern,
      family: 'problem',
      // A query by GET would put identifiers of persons in a URL, so GET only says how to get access.
      handle: ({ params, query, baseUrls }) => {
        const { party = '', source = '' } = params
        const served = deps.servedSources.find(party, source)
        if (served === undefined) return Promise.reject(new NodeError('source.unknown'))
        if (Object.keys(query).length > 0)
          return Promise.reject(new NodeError('request.bad_parameters', { notes: ['send queries with POST'] }))
        const description = deps.descriptionOf?.(party, source)
        const headers = description === undefined ? {} : { link: `<${description}>; rel="describedby"` }
        const answer = {
          source,
          protocol: 'GraphQL over HTTP, POST with application/json',
          authorizationServer: deps.parties.issuerUrl({ subject: party }, baseUrls[0]),
          scopes: served.scopes,
          ...(description === undefined ? {} : { description }),
        }
        return Promise.resolve(jsonAnswer(200, answer, headers))
      },
    },
  ]
}

async function readSource(request: HttpRequest, deps: GraphqlRoutesDeps): Promise<HttpAnswer> {
  const { params, body, header, baseUrls, trace } = request
  const { party = '', source = '' } = params
  const served = deps.servedSources.find(party, source)
  if (served === undefined) throw new NodeError('source.unknown')
  let grant: TokenGrant | undefined
  let asked: SourceRequest
  try {
    const [url = '', ...otherUrls] = baseUrls.map((baseUrl) => `${baseUrl}${sourcePath(party, source)}`)
    const [authorization, proof] = [header('authorization'), header('dpop')]
    grant = await deps.authenticate({ party, authorization, proof, method: 'POST', url, otherUrls })
    if (!grant.record.scope.split(' ').some((scope) => served.scopes.includes(scope))) {
      throw new NodeError('token.insufficient_scope', { notes: [`ask for one of: ${served.scopes.join(' ')}`] })
    }
    asked = served.source.parse(parseJsonBody(body))
  } catch (cause) {
    // Without a token there was nobody to account for; a scan of the port must not fill the journal.
    if (grant !== undefined || /^token\.(invalid|dpop_invalid)$/.test(NodeError.codeOf(cause))) {
      await recordRefusedRead(deps.audit, { party, source, grant, trace, cause })
    }
    throw cause
  }
  const read = await deps.serveRead({ party, source: served.source, request: asked, grant, trace })
  const mediaType = wantsPlainJson(header('accept')) ? 'application/json' : 'application/graphql-response+json'
  return {
    status: 200,
    headers: {
      'content-type': `${mediaType}; charset=utf-8`,
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
  })
}
