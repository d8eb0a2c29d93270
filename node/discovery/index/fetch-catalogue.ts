import { createHash } from 'node:crypto'
import { NodeError } from '../../kernel/errors.js'
import { decodeUtf8 } from '../../kernel/json-guard.js'
import type { Outbound, OutboundAnswer } from '../../kernel/outbound.js'
import { startTrace } from '../../kernel/trace.js'
import { findMediaType, type CatalogueMediaType } from '../../catalogue/parse-document.js'
import { mostOfDocument } from '../../catalogue/statements.js'
import { didWebUrl } from '../../identity/did-web.js'
import type { DidResolver } from '../../identity/resolve-did.js'

const timeoutMilliseconds = 3_000
const maxProofBytes = 16 * 1024
const maxEtagLength = 256
const maxEndpoints = 100

/** A document as it came; nothing of it was read. */
export interface FetchedDocument {
  readonly text: string
  readonly mediaType: CatalogueMediaType
  readonly etag: string | undefined
  /** SHA-256 of the body: two that are the same need not both be read. */
  readonly bodyDigest: string
}

/** Fetches catalogues and what stands beside them. */
export interface FetchCatalogue {
  /**
   * The document at `url`, or `unchanged` when it is still the one of `etag`. Without an `etag`, caches on the way are
   * passed by when `past` says so.
   *
   * Three seconds and 256 kB at most; a redirect is refused, wherever it leads.
   * @throws `outbound.*`, `catalogue.redirected`, `catalogue.not_served`, `json.malformed` for what is not UTF-8
   */
  document(
    url: string,
    options: { readonly etag?: string | undefined; readonly past?: 'caches' },
  ): Promise<FetchedDocument | 'unchanged'>
  /** The proof beside the catalogue; `undefined` when there is none. @throws as `document` */
  proof(url: string): Promise<string | undefined>
  /**
   * That the catalogue of `did` may be at `url`: at the host of its did:web, or at a host that its DID document names as
   * that of a service. Otherwise anybody could point at the catalogue of somebody else.
   * @throws `catalogue.foreign_host`; `identity.*` when the document cannot be had
   */
  checkHost(url: string, did: string): Promise<void>
}

/** The catalogues of this node's own parties, by their URL: it need not be able to reach itself to know them. */
export interface OwnCatalogues {
  /** The document in JSON-LD; `undefined` when no party of this node has its catalogue there. */
  documentAt(url: string): string | undefined
  /** @throws `identity.*`, `store.unavailable` */
  proofAt(url: string): Promise<string | undefined>
}

export function createFetchCatalogue(deps: {
  readonly outbound: Pick<Outbound, 'request'>
  readonly resolver: Pick<DidResolver, 'resolve'>
  readonly own?: OwnCatalogues
}): FetchCatalogue {
  const get = (url: string, headers: Readonly<Record<string, string>>, maxResponseBytes: number) =>
    deps.outbound.request({
      method: 'GET',
      url,
      headers,
      maxResponseBytes,
      timeoutMilliseconds,
      trace: startTrace(),
    })

  return {
    async document(url, { etag, past }) {
      const text = deps.own?.documentAt(url)
      if (text !== undefined)
        return { text, mediaType: 'application/ld+json', etag: undefined, bodyDigest: digestOf(text) }
      const headers = {
        accept: 'application/ld+json, text/turtle;q=0.5',
        ...(etag === undefined ? {} : { 'if-none-match': etag }),
        ...(past === undefined ? {} : { 'cache-control': 'no-cache', pragma: 'no-cache' }),
      }
      const answer = await get(url, headers, mostOfDocument.bytes)
      if (answer.status === 304 && etag !== undefined) return 'unchanged'
      checkStatus(answer)
      const mediaType = findMediaType(answer.headers.get('content-type') ?? '')
      if (mediaType === undefined) throw notServed('another media type than that of a catalogue')
      const given = answer.headers.get('etag')
      return {
        text: decodeUtf8(answer.body),
        mediaType,
        etag: given !== undefined && given.length <= maxEtagLength ? given : undefined,
        bodyDigest: digestOf(answer.body),
      }
    },
    async proof(url) {
      if (deps.own?.documentAt(url) !== undefined) return deps.own.proofAt(url)
      const answer = await get(`${url}/proof`, { 'cache-control': 'no-cache', pragma: 'no-cache' }, maxProofBytes)
      if (answer.status === 404 || answer.status === 406) return undefined
      checkStatus(answer)
      return decodeUtf8(answer.body).trim()
    },
    async checkHost(url, did) {
      if (!URL.canParse(url)) throw new NodeError('catalogue.foreign_host', { detail: 'the catalogue has no URL' })
      const { host, origin, pathname } = new URL(url)
      // The proof has its address by adding to this one.
      if (url !== `${origin}${pathname}` || url.endsWith('/')) {
        throw new NodeError('catalogue.foreign_host', { notes: ['its URL is not a plain one, without a query'] })
      }
      if (did.startsWith('did:web:') && new URL(didWebUrl(did, () => false)).host === host) return
      const { document } = await deps.resolver.resolve(did)
      const endpoints = document.service.flatMap(({ serviceEndpoint }) => endpointsOf(serviceEndpoint))
      if (endpoints.slice(0, maxEndpoints).some((endpoint) => hostOf(endpoint) === host)) return
      throw new NodeError('catalogue.foreign_host')
    },
  }
}

function digestOf(body: string | Buffer): string {
  return createHash('sha256').update(body).digest('base64url')
}

function checkStatus({ status }: OutboundAnswer): void {
  if (status >= 300 && status < 400) throw new NodeError('catalogue.redirected')
  if (status !== 200) throw notServed(`status ${String(status)}`)
}

function endpointsOf(endpoint: unknown): readonly string[] {
  if (typeof endpoint === 'string') return [endpoint]
  return typeof endpoint === 'object' && endpoint !== null ? Object.values(endpoint).flatMap(textsOf) : []
}

function textsOf(value: unknown): readonly string[] {
  return typeof value === 'string' ? [value] : []
}

function hostOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).host : undefined
}

function notServed(note: string): NodeError {
  return new NodeError('catalogue.not_served', { notes: [note] })
}
