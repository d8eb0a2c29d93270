import { z } from 'zod'
import { configOption, nodeOption, type Command } from './command.js'
import { exitStatus } from './exit-status.js'
import { findNode, type FindConfiguration } from './node-client.js'

const removedSchema = z.object({ through: z.int(), count: z.int() })

/** `bronnet audit retain`: removes the oldest entries of a journal, and accounts for it there. */
export function auditRetainCommand(deps: { readonly findConfiguration: FindConfiguration }): Command {
  return {
    name: 'audit retain',
    summary: 'remove the oldest entries of an audit journal, as far as signed checkpoints cover them',
    options: [
      configOption,
      nodeOption,
      { name: 'before', value: 'DATE', about: 'remove only entries of before this date', required: true },
      { name: 'ground', value: 'TEXT', about: 'why they may be removed; it stands in the journal', required: true },
    ],
    examples: ['bronnet audit retain --before 2026-01-01 --ground "bewaartermijn verstreken"'],
    async run(given, terminal) {
      const call = await findNode(given, deps.findConfiguration)
      const body = { before: given.value('before'), ground: given.value('ground') }
      const answer = await call({ method: 'POST', path: '/internal/bronnet/v1/audit/retention', body })
      const { through, count } = removedSchema.parse(answer.body)
      terminal.say(
        count === 0
          ? 'Nothing was removed: there is nothing that old, or no checkpoint covers it, or it is on hold.'
          : `${String(count)} entries were removed, through entry ${String(through)}.`,
      )
      return exitStatus.good
    },
  }
}
