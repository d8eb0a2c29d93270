/** A list of this node, as its URL names it. */
export interface ListPlace {
  readonly issuer: string
  readonly page: number
}

/**
 * Where a list of this node is served. For a DID without a port it is the very URL that nuts-node v6 uses; a `%` of the
 * DID is escaped, because a path is decoded once.
 */
export function listUrlFor(nodeUrl: string, issuer: string, page: number): string {
  return `${nodeUrl}/statuslist/${issuer.replaceAll('%', '%25')}/${String(page)}`
}

/** The list that `url` names, when it is one of this node; whether it exists is for the store to say. */
export function findListPlace(nodeUrl: string, url: string): ListPlace | undefined {
  const prefix = `${nodeUrl}/statuslist/`
  if (!url.startsWith(prefix)) return undefined
  const [issuer, page, ...others] = url.slice(prefix.length).split('/')
  if (issuer === undefined || page === undefined || others.length > 0 || !isPage(page)) return undefined
  const place = { issuer: issuer.replaceAll('%25', '%'), page: Number(page) }
  return listUrlFor(nodeUrl, place.issuer, place.page) === url ? place : undefined
}

/** The list that `url` names, whichever public URL its node had. */
export function findNamedPlace(url: string): ListPlace | undefined {
  const at = url.lastIndexOf('/statuslist/')
  return at < 0 ? undefined : findListPlace(url.slice(0, at), url)
}

/** True for the page of a list as it stands in a URL. */
export function isPage(text: string): boolean {
  return /^[1-9]\d{0,8}$/.test(text)
}
