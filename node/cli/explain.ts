import { explanationSchema } from '../../schemas/wire/credentials.js'
import type { CommandOption, Given, Terminal } from './command.js'
import { exitStatus } from './exit-status.js'
import type { CallNode } from './node-client.js'

/** The subject of commands that are about one. */
export const subjectOption: CommandOption = {
  name: 'subject',
  value: 'NAME',
  about: 'name of the subject, or its DID',
  required: true,
}

/** Where a subject's own credentials are in the internal API. */
export function credentialsPath(given: Given): string {
  return `/internal/bronnet/v1/subjects/${encodeURIComponent(given.value('subject') ?? '')}/credentials`
}

/** Says what is asked, what of it a subject holds, and what is missing. */
export async function explain(call: CallNode, given: Given, terminal: Terminal, question: object): Promise<number> {
  const { body } = await call({ method: 'POST', path: `${credentialsPath(given)}/explain`, body: question })
  const explanation = explanationSchema.parse(body)
  terminal.say(given.has('json') ? JSON.stringify(explanation) : explanation.text.join('\n'))
  return explanation.fulfilled ? exitStatus.good : exitStatus.no
}
