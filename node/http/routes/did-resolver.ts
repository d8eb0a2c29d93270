import { z } from 'zod'
import { NodeError, type ErrorCode } from '../../kernel/errors.js'
import { dereference, type Dereferenced } from '../../identity/dereference.js'
import { didParameters, parseDidUrl, type DidUrl } from '../../identity/did-url.js'
import type { DidResolver } from '../../identity/resolve-did.js'
import type { HttpAnswer, HttpRequest, Route } from '../exchange.js'

const resolutionType = 'application/did-resolution'
const dereferencingType = 'application/did-url-dereferencing'
/** Media types of a bare document or part of it. */
const contentTypes = ['application/did+json', 'application/did+ld+json', 'application/did', 'application/json']

/** Error types with their statuses. @see DID Resolution section "Errors" and its HTTPS binding */
const errorStatuses = {
  INVALID_DID: 400,
  INVALID_DID_URL: 400,
  INVALID_OPTIONS: 400,
  NOT_FOUND: 404,
  REPRESENTATION_NOT_SUPPORTED: 406,
  INVALID_DID_DOCUMENT: 500,
  INTERNAL_ERROR: 500,
  METHOD_NOT_SUPPORTED: 501,
  FEATURE_NOT_SUPPORTED: 501,
} as const
/** For the documentation: the parameters are checked as part of the DID URL. */
const querySchema = z.object(
  Object.fromEntries(['accept', ...didParameters].map((name) => [name, z.string().optional()] as const)),
)
type ErrorType = keyof typeof errorStatuses

const errorTypes: Partial<Record<ErrorCode, ErrorType>> = {
  'identity.did_malformed': 'INVALID_DID',
  'identity.did_url_malformed': 'INVALID_DID_URL',
  'identity.did_method_unsupported': 'METHOD_NOT_SUPPORTED',
  'identity.did_feature_unsupported': 'FEATURE_NOT_SUPPORTED',
  'identity.did_not_found': 'NOT_FOUND',
  'identity.did_document_invalid': 'INVALID_DID_DOCUMENT',
}

/**
 * Resolves DIDs and dereferences DID URLs for other programs. In the path the DID stands as it is or percent-encoded; a
 * `#` is always encoded.
 * @see DID Resolution, HTTPS binding
 */
export function didResolverRoutes({ resolver }: { readonly resolver: DidResolver }): readonly Route[] {
  const route = {
    method: 'GET',
    family: 'problem',
    callers: ['application', 'operator', 'reader'],
    aboutParties: 'none',
    hot: true,
    rawParams: true,
  } as const
  return [
    {
      ...route,
      pattern: '/1.0/identifiers/',
      doc: { summary: 'Resolve nothing: a DID is missing', answers: {} },
      handle: async () => refusal('INVALID_DID', resolutionType),
    },
    {
      ...route,
      pattern: '/1.0/identifiers/:did',
      doc: {
        summary: 'Resolve a DID or dereference a DID URL',
        about: 'DID Resolution, HTTPS binding. Its errors, also with 400 and 500, are resolution results.',
        params: { did: 'A DID or DID URL, as it is or percent-encoded; a # is always encoded.' },
        query: querySchema,
        answers: {
          200: { mediaType: resolutionType, about: 'The document, or the part of it that was asked for.' },
          303: 'Location is the address of the service that was asked for.',
          404: { mediaType: resolutionType, about: 'Nobody has this DID, or its document has no such part.' },
          406: { mediaType: resolutionType, about: 'Nothing that Accept names can be given.' },
          410: { mediaType: resolutionType, about: 'The DID was deactivated.' },
          501: { mediaType: resolutionType, about: 'The method of the DID, or what is asked of it, is not offered.' },
        },
      },
      async handle(request) {
        const wanted = acceptedTypes(request)
        const shape = wanted.find((type) => type === dereferencingType) ?? resolutionType
        try {
          const mediaType = wanted[0]
          const didUrl = parseDidUrl(decodeDidUrl(request.params['did'] ?? ''), didParametersOf(request))
          if (mediaType === undefined) return refusal('REPRESENTATION_NOT_SUPPORTED', shape)
          const { document } = await resolver.resolve(didUrl.did)
          return answerOf(dereference(document, didUrl), isPlainDid(didUrl), mediaType)
        } catch (error) {
          if (NodeError.codeOf(error) === 'identity.did_deactivated') return deactivated(shape)
          const type = errorTypeOf(error)
          // A fault of the node itself is told and logged like every other.
          if (type === undefined) throw error
          return refusal(type, shape)
        }
      },
    },
  ]
}

/**
 * The DID URL in a raw path. One that is encoded as a whole is decoded once. In one that stands as it is, only what has
 * no other way into a path is decoded: `%3A` is part of a did:web with a port.
 */
function decodeDidUrl(segment: string): string {
  if (segment.startsWith('did:') && !segment.includes('%25')) {
    return segment
      .replaceAll(/%23/g, '#')
      .replaceAll(/%3[fF]/g, '?')
      .replaceAll(/%2[fF]/g, '/')
  }
  try {
    return decodeURIComponent(segment)
  } catch (cause) {
    throw new NodeError('identity.did_malformed', { cause, detail: 'not percent-encoded' })
  }
}

/** Everything in the query that is no option of the resolution belongs to the DID URL; there are no other options. */
function didParametersOf({ query }: HttpRequest): Readonly<Record<string, string>> {
  const { accept = '', ...parameters } = query
  // A media type is ASCII.
  if (!/^[\x20-\x7e]*$/.test(accept)) throw new NodeError('request.bad_parameters')
  const unknown = Object.keys(parameters).find((name) => !didParameters.some((known) => known === name))
  if (unknown !== undefined) throw new NodeError('request.bad_parameters')
  return parameters
}

/**
 * What the caller can read, best first, as far as we can write it. The option `accept` wins over the header.
 * @see RFC 9110 section 12.5.1
 */
function acceptedTypes({ query, header }: HttpRequest): readonly string[] {
  const offered = [resolutionType, dereferencingType, ...contentTypes]
  const ranges = (query['accept'] ?? header('accept') ?? '*/*').split(',').map((range) => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
    const quality = parameters.find((parameter) => parameter.startsWith('q='))
    return { type, quality: quality === undefined ? 1 : Number(quality.slice(2)) }
  })
  return ranges
    .filter(({ quality }) => quality > 0)
    .toSorted((left, right) => right.quality - left.quality)
    .flatMap(({ type }) => (type === '*/*' || type === 'application/*' ? resolutionType : type))
    .filter((type) => offered.includes(type))
}

function isPlainDid({ fragment, parameters }: DidUrl): boolean {
  return fragment === undefined && Object.keys(parameters).length === 0
}

function answerOf(found: Dereferenced, isDocument: boolean, mediaType: string): HttpAnswer {
  if (found.kind === 'endpoints') {
    const [location = ''] = found.urls
    const headers = { 'cache-control': 'no-store' }
    if (found.urls.length === 1) return { status: 303, headers: { ...headers, location } }
    return { status: 200, headers: { ...headers, 'content-type': 'text/uri-list' }, body: found.urls.join('\r\n') }
  }
  const { content } = found
  if (mediaType === dereferencingType || (mediaType === resolutionType && !isDocument)) {
    const dereferencingMetadata = { contentType: dereferencingType }
    return answer(200, dereferencingType, { dereferencingMetadata, contentStream: content, contentMetadata: {} })
  }
  if (mediaType !== resolutionType) return answer(200, mediaType, content)
  const didResolutionMetadata = { contentType: resolutionType }
  return answer(200, resolutionType, { didDocument: content, didResolutionMetadata, didDocumentMetadata: {} })
}

function errorTypeOf(error: unknown): ErrorType | undefined {
  const code = NodeError.codeOf(error)
  // Why a document cannot be had is the code of the cause.
  if (code === 'identity.did_unresolvable' && NodeError.is(error)) {
    return errorTypes[NodeError.codeOf(error.cause)] ?? 'INTERNAL_ERROR'
  }
  return code === 'request.bad_parameters' ? 'INVALID_OPTIONS' : errorTypes[code]
}

function refusal(type: ErrorType, shape: string): HttpAnswer {
  return failure(errorStatuses[type], shape, { error: { type: `https://www.w3.org/ns/did#${type}` } }, {})
}

function deactivated(shape: string): HttpAnswer {
  return failure(410, shape, {}, { deactivated: true })
}

function failure(status: number, shape: string, error: object, metadata: object): HttpAnswer {
  const about = { contentType: shape, ...error }
  return shape === dereferencingType
    ? answer(status, shape, { dereferencingMetadata: about, contentStream: null, contentMetadata: metadata })
    : answer(status, shape, { didDocument: null, didResolutionMetadata: about, didDocumentMetadata: metadata })
}

function answer(status: number, mediaType: string, body: unknown): HttpAnswer {
  return { status, headers: { 'content-type': mediaType, 'cache-control': 'no-store' }, body: JSON.stringify(body) }
}
