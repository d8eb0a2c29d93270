import { isIP } from 'node:net'
import { NodeError } from './errors.js'

/** What a URL may look like to be called. */
export interface TargetRules {
  /**
   * `loopback` lets `http:` through here; that the host really is loopback is checked when the connection is made.
   * `signed` lets it through to anyone, on port 80, for what carries its own signature.
   */
  readonly allowPlainHttp: 'never' | 'loopback' | 'signed'
  /** Ports besides 443, or any. */
  readonly allowedPorts: 'any' | readonly number[]
  /** Lets names through that never belong to a public peer, such as `localhost` and `fhir.internal`. */
  readonly allowReservedHosts: boolean
}

/** A URL that may be called as far as its text tells. */
export interface Target {
  /** Without fragment and credentials. */
  readonly url: URL
  /** Host and port, for logs and errors: paths and queries hold identifiers. */
  readonly host: string
  /** The IP address when the host is one, without brackets: such a host is never looked up. */
  readonly address: string | undefined
}

/**
 * Returns what `text` points at when it can be read in one way only and its scheme, host name and port are allowed.
 *
 * Refuses credentials, dot segments in any spelling, backslashes, spaces and everything outside ASCII, because URL
 * parsers repair those, each in its own way; a name in other letters is written in punycode. The host is judged after
 * parsing, so `127.1` and `0x7f.1` are 127.0.0.1. A fragment is dropped. Does not judge the address.
 * @throws `outbound.refused`
 * @see WHATWG URL section 4.4; RFC 6761; RFC 2606
 */
export function parseTarget(text: string, rules: TargetRules): Target {
  const withoutFragment = text.split('#', 1)[0] ?? ''
  const match = /^(https?):\/\/([^/?%@\\]+)(\/[^?]*)?(\?.*)?$/.exec(withoutFragment)
  // A pattern of its own: every character from ! to ~ except the backslash.
  if (match === null || !/^[!-[\]-~]+$/.test(withoutFragment)) throw refused('not a plain absolute http(s) URL')
  if ((match[3] ?? '').split('/').some(isDotSegment)) throw refused('dot segment in the path')
  const url = parseUrl(withoutFragment)
  checkAllowed(url, rules)
  const bare = url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname
  return { url, host: url.host, address: isIP(bare) === 0 ? undefined : bare }
}

function checkAllowed(url: URL, rules: TargetRules): void {
  if (url.protocol !== 'https:' && rules.allowPlainHttp === 'never') {
    throw refused(`plain http is not allowed for ${url.host}`)
  }
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port)
  const isUsual = port === 443 || (port === 80 && url.protocol === 'http:' && rules.allowPlainHttp === 'signed')
  if (!isUsual && rules.allowedPorts !== 'any' && !rules.allowedPorts.includes(port)) {
    throw refused(`port ${port} is not allowed for ${url.host}`)
  }
  if (!rules.allowReservedHosts && isReservedHost(url.hostname)) throw refused(`${url.hostname} is a reserved name`)
}

function parseUrl(text: string): URL {
  try {
    return new URL(text)
  } catch {
    // The parser's own error holds the whole URL.
    throw refused('not a URL')
  }
}

function isDotSegment(segment: string): boolean {
  return /^(\.|%2e){1,2}$/i.test(segment)
}

/** Names that are set aside for documentation, tests, the machine itself, the local network and other naming systems. */
const reservedSuffixes = [
  'example',
  'example.com',
  'example.net',
  'example.org',
  'test',
  'invalid',
  'localhost',
  'local',
  'internal',
  'home.arpa',
  'onion',
  'alt',
]

function isReservedHost(hostname: string): boolean {
  const name = hostname.replace(/\.$/, '')
  return reservedSuffixes.some((suffix) => name === suffix || name.endsWith(`.${suffix}`))
}

function refused(detail: string): NodeError {
  return new NodeError('outbound.refused', { detail })
}
