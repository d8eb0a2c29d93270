import { NodeError } from '../../kernel/errors.js'
import { jsonAnswer, type Route } from '../exchange.js'
import type { Metrics } from '../metrics.js'

/** Something the node cannot do its work without. */
export interface Dependency {
  readonly name: string
  /** Returns when it works. @throws the reason why it does not */
  readonly check: () => Promise<void>
}

export interface OperationsRoutesDeps {
  readonly metrics: Metrics
  readonly dependencies: readonly Dependency[]
  readonly isStopping: () => boolean
}

/** Health and metrics, for operators. */
export function operationsRoutes({ metrics, dependencies, isStopping }: OperationsRoutesDeps): readonly Route[] {
  const ready = async () => {
    const details: Record<string, { status: 'UP' | 'DOWN'; reason?: string }> = {}
    for (const { name, check } of dependencies) {
      try {
        await check()
        details[name] = { status: 'UP' }
      } catch (cause) {
        details[name] = { status: 'DOWN', reason: NodeError.codeOf(cause) }
      }
    }
    if (isStopping()) details['node'] = { status: 'DOWN', reason: 'the node is stopping' }
    const up = Object.values(details).every(({ status }) => status === 'UP')
    return jsonAnswer(up ? 200 : 503, { status: up ? 'UP' : 'DOWN', details })
  }
  return [
    { method: 'GET', pattern: '/health', family: 'problem', quiet: true, handle: ready },
    { method: 'GET', pattern: '/health/ready', family: 'problem', quiet: true, handle: ready },
    {
      method: 'GET',
      pattern: '/health/live',
      family: 'problem',
      quiet: true,
      handle: () => Promise.resolve(jsonAnswer(200, { status: 'UP' })),
    },
    {
      // What applications of nuts-node v6 ask before they begin.
      method: 'GET',
      pattern: '/status',
      family: 'problem',
      quiet: true,
      doc: {
        summary: 'Whether the node answers',
        answers: { 200: { mediaType: 'text/plain', about: 'It does: OK.' } },
      },
      handle: () =>
        Promise.resolve({
          status: 200,
          headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' },
          body: 'OK',
        }),
    },
    {
      method: 'GET',
      pattern: '/metrics',
      family: 'problem',
      quiet: true,
      async handle() {
        return {
          status: 200,
          headers: { 'content-type': metrics.contentType, 'cache-control': 'no-store' },
          body: await metrics.text(),
        }
      },
    },
  ]
}
