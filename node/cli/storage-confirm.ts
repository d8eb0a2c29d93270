import { configOption, nodeOption, type Command } from './command.js'
import { exitStatus } from './exit-status.js'
import { findNode, type FindConfiguration } from './node-client.js'

/** `bronnet storage confirm-restore`: lets a restored node grant tokens and serve reads again. */
export function storageConfirmCommand(deps: { readonly findConfiguration: FindConfiguration }): Command {
  return {
    name: 'storage confirm-restore',
    summary: 'say that everything that was revoked since the backup is revoked again in the restored node',
    options: [
      { name: 'by', value: 'NAME', about: 'who says so; it stands in the journal', required: true },
      { name: 'ground', value: 'TEXT', about: 'why that is certain; it stands in the journal', required: true },
      configOption,
      nodeOption,
    ],
    examples: ['bronnet storage confirm-restore --by "J. Voorbeeld" --ground "export of 1 March compared"'],
    async run(given, terminal) {
      const call = await findNode(given, deps.findConfiguration)
      const body = { by: given.value('by'), ground: given.value('ground') }
      await call({ method: 'POST', path: '/internal/bronnet/v1/storage/confirm-restore', body })
      terminal.say('The restore is confirmed. The node grants tokens and serves reads again.')
      return exitStatus.good
    },
  }
}
