import { lookup } from 'node:dns'
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { LookupFunction } from 'node:net'
import { createSecureContext, rootCertificates } from 'node:tls'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { type AddressGuard, isLoopbackAddress } from './address-guard.js'
import { NodeError, systemCodeOf } from './errors.js'
import { openExchange, readBody } from './outbound-exchange.js'
import { parseTarget, type Target, type TargetRules } from './outbound-target.js'
import { trustAlso } from './outbound-trust.js'
import { type Trace, traceHeaders } from './trace.js'

/** How calls out are made. */
export interface OutboundOptions extends Partial<TargetRules> {
  readonly guard: AddressGuard
  readonly userAgent: string
  /** For the whole call, name lookup and body included. 5000 unless given. */
  readonly timeoutMilliseconds?: number
  /** Of the body, as it travels and also unpacked; at least 1. 1 MiB unless given. */
  readonly maxResponseBytes?: number
  /** PEM; these count beside those of the platform. */
  readonly certificateAuthorities?: readonly string[]
  /** Presented to every https server that asks; PEM. `ca` replaces the system's trust anchors. */
  readonly clientCertificate?: {
    readonly cert: string | Buffer
    readonly key: string | Buffer
    readonly ca?: string | Buffer
  }
}

/** One call out. */
export interface OutboundRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly url: string
  /** Not those that the connection owns: host, length, encoding, connection. `content-type` is not guessed. */
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
  /** The `accept` header. */
  readonly accept?: string
  /** Sent along, so that the receiver's log joins ours. */
  readonly trace?: Trace
  readonly timeoutMilliseconds?: number
  readonly maxResponseBytes?: number
  /** Lower case, without parameters. Judged for answers 200 to 299 that may have a body. */
  readonly expectedMediaTypes?: readonly string[]
}

/** The answer, whatever its status. */
export interface OutboundAnswer {
  readonly status: number
  readonly headers: { get(name: string): string | undefined }
  /** Of `content-type`, lower case and without parameters. */
  readonly mediaType: string | undefined
  /** Unpacked. */
  readonly body: Buffer
}

/** The only way to call another machine. */
export interface Outbound {
  /**
   * Makes one call and returns the whole answer. A redirect is an answer like any other: it is not followed.
   *
   * Connects only to addresses that the guard allows, judged when the connection is made. Does not retry, and does not
   * judge the status.
   * @throws `outbound.refused` (nothing was sent) | `outbound.failed` | `outbound.timed_out` | `outbound.too_large` |
   * `outbound.bad_answer` (media type or encoding not asked for) | `internal.stopping` (closed)
   */
  request(call: OutboundRequest): Promise<OutboundAnswer>
  /** Ends every connection; calls under way fail and later ones are refused. */
  close(): void
}

const defaultTimeoutMilliseconds = 5000
const defaultMaxResponseBytes = 1024 * 1024

// Servers commonly drop a quiet connection after 5 s; leaving first avoids sending on one that just went away.
const connections = { keepAlive: true, maxSockets: 16, timeout: 4000 }

/** What the connection decides; a caller that set one could send the request to another virtual host. */
const ownedHeaders = ['host', 'connection', 'content-length', 'transfer-encoding', 'accept-encoding', 'upgrade', 'te']

/**
 * Creates the calls out of one node: https only, ports 443 and those allowed, no reserved names, no redirects, limits on
 * time and size. `allowPlainHttp: 'loopback'` lets `http:` reach loopback addresses that the guard allows.
 *
 * Close it: open connections keep the process alive for 4 s.
 */
export function createOutbound(options: OutboundOptions): Outbound {
  const rules: TargetRules = {
    allowPlainHttp: options.allowPlainHttp ?? 'never',
    allowedPorts: options.allowedPorts ?? [],
    allowReservedHosts: options.allowReservedHosts ?? false,
  }
  const mayConnect = (address: string, protocol: string): boolean =>
    options.guard.check(address) === 'allowed' &&
    (protocol === 'https:' || rules.allowPlainHttp === 'signed' || isLoopbackAddress(address))
  const httpAgent = new HttpAgent({
    ...connections,
    lookup: createGuardedLookup((address) => mayConnect(address, 'http:')),
  })
  const httpsAgent = new HttpsAgent({
    ...connections,
    minVersion: 'TLSv1.2',
    // Said here so that NODE_TLS_REJECT_UNAUTHORIZED cannot switch it off.
    rejectUnauthorized: true,
    ...options.clientCertificate,
    ...trustMore(options),
    lookup: createGuardedLookup((address) => mayConnect(address, 'https:')),
  })
  const underWay = new Set<AbortController>()
  let closed = false

  async function send(call: OutboundRequest, target: Target, signal: AbortSignal): Promise<OutboundAnswer> {
    const maxBytes = call.maxResponseBytes ?? options.maxResponseBytes ?? defaultMaxResponseBytes
    if (!(maxBytes >= 1)) throw new NodeError('internal.fault', { detail: 'maxResponseBytes is under 1' })
    const response = await openExchange({
      url: target.url,
      method: call.method,
      headers: requestHeaders(call, options.userAgent),
      body: call.body === undefined ? undefined : Buffer.from(call.body),
      agent: target.url.protocol === 'https:' ? httpsAgent : httpAgent,
      signal,
    })
    const header = (name: string): string | undefined => response.headersDistinct[name.toLowerCase()]?.join(', ')
    const status = response.statusCode ?? 0
    const mediaType = header('content-type')?.split(';', 1)[0]?.trim().toLowerCase() || undefined
    const encoding = header('content-encoding')?.trim().toLowerCase() || 'identity'
    const objection = findObjection(call, { status, mediaType, encoding })
    if (objection !== undefined) {
      // Nobody will read it: without this the connection stays taken.
      response.destroy()
      throw new NodeError('outbound.bad_answer', { detail: `${target.host}: ${objection}` })
    }
    const received = await readBody(response, maxBytes)
    if (received === undefined) throw new NodeError('outbound.too_large', { detail: target.host })
    const isPacked = encoding !== 'identity' && received.length > 0
    const body = isPacked ? await promisify(gunzip)(received, { maxOutputLength: maxBytes }) : received
    return { status, headers: { get: header }, mediaType, body }
  }

  return {
    async request(call) {
      if (closed) throw stopping()
      const target = parseTarget(call.url, rules)
      // The agents look names up, and nothing else: an address in the URL has to be judged here.
      if (target.address !== undefined && !mayConnect(target.address, target.url.protocol)) throw refused(target.host)
      const deadline = new AbortController()
      const timeoutMilliseconds = call.timeoutMilliseconds ?? options.timeoutMilliseconds ?? defaultTimeoutMilliseconds
      const timer = setTimeout(() => deadline.abort(), timeoutMilliseconds)
      underWay.add(deadline)
      try {
        return await send(call, target, deadline.signal)
      } catch (error) {
        if (closed) throw stopping()
        throw explain(error, target, deadline.signal.aborted)
      } finally {
        clearTimeout(timer)
        underWay.delete(deadline)
      }
    },
    close() {
      closed = true
      // Before the agents: a call that waits for a free connection would get one.
      for (const call of underWay) call.abort()
      httpAgent.destroy()
      httpsAgent.destroy()
    },
  }
}

function trustMore({ certificateAuthorities = [], clientCertificate }: OutboundOptions) {
  if (certificateAuthorities.length === 0) return {}
  if (clientCertificate === undefined) return { secureContext: trustAlso(certificateAuthorities) }
  const platform = clientCertificate.ca === undefined ? rootCertificates : [clientCertificate.ca]
  const ca = [...platform, ...certificateAuthorities]
  return { secureContext: createSecureContext({ ...clientCertificate, minVersion: 'TLSv1.2', ca }) }
}

/** Looks a name up and hands on only the addresses that may be called, so that no other one is ever connected to. */
function createGuardedLookup(mayConnect: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error !== null) return callback(error, [])
      const usable = found.filter(({ address }) => mayConnect(address))
      const [first] = usable
      if (first === undefined) return callback(refused(hostname), [])
      return options.all === true ? callback(null, usable) : callback(null, first.address, first.family)
    })
  }
}

function requestHeaders(call: OutboundRequest, userAgent: string): Record<string, string> {
  const given = Object.entries(call.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value] as const)
  const owned = given.find(([name]) => ownedHeaders.includes(name))
  if (owned !== undefined) throw new NodeError('internal.fault', { detail: `header ${owned[0]} is not the caller's` })
  return {
    ...Object.fromEntries(given),
    accept: call.accept ?? '*/*',
    ...(call.trace === undefined ? {} : traceHeaders(call.trace)),
    'accept-encoding': 'gzip',
    'user-agent': userAgent,
  }
}

/** Says why an answer is of no use, judging by its headers; `undefined` when it may be. */
function findObjection(
  call: OutboundRequest,
  { status, mediaType, encoding }: { status: number; mediaType: string | undefined; encoding: string },
): string | undefined {
  if (!['identity', 'gzip', 'x-gzip'].includes(encoding)) return 'unexpected content encoding'
  if (call.expectedMediaTypes === undefined || status < 200 || status > 299 || status === 204) return undefined
  return mediaType !== undefined && call.expectedMediaTypes.includes(mediaType) ? undefined : 'unexpected media type'
}

/**
 * Says what went wrong by code and host. The error of the platform is not kept as cause: its message can hold addresses,
 * and its stack more than that.
 */
function explain(error: unknown, target: Target, timedOut: boolean): NodeError {
  if (NodeError.is(error)) return error
  if (timedOut) return new NodeError('outbound.timed_out', { detail: target.host })
  const code = systemCodeOf(error)
  if (code === 'ERR_BUFFER_TOO_LARGE') return new NodeError('outbound.too_large', { detail: target.host })
  return new NodeError('outbound.failed', { detail: `${target.host}: ${code ?? 'no further explanation'}` })
}

function stopping(): NodeError {
  return new NodeError('internal.stopping', { detail: 'outbound is closed' })
}

function refused(host: string): NodeError {
  return new NodeError('outbound.refused', { detail: `${host} has no address that may be called` })
}
