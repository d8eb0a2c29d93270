import { createListener, type Listener, type ListenerLimits } from '../../../node/http/listener.js'
import { createMetrics, type Metrics } from '../../../node/http/metrics.js'
import { jsonAnswer, type HttpRequest, type Route } from '../../../node/http/exchange.js'
import type { Throttle } from '../../../node/http/throttle.js'
import { createLog, type LogLevel } from '../../../node/kernel/log.js'

/** A listener with its port, its log lines and its metrics. */
export interface Served {
  readonly port: number
  readonly listener: Listener
  readonly metrics: Metrics
  /** What was logged so far, one object per line. */
  lines(): readonly Readonly<Record<string, unknown>>[]
}

/** Listeners of one test file, so that all can be closed after each test. */
export interface ServedWorld {
  serve(
    routes: readonly Route[],
    options?: {
      readonly basePath?: string
      readonly limits?: Partial<ListenerLimits>
      readonly level?: LogLevel
      readonly throttle?: Throttle
    },
  ): Promise<Served>
  close(): Promise<void>
}

export function createServedWorld(): ServedWorld {
  const open: Listener[] = []
  return {
    async serve(routes, { level = 'debug', ...options } = {}) {
      const written: string[] = []
      const log = createLog({ level, destination: { write: (line) => void written.push(line) } })
      const metrics = createMetrics({ version: '0.0.0' })
      const listener = createListener({ listener: 'public', version: '1.2.3', log, metrics, routes, ...options })
      open.push(listener)
      const { port } = await listener.listen({ host: '127.0.0.1', port: 0 })
      return { port, listener, metrics, lines: () => written.map(parseLine) }
    },
    async close() {
      await Promise.all(open.splice(0).map((listener) => listener.close(0)))
    },
  }
}

function parseLine(line: string): Readonly<Record<string, unknown>> {
  // Every line of the log is a JSON object.
  return JSON.parse(line) as Record<string, unknown>
}

/** A route that answers with what reached it. */
export function echo(route: Partial<Route> & Pick<Route, 'pattern'>): Route {
  return {
    method: 'GET',
    family: 'problem',
    handle: ({ method, params, query, body, trace }: HttpRequest) =>
      Promise.resolve(jsonAnswer(200, { method, params, query, body: body.toString('utf8'), trace })),
    ...route,
  }
}
