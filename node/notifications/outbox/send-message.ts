import { performance } from 'node:perf_hooks'
import { z } from 'zod'
import type { Parties } from '../../identity/parties.js'
import type { Party } from '../../identity/party.js'
import type { Clock } from '../../kernel/clock.js'
import { NodeError } from '../../kernel/errors.js'
import type { OutboundAnswer } from '../../kernel/outbound.js'
import type { Trace } from '../../kernel/trace.js'
import type { CallPeer } from '../../tokens/call-peer.js'
import type { CallByCertificate } from '../../tokens/nid/call-by-certificate.js'
import { parsePeerJson } from '../../tokens/peer.js'
import { memberIdTypes } from '../../../schemas/credentials/ledenadministratie.js'
import type { EventType } from '../../../schemas/events.js'
import { idTypeOf, notificationScope, type Message } from '../../../schemas/wire/notification.js'
import { membershipFor, type FindMemberships, type Membership } from '../memberships.js'
import { addressBookFunctionOf, type FindAddress } from './find-address.js'
import type { Delivery } from './outbox-records.js'
import { readRetryAfter } from './schedule.js'

/** How an attempt ended. */
export type SendOutcome =
  | { readonly kind: 'delivered'; readonly notificatieID: string }
  /** Trying again as it is would be no use: something has to be put right first. */
  | { readonly kind: 'refused'; readonly code: string }
  /** This message was not taken, and may be later; others may be taken. */
  | { readonly kind: 'failed'; readonly code: string }
  /** Nothing can be delivered at this receiver now. */
  | { readonly kind: 'unreachable'; readonly code: string; readonly retryAfterMilliseconds?: number | undefined }

/**
 * Makes one attempt to deliver a message.
 * @throws `audit.unavailable`, `store.unavailable`, `internal.stopping`: those say nothing about the receiver
 */
export type SendMessage = (delivery: Delivery, options: { readonly trace: Trace }) => Promise<SendOutcome>

export interface SendMessageDeps {
  readonly clock: Clock
  readonly parties: Pick<Parties, 'find'>
  readonly findMemberships: FindMemberships
  readonly findEventType: (name: string) => Pick<EventType, 'senderRoles' | 'source'> | undefined
  readonly address: FindAddress
  readonly callPeer: CallPeer
  readonly callByCertificate: CallByCertificate
  /** Unless given 5 seconds, for each of its calls. */
  readonly timeoutMilliseconds?: number
}

const mutations = {
  notificatie:
    'mutation ZendNotificatie($bericht: NotificatieInput!) { zendNotificatie(notificatieInput: $bericht) { notificatieID } }',
  melding: 'mutation ZendMelding($bericht: MeldingInput!) { zendMelding(meldingInput: $bericht) { meldingID } }',
} as const

const rememberedMilliseconds = 1000

const answerSchema = z.looseObject({
  data: z
    .looseObject({
      zendNotificatie: z.looseObject({ notificatieID: z.uuid() }).optional(),
      zendMelding: z.looseObject({ meldingID: z.uuid() }).optional(),
    })
    .nullish(),
  errors: z.array(z.unknown()).optional(),
})

/** Codes that say something about this node, and nothing about the receiver. */
const ownFaults: readonly string[] = ['audit.unavailable', 'store.unavailable', 'internal.stopping', 'store.conflict']

export function createSendMessage(deps: SendMessageDeps): SendMessage {
  const { clock, address, callPeer, callByCertificate, timeoutMilliseconds = 5000 } = deps
  const findSender = createFindSender(deps)
  return async (delivery, { trace }) => {
    const { party: subject, kind, eventType, receiver, receiverRole } = delivery
    const event = deps.findEventType(eventType)
    const where = { receiver, receiverRole, addressBookFunction: addressBookFunctionOf(kind, event) }
    try {
      const { party, memberships } = await findSender(subject)
      if (party === undefined || memberships.length === 0)
        return { kind: 'unreachable', code: 'notification.not_ready' }
      const sender = membershipFor(memberships, event)
      if (sender === undefined) return { kind: 'refused', code: 'notification.sender_role' }
      const { endpoint, access, role } = await address.find({ ...where, trace })
      const call = {
        party,
        scope: notificationScope(kind, role),
        url: endpoint,
        body: { query: mutations[kind], variables: { bericht: toMessage(delivery, sender) } },
        accept: 'application/graphql-response+json',
        trace,
        timeoutMilliseconds,
        maxResponseBytes: 64 * 1024,
      }
      // Which membership is shown matters only to who has several.
      const selection = memberships.length > 1 ? { selection: selectionOf(sender) } : {}
      const answer = await (access.by === 'certificate'
        ? callByCertificate({ ...call, tokenEndpoint: access.tokenEndpoint, audience: access.audience })
        : callPeer({ ...call, authorizationServer: access.authorizationServer, ...selection }))
      const outcome = judge(answer, clock.now())
      // It may have moved.
      if (outcome.kind === 'unreachable') address.forget(where)
      return outcome
    } catch (cause) {
      const code = NodeError.codeOf(cause)
      if (ownFaults.includes(code)) throw cause
      // A message that makes this node stumble does not hold up the others.
      if (code === 'internal.fault') return { kind: 'failed', code }
      address.forget(where)
      return { kind: 'unreachable', code }
    }
  }
}

interface Sending {
  readonly party: Party | undefined
  readonly memberships: readonly Membership[]
}

/** Who sends, remembered for a second: thousands of messages of one party can go out in that time. */
function createFindSender({
  parties,
  findMemberships,
}: Pick<SendMessageDeps, 'parties' | 'findMemberships'>): (subject: string) => Promise<Sending> {
  const kept = new Map<string, { readonly until: number; readonly sending: Sending }>()
  return async (subject) => {
    const known = kept.get(subject)
    if (known !== undefined && performance.now() < known.until) return known.sending
    const [party, memberships] = await Promise.all([parties.find(subject), findMemberships(subject)])
    const sending = { party, memberships }
    kept.set(subject, { until: performance.now() + rememberedMilliseconds, sending })
    return sending
  }
}

/** Which membership to show: an organisation can have one for each of its roles, with the same number. */
export function selectionOf({ idType, id, role }: Membership): Readonly<Record<string, string>> {
  const kind = memberIdTypes.find((known) => idTypeOf[known] === idType)
  return {
    organization_id: id,
    organization_role: role,
    ...(kind === undefined ? {} : { organization_id_type: kind }),
  }
}

/** The message as it travels. */
export function toMessage(
  { timestamp, receiver, ontvangerKenmerk, eventType, subjects }: Delivery,
  sender: Pick<Membership, 'idType' | 'id'>,
): Message {
  return {
    timestamp,
    afzenderIDType: sender.idType,
    afzenderID: sender.id,
    ontvangerIDType: receiver.idType,
    ontvangerID: receiver.id,
    ...(ontvangerKenmerk === undefined ? {} : { ontvangerKenmerk }),
    eventType,
    subjectList: subjects,
  }
}

/**
 * What an answer says: delivered only by 200 without errors and with a number for the message.
 * @see uitwisselprofiel indicatieregister, "Controle"
 */
function judge({ status, body, headers }: OutboundAnswer, now: number): SendOutcome {
  const code = `http.${String(status)}`
  if (status === 200) {
    const answer = answerSchema.safeParse(parsePeerJson(body))
    if (!answer.success) return { kind: 'failed', code: 'http.unreadable' }
    const { data, errors = [] } = answer.data
    const notificatieID = data?.zendNotificatie?.notificatieID ?? data?.zendMelding?.meldingID
    if (errors.length > 0 || notificatieID === undefined) return { kind: 'failed', code: 'http.errors' }
    return { kind: 'delivered', notificatieID }
  }
  if ([408, 425, 429, 502, 503, 504].includes(status))
    return { kind: 'unreachable', code, retryAfterMilliseconds: readRetryAfter(headers.get('retry-after'), now) }
  // Nobody is there, or not any more, or our token does not count: that is so for every message.
  if ([401, 404, 405, 410].includes(status)) return { kind: 'unreachable', code }
  return { kind: status >= 500 ? 'failed' : 'refused', code }
}
