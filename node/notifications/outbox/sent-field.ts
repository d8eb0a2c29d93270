import type { Audit } from '../../audit/audit.js'
import type { Clock } from '../../kernel/clock.js'
import { badParameters, NodeError } from '../../kernel/errors.js'
import type { Records } from '../../stores/contracts.js'
import { actorsOf } from '../../tokens/actors.js'
import type { EventType } from '../../../schemas/events.js'
import { acceptedMilliseconds } from '../check-message.js'
import { membershipFor, provenOrganization, type FindMemberships } from '../memberships.js'
import type { NetwerkpuntField } from '../netwerkpunt.js'
import { listSent } from './list-sent.js'
import { toMessage } from './send-message.js'

/** The scope under which a receiver asks what was sent to it: ours, after those of the netwerkpunt. */
export const sentScope = 'organisaties/{rol}/notificaties/notificatie:read'

export interface SentFieldDeps {
  readonly clock: Clock
  readonly audit: Pick<Audit, 'record'>
  readonly records: Pick<Records, 'list'>
  readonly findMemberships: FindMemberships
  readonly findEventType: (name: string) => Pick<EventType, 'senderRoles'> | undefined
}

const usualPage = 100
const largestPage = 500

/**
 * `verzondenBerichten`: what this party made for whoever asks, so that a lost message is found. Only what is addressed to
 * the organisation and role that the token proves; pointers, as they travel.
 */
export function createSentField(deps: SentFieldDeps): NetwerkpuntField {
  const { clock, audit, records, findMemberships, findEventType } = deps
  return {
    name: 'verzondenBerichten',
    scopes: [sentScope],
    async run(args, { party, grant, trace }) {
      const receiver = provenOrganization(grant.record.claims)
      const role = grant.record.claims['organization_role']
      const memberships = await findMemberships(party)
      if (receiver === undefined || typeof role !== 'string') throw new NodeError('notification.sender')
      if (memberships.length === 0) throw new NodeError('notification.not_ready')
      const { deliveries, next } = await listSent(records, { party, receiver, role, ...readPeriod(args, clock.now()) })
      const messages = deliveries.flatMap((delivery) => {
        // What this party has no role for does not leave by this way either.
        const sender = membershipFor(memberships, findEventType(delivery.eventType))
        const soort = delivery.kind === 'melding' ? 'MELDING' : 'NOTIFICATIE'
        return sender === undefined ? [] : [{ soort, ...toMessage(delivery, sender) }]
      })
      await audit.record({
        code: 'notification.compared',
        action: 'read',
        outcome: 'success',
        party,
        ...actorsOf(grant.record),
        object: { operation: 'verzondenBerichten', recordCount: messages.length },
        trace,
      })
      return { berichten: messages, volgende: next ?? null }
    },
  }
}

/** The arguments have the types of the schema; what they say is checked here. */
function readPeriod({ vanaf, tot, na, eerste }: Readonly<Record<string, unknown>>, now: number) {
  const from = Date.parse(String(vanaf))
  const until = typeof tot === 'string' ? Date.parse(tot) : now + 1
  const limit = eerste ?? usualPage
  if (!(from < until) || until - from > acceptedMilliseconds)
    throw badParameters('vanaf: give a moment before `tot`, at most 31 days')
  if (typeof limit !== 'number' || limit < 1 || limit > largestPage)
    throw badParameters(`eerste: give 1 to ${String(largestPage)}`)
  return { from, until, limit, after: typeof na === 'string' ? na : undefined }
}
