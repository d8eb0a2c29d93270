import { readFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { createMetrics, type Metrics } from '../http/metrics.js'
import type { Timed } from '../http/work-meter.js'
import type { Clock } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import type { Log } from '../kernel/log.js'
import type { Outbound } from '../kernel/outbound.js'
import { createSpanExport } from '../kernel/span-export.js'
import { createTracer, sampleByTraceId, type SpanAttributes, type SpanWork, type Tracer } from '../kernel/spans.js'
import type { Trace } from '../kernel/trace.js'
import type { Decide } from '../policy/decide.js'
import { openResources, type Resources } from '../resources.js'
import type { OpenedStore } from '../stores/contents.js'
import type { Configuration } from '../../schemas/configuration.js'
import { openClientCertificates, type ClientCertificates } from './client-certificates.js'

const flushWithinMilliseconds = 2_000

/** What a node holds, seen at work. */
export interface Observed extends Resources {
  readonly metrics: Metrics
  /** Told of each run of a background job that failed. */
  readonly jobFailed: (job: string) => void
  /** `undefined` where traces are off. */
  readonly tracer: Tracer | undefined
  readonly observeDecide: (decide: Decide) => Decide
  readonly clientCertificates: ClientCertificates
}

/**
 * Opens what a node holds, and times calls out, writes to the store and decisions, for the metrics and, where the settings say where to, as spans of
 * traces. Where they do not, there is no tracer at all. Calls to Vault and to the collector are not seen.
 * @throws as `openResources`; `config.invalid` for a file of headers that cannot be used
 */
export async function openObserved(deps: {
  readonly configuration: Configuration
  readonly clock: Clock
  readonly log: Log
  readonly version: string
}): Promise<Observed> {
  const metrics = createMetrics({ version: deps.version })
  const jobFailed = (job: string): void => metrics.countJobFailure(job)
  const resources = await openResources({ ...deps, jobFailed })
  try {
    const observed = observe(resources, metrics, openTracing(resources, deps))
    const clientCertificates = await openClientCertificates({
      ...deps,
      ...observed,
      report: (end) => metrics.setClientCertificateEnd(end),
    })
    return { ...observed, metrics, jobFailed, clientCertificates }
  } catch (cause) {
    await resources.release()
    throw cause
  }
}

function observe(
  resources: Resources,
  metrics: Metrics,
  { tracer, release }: Tracing,
): Omit<Observed, 'metrics' | 'jobFailed' | 'clientCertificates'> {
  const observed: Observe = async (what, work, run, describe) => {
    const startedAt = performance.now()
    const end = (outcome: string): void => metrics.observeWork(what, outcome, (performance.now() - startedAt) / 1000)
    try {
      const result = await (tracer === undefined ? run(work.trace) : tracer.timed(work, run, describe?.attributes))
      end(describe?.outcome(result) ?? 'good')
      return result
    } catch (cause) {
      end(NodeError.codeOf(cause))
      throw cause
    }
  }
  return {
    ...resources,
    store: observeStore(resources.store, observed),
    outbound: observeOutbound(resources.outbound, observed),
    signedOutbound: observeOutbound(resources.signedOutbound, observed),
    outboundTo: (address) => observeOutbound(resources.outboundTo(address), observed),
    outboundAs: (identity) => observeOutbound(resources.outboundAs(identity), observed),
    tracer,
    observeDecide: (decide) => observeDecide(decide, observed),
    release,
  }
}

type Observe = <T>(
  what: Timed,
  work: SpanWork & { readonly trace?: Trace | undefined },
  run: (trace: Trace | undefined) => Promise<T>,
  describe?: { readonly outcome: (result: T) => string; readonly attributes: (result: T) => SpanAttributes },
) => Promise<T>

interface Tracing {
  readonly tracer: Tracer | undefined
  readonly release: () => Promise<void>
}

function openTracing(
  resources: Resources,
  { configuration, log, version }: { configuration: Configuration; log: Log; version: string },
): Tracing {
  const { url, ratio, headersFile } = configuration.tracing
  if (url === undefined) return { tracer: undefined, release: resources.release }
  const spans = createSpanExport({
    outbound: resources.outboundTo(url),
    log,
    url,
    headers: headersFile === undefined ? {} : readHeaders(headersFile),
    node: { name: configuration.name, version },
  })
  spans.start(resources.background)
  const isSampled = sampleByTraceId(ratio)
  return {
    tracer: createTracer({ keep: (span) => spans.keep(span), isSampled, codeOf: (error) => NodeError.codeOf(error) }),
    async release() {
      // The last requests are often those that one looks for; a collector that is away must not hold up the stop.
      const late = new Promise<void>((resolve) => setTimeout(resolve, flushWithinMilliseconds).unref())
      await Promise.race([spans.flush(), late])
      await resources.release()
    },
  }
}

function readHeaders(file: string): Readonly<Record<string, string>> {
  const unusable = (why: string, cause?: unknown): NodeError =>
    new NodeError('config.invalid', { cause, notes: [`tracing.headersFile: ${file} ${why}`] })
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    throw unusable('cannot be read', cause)
  }
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  return Object.fromEntries(
    lines.map((line) => {
      const [, name, value] = /^([A-Za-z0-9-]+):\s*(\S.*?)\s*$/.exec(line) ?? []
      if (name === undefined || value === undefined) throw unusable('has a line that is not `name: value`')
      return [name.toLowerCase(), value]
    }),
  )
}

function observeOutbound(outbound: Outbound, observe: Observe): Outbound {
  return {
    request: (call) =>
      observe(
        'outbound',
        {
          name: call.method,
          kind: 'client',
          trace: call.trace,
          attributes: { 'http.request.method': call.method, ...hostOf(call.url) },
        },
        (trace) => outbound.request(trace === undefined ? call : { ...call, trace }),
        { outcome: () => 'good', attributes: ({ status }) => ({ 'http.response.status_code': status }) },
      ),
    close: () => outbound.close(),
  }
}

/** The host alone: a path can hold the name of a person's record. */
function hostOf(url: string): SpanAttributes {
  if (!URL.canParse(url)) return {}
  const { hostname, port } = new URL(url)
  return { 'server.address': hostname, ...(port === '' ? {} : { 'server.port': Number(port) }) }
}

function observeStore(store: OpenedStore, observe: Observe): OpenedStore {
  const write = <T>(size: number, run: () => Promise<T>): Promise<T> =>
    observe(
      'store write',
      { name: 'store write', kind: 'internal', attributes: { 'db.operation.batch.size': size } },
      run,
    )
  return {
    ...store,
    claims: { claim: (key, until) => write(1, () => store.claims.claim(key, until)) },
    journal: { ...store.journal, append: (value) => write(1, () => store.journal.append(value)) },
    write: (operations) => write(operations.length, () => store.write(operations)),
  }
}

function observeDecide(decide: Decide, observe: Observe): Decide {
  return (questions) =>
    observe(
      'decision',
      {
        name: 'decision',
        kind: 'internal',
        attributes: { 'bronnet.questions': questions.length },
      },
      () => decide(questions),
      {
        outcome: (decisions) => (decisions.every(({ permitted }) => permitted) ? 'permitted' : 'refused'),
        attributes: (decisions) => ({
          'bronnet.permitted': decisions.every(({ permitted }) => permitted),
          'bronnet.rules': decisions.map(({ rule }) => rule).join(' '),
        }),
      },
    )
}
