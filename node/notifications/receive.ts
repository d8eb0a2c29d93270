import type { Audit } from '../audit/audit.js'
import type { AuditEvent } from '../audit/event.js'
import { toRfc3339, type Clock } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import { randomId } from '../kernel/random.js'
import type { Trace } from '../kernel/trace.js'
import { actorsOf } from '../tokens/actors.js'
import { TokenGrant } from '../tokens/token-store.js'
import type { Message, MessageKind, MessageParty, Receipt } from '../../schemas/wire/notification.js'
import {
  acceptedMilliseconds,
  digestOf,
  namesOf,
  parseMessage,
  requireParties,
  type KnownEvent,
} from './check-message.js'
import type { InboxWriter } from './inbox-writer.js'
import type { ReceivedMessage } from './inbox-records.js'
import { partyKey, provenOrganization, type FindMemberships } from './memberships.js'
import type { Quota } from './quota.js'

/** A sender that needs no token: it was asked, or is the party itself. */
export interface KnownSender {
  readonly organization: MessageParty
  /** Of its memberships that were verified. */
  readonly roles: readonly string[]
  readonly did?: string
  readonly isOwn?: true
}

/** A message at the door of a party. */
export interface Arrival {
  readonly party: string
  readonly kind: MessageKind
  /** As it came; nothing of it was looked at. */
  readonly input: unknown
  /** Who brings it: what a token grants, the organisation that was asked and answered, or the party itself. */
  readonly from: TokenGrant | KnownSender
  readonly trace: Trace
  readonly encoding: ReceivedMessage['encoding']
  /** The number that its sender gave it, where the encoding has one. */
  readonly id?: string
}

/** A message that was stored, now or before. */
export interface Received extends Receipt {
  readonly message: Message
  readonly outcome: 'stored' | 'repeated'
}

/**
 * Takes a message in: refuses what is not of its sender or its role, not for this party or more than one sender may send;
 * then stores it, with its account and what other parts of the node do because of it, in one batch. Durable when it returns.
 * The same message again is not stored again, and gets the number that it got before.
 *
 * Does not look at what a message points at, and grants nothing: whoever reads at the source is asked for a token there.
 * @throws `notification.*`, `store.unavailable`, `audit.unavailable`
 * @see iWlz RFC0008; RFC0018
 */
export type Receive = (arrival: Arrival) => Promise<Received>

export interface ReceiveDeps {
  readonly clock: Clock
  readonly audit: Audit
  readonly findMemberships: FindMemberships
  readonly findEventType: (name: string) => KnownEvent | undefined
  readonly writer: Pick<InboxWriter, 'stow'>
  readonly quota: Quota
  /** What a party takes of one sender; `undefined` for one that receives nothing. */
  readonly limitsOf: (party: string) => { readonly perSecond: number; readonly queued: number } | undefined
}

/** Longer than a message is taken, whatever the clocks of replicas say. */
const knownMilliseconds = acceptedMilliseconds + 86_400_000

export function createReceive(deps: ReceiveDeps): Receive {
  const { clock, audit, writer, quota } = deps

  async function take(arrival: Arrival): Promise<Received> {
    const { party, kind, input, from, trace, encoding } = arrival
    const limits = deps.limitsOf(party)
    if (limits === undefined) throw new NodeError('request.not_found')
    if (isGrant(from) && from.record.party !== party)
      throw new NodeError('token.invalid', { detail: 'not a grant of this party' })
    const organization = organizationOf(from)
    // Before anything is looked at: what is too much costs next to nothing. What this node asked for is never too much.
    if (isGrant(from) && organization !== undefined) quota.take(party, partyKey(organization), limits.perSecond)
    const { senderRoles, receiverRole, ...message } = parseMessage(input, kind, deps)
    const proven = { organization, roles: rolesOf(from) }
    requireParties({ ...message, senderRoles, receiverRole }, proven, await deps.findMemberships(party))
    const received: ReceivedMessage = {
      ...message,
      party,
      kind,
      notificatieID: arrival.id ?? randomId(),
      receivedAt: clock.now(),
      sender: senderOf(from),
      source: isGrant(from) || from.isOwn === true ? 'sent' : 'reconciliation',
      encoding,
      traceId: trace.traceId,
    }
    const { outcome, notificatieID, receivedAt } = await writer.stow({
      message: received,
      sender: partyKey({ idType: message.afzenderIDType, id: message.afzenderID }),
      digest: digestOf(kind, message),
      names: namesOf(message, arrival.id),
      knownUntil: clock.now() + knownMilliseconds,
      mostOpen: limits.queued,
      account: audit.operation({ ...describe(arrival, message), outcome: 'success' }),
    })
    return { message, outcome, notificatieID, receivedAt: toRfc3339(receivedAt) }
  }

  /** What was touched is a pseudonym in the journal, as in every other event. */
  function describe({ party, kind, from, trace }: Arrival, message?: Message): Omit<AuditEvent, 'outcome'> {
    const [record] = message?.subjectList ?? []
    return {
      code: 'notification.received',
      action: 'execute',
      party,
      ...(isGrant(from) ? actorsOf(from.record) : { actor: actorOf(from) }),
      object: {
        operation: kind === 'notificatie' ? 'zendNotificatie' : 'zendMelding',
        ...(message === undefined ? {} : { service: message.eventType, recordCount: message.subjectList.length }),
        ...(record === undefined ? {} : { filters: { recordID: audit.pseudonym('recordID', record.recordID) } }),
      },
      trace,
    }
  }

  return async (arrival) => {
    try {
      return await take(arrival)
    } catch (cause) {
      const error = NodeError.codeOf(cause)
      // Of what comes too fast there is one account a minute: nobody makes the journal grow by sending more.
      if (error !== 'notification.too_many' && !/^(store|audit)\./.test(error)) {
        const outcome = error.startsWith('internal.') ? 'failed' : 'refused'
        const reasons = NodeError.is(cause) && cause.notes.length > 0 ? { reasons: cause.notes.slice(0, 20) } : {}
        await audit.record({ ...describe(arrival), ...reasons, outcome, error })
      }
      throw cause
    }
  }
}

/** Accounts for what was turned away because it came too fast, since the last time. */
export async function accountForFloods({ audit, quota }: Pick<ReceiveDeps, 'audit' | 'quota'>): Promise<void> {
  for (const { party, sender, count } of quota.takeRefused().values())
    await audit.record({
      code: 'notification.received',
      action: 'execute',
      outcome: 'refused',
      party,
      actor: { identifier: sender.toLowerCase() },
      object: { recordCount: count },
      error: 'notification.too_many',
    })
}

function isGrant(from: Arrival['from']): from is TokenGrant {
  return TokenGrant.is(from)
}

function organizationOf(from: Arrival['from']): MessageParty | undefined {
  return isGrant(from) ? provenOrganization(from.record.claims) : from.organization
}

function rolesOf(from: Arrival['from']): readonly string[] {
  if (!isGrant(from)) return from.roles
  const role = from.record.claims['organization_role']
  return typeof role === 'string' ? [role] : []
}

function actorOf({ organization, did }: KnownSender): NonNullable<AuditEvent['actor']> {
  return { ...(did === undefined ? {} : { did }), identifier: partyKey(organization).toLowerCase() }
}

function senderOf(from: Arrival['from']): ReceivedMessage['sender'] {
  if (!isGrant(from)) return from.did === undefined ? {} : { did: from.did }
  const { requester, claims } = from.record
  const { organization_name: name, organization_role: role } = claims
  return {
    ...(requester.startsWith('did:') ? { did: requester } : {}),
    ...(typeof name === 'string' ? { name } : {}),
    ...(typeof role === 'string' ? { role } : {}),
  }
}
