import { createHash } from 'node:crypto'
import type { Clock, Instant } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import { containsPersonNumber } from '../kernel/identifiers.js'
import { scalarForms } from '../sources/graphql/scalars.js'
import { messageSchema, type Message, type MessageKind, type MessageParty } from '../../schemas/wire/notification.js'
import { canonicalId, isOneOf, isSameParty, type Membership } from './memberships.js'

/** As much of an event type as a receiver looks at. */
export interface KnownEvent {
  readonly eventType: string
  readonly kind: MessageKind
  /** Whose it is to say. */
  readonly senderRoles: readonly string[]
  /** Who is told; `bronhouder` for whoever keeps the record. */
  readonly receiverRole: string
}

/** So long after it was made a message is taken: longer than a sender goes on trying. */
export const acceptedMilliseconds = 31 * 86_400_000
const clockSkewMilliseconds = 5 * 60_000
const timePattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/

/** A message, and the roles between which its event goes. */
export type Parsed = Message & Pick<KnownEvent, 'senderRoles' | 'receiverRole'>

/** Who sends, as was proved: a token proves one role; who was asked may have several. */
export interface ProvenSender {
  readonly organization: MessageParty | undefined
  readonly roles: readonly string[]
}

/**
 * The message in what came from outside, in one spelling: identifiers, time and event.
 *
 * Refuses every number that could be a BSN, wherever it stands and also when its digits are written apart. Does not look
 * at who sends it.
 * @throws `notification.person_number`, `notification.malformed`, `notification.event_unknown`, `notification.outdated`;
 *   with notes that hold no values
 */
export function parseMessage(
  input: unknown,
  kind: MessageKind,
  { clock, findEventType }: { readonly clock: Clock; readonly findEventType: (name: string) => KnownEvent | undefined },
): Parsed {
  // First, so that whoever puts one in a wrong place hears what is really wrong.
  if (textsOf(input).some(containsPersonNumber)) throw new NodeError('notification.person_number')
  const parsed = messageSchema.safeParse(input)
  if (!parsed.success) {
    const notes = parsed.error.issues
      .slice(0, 5)
      // The name of a member that is not known may hold anything.
      .map(
        ({ code, path, message }) =>
          `${path.join('.') || 'message'}: ${code === 'unrecognized_keys' ? 'has a member that is not known' : message}`,
      )
    throw new NodeError('notification.malformed', { notes })
  }
  const message = parsed.data
  const event = findEventType(message.eventType)
  if (event?.kind !== kind) throw new NodeError('notification.event_unknown', { notes: [`no ${kind} of that type`] })
  const timestamp = canonicalTime(message.timestamp)
  requireRecent(Date.parse(timestamp), clock.now())
  return {
    ...message,
    timestamp,
    eventType: event.eventType,
    afzenderID: requireId(message, 'afzender'),
    ontvangerID: requireId(message, 'ontvanger'),
    senderRoles: event.senderRoles,
    receiverRole: event.receiverRole,
  }
}

/**
 * Refuses a message that is not of the organisation that the token proves, of an event that is not for its role to send, or
 * not for this party. Does not look whether the sender keeps the very record: the source answers for that.
 * @throws `notification.sender`, `notification.sender_role`, `notification.receiver`, `notification.event_unknown`, `notification.not_ready`
 */
export function requireParties(
  { afzenderIDType, afzenderID, ontvangerIDType, ontvangerID, senderRoles, receiverRole }: Parsed,
  { organization, roles }: ProvenSender,
  memberships: readonly Membership[],
): void {
  if (organization === undefined || !isSameParty(organization, { idType: afzenderIDType, id: afzenderID }))
    throw new NodeError('notification.sender')
  if (!roles.some((role) => isOneOf(role, senderRoles))) throw new NodeError('notification.sender_role')
  if (memberships.length === 0) throw new NodeError('notification.not_ready')
  const addressed = memberships.filter((own) => isSameParty(own, { idType: ontvangerIDType, id: ontvangerID }))
  if (addressed.length === 0) throw new NodeError('notification.receiver')
  if (receiverRole !== 'bronhouder' && !addressed.some(({ role }) => isOneOf(role, [receiverRole])))
    throw new NodeError('notification.event_unknown', { notes: ['that event is for organisations with another role'] })
}

/** The digest of all that a message says: another digest is another message. */
export function digestOf(kind: MessageKind, message: Message): string {
  const { timestamp, afzenderIDType, afzenderID, ontvangerIDType, ontvangerID, eventType, subjectList } = message
  const said = [kind, timestamp, afzenderIDType, afzenderID, ontvangerIDType, ontvangerID, eventType]
  const subjects = subjectList.map(({ subject, recordID }) => [subject, recordID])
  return hash([...said, message.ontvangerKenmerk ?? null, subjects])
}

/**
 * The names under which a message is known: one for each record that it points at. Two messages of one sender that share
 * one are the same message, or one of them is wrong.
 * @param id the number that the sender gave it, which then is a name too
 */
export function namesOf({ timestamp, eventType, subjectList }: Message, id?: string): readonly string[] {
  const records = new Set(subjectList.map(({ recordID }) => pointerOf(recordID)))
  const names = [...records].map((recordID) => hash([eventType, recordID, timestamp]))
  return id === undefined ? names : [...names, hash(['id', id])]
}

/** Type and key of a record: sources disagree about what stands before them, and about capitals. */
function pointerOf(recordID: string): string {
  return recordID.split('/').slice(-2).join('/').toLowerCase()
}

function hash(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url')
}

function requireId(message: Message, who: 'afzender' | 'ontvanger'): string {
  const id = canonicalId(message[`${who}IDType`], message[`${who}ID`])
  if (id !== undefined) return id
  throw new NodeError('notification.malformed', { notes: [`${who}ID: is no well-formed ${message[`${who}IDType`]}`] })
}

function requireRecent(moment: Instant, now: Instant): void {
  if (moment > now + clockSkewMilliseconds)
    throw new NodeError('notification.outdated', { notes: ['timestamp: lies in the future'] })
  if (moment < now - acceptedMilliseconds)
    throw new NodeError('notification.outdated', { notes: ['timestamp: is more than 31 days ago'] })
}

/** In UTC, to the microsecond: what some clocks add to that is nine digits in a row. */
function canonicalTime(timestamp: string): string {
  const canonical = scalarForms.get('DateTime')?.canonical?.(timestamp) ?? timestamp
  return canonical.replace(/(\.\d{6})\d+Z$/, '$1Z')
}

/** Every text of a value, however deep: names of members too. A time is none: nothing of it is kept that could be a number. */
function textsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return timePattern.test(value) ? [] : [value]
  if (typeof value === 'number') return [String(value)]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, member]) => [name, ...textsOf(member)])
}
