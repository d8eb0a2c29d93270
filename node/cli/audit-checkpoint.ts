import { configOption, nodeOption, type Command } from './command.js'
import { exitStatus } from './exit-status.js'
import { findNode, type FindConfiguration } from './node-client.js'

/** `bronnet audit checkpoint`: has a node sign where its journal stands now. */
export function auditCheckpointCommand(deps: { readonly findConfiguration: FindConfiguration }): Command {
  return {
    name: 'audit checkpoint',
    summary: 'have a node sign where its audit journal stands now, and print that as a line of JSON',
    options: [configOption, nodeOption],
    examples: ['bronnet audit checkpoint >> kept-elsewhere.jsonl'],
    async run(given, terminal) {
      const call = await findNode(given, deps.findConfiguration)
      const { body } = await call({ method: 'POST', path: '/internal/bronnet/v1/audit/checkpoints' })
      terminal.say(JSON.stringify(body))
      return exitStatus.good
    },
  }
}
