import { NodeError } from '../kernel/errors.js'
import type { DidDocumentData } from '../../schemas/did-document.js'
import type { DidUrl } from './did-url.js'

/** What a DID URL stands for: the document or a part of it, or the addresses of services. */
export type Dereferenced =
  | { readonly kind: 'content'; readonly content: unknown }
  | { readonly kind: 'endpoints'; readonly urls: readonly string[] }

/**
 * Finds what the DID URL names in the document of its DID.
 * @throws `identity.did_not_found` when it names nothing, `identity.did_feature_unsupported` for versions, hash links and
 *   paths
 * @see DID Resolution section "Dereferencing"
 */
export function dereference(document: DidDocumentData, { path, parameters, fragment }: DidUrl): Dereferenced {
  const { service, serviceType, relativeRef, versionId, versionTime, hl } = parameters
  if (path !== '' || versionId !== undefined || versionTime !== undefined || hl !== undefined) {
    throw new NodeError('identity.did_feature_unsupported')
  }
  if (service !== undefined || serviceType !== undefined) {
    const urls = document.service
      .filter(({ id }) => service === undefined || nameOf(id) === nameOf(service))
      .filter(({ type }) => serviceType === undefined || [type].flat().includes(serviceType))
      .flatMap(({ serviceEndpoint }) => [serviceEndpoint].flat())
      .flatMap((endpoint) => addressOf(endpoint, relativeRef, fragment))
    if (urls.length === 0) throw notFound('no such service with an address')
    return { kind: 'endpoints', urls }
  }
  if (fragment === undefined) return { kind: 'content', content: document }
  const id = `${document.id}#${fragment}`
  const part = partsOf(document).find((candidate) => candidate.id === id || candidate.id === `#${fragment}`)
  if (part === undefined) throw notFound('the document has no such part')
  return { kind: 'content', content: part }
}

/** What has an id: keys, also where they are embedded, and services. */
function partsOf(document: DidDocumentData): readonly { readonly id: string }[] {
  const embedded = Object.values(document).flatMap((member: unknown): readonly unknown[] =>
    Array.isArray(member) ? member : [],
  )
  return embedded.filter(
    (entry: unknown): entry is { readonly id: string } =>
      typeof entry === 'object' && entry !== null && 'id' in entry && typeof entry.id === 'string',
  )
}

/** The name of a service: the fragment of its id. */
function nameOf(id: string): string {
  return id.slice(id.indexOf('#') + 1)
}

/** @see DID Resolution: the relative reference is resolved against the endpoint, the fragment of the DID URL stays */
function addressOf(
  endpoint: unknown,
  relativeRef: string | undefined,
  fragment: string | undefined,
): readonly string[] {
  if (typeof endpoint !== 'string' || !/^https?:\/\//i.test(endpoint) || !URL.canParse(endpoint)) return []
  const url = new URL(relativeRef ?? '', endpoint)
  // A reference that begins with two slashes would lead to somebody else.
  if (url.origin !== new URL(endpoint).origin) return []
  if (fragment !== undefined) url.hash = fragment
  return [url.href]
}

function notFound(detail: string): NodeError {
  return new NodeError('identity.did_not_found', { detail })
}
