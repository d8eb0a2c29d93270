import { randomName } from './random.js'

/** Who signed in on the internal listener: proven by a key, but for `subject`. */
export interface SignedIn {
  /** Whose key it is. */
  readonly user: string
  /** For whom the token was made, as its signer says, when that is another. */
  readonly subject?: string
  readonly role: string
  /** The parties that the key is for; absent for all. */
  readonly parties?: readonly string[]
}

/**
 * Where a request stands in the chain of calls that it belongs to. Holds nothing of the person that it is about; who signed in
 * stays in this node.
 * @see iWlz RFC0022a; W3C Trace Context
 */
export interface Trace {
  /** 32 lower-case hexadecimal characters, not all zero; the same in every node of the chain. */
  readonly traceId: string
  /** 16 lower-case hexadecimal characters; new for each received request. */
  readonly spanId: string
  /** The span of the caller, when the caller named one. */
  readonly parentSpanId?: string
  /** The listener that the request came in by; absent for what the node does of its own accord. */
  readonly listener?: 'public' | 'internal'
  /** Who called, where the internal listener asks. */
  readonly signedIn?: SignedIn
}

const traceIdPattern = /^(?!0{32})[0-9a-f]{32}$/
const spanIdPattern = /^(?!0{16})[0-9a-f]{16}$/
const traceparentPattern = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?$/

/** Starts a chain. */
export function startTrace(): Trace {
  return { traceId: randomName(16), spanId: randomName(8) }
}

/**
 * Continues the chain that the request headers name, X-B3 before W3C; a missing or malformed id starts a new chain.
 * @see iWlz RFC0022a: the receiver makes a new TraceId when it gets none
 */
export function receiveTrace(headers: {
  readonly b3TraceId?: string | undefined
  readonly b3SpanId?: string | undefined
  readonly traceparent?: string | undefined
}): Trace {
  if (headers.b3TraceId !== undefined && traceIdPattern.test(headers.b3TraceId)) {
    return continueTrace(headers.b3TraceId, headers.b3SpanId)
  }
  const w3c = headers.traceparent === undefined ? null : traceparentPattern.exec(headers.traceparent)
  if (w3c?.[1] !== undefined && traceIdPattern.test(w3c[1])) return continueTrace(w3c[1], w3c[2])
  return startTrace()
}

function continueTrace(traceId: string, callerSpanId: string | undefined): Trace {
  const spanId = randomName(8)
  return callerSpanId !== undefined && spanIdPattern.test(callerSpanId)
    ? { traceId, spanId, parentSpanId: callerSpanId }
    : { traceId, spanId }
}

/** The headers that carry the chain to the next node, in both notations. */
export function traceHeaders(trace: Trace): Readonly<Record<string, string>> {
  return {
    'x-b3-traceid': trace.traceId,
    'x-b3-spanid': trace.spanId,
    traceparent: `00-${trace.traceId}-${trace.spanId}-01`,
  }
}
