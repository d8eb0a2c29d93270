import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import express, { type Express, type NextFunction, type Request, type Response } from 'express'
import { NodeError } from '../kernel/errors.js'
import { errorAnswer } from './errors/answers.js'
import type { HttpAnswer, Route } from './exchange.js'
import { compilePattern, type Pattern } from './pattern.js'
import { createServe, send, traceOf, type Serve, type ServeDeps } from './serve.js'

/** One listener of the node. */
export interface Listener {
  /** Starts to accept. @throws `config.invalid` with a note when the port is taken or may not be used */
  listen(address: { readonly host: string; readonly port: number }): Promise<{ readonly port: number }>
  /** Stops accepting, lets running requests finish for at most `withinMilliseconds`, then breaks off what is left. */
  close(withinMilliseconds: number): Promise<void>
}

const maxConnections = 1_000
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
 * @see slow requests are cut off: headers within 5 s, the whole request within 10 s
 */
export function createListener(
  deps: ServeDeps & { readonly routes: readonly Route[]; readonly basePath?: string },
): Listener {
  const serve = createServe(deps)
  const compiled = deps.routes.map((route): CompiledRoute => ({ route, match: compilePattern(route.pattern) }))
  const hot = compiled.filter(({ route }) => route.hot === true)
  const toLocalPath = createLocalPath(deps.basePath ?? '')

  const app = createApp(compiled, toLocalPath, serve)
  const server = createServer(
    {
      maxHeaderSize: maxHeaderBytes,
      headersTimeout: 5_000,
      requestTimeout: 10_000,
      keepAliveTimeout: 5_000,
      connectionsCheckingInterval: 1_000,
    },
    (request, response) => {
      const path = toLocalPath(request.url ?? '')
      for (const { route, match } of hot) {
        const params = request.method === route.method ? match(path) : undefined
        if (params !== undefined) {
          void serve(route, params, request, response)
          return
        }
      }
      app(request, response)
    },
  )
  server.maxConnections = maxConnections
  server.maxHeadersCount = 100
  server.on('clientError', answerClientError)
  return { listen: (address) => listen(server, address), close: (within) => close(server, within) }
}

/** The framework's app: every route, then 405 for a known path, then 404. */
function createApp(compiled: readonly CompiledRoute[], toLocalPath: (url: string) => string, serve: Serve): Express {
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
    const allow = [
      ...new Set(compiled.filter(({ match }) => match(path) !== undefined).map(({ route }) => route.method)),
    ]
    if (allow.length === 0) refuse(request, response, new NodeError('request.not_found'))
    else refuse(request, response, new NodeError('request.method_not_allowed'), { allow: allow.join(', ') })
  })
  // The framework itself only fails on a path that does not decode.
  app.use((_error: unknown, request: Request, response: Response, _next: NextFunction) => {
    refuse(request, response, new NodeError('request.bad_target'))
  })
  return app
}

function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  error: NodeError,
  headers: Record<string, string> = {},
): void {
  const trace = traceOf(request)
  const answer: HttpAnswer = errorAnswer('problem', error, { trace, accept: undefined })
  send(request, response, { ...answer, headers: { ...answer.headers, ...headers } }, trace)
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

function listen(
  server: Server,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<{ port: number }> {
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

/** What is not HTTP gets a bare status line: there is no request to answer in a family. */
function answerClientError(
  error: Error & { code?: string },
  socket: NodeJS.WritableStream & { writable: boolean; destroy(): void },
): void {
  const status =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? '431 Request Header Fields Too Large'
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? '408 Request Timeout'
        : '400 Bad Request'
  if (socket.writable) socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
  else socket.destroy()
}
