import type { z } from 'zod'
import type { Trace } from '../kernel/trace.js'
import type { InternalRole } from '../../schemas/internal-listener.js'

/** A request as handlers see it: plain values, checked at the door. */
export interface HttpRequest {
  readonly method: string
  /** Path parameters, percent-decoded once from the raw path unless the route says otherwise. */
  readonly params: Readonly<Record<string, string>>
  /** Query parameters; none is repeated. */
  readonly query: Readonly<Record<string, string>>
  /** What stands behind the path, for routes that read it themselves (`ownQuery`). */
  readonly queryText?: string
  /** A request header, or `undefined`. Names in lower case. */
  readonly header: (name: string) => string | undefined
  /** The body; empty for methods without one. */
  readonly body: Buffer
  readonly trace: Trace
  /** The address of the connection: that of the proxy, where there is one. */
  readonly remoteAddress: string
  /** The address of the caller, as far as it is known. */
  readonly callerAddress: string
  /** The base URLs by which the caller may know the public listener, the first to answer with; none on the internal one. */
  readonly baseUrls: readonly string[]
  /** The certificate that the caller itself showed in TLS that the node ended, in DER: it has the key. Not verified. */
  readonly clientCertificate: () => Buffer | undefined
}

/** An answer as handlers give it. */
export interface HttpAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  /** Parts that come one by one are sent as they come; an answer that fails half-way is broken off. */
  readonly body?: string | Buffer | AsyncIterable<string>
}

/** The family in which a route speaks of errors. The families are never mixed. */
export type ErrorFamily = 'problem' | 'dsp' | 'oauth' | 'graphql' | 'fhir' | 'vc-api' | 'gateway' | 'nid' | 'authzen'

/** A body that is not just JSON of one shape: its media types, what it is, and its shape where it is JSON of one. */
export interface DocumentedBody {
  readonly mediaType: string | readonly string[]
  readonly about: string
  readonly schema?: z.ZodType
}

/**
 * What a route promises, for the OpenAPI document. Methods, path parameters, media types of bodies, the refusals that
 * any request can meet and their shape are known from the route itself.
 */
export interface RouteDoc {
  /** What it does, as a heading: without a full stop. */
  readonly summary: string
  /** What else a caller should know. */
  readonly about?: string
  /** The shape of the body; for forms, of its fields. */
  readonly body?: z.ZodType
  /** Query parameters. */
  readonly query?: z.ZodObject
  /** What path parameters stand for, by name, where the name does not say. */
  readonly params?: Readonly<Record<string, string>>
  /**
   * Answers by status: the schema of a JSON body, the media type and meaning of another body, or the meaning of an
   * answer without a body. Where the family refuses with the same status, both can come.
   */
  readonly answers: Readonly<Record<number, z.ZodType | DocumentedBody | string>>
  /** Media type of answers that have a schema; `application/json` unless given. */
  readonly mediaType?: string
  /** Statuses of refusals beside 400, 413, 415, 500 and 503. */
  readonly refusals?: readonly number[]
}

/** One route: a pattern such as `/iam/:id/did.json` and the function behind it. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly pattern: string
  readonly family: ErrorFamily
  /** Required where a body is read: its cap, and the media types that are accepted. */
  readonly body?: { readonly maxBytes: number; readonly mediaTypes: readonly string[]; readonly optional?: boolean }
  /** Gives path parameters as they stand in the raw path: what is decoded can be another DID. */
  readonly rawParams?: boolean
  /** Reads its query itself, because names may be repeated; `query` is empty then. */
  readonly ownQuery?: boolean
  /** Served before the framework, because on Node 20 it costs more than the work. */
  readonly hot?: boolean
  /** Answers to these routes are the only ones that the request log leaves out below `debug`. */
  readonly quiet?: boolean
  /** A route that is no GET, and goes on while a restored node waits: it ends a right, or changes nothing. */
  readonly unconfirmed?: 'goes-on'
  /** What it promises. */
  readonly doc?: RouteDoc
  /** Statuses of refusals that count against the address of the caller: those that anybody can cause. */
  readonly throttled?: readonly number[]
  /** Headers that go with every refusal. */
  readonly errorHeaders?: () => Readonly<Record<string, string>>
  /**
   * Of the internal listener: who may call it beside administrators, where callers sign in; `anybody` also without. A route
   * of that listener that says nothing is refused to everybody.
   */
  readonly callers?: 'anybody' | readonly Exclude<InternalRole, 'administrator'>[]
  /**
   * Why it is also for keys that are kept to some parties, when its path names none: it is about no party of this node, or
   * it looks itself for whom the caller may ask.
   */
  readonly aboutParties?: 'none' | 'checked'
  /** Answers refusals in place of the family, where how depends on what is asked. */
  readonly answerError?: (error: unknown, refused: RefusedRequest) => HttpAnswer
  readonly handle: (request: HttpRequest) => Promise<HttpAnswer>
}

/** A route as it is described: what it does is not needed. */
export type PromisedRoute = Omit<Route, 'handle'>

/** What is known of a request that is refused, at the door or later. */
export interface RefusedRequest {
  readonly method: string
  readonly params: Readonly<Record<string, string>>
  /** Whether there is a query behind the path. */
  readonly hasQuery: boolean
  readonly trace: Trace
  readonly accept: string | undefined
  readonly authorization: string | undefined
}

/** A JSON answer that no cache keeps. @see nuts-node v6: its clients keep cacheable answers forever */
export function jsonAnswer(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): HttpAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store', ...headers },
    body: JSON.stringify(value),
  }
}

/** An answer without a body. */
export function emptyAnswer(status: number): HttpAnswer {
  return { status, headers: { 'cache-control': 'no-store' } }
}
