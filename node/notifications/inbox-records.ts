import type { Instant } from '../kernel/clock.js'
import type { Collection, Key } from '../stores/contracts.js'
import { numberPart } from '../stores/numbered-keys.js'
import type { Message, MessageKind } from '../../schemas/wire/notification.js'

/** A message that a party received. */
export interface ReceivedMessage extends Message {
  readonly party: string
  readonly kind: MessageKind
  /** The number that its sender was given; that of a melding too. */
  readonly notificatieID: string
  readonly receivedAt: Instant
  /** Who sent it, as far as the token proved it. */
  readonly sender: { readonly did?: string; readonly name?: string; readonly role?: string }
  /** How it came: sent, or found by asking its sender what was sent. */
  readonly source: 'sent' | 'reconciliation'
  readonly encoding: 'graphql' | 'cloudevents'
  /** Of the call that brought it: whoever asks the source because of it sends this along, so that both can be put together. */
  readonly traceId: string
}

/** A message as it is kept. */
export interface InboxEntry extends ReceivedMessage {
  /** 1 for the first of the party, then without gaps. */
  readonly number: number
  readonly state: 'received' | 'handed-over' | 'acknowledged'
  readonly handedOverAt?: Instant
  readonly acknowledgedAt?: Instant
  readonly acknowledgedBy?: string
  /** The trace under which the source was asked because of it, when who acknowledged said so. */
  readonly raadplegingTraceId?: string
  /** What could not be done with it, and waits for somebody to look: the rest of the inbox goes on. */
  readonly parked?: { readonly by: string; readonly code: string; readonly at: Instant }
}

/** By party and number. */
export const inbox: Collection<InboxEntry> = {
  name: 'notifications-inbox',
  indexes: {
    // What still waits to be acknowledged, of one party.
    open: ({ party, state }) => (state === 'acknowledged' ? undefined : party),
    parked: ({ party, parked }) => (parked === undefined ? undefined : party),
    id: ({ party, notificatieID }) => `${party}:${notificatieID}`,
  },
}

/** Until when an entry is kept: for good, until it was acknowledged; then for so many days. */
export function keptUntil(
  { acknowledgedAt }: Pick<InboxEntry, 'acknowledgedAt'>,
  keepDays: number,
): { readonly expiresAt?: Instant } {
  return acknowledgedAt === undefined ? {} : { expiresAt: acknowledgedAt + keepDays * 86_400_000 }
}

export function inboxKey(party: string, number: number): Key {
  return [party, numberPart(number)]
}

/** Where the inbox of a party is: the last number that was given. */
export interface InboxHead {
  readonly number: number
  /** Made with the inbox: numbers of another one mean something else. */
  readonly seed: string
}

/** By party. */
export const inboxHeads: Collection<InboxHead> = { name: 'notifications-inbox-heads' }

/** What was said of a record by a sender at a moment, and under which number. */
export interface KnownMessage {
  readonly notificatieID: string
  /** Of the whole message. */
  readonly digest: string
  readonly receivedAt: Instant
}

/** By party, sender and the digest of event, record and time; kept as long as a message of that time is accepted. */
export const knownMessages: Collection<KnownMessage> = { name: 'notifications-known' }

/** How many messages of a sender wait to be acknowledged; by party and sender. */
export const inboxSenders: Collection<{ readonly open: number }> = { name: 'notifications-senders' }
