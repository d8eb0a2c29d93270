import type { IncomingMessage, ServerResponse } from 'node:http'
import { performance } from 'node:perf_hooks'
import { pipeline, Readable } from 'node:stream'
import { TLSSocket } from 'node:tls'
import { copyWith } from '../kernel/copy-with.js'
import { NodeError } from '../kernel/errors.js'
import type { Log } from '../kernel/log.js'
import type { Tracer } from '../kernel/spans.js'
import type { PublicUrls } from '../kernel/public-urls.js'
import { receiveTrace, type Trace } from '../kernel/trace.js'
import { checkRawRequest, parseFlatForm, readBody } from './door.js'
import { errorAnswer } from './errors/answers.js'
import { publicErrors } from './errors/table.js'
import type { HttpAnswer, HttpRequest, Route } from './exchange.js'
import type { Metrics } from './metrics.js'
import { foreignSiteRefusal, type CheckOwnSite } from './own-site.js'
import { signInRefusal } from './sign-in/refusal.js'
import type { SignIn } from './sign-in/sign-in.js'
import { addressOf, type Throttle } from './throttle.js'

/** What every served request shares. */
export interface ServeDeps {
  readonly listener: 'public' | 'internal'
  /** Of the interface, for the header that every answer has. @see NL API Design Rules `/core/version-header` */
  readonly version: string
  readonly log: Log
  readonly metrics: Metrics
  /** Where traces are made. */
  readonly tracer?: Tracer | undefined
  /** For routes that are throttled; without it none is. */
  readonly throttle?: Throttle
  /** The header in which the proxy in front says who calls. */
  readonly addressHeader?: string | undefined
  /** Of the internal listener, where callers do not sign in. */
  readonly checkOwnSite?: CheckOwnSite | undefined
  /** Of the internal listener, where callers sign in. */
  readonly signIn?: Pick<SignIn, 'admit' | 'audience'> | undefined
  /** Of the public listener: the URLs by which it is reached. */
  readonly publicUrls?: Pick<PublicUrls, 'reachedBy'>
}

/** Serves one request on a route whose pattern matched. Never rejects. */
export type Serve = (
  route: Route,
  params: Readonly<Record<string, string>>,
  request: IncomingMessage,
  response: ServerResponse,
) => Promise<void>

/** For who signs in at a route that takes the token of another in `Authorization`: a gateway. */
const signInHeader = 'x-bronnet-sign-in'

const safetyHeaders = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
}

/**
 * Serves routes for both the framework and the front in front of it, so that limits, error shapes, trace ids, log and
 * metrics are the same whichever way a request comes in.
 */
export function createServe(deps: ServeDeps): Serve {
  return async (route, params, request, response) => {
    const startedAt = performance.now()
    let trace = traceOf(request, deps.listener)
    // Who ends TLS itself has no proxy in front that would say it: the header is then what a caller made up.
    const address = addressOf(request, isTls(request) ? undefined : deps.addressHeader)
    let answer: HttpAnswer
    try {
      checkRawRequest(request, { allowsSlashes: route.pattern.includes('/*') })
      if (route.callers !== 'anybody') deps.checkOwnSite?.(request)
      if (route.throttled !== undefined) deps.throttle?.check(address)
      if (deps.signIn !== undefined) {
        const authorization = signInOf(request)
        const signedIn = await deps.signIn.admit({ route, params, authorization, address, trace })
        if (signedIn !== undefined) trace = copyWith(trace, { signedIn })
      }
      const queryText = queryOf(request.url ?? '')
      const query = route.ownQuery === true ? {} : parseFlatForm(queryText)
      const body = await readBody(request, route.body)
      const header = (name: string): string | undefined => {
        const value = request.headers[name]
        return typeof value === 'string' ? value : undefined
      }
      const asked: HttpRequest = {
        method: route.method,
        params,
        query,
        ...(route.ownQuery === true ? { queryText } : {}),
        header,
        body,
        trace,
        remoteAddress: request.socket.remoteAddress ?? '',
        callerAddress: address,
        baseUrls: deps.publicUrls?.reachedBy(isTls(request) ? 'tls' : 'plain') ?? [],
        clientCertificate: () => clientCertificateOf(request),
      }
      answer = await (deps.tracer === undefined
        ? route.handle(asked)
        : deps.tracer.within(trace, () => route.handle(asked)))
    } catch (error) {
      const { accept, authorization } = request.headers
      const requestId = requestIdOf(request)
      const context = { trace, accept, authorization, requestId }
      const { method = '', url = '' } = request
      answer =
        signInRefusal(error, context, deps.signIn?.audience) ??
        foreignSiteRefusal(error, context) ??
        route.answerError?.(error, { ...context, method, params, hasQuery: url.includes('?') }) ??
        errorAnswer(route.family, error, context)
      if (route.errorHeaders !== undefined)
        answer = { ...answer, headers: { ...answer.headers, ...route.errorHeaders() } }
      if (NodeError.codeOf(error) === 'request.too_many' && deps.throttle !== undefined)
        answer = { ...answer, headers: { ...answer.headers, 'retry-after': String(deps.throttle.retryAfterSeconds) } }
      // In what the family says: a source can answer 401 for what is wrong with a query.
      else if (route.throttled?.includes(errorAnswer(route.family, error, context).status) === true)
        deps.throttle?.refused(address)
      report(deps, route, trace, error)
    }
    send(request, response, answer, trace, deps.version, (error) => report(deps, route, trace, error))
    const milliseconds = performance.now() - startedAt
    deps.metrics.observeRequest(deps.listener, route.pattern, answer.status, milliseconds / 1000)
    const fields = {
      listener: deps.listener,
      method: route.method,
      route: route.pattern,
      status: answer.status,
      milliseconds: Math.round(milliseconds * 10) / 10,
      ...traceFields(trace),
    }
    if (deps.tracer !== undefined && route.quiet !== true) traceRequest(deps.tracer, fields, trace, startedAt)
    if (route.quiet === true) deps.log.debug('request', fields)
    else deps.log.info('request', fields)
  }
}

function signInOf({ headers }: IncomingMessage): string | undefined {
  const own = headers[signInHeader]
  return typeof own === 'string' ? own : headers.authorization
}

function traceRequest(
  tracer: Tracer,
  { listener, method, route, status }: { listener: string; method: string; route: string; status: number },
  trace: Trace,
  startedAt: number,
): void {
  const attributes = {
    'bronnet.listener': listener,
    'http.request.method': method,
    'http.route': route,
    'http.response.status_code': status,
  }
  tracer.served(trace, startedAt, { name: `${method} ${route}`, attributes, failed: status >= 500 })
}

function requestIdOf({ headers }: IncomingMessage): string | undefined {
  const value = headers['x-request-id']
  return typeof value === 'string' ? value : undefined
}

function isTls({ socket }: IncomingMessage): boolean {
  return socket instanceof TLSSocket
}

function clientCertificateOf({ socket }: IncomingMessage): Buffer | undefined {
  return socket instanceof TLSSocket ? socket.getPeerX509Certificate()?.raw : undefined
}

function queryOf(url: string): string {
  const mark = url.indexOf('?')
  return mark < 0 ? '' : url.slice(mark + 1)
}

/** For a year no call in the clear; not on this machine, where all ports share one name. @see RFC 6797 section 7.1 */
const strictTransport = { 'strict-transport-security': 'max-age=31536000' }

function transportHeaders(request: IncomingMessage): Readonly<Record<string, string>> {
  return isTls(request) && !/^([^:]*\.)?localhost(:|$)/i.test(request.headers.host ?? '') ? strictTransport : {}
}

/** The trace that the request continues or starts. */
export function traceOf(request: IncomingMessage, listener: ServeDeps['listener']): Trace {
  const one = (name: string): string | undefined => {
    const value = request.headers[name]
    return typeof value === 'string' ? value : undefined
  }
  const headers = { b3TraceId: one('x-b3-traceid'), b3SpanId: one('x-b3-spanid'), traceparent: one('traceparent') }
  return copyWith(receiveTrace(headers), { listener })
}

/** Sends an answer, with the headers that every answer carries. */
export function send(
  request: IncomingMessage,
  response: ServerResponse,
  answer: HttpAnswer,
  trace: Trace,
  version: string,
  /** What a body that is sent bit by bit ended on. */
  onBroken: (error: unknown) => void = () => undefined,
): void {
  if (response.headersSent || response.destroyed) return
  const { body = '' } = answer
  const isWhole = typeof body === 'string' || Buffer.isBuffer(body)
  const headers: Record<string, string | number> = copyWith(safetyHeaders, {
    'x-request-id': trace.spanId,
    'x-b3-traceid': trace.traceId,
    'api-version': version,
    ...transportHeaders(request),
    ...answer.headers,
  })
  const hasBody = answer.status !== 204 && answer.status !== 304
  if (hasBody && isWhole) headers['content-length'] = Buffer.byteLength(body)
  // What is left of a body that was refused is not read as the next request.
  if (!request.complete && announcesBody(request)) headers['connection'] = 'close'
  response.writeHead(answer.status, headers)
  if (request.method === 'HEAD' || !hasBody) response.end()
  else if (isWhole) response.end(body)
  // A failure breaks the connection off, so that nobody takes a part for the whole; a caller that left is no failure.
  else
    pipeline(Readable.from(body), response, (error) => {
      if (error !== null && error !== undefined && error.code !== 'ERR_STREAM_PREMATURE_CLOSE') onBroken(error)
    })
}

/** A request without a body is answered before the platform calls it complete. @see RFC 9112 section 6.3 */
function announcesBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0'
}

function report({ listener, log, metrics }: ServeDeps, route: Route, trace: Trace, error: unknown): void {
  const code = NodeError.codeOf(error)
  const known = publicErrors[code]
  metrics.countError(listener, known.code)
  const fields = { listener, route: route.pattern, code, ...traceFields(trace), ...detailOf(error) }
  if (known.status >= 500) log.error('request failed', fields)
  else log.debug('request refused', fields)
}

/** The message of a foreign error may hold anything, so only its stack's locations are logged. */
function detailOf(error: unknown): { readonly detail?: string; readonly stack?: string } {
  if (NodeError.is(error)) return error.detail === undefined ? {} : { detail: error.detail }
  const stack = typeof error === 'object' && error !== null && 'stack' in error ? error.stack : undefined
  if (typeof stack !== 'string') return {}
  const locations = stack.split('\n').filter((line) => /^\s+at /.test(line))
  return { stack: locations.slice(0, 12).join('\n') }
}

function traceFields(trace: Trace): { requestId: string; traceId: string; parentSpanId?: string } {
  return {
    requestId: trace.spanId,
    traceId: trace.traceId,
    ...(trace.parentSpanId === undefined ? {} : { parentSpanId: trace.parentSpanId }),
  }
}
