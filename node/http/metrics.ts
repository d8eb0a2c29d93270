import { Counter, Gauge, Histogram, Registry } from 'prom-client'

/** What the node counts. Labels are route patterns and codes: never a path, party or person. */
export interface Metrics {
  /** One request served, in seconds. */
  observeRequest(listener: string, route: string, status: number, seconds: number): void
  /** One refusal or failure by its public code. */
  countError(listener: string, code: string): void
  /** In the text format of Prometheus. */
  text(): Promise<string>
  readonly contentType: string
}

/** Counts in a registry of its own, so that several nodes can live in one process. */
export function createMetrics(node: { readonly version: string }): Metrics {
  const registry = new Registry()
  const requests = new Histogram({
    name: 'bronnet_http_request_duration_seconds',
    help: 'Duration of served requests in seconds.',
    labelNames: ['listener', 'route', 'status'] as const,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  })
  const errors = new Counter({
    name: 'bronnet_errors_total',
    help: 'Refused or failed requests by public error code.',
    labelNames: ['listener', 'code'] as const,
    registers: [registry],
  })
  const info = new Gauge({
    name: 'bronnet_node_info',
    help: 'Version of the node; always 1.',
    labelNames: ['version'] as const,
    registers: [registry],
  })
  info.set({ version: node.version }, 1)
  return {
    observeRequest(listener, route, status, seconds) {
      requests.observe({ listener, route, status: String(status) }, seconds)
    },
    countError(listener, code) {
      errors.inc({ listener, code })
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  }
}
