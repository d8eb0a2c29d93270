import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from 'node:http'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https'
import type { Duplex } from 'node:stream'
import type { TlsOptions } from 'node:tls'
import express, { type Express, type NextFunction, type Request, type Response } from 'express'
import { NodeError } from '../kernel/errors.js'
import { createConnectionCap } from './connection-cap.js'
import { checkRawRequest, maxHeaderLines } from './door.js'
import { errorAnswer } from './errors/answers.js'
import { publicErrors } from './errors/table.js'
import type { HttpAnswer, Route } from './exchange.js'
import { compilePattern, type Pattern } from './pattern.js'
import { breakOffStalled } from './stalled-answers.js'
import { createServe, send, traceOf, type Serve, type ServeDeps } from './serve.js'

/** One listener of the node. */
export interface Listener {
  /** What it serves. */
  readonly routes: readonly Route[]
  /** Starts to accept. @throws `config.invalid` with a note when the port is taken or may not be used */
  listen(address: Address): Promise<{ readonly port: number }>
  /** Starts to accept over TLS, on an address of its own. @throws as `listen` */
  listenTls(address: Address, tls: TlsOptions): Promise<{ readonly port: number }>
  /** Shows another certificate to connections that are made from now on. */
  renewTls(tls: TlsOptions): void
  /** Goes on accepting, and ends each connection with its next answer, so that callers make new ones elsewhere. */
  drain(): void
  /** Stops accepting, lets running requests finish for at most `withinMilliseconds`, then breaks off what is left. */
  close(withinMilliseconds: number): Promise<void>
}

/** Where a listener accepts. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** Caps of a listener, in milliseconds unless the name says otherwise. */
export interface ListenerLimits {
  /** Until the last header line. */
  readonly headers: number
  /** Until the last byte of the body. */
  readonly request: number
  /** Between two requests of one connection. */
  readonly idle: number
  /** Of an answer, of which nothing goes out because the caller does not read. */
  readonly stalled: number
  /** How often slow requests are looked for. */
  readonly check: number
  readonly connectionCount: number
  /** Of one remote address. */
  readonly connectionsPerAddress: number
}

const defaultLimits: ListenerLimits = {
  headers: 5_000,
  request: 10_000,
  idle: 5_000,
  stalled: 30_000,
  check: 1_000,
  connectionCount: 1_000,
  connectionsPerAddress: 1_000,
}
const maxHeaderBytes = 16 * 1024

interface CompiledRoute {
  readonly route: Route
  readonly match: Pattern
}

/**
 * A listener is one express app on one server. A few hot routes are answered in front of the framework; they share
 * everything else with it.
 *
 * `basePath` is the path of the node's public URL: requests are accepted with it and, for proxies that strip it, without.
 * `limits` replaces single caps. Unless it does, slow requests are cut off: headers after 5 s, the whole request after
 * 10 s, looked for every second; an answer that its caller does not read after 30 s.
 */
export function createListener(
  deps: ServeDeps & {
    readonly routes: readonly Route[]
    readonly basePath?: string
    readonly limits?: Partial<ListenerLimits>
  },
): Listener {
  const limits = { ...defaultLimits, ...deps.limits }
  const serve = createServe(deps)
  const compiled = deps.routes.map((route): CompiledRoute => ({
    route,
    match: compilePattern(route.pattern, { raw: route.rawParams === true }),
  }))
  const hot = compiled.filter(({ route }) => route.hot === true)
  const toLocalPath = createLocalPath(deps.basePath ?? '')

  const refuse = createRefuse(deps)
  const app = createApp(compiled, toLocalPath, serve, refuse)
  const running = new Set<ServerResponse>()
  let isClosing = false
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    running.add(response)
    response.once('close', () => running.delete(response))
    if (isClosing) response.shouldKeepAlive = false
    const path = toLocalPath(request.url ?? '')
    for (const { route, match } of hot) {
      const params = request.method === route.method ? match(path) : undefined
      if (params !== undefined) {
        void serve(route, params, request, response)
        return
      }
    }
    app(request, response)
  }
  const options = serverOptions(limits)
  const capConnections = createConnectionCap(limits)
  const open: Server[] = []
  let tlsServer: TlsServer | undefined
  const start = (server: Server, address: Address): Promise<{ port: number }> => {
    capConnections(server)
    // One more than the door lets through: what the platform leaves out would not be seen.
    server.maxHeadersCount = maxHeaderLines + 1
    server.on('clientError', answerClientError)
    breakOffStalled(server, { running, milliseconds: limits.stalled })
    server.on('checkExpectation', (request, response) => {
      refuse(request, response, new NodeError('request.bad_header'))
    })
    open.push(server)
    return listen(server, address)
  }
  function startDraining(): void {
    isClosing = true
    // A connection that is kept alive after its last answer would hold up the stop.
    for (const response of running) response.shouldKeepAlive = false
  }

  return {
    routes: deps.routes,
    listen: (address) => start(createServer(options, answer), address),
    listenTls(address, tls) {
      tlsServer = createTlsServer({ ...options, handshakeTimeout: limits.headers, ...tls }, answer)
      return start(tlsServer, address)
    },
    drain: startDraining,
    renewTls: (tls) => tlsServer?.setSecureContext(tls),
    async close(within) {
      startDraining()
      await Promise.all(open.map((server) => close(server, within)))
    },
  }
}

function serverOptions(limits: ListenerLimits): ServerOptions {
  return {
    maxHeaderSize: maxHeaderBytes,
    headersTimeout: limits.headers,
    requestTimeout: limits.request,
    keepAliveTimeout: limits.idle,
    connectionsCheckingInterval: limits.check,
    // The door says it in the words of the interface; the platform would answer without any.
    requireHostHeader: false,
  }
}

/** The framework's app: every route, then 405 for a known path, then 404. */
function createApp(
  compiled: readonly CompiledRoute[],
  toLocalPath: (url: string) => string,
  serve: Serve,
  refuse: Refuse,
): Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.enable('strict routing')
  app.enable('case sensitive routing')
  app.use((request, _response, next) => {
    const mark = request.url.indexOf('?')
    request.url = toLocalPath(request.url) + (mark < 0 ? '' : request.url.slice(mark))
    next()
  })
  for (const { route, match } of compiled) {
    const methods = { GET: 'get', POST: 'post', DELETE: 'delete' } as const
    app[methods[route.method]](route.pattern, (request, response, next) => {
      // Taken from the raw path: the framework decodes, and a decoded DID is another DID.
      const params = match(toLocalPath(request.originalUrl))
      return params === undefined ? next() : serve(route, params, request, response)
    })
  }
  app.use((request, response) => {
    const path = toLocalPath(request.originalUrl)
    const here = compiled.filter(({ match }) => match(path) !== undefined)
    const methods = here.map(({ route }) => route.method)
    const allow = new Set(methods.flatMap((method) => (method === 'GET' ? [method, 'HEAD'] : [method])))
    try {
      checkRawRequest({ url: request.originalUrl, rawHeaders: request.rawHeaders, headers: request.headers })
      throw new NodeError(allow.size === 0 ? 'request.not_found' : 'request.method_not_allowed')
    } catch (error) {
      const isMethod = NodeError.codeOf(error) === 'request.method_not_allowed'
      refuse(request, response, error, {
        headers: isMethod ? { allow: [...allow].join(', ') } : {},
        answerError: here.map(({ route }) => route.answerError).find((each) => each !== undefined),
      })
    }
  })
  // The framework itself only fails on a path that does not decode.
  app.use((_error: unknown, request: Request, response: Response, _next: NextFunction) => {
    refuse(request, response, new NodeError('request.bad_target'))
  })
  return app
}

/** Answers a request that no route takes. */
type Refuse = (
  request: IncomingMessage,
  response: ServerResponse,
  error: unknown,
  options?: {
    readonly headers?: Readonly<Record<string, string>>
    /** Of the routes with the same path. */
    readonly answerError?: Route['answerError']
  },
) => void

function createRefuse({ listener, version, log, metrics }: ServeDeps): Refuse {
  return (request, response, error, { headers = {}, answerError } = {}) => {
    const trace = traceOf(request, listener)
    const context = { trace, accept: undefined, authorization: undefined }
    const { method = '' } = request
    const answer: HttpAnswer =
      answerError?.(error, { ...context, method, params: {}, hasQuery: false }) ??
      errorAnswer('problem', error, context)
    send(request, response, { ...answer, headers: { ...answer.headers, ...headers } }, trace, version)
    const code = NodeError.codeOf(error)
    metrics.countError(listener, publicErrors[code].code)
    const { spanId: requestId, traceId } = trace
    log.debug('request refused', { listener, status: answer.status, code, requestId, traceId })
  }
}

const wellKnown = '/.well-known/'

/** Takes the query and the base path off; a well-known path carries the base path behind its name. @see RFC 8414 section 3.1 */
function createLocalPath(basePath: string): (url: string) => string {
  return (url) => {
    const mark = url.indexOf('?')
    const path = mark < 0 ? url : url.slice(0, mark)
    if (basePath === '') return path
    if (path.startsWith(`${basePath}/`)) return path.slice(basePath.length)
    if (!path.startsWith(wellKnown)) return path
    const nameEnd = path.indexOf('/', wellKnown.length)
    const rest = nameEnd < 0 ? '' : path.slice(nameEnd)
    return rest.startsWith(`${basePath}/`) ? path.slice(0, nameEnd) + rest.slice(basePath.length) : path
  }
}

function listen(server: Server, { host, port }: Address): Promise<{ port: number }> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: Error & { code?: string }) => {
      const why =
        cause.code === 'EADDRINUSE'
          ? 'is already in use: choose another, or stop what uses it'
          : `cannot be used (${cause.code ?? 'unknown'})`
      reject(new NodeError('config.invalid', { cause, notes: [`port ${String(port)} on ${host} ${why}`] }))
    })
    server.listen(port, host, () => {
      const address = server.address()
      resolve({ port: typeof address === 'object' && address !== null ? address.port : port })
    })
  })
}

function close(server: Server, withinMilliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const deadline = setTimeout(() => {
      server.closeAllConnections()
    }, withinMilliseconds)
    server.close(() => {
      clearTimeout(deadline)
      resolve()
    })
    server.closeIdleConnections()
  })
}

/** What is not HTTP gets a bare status line: there is no request to answer in a family. What is not even TLS gets nothing. */
function answerClientError(error: Error & { code?: string }, socket: Duplex): void {
  const status =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? '431 Request Header Fields Too Large'
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? '408 Request Timeout'
        : '400 Bad Request'
  if (!socket.writable || /^ERR_(SSL|TLS)_/.test(error.code ?? '')) {
    socket.destroy()
    return
  }
  // Destroyed once it is written: the other side may never close its half.
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => {
    socket.destroy()
  })
}
