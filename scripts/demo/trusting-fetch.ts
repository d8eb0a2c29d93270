import { readFileSync } from 'node:fs'
import { Agent } from 'node:https'
import nodeFetch from 'node-fetch'

/** The `fetch` of an application that trusts the authority of the region, whose certificates nobody else knows. */
export function createTrustingFetch(certificateAuthority: string): typeof fetch {
  const agent = new Agent({ ca: readFileSync(certificateAuthority), minVersion: 'TLSv1.2' })
  // The library keeps to the standard; the declarations of the two differ in details that nobody here uses.
  return ((url: string | URL, init: object) =>
    nodeFetch(url, { ...init, ...(String(url).startsWith('https:') ? { agent } : {}) })) as unknown as typeof fetch
}
