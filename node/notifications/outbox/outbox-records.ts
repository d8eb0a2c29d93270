import { createHash } from 'node:crypto'
import type { Instant } from '../../kernel/clock.js'
import { idOfDigest } from '../../kernel/digest-id.js'
import type { Collection, Key } from '../../stores/contracts.js'
import type { MessageKind, MessageParty, SubjectEntity } from '../../../schemas/wire/notification.js'
import { partyKey } from '../memberships.js'

/** A message that is to be sent, and how far that is. One row for each receiver, event type, record and version. */
export interface Delivery {
  /** Made of what it is about, so that the same delivery has the same name, wherever it is made. */
  readonly deliveryID: string
  /** The local name of the party that sends. */
  readonly party: string
  readonly kind: MessageKind
  readonly eventType: string
  readonly receiver: MessageParty
  /** The role in which it is told; `bronhouder` where that depends on who it is. */
  readonly receiverRole: string
  readonly ontvangerKenmerk?: string
  readonly subjects: readonly SubjectEntity[]
  /** The record that changed: messages about one record are sent in the order of their versions. */
  readonly recordID: string
  readonly version: number
  /** As it travels: the same at every attempt, because the receiver knows the message by it. */
  readonly timestamp: string
  readonly createdAt: Instant
  /** Pseudonyms of the persons that it is about, for the journal. */
  readonly persons?: readonly string[]
  /** How often it was sent without success, apart from attempts that failed for everything at this receiver. */
  readonly attempts: number
  /** Not before then. */
  readonly nextAttemptAt?: Instant
  readonly lastFailure?: DeliveryFailure
}

/** Why an attempt failed. Holds nothing of what the other side said. */
export interface DeliveryFailure {
  readonly at: Instant
  /** Of the node, or `http.` and the status that the receiver answered. */
  readonly code: string
}

/** A delivery that came to an end. */
export interface EndedDelivery extends Delivery {
  readonly state: 'delivered' | 'consolidated' | 'discarded'
  readonly endedAt: Instant
  /** What the receiver gave for it. */
  readonly receipt?: { readonly notificatieID: string; readonly receivedAt: string }
  /** The later delivery that says it as well: the receiver reads the record as it is now. */
  readonly consolidatedInto?: string
}

/** A delivery that waits for somebody to look. */
export interface DeadDelivery extends Delivery {
  /** Refused by the receiver, or tried for too long. */
  readonly state: 'refused' | 'expired'
  readonly endedAt: Instant
}

/** Every part of the outbox finds a delivery by its name. */
export const byID = { id: ({ deliveryID }: Pick<Delivery, 'deliveryID'>): string => deliveryID }

/** What is still to be sent; by party, receiver, record and version, so that a record is read in its order. */
export const pendingDeliveries: Collection<Delivery> = {
  name: 'outbox',
  indexes: byID,
}

/** What was sent, for as long as it is kept; by party, receiver, day and time, so that a period can be read. */
export const endedDeliveries: Collection<EndedDelivery> = {
  name: 'outbox-ended',
  indexes: byID,
}

/** What could not be sent; by the key that it had. */
export const deadDeliveries: Collection<DeadDelivery> = {
  name: 'outbox-dead',
  indexes: byID,
}

/** Whom something waits for. Its version goes up with everything that is put there. */
export interface DueReceiver {
  readonly party: string
  readonly receiver: MessageParty
  readonly receiverRole: string
}

/** What says that something waits for the receiver of a delivery. */
export function dueOf({ party, receiver, receiverRole }: Delivery): DueReceiver {
  return { party, receiver, receiverRole }
}

/** By party and receiver; there as long as the receiver has deliveries that wait. */
export const dueReceivers: Collection<DueReceiver> = { name: 'outbox-due' }

/** How it goes with a receiver to which something could not be sent. */
export interface ReceiverState extends Omit<DueReceiver, 'party'> {
  /** Attempts in a row that failed for everything at this receiver. */
  readonly failures: number
  /** The next attempt by the schedule, or for what is to be tried again by itself. */
  readonly retryAt: Instant
  /** Not before then, whatever is new: what the receiver asked for, or the shortest wait. */
  readonly notBefore: Instant
  /** The version of the due receiver at the last look: another one says that something is new. */
  readonly lookedAt: number
  readonly lastFailure?: DeliveryFailure
}

/** By party and receiver. */
export const receiverStates: Collection<ReceiverState> = { name: 'outbox-receivers' }

/** Desks of one organisation, with roles of their own, are receivers of their own. */
export function receiverKey({
  party,
  receiver,
  receiverRole,
}: Pick<Delivery, 'party' | 'receiver' | 'receiverRole'>): Key {
  return [party, `${partyKey(receiver)} ${receiverRole}`]
}

/** Where a delivery stands as long as it waits. Rows with the same first three parts are about one record. */
export function pendingKey(delivery: Delivery): Key {
  const { recordID, version, eventType, deliveryID } = delivery
  return [...receiverKey(delivery), recordID, pad(version), eventType, deliveryID]
}

/** Where a delivery stands afterwards. */
export function endedKey({ party, receiver, timestamp, deliveryID }: Delivery): Key {
  return [party, partyKey(receiver), timestamp.slice(0, 10), timestamp, deliveryID]
}

/** A UUID, from the digest of what makes a delivery that one. */
export function deliveryIDOf(about: {
  readonly party: string
  readonly kind: MessageKind
  readonly eventType: string
  readonly receiver: MessageParty
  readonly recordID: string
  readonly version: number
  readonly ontvangerKenmerk?: string | undefined
}): string {
  const { party, kind, eventType, receiver, recordID, version, ontvangerKenmerk = null } = about
  const said = [party, kind, eventType, receiver.idType, receiver.id, recordID, version, ontvangerKenmerk]
  return idOfDigest((turn) =>
    createHash('sha256')
      .update(JSON.stringify([...said, turn]))
      .digest(),
  )
}

/** As many digits as a safe integer can have, so that keys are in the order of their numbers. */
function pad(number: number): string {
  return String(number).padStart(16, '0')
}
