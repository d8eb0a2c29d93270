/**
 * The base URLs of one node, without a slash at the end. Its names (DIDs, issuers of credentials, status lists) are always
 * below `url`; over TLS that the node ends itself it may be reached by a second one.
 */
export interface PublicUrls {
  /** The node's own: it names the node, and is what a proxy in front serves. */
  readonly url: string
  /** The one that is https, for whoever takes nothing else: that of its own TLS, or else `url`; `undefined` without any. */
  readonly https: string | undefined
  readonly all: readonly string[]
  /**
   * Those by which a caller may know the listener that it reached, at least one; the first is the one to answer with. What
   * came in the clear counts for the node's own only, and what came over TLS for https only.
   */
  readonly reachedBy: (transport: Transport) => readonly [string, ...string[]]
}

/** How a request came to the node itself: with or without TLS that it ends. */
export type Transport = 'plain' | 'tls'

/** The base URLs of a node: `url`, and `tlsUrl` where its own TLS has another. A slash at the end is taken off. */
export function createPublicUrls({
  url: given,
  tlsUrl,
}: {
  readonly url: string
  readonly tlsUrl?: string | undefined
}): PublicUrls {
  const url = given.replace(/\/+$/, '')
  const isSecure = url.startsWith('https:')
  const second = tlsUrl?.replace(/\/+$/, '') ?? url
  const others = second === url || !isSecure ? [] : [url]
  return {
    url,
    https: second.startsWith('https:') ? second : undefined,
    all: [...new Set([url, second])],
    reachedBy: (transport) => (transport === 'tls' ? [second, ...others] : [url]),
  }
}
