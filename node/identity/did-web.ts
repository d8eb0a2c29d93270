import type { DIDDocument, DIDResolver } from 'did-resolver'
import { NodeError } from '../kernel/errors.js'
import { parseGuardedJson, decodeUtf8 } from '../kernel/json-guard.js'
import type { Outbound } from '../kernel/outbound.js'
import { badDocument, parseDidDocument } from './did-document.js'

const segmentPattern = /^(?:[A-Za-z0-9._-]|%[0-9A-Fa-f]{2})+$/
const hostPattern = /^([a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})*)(?:%3[Aa]([1-9][0-9]{0,4}))?$/
/** What a URL parser takes for an IPv4 address, in any of its spellings. */
const numberPattern = /(?:^|\.)(?:[0-9]+|0x[0-9a-f]*)$/
const maxHostLength = 253
/** Allowed in a path, but not in a DID. */
const urlOnlyCharacters = "!$&'()*+,;=:@~"
const mediaTypes = ['application/did+ld+json', 'application/did+json', 'application/json']
const maxDocumentBytes = 256 * 1024

/**
 * The did:web DID of a document below `baseUrl`: host, port with `%3A`, path segments, then `segments`.
 *
 * Does not check that a path segment is one that `didWebUrl` accepts.
 * @throws `identity.did_malformed` for an IP address, which did:web does not allow, an empty segment, user information, a
 *   query or a fragment
 * @see did:web method specification section 2.1; nuts-node v6: what a DID cannot hold is percent-encoded
 */
export function didWebFor(baseUrl: string, ...segments: readonly string[]): string {
  const { hostname, port, pathname, username, password, search, hash } = new URL(baseUrl)
  if (username + password + search + hash !== '') throw malformed('a did:web has a host and a path only')
  const host = checkHost(port === '' ? hostname : `${hostname}%3A${port}`).host
  const path = pathname.replace(/\/$/, '').split('/').slice(1)
  const encoded = [...path.map(encodeForDid), ...segments.map((segment) => encodeForDid(encodeURIComponent(segment)))]
  if (encoded.includes('')) throw malformed('a did:web path segment is empty')
  return ['did', 'web', host, ...encoded].join(':')
}

/**
 * Where the document of a did:web DID is served.
 *
 * `plainHttp` says which hosts are reached over http; only a development configuration says yes, for loopback hosts.
 * @throws `identity.did_malformed` for an encoded slash, a dot segment, an IP host, capitals in the host or any other
 *   unusual form
 * @see did:web method specification section 3.2
 */
export function didWebUrl(did: string, plainHttp: (hostname: string) => boolean): string {
  if (!did.startsWith('did:web:')) throw malformed('not a did:web')
  const [host = '', ...segments] = did.slice('did:web:'.length).split(':')
  const { hostname, port } = checkHost(host)
  for (const segment of segments) {
    const decoded = segmentPattern.test(segment) ? safeDecode(segment) : undefined
    if (decoded === undefined || decoded === '.' || decoded === '..' || /[/\\]/.test(decoded)) {
      throw malformed('a did:web path segment is not acceptable')
    }
  }
  const scheme = plainHttp(hostname) ? 'http' : 'https'
  const path = segments.length === 0 ? '/.well-known' : `/${segments.map(decodeForUrl).join('/')}`
  return `${scheme}://${hostname}${port === undefined ? '' : `:${port}`}${path}/did.json`
}

function checkHost(host: string): { readonly host: string; readonly hostname: string; readonly port?: string } {
  const [, hostname, port] = hostPattern.exec(host) ?? []
  if (hostname === undefined || hostname.length > maxHostLength || numberPattern.test(hostname)) {
    throw malformed('not a did:web with a host name')
  }
  if (Number(port ?? 0) > 65_535) throw malformed('not a did:web with a port')
  return { host, hostname, ...(port === undefined ? {} : { port }) }
}

/** Encodes what a URL leaves as it is and a DID cannot hold. */
function encodeForDid(segment: string): string {
  return segment.replace(/%[0-9A-Fa-f]{2}|[^A-Za-z0-9._-]/g, (found) =>
    found.length === 3 ? found : `%${found.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  )
}

/** The other way round; what a URL needs encoded stays so. */
function decodeForUrl(segment: string): string {
  return segment.replace(/%[0-9A-Fa-f]{2}/g, (encoded) => {
    const character = String.fromCharCode(Number.parseInt(encoded.slice(1), 16))
    return urlOnlyCharacters.includes(character) ? character : encoded
  })
}

function malformed(detail: string): NodeError {
  return new NodeError('identity.did_malformed', { detail })
}

function safeDecode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}

/** Resolves did:web through `outbound`. The document's id must equal the DID, byte for byte. */
export function createDidWeb(deps: {
  readonly outbound: Outbound
  readonly plainHttp: (hostname: string) => boolean
}): DIDResolver {
  return async (did) => {
    const response = await deps.outbound.request({
      method: 'GET',
      url: didWebUrl(did, deps.plainHttp),
      accept: mediaTypes.join(', '),
      expectedMediaTypes: mediaTypes,
      maxResponseBytes: maxDocumentBytes,
    })
    if (response.status < 200 || response.status > 299) {
      const error = response.status === 404 || response.status === 410 ? 'notFound' : 'unavailable'
      return { didResolutionMetadata: { error }, didDocument: null, didDocumentMetadata: {} }
    }
    const document = parseDidDocument(parseGuardedJson(decodeUtf8(response.body)))
    if (document.id !== did) {
      throw badDocument('the document is about another DID')
    }
    // The library's type and ours describe the same document; ours is the checked one.
    return { didResolutionMetadata: {}, didDocument: document as unknown as DIDDocument, didDocumentMetadata: {} }
  }
}
