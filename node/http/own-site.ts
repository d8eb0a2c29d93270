import { isIP } from 'node:net'
import type { IncomingMessage } from 'node:http'
import { NodeError } from '../kernel/errors.js'
import { errorAnswer, type ErrorContext } from './errors/answers.js'
import type { HttpAnswer } from './exchange.js'

/** Refuses what a page of somebody else makes a browser send. @throws `request.foreign_site` */
export type CheckOwnSite = (request: Pick<IncomingMessage, 'method' | 'headers'>) => void

/** Endings that no name server of the outside answers for. @see RFC 6761 section 6.3; ICANN resolution 2024.07.29.06 */
const privateEndings = ['.localhost', '.internal', '.svc', '.svc.cluster.local']

/**
 * Keeps pages of others out of a listener that asks nobody who calls, where the browser of somebody who may call it is enough
 * to call it. Such a page can send what needs no leave of the listener (another origin), and it can have its own name point to
 * the listener and read the answers too (another host). So a call that changes something comes from no other origin, and every
 * call names the listener by an address, a name that only this network knows, or one in `names`.
 *
 * Does not tell callers apart that are no browser: those send what they like.
 * @see Fetch, section 3.2 (`Origin`); Fetch Metadata Request Headers, section 2.4
 */
export function createOwnSiteCheck(names: readonly string[]): CheckOwnSite {
  const known = new Set(names.map((name) => name.toLowerCase()))
  return ({ method, headers }) => {
    const { host = '', origin } = headers
    const name = nameOf(host)
    if (!isPrivateName(name) && !known.has(name)) throw new NodeError('request.foreign_site')
    if (method === 'GET' || method === 'HEAD') return
    const site = headers['sec-fetch-site']
    const isOther = site !== undefined && site !== 'same-origin' && site !== 'none'
    if (isOther || (origin !== undefined && !isOriginOf(origin, host))) throw new NodeError('request.foreign_site')
  }
}

/** Without the port, and without the dot that may end a name. */
function nameOf(host: string): string {
  return host
    .toLowerCase()
    .replace(/:\d*$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '')
}

function isPrivateName(name: string): boolean {
  if (isIP(name) !== 0 || privateEndings.some((ending) => name.endsWith(ending))) return true
  return /^[a-z0-9_-]+$/.test(name)
}

function isOriginOf(origin: string, host: string): boolean {
  return origin.toLowerCase().replace(/^https?:\/\//, '') === host.toLowerCase()
}

/** The answer to a call for a page of somebody else: a problem, whatever the family of the route; else `undefined`. */
export function foreignSiteRefusal(error: unknown, context: ErrorContext): HttpAnswer | undefined {
  return NodeError.codeOf(error) === 'request.foreign_site' ? errorAnswer('problem', error, context) : undefined
}
