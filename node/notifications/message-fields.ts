import { messageScopes, type MessageKind } from '../../schemas/wire/notification.js'
import type { NetwerkpuntField } from './netwerkpunt.js'
import type { Receive } from './receive.js'

/** The root fields of the published netwerkpunt. @see iWlz netwerkpunt 1.1 */
export function createMessageFields(receive: Receive): readonly NetwerkpuntField[] {
  const field = (name: string, kind: MessageKind, argument: string, idName: string): NetwerkpuntField => ({
    name,
    scopes: [messageScopes[kind]],
    async run(args, { party, grant, trace }) {
      const input = withoutNulls(args[argument])
      const { message, notificatieID } = await receive({ party, kind, input, from: grant, trace, encoding: 'graphql' })
      return { ...message, [idName]: notificatieID }
    },
  })
  return [
    field('zendNotificatie', 'notificatie', 'notificatieInput', 'notificatieID'),
    field('zendMelding', 'melding', 'meldingInput', 'meldingID'),
    // GraphQL wants something that can be asked.
    { name: '_empty', scopes: Object.values(messageScopes), run: () => Promise.resolve(null) },
  ]
}

/** A message as it is checked: what is null in GraphQL is not there in it. */
export function withoutNulls(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== null))
}
