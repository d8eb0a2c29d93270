import { z } from 'zod'
import { NodeError } from '../../kernel/errors.js'
import { jsonAnswer, type Route, type RouteDoc } from '../exchange.js'
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

const stateSchema = z.enum(['UP', 'DOWN'])
const healthSchema = z.strictObject({
  status: stateSchema.describe('UP when everything is.'),
  details: z
    .record(z.string(), z.strictObject({ status: stateSchema, reason: z.string().optional() }))
    .describe('By what the node cannot work without; the reason is a code.'),
})
const readyDoc = (summary: string): RouteDoc => ({
  summary,
  about: 'For the load balancer: it sends nothing to a node that is not ready. The node says so before it stops.',
  answers: {
    200: healthSchema.describe('It is ready.'),
    503: { mediaType: 'application/json', about: 'It is not, and why.', schema: healthSchema },
  },
})

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
    {
      method: 'GET',
      pattern: '/health',
      family: 'problem',
      callers: 'anybody',
      quiet: true,
      doc: readyDoc('Whether the node can do its work, and what is wrong if not'),
      handle: ready,
    },
    {
      method: 'GET',
      pattern: '/health/ready',
      family: 'problem',
      callers: 'anybody',
      quiet: true,
      doc: readyDoc('Whether the node takes requests'),
      handle: ready,
    },
    {
      method: 'GET',
      pattern: '/health/live',
      family: 'problem',
      callers: 'anybody',
      quiet: true,
      doc: {
        summary: 'Whether the process answers',
        about: 'Says nothing about what it needs: a node that waits for its database must not be started again.',
        answers: { 200: z.strictObject({ status: z.literal('UP') }).describe('It does.') },
      },
      handle: () => Promise.resolve(jsonAnswer(200, { status: 'UP' })),
    },
    {
      // What applications of nuts-node v6 ask before they begin.
      method: 'GET',
      pattern: '/status',
      family: 'problem',
      callers: 'anybody',
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
      callers: 'anybody',
      quiet: true,
      doc: {
        summary: 'What the node counts and measures, for Prometheus',
        answers: { 200: { mediaType: 'text/plain', about: 'In the text format of Prometheus.' } },
      },
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
