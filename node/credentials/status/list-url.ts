/**
 * Where a list of this node is served. For a DID without a port it is the very URL that nuts-node v6 uses; a `%` of the
 * DID is escaped, because a path is decoded once.
 */
export function listUrlFor(nodeUrl: string, issuer: string, page: number): string {
  return `${nodeUrl}/statuslist/${issuer.replaceAll('%', '%25')}/${String(page)}`
}

/** True for the page of a list as it stands in a URL. */
export function isPage(text: string): boolean {
  return /^[1-9]\d{0,8}$/.test(text)
}
