import { z } from 'zod'
import { configOption, jsonOption, nodeOption, type Command } from './command.js'
import { exitStatus } from './exit-status.js'
import { findNode, type FindConfiguration } from './node-client.js'
import { formatTable } from './table.js'

const healthSchema = z.object({
  status: z.string(),
  details: z.record(z.string(), z.object({ status: z.string(), reason: z.string().optional() })),
})

/** `bronnet health`: whether a node can do its work, and if not, which part cannot. */
export function healthCommand(deps: { readonly findConfiguration: FindConfiguration }): Command {
  return {
    name: 'health',
    summary: 'say whether a node that runs can do its work, and what keeps it from that',
    options: [configOption, nodeOption, jsonOption],
    examples: ['bronnet health', 'bronnet health --node http://127.0.0.1:7101 --json'],
    async run(given, terminal) {
      const call = await findNode(given, deps.findConfiguration)
      const { body } = await call({ method: 'GET', path: '/health', accept: [503] })
      const health = healthSchema.parse(body)
      const rows = Object.entries(health.details).map(([part, { status, reason = '' }]) => [part, status, reason])
      terminal.say(
        given.has('json')
          ? JSON.stringify(health)
          : formatTable(['PART', 'STATUS', 'REASON'], [['node', health.status, ''], ...rows]),
      )
      return health.status === 'UP' ? exitStatus.good : exitStatus.no
    },
  }
}
