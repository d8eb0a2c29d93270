import type { DIDDocument, DIDResolver } from 'did-resolver'
import { NodeError } from '../kernel/errors.js'
import { parseGuardedJson, decodeUtf8 } from '../kernel/json-guard.js'
import type { Outbound } from '../kernel/outbound.js'
import { parseDidDocument } from './did-document.js'

const segmentPattern = /^(?:[A-Za-z0-9._-]|%[0-9A-Fa-f]{2})+$/
const hostPattern = /^[A-Za-z0-9.-]+(?:%3[Aa]([0-9]{1,5}))?$/
const mediaTypes = ['application/did+ld+json', 'application/did+json', 'application/json']
const maxDocumentBytes = 256 * 1024

/**
 * The did:web DID of a document below `baseUrl`: host, port with `%3A`, path segments, then `segments`.
 * @throws `identity.did_malformed` when the host is an IP address, which did:web does not allow
 * @see did:web method specification section 2.1
 */
export function didWebFor(baseUrl: string, ...segments: readonly string[]): string {
  const url = new URL(baseUrl)
  if (/^(\d+\.){3}\d+$|^\[/.test(url.hostname)) {
    throw new NodeError('identity.did_malformed', { detail: 'a did:web host cannot be an IP address' })
  }
  const path = url.pathname.split('/').filter((segment) => segment !== '')
  const port = url.port === '' ? '' : `%3A${url.port}`
  return ['did', 'web', `${url.hostname}${port}`, ...path, ...segments.map(encodeURIComponent)].join(':')
}

/**
 * Where the document of a did:web DID is served.
 *
 * `plainHttp` says which hosts are reached over http; only a development configuration says yes, for loopback hosts.
 * @throws `identity.did_malformed` for an encoded slash, a dot segment, an IP host or any other unusual form
 * @see did:web method specification section 3.2
 */
export function didWebUrl(did: string, plainHttp: (hostname: string) => boolean): string {
  const [host, ...segments] = did.slice('did:web:'.length).split(':')
  const matched = host === undefined ? null : hostPattern.exec(host)
  if (!did.startsWith('did:web:') || host === undefined || matched === null || /^(\d+\.){3}\d+/.test(host)) {
    throw new NodeError('identity.did_malformed', { detail: 'not a did:web with a host name' })
  }
  for (const segment of segments) {
    const decoded = segmentPattern.test(segment) ? safeDecode(segment) : undefined
    if (
      decoded === undefined ||
      decoded === '.' ||
      decoded === '..' ||
      decoded.includes('/') ||
      decoded.includes('\\')
    ) {
      throw new NodeError('identity.did_malformed', { detail: 'a did:web path segment is not acceptable' })
    }
  }
  const authority = host.replace(/%3[Aa]/, ':').toLowerCase()
  const scheme = plainHttp(authority.split(':')[0] ?? '') ? 'http' : 'https'
  const path = segments.length === 0 ? '/.well-known' : `/${segments.join('/')}`
  return `${scheme}://${authority}${path}/did.json`
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
      throw new NodeError('identity.did_unresolvable', { detail: 'the document is about another DID' })
    }
    // The library's type and ours describe the same document; ours is the checked one.
    return { didResolutionMetadata: {}, didDocument: document as unknown as DIDDocument, didDocumentMetadata: {} }
  }
}
