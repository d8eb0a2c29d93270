import type { Audit } from '../../audit/audit.js'
import { NodeError } from '../../kernel/errors.js'
import { auditQuerySchema } from '../../../schemas/wire/internal.js'
import { jsonAnswer, type Route } from '../exchange.js'
import type { Metrics } from '../metrics.js'
import { parseParameters } from '../parse.js'

/** Something the node cannot do its work without. */
export interface Dependency {
  readonly name: string
  /** Returns when it works. @throws the reason why it does not */
  readonly check: () => Promise<void>
}

export interface OperationsRoutesDeps {
  readonly audit: Audit
  readonly metrics: Metrics
  readonly dependencies: readonly Dependency[]
  readonly isStopping: () => boolean
}

/** Health, metrics and the audit journal, for operators. */
export function operationsRoutes({ audit, metrics, dependencies, isStopping }: OperationsRoutesDeps): readonly Route[] {
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
    {
      method: 'GET',
      pattern: '/internal/bronnet/v1/audit',
      family: 'problem',
      async handle({ query, trace }) {
        const { after, limit } = parseParameters(auditQuerySchema, query)
        const entries = await audit.read({ after, limit })
        // Looking into the journal is itself an event. @see NEN 7513
        await audit.record({
          code: 'audit.read',
          action: 'read',
          outcome: 'success',
          object: { recordCount: entries.length },
          trace,
        })
        return jsonAnswer(200, { entries, next: entries.at(-1)?.number ?? after })
      },
    },
  ]
}
