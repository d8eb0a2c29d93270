import { operationsOf } from '../../access/fhir-reading.js'
import type { ReadRequest, ReadResult } from '../../access/serve-read.js'
import type { ServedSource, ServedSources } from '../../access/served-sources.js'
import type { Audit } from '../../audit/audit.js'
import type { Parties } from '../../identity/parties.js'
import { NodeError } from '../../kernel/errors.js'
import { DeniedError } from '../../policy/denied.js'
import type { FhirSource } from '../../sources/fhir/fhir-source.js'
import { notOffered } from '../../sources/fhir/refuse.js'
import type { Authenticate } from '../../tokens/authenticate.js'
import type { Dpop } from '../../tokens/dpop.js'
import type { FhirCall } from '../../../schemas/fhir/call.js'
import { fhirMediaType, fhirResourceSchema, fhirSearchSchema, fhirSearchsetSchema } from '../../../schemas/wire/fhir.js'
import { sourceDescriptionSchema } from '../../../schemas/wire/graphql.js'
import { errorAnswer } from '../errors/answers.js'
import { componentHeader, componentOf } from '../errors/component.js'
import type { HttpAnswer, HttpRequest, Route } from '../exchange.js'
import { readCall, searchCall } from '../fhir-call.js'
import { chooseFhirType, isCurrent, readFhirParameters, type FhirParameters } from '../fhir-request.js'
import { checkSourceRequest } from '../guarded-request.js'
import { describeSource, sourcePath } from '../source-entry.js'

const maxFormBytes = 64 * 1024

/** All that a refusal says where the server was asked first whose it is. Each part can be so, and nobody is told which. */
const orRefused = 'or you may not read it, or whether you may cannot be told now; a search by number says which'

export interface FhirRoutesDeps {
  readonly audit: Audit
  readonly parties: Pick<Parties, 'issuerUrl'>
  readonly authenticate: Authenticate
  readonly dpop: Pick<Dpop, 'nonceHeaders'>
  readonly servedSources: Pick<ServedSources, 'find'>
  readonly serveRead: (read: ReadRequest) => Promise<ReadResult>
  /** The URL at which a source is described in the catalogue of its party; `undefined` when it is in none. */
  readonly descriptionOf?: (party: string, source: string) => string | undefined
}

/**
 * The guarded data plane: FHIR R4 in front of a server that a party has. Read only; what may be asked is in the pack of the
 * source. Batches, operations, history, and searches over all types or below one resource are not offered.
 * @see FHIR R4 http.html
 */
export function fhirRoutes(deps: FhirRoutesDeps): readonly Route[] {
  const base = sourcePath(':party', ':source', 'fhir')
  const params = {
    party: 'The subject that keeps the source.',
    source: 'The name of the source.',
    type: 'A type of resource.',
    id: 'The logical id of a resource.',
    version: 'The id of one version.',
    rest: 'Anything else.',
  }
  const common = {
    family: 'fhir',
    ownQuery: true,
    throttled: [401],
    errorHeaders: () => deps.dpop.nonceHeaders(),
    answerError: (error, refused) => {
      const answer = errorAnswer('fhir', error, refused)
      return { ...answer, headers: { ...answer.headers, [componentHeader]: componentOf(NodeError.codeOf(error)) } }
    },
  } as const satisfies Partial<Route>
  const refusals = [401, 403, 404, 406, 501, 502, 504]
  const searchset = {
    mediaType: fhirMediaType,
    about: 'What was found, about one person.',
    schema: fhirSearchsetSchema,
  }
  const record = {
    mediaType: fhirMediaType,
    about: 'The resource, as far as it may be known.',
    schema: fhirResourceSchema,
  }
  return [
    {
      ...common,
      method: 'GET',
      pattern: base,
      doc: {
        summary: 'Say how to get access to a FHIR source; or go on with a search, by the link of its last page',
        params,
        query: fhirSearchSchema,
        answers: {
          200: {
            ...searchset,
            mediaType: ['application/json', fhirMediaType],
            schema: sourceDescriptionSchema.or(fhirSearchsetSchema),
          },
        },
        refusals,
      },
      handle: (request) => continueOrDescribe(request, deps),
    },
    {
      ...common,
      method: 'GET',
      pattern: `${base}/metadata`,
      hot: true,
      doc: {
        summary: 'Say what a FHIR source offers: its CapabilityStatement',
        about: 'Made of the pack of the source. For everybody, without a token.',
        params,
        query: fhirSearchSchema,
        answers: { 200: { mediaType: fhirMediaType, about: 'A CapabilityStatement.', schema: fhirResourceSchema } },
        refusals: [404, 406],
      },
      async handle(request) {
        const { served } = findFhirSource(deps, request.params)
        const type = chooseFhirType(request.header('accept'), readFhirParameters(request))
        return fhirAnswerOf(type, served.published.schema.text)
      },
    },
    {
      ...common,
      method: 'GET',
      pattern: `${base}/:type`,
      hot: true,
      doc: {
        summary: 'Search resources of one type, with the parameters in the address',
        about: 'An address may hold no number that could be a BSN: a search that names a person by it goes by POST.',
        params,
        query: fhirSearchSchema,
        answers: { 200: searchset },
        refusals,
      },
      handle: (request) => search(request, deps),
    },
    {
      ...common,
      method: 'POST',
      pattern: `${base}/:type/_search`,
      hot: true,
      body: { maxBytes: maxFormBytes, mediaTypes: ['application/x-www-form-urlencoded'], optional: true },
      doc: {
        summary: 'Search resources of one type, with the parameters in the body',
        about: 'Who may ask what is decided by the policy of the source.',
        params,
        body: fhirSearchSchema,
        answers: { 200: searchset },
        refusals,
      },
      handle: (request) => search(request, deps),
    },
    ...[`${base}/:type/:id`, `${base}/:type/:id/_history/:version`].map((pattern): Route => ({
      ...common,
      method: 'GET',
      pattern,
      doc: {
        summary: `Read ${pattern.endsWith('version') ? 'one version of ' : ''}a resource`,
        about: 'What is not there and what may not be read look the same.',
        params,
        query: fhirSearchSchema,
        answers: { 200: record, 304: 'What the caller has is still good.' },
        refusals,
      },
      handle: (request) => readOne(request, deps),
    })),
    {
      ...common,
      method: 'GET',
      pattern: `${base}/*rest`,
      doc: {
        summary: 'Say of other interactions of FHIR that they are not offered',
        params,
        query: fhirSearchSchema,
        answers: {},
        refusals,
      },
      async handle({ params: { party = '', source = '' } }) {
        findFhirSource(deps, { party, source })
        throw notOffered()
      },
    },
  ]
}

interface Found {
  readonly party: string
  readonly source: string
  readonly served: ServedSource
  readonly fhir: FhirSource
}

/** @throws `source.unknown`, also for a source that is asked in another way */
function findFhirSource(
  { servedSources }: Pick<FhirRoutesDeps, 'servedSources'>,
  { party = '', source = '' }: Readonly<Record<string, string>>,
): Found {
  const served = servedSources.find(party, source)
  if (served?.fhir === undefined) throw new NodeError('source.unknown')
  return { party, source, served, fhir: served.fhir }
}

async function continueOrDescribe(request: HttpRequest, deps: FhirRoutesDeps): Promise<HttpAnswer> {
  const found = findFhirSource(deps, request.params)
  const { party, source, served } = found
  const [[name, page] = [], ...others] = readFhirParameters(request).filter(([each]) => each !== '_format')
  if (name === '_page' && others.length === 0) {
    const { type, result } = await serve(found, request, deps, { path: '', call: () => ({ page }) })
    return fhirAnswerOf(type, result.answer.data, deps.dpop.nonceHeaders())
  }
  if (name !== undefined) throw notOffered()
  return describeSource(served, {
    protocol: 'FHIR R4, read only; GET /metadata says what',
    authorizationServer: deps.parties.issuerUrl({ subject: party }, request.baseUrls[0]),
    description: deps.descriptionOf?.(party, source),
  })
}

async function search(request: HttpRequest, deps: FhirRoutesDeps): Promise<HttpAnswer> {
  const found = findFhirSource(deps, request.params)
  const { type = '' } = request.params
  const isPost = request.method === 'POST'
  const { type: chosen, result } = await serve(found, request, deps, {
    path: isPost ? `/${type}/_search` : `/${type}`,
    call: (parameters) => searchCall(type, parameters, isPost ? 'in body' : 'in url'),
  })
  return fhirAnswerOf(chosen, result.answer.data, deps.dpop.nonceHeaders())
}

async function readOne(request: HttpRequest, deps: FhirRoutesDeps): Promise<HttpAnswer> {
  const found = findFhirSource(deps, request.params)
  const { type = '', id = '', version } = request.params
  const path = version === undefined ? `/${type}/${id}` : `/${type}/${id}/_history/${version}`
  const { type: chosen, result } = await serve(found, request, deps, {
    path,
    call: (parameters) => readCall({ type, id, version }, parameters),
  }).catch((cause: unknown) => {
    // Nobody learns from a refusal that there is something to be refused.
    if (!/^(access\.denied|source\.record_unknown)$/.test(NodeError.codeOf(cause))) throw cause
    throw new NodeError('source.record_unknown', { cause, notes: [`there is none with this id, ${orRefused}`] })
  })
  const { etag, lastModified } = result.answer.version ?? {}
  const headers = {
    ...deps.dpop.nonceHeaders(),
    ...(etag === undefined ? {} : { etag }),
    ...(lastModified === undefined ? {} : { 'last-modified': lastModified }),
  }
  if (isCurrent(request, { etag, lastModified }))
    return { status: 304, headers: { 'cache-control': 'no-store', ...headers } }
  return fhirAnswerOf(chosen, result.answer.data, headers)
}

async function serve(
  { party, source, served, fhir }: Found,
  request: HttpRequest,
  deps: FhirRoutesDeps,
  { path, call }: { readonly path: string; readonly call: (parameters: FhirParameters) => object },
): Promise<{ readonly type: string; readonly result: ReadResult }> {
  const own = sourcePath(party, source, 'fhir')
  const asking = { party, source, served, request, path: `${own}${path}`, sourcePath: own }
  const { grant, checked } = await checkSourceRequest(deps, asking, async ({ record }) => {
    const parameters = readFhirParameters(request)
    const type = chooseFhirType(request.header('accept'), parameters)
    const body = {
      ...call(parameters),
      base: `${request.baseUrls[0] ?? ''}${own}`,
      reader: record.requester,
      operations: operationsOf(served.pack.rules, record.scope.split(' ')),
    } satisfies Partial<FhirCall>
    const parsed = fhir.parse(body)
    const asked = await fhir.identify(parsed)
    return { type, asked, isLookedUp: asked !== parsed }
  })
  const { type, asked, isLookedUp } = checked
  const result = await deps
    .serveRead({ party, source: fhir, request: asked, grant, trace: request.trace })
    .catch((cause: unknown) => {
      // About what is not there nothing is looked for: every other answer of the policy tells that something is.
      if (!isLookedUp || !(cause instanceof DeniedError)) throw cause
      throw new NodeError('access.denied', { cause, notes: [`there is no such Patient, ${orRefused}`] })
    })
  return { type, result }
}

function fhirAnswerOf(type: string, body: string, headers: Readonly<Record<string, string>> = {}): HttpAnswer {
  return {
    status: 200,
    headers: { 'content-type': `${type}; charset=utf-8`, 'cache-control': 'no-store', ...headers },
    body,
  }
}
