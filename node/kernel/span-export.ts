import type { Background } from './background.js'
import { NodeError } from './errors.js'
import type { Log } from './log.js'
import type { Outbound } from './outbound.js'
import { encodeSpans, type NodeName } from './otlp.js'
import type { Span } from './spans.js'

export interface SpanExportDeps {
  readonly outbound: Outbound
  readonly log: Log
  /** Where an OpenTelemetry collector takes traces: OTLP over HTTP, in JSON. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly node: NodeName
}

/** Sends spans to a collector, off the way of requests. */
export interface SpanExport {
  /** Takes a span; when too many wait it is dropped and counted. Never throws. */
  keep(span: Span): void
  /** Sends what waits. A batch that the collector does not take is dropped. */
  flush(): Promise<void>
}

const maxWaiting = 4096
const maxBatch = 512
const sendEveryMilliseconds = 2_000

/** Creates the export. `start` lets it send by itself. */
export function createSpanExport({ outbound, log, url, headers, node }: SpanExportDeps): SpanExport & {
  start(background: Background): void
} {
  let waiting: Span[] = []
  let dropped = 0

  async function flush(): Promise<void> {
    if (dropped > 0) {
      log.warn('spans were dropped: more came than could be sent', { count: dropped })
      dropped = 0
    }
    while (waiting.length > 0) {
      const batch = waiting.slice(0, maxBatch)
      waiting = waiting.slice(maxBatch)
      await send(batch)
    }
  }

  async function send(batch: readonly Span[]): Promise<void> {
    try {
      const { status } = await outbound.request({
        method: 'POST',
        url,
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify(encodeSpans(batch, node)),
      })
      if (status >= 300) log.warn('the collector refused spans', { status, count: batch.length })
    } catch (cause) {
      // Continues on purpose: traces are a help, and nothing waits for them.
      log.warn('spans could not be sent', { code: NodeError.codeOf(cause), count: batch.length })
    }
  }

  return {
    keep(span) {
      if (waiting.length >= maxWaiting) dropped += 1
      else waiting.push(span)
    },
    flush,
    start(background) {
      background.every({ job: 'spans', intervalMilliseconds: sendEveryMilliseconds, run: flush })
    },
  }
}
