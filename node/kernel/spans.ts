import { AsyncLocalStorage } from 'node:async_hooks'
import { performance } from 'node:perf_hooks'
import { randomName } from './random.js'
import { startTrace, type Trace } from './trace.js'

/** What a span may say. A closed list, as that of the log: no path, token, person, answer or message can slip in. */
export interface SpanAttributes {
  readonly 'bronnet.listener'?: string
  readonly 'http.request.method'?: string
  /** The pattern of a route, never the path: paths hold identifiers. */
  readonly 'http.route'?: string
  readonly 'http.response.status_code'?: number
  /** A code of ours. */
  readonly 'error.type'?: string
  /** Of whom is called; an organisation, as the host of its node. */
  readonly 'server.address'?: string
  readonly 'server.port'?: number
  /** How many questions were decided, and whether all were permitted. */
  readonly 'bronnet.questions'?: number
  readonly 'bronnet.permitted'?: boolean
  /** Names of rules of packs. */
  readonly 'bronnet.rules'?: string
  /** How many records, claims and entries of the journal were written at once. */
  readonly 'db.operation.batch.size'?: number
}

/** A piece of work that has ended. */
export interface Span {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly kind: 'server' | 'client' | 'internal'
  /** Milliseconds since 1970, of the machine: traces of several machines are laid side by side. */
  readonly startedAt: number
  readonly endedAt: number
  readonly failed: boolean
  readonly attributes: SpanAttributes
}

/** What is timed within a request, or of the node's own accord. */
export interface SpanWork {
  readonly name: string
  readonly kind: Span['kind']
  readonly attributes: SpanAttributes
}

/** Makes spans of work and gives them to `keep`. Where traces are off there is none of these, and nothing is done. */
export interface Tracer {
  /** Runs what a request asks; work inside belongs to its trace. */
  within<T>(trace: Trace, run: () => T): T
  /** The span of a request that has been answered, whose ids are those of its trace. */
  served(trace: Trace, startedAt: number, span: Omit<SpanWork, 'kind'> & { readonly failed: boolean }): void
  /**
   * Times work under `trace`, or under what runs around it, or in a trace of its own. `run` gets the trace to send along,
   * in which this work is what called. `describe` adds what only the result tells.
   */
  timed<T>(
    work: SpanWork & { readonly trace?: Trace | undefined },
    run: (trace: Trace) => Promise<T>,
    describe?: (result: T) => SpanAttributes,
  ): Promise<T>
}

/** @param codeOf gives the code of a failure: a span never holds the message of an error */
export function createTracer(deps: {
  readonly keep: (span: Span) => void
  readonly isSampled: (traceId: string) => boolean
  readonly codeOf: (error: unknown) => string
}): Tracer {
  const around = new AsyncLocalStorage<Trace>()
  const { keep, isSampled, codeOf } = deps
  return {
    within: (trace, run) => around.run(trace, run),
    served({ traceId, spanId, parentSpanId }, startedAt, { name, attributes, failed }) {
      if (!isSampled(traceId)) return
      keep({
        traceId,
        spanId,
        ...(parentSpanId === undefined ? {} : { parentSpanId }),
        name,
        kind: 'server',
        startedAt: toEpoch(startedAt),
        endedAt: toEpoch(performance.now()),
        failed,
        attributes,
      })
    },
    async timed({ trace, name, kind, attributes }, run, describe) {
      const parent = trace ?? around.getStore()
      // What the node does of its own accord is no trace, as long as it calls nobody.
      if (parent === undefined && kind === 'internal') return run(startTrace())
      const own: Trace =
        parent === undefined
          ? startTrace()
          : { traceId: parent.traceId, spanId: randomName(8), parentSpanId: parent.spanId }
      if (!isSampled(own.traceId)) return run(own)
      const startedAt = performance.now()
      const end = (failed: boolean, more: SpanAttributes): void => {
        const { traceId, spanId, parentSpanId } = own
        keep({
          traceId,
          spanId,
          ...(parentSpanId === undefined ? {} : { parentSpanId }),
          name,
          kind,
          startedAt: toEpoch(startedAt),
          endedAt: toEpoch(performance.now()),
          failed,
          attributes: { ...attributes, ...more },
        })
      }
      try {
        const result = await around.run(own, () => run(own))
        end(false, describe?.(result) ?? {})
        return result
      } catch (cause) {
        end(true, { 'error.type': codeOf(cause) })
        throw cause
      }
    },
  }
}

function toEpoch(monotonic: number): number {
  return performance.timeOrigin + monotonic
}

/** The same choice in every node of a chain: the last digits of the trace id against `ratio`, 0 to 1. */
export function sampleByTraceId(ratio: number): (traceId: string) => boolean {
  if (ratio >= 1) return () => true
  return (traceId) => Number.parseInt(traceId.slice(-8), 16) < ratio * 2 ** 32
}
