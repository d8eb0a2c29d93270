import type { Audit } from '../../audit/audit.js'
import type { Clock } from '../../kernel/clock.js'
import { NodeError } from '../../kernel/errors.js'
import type { Trace } from '../../kernel/trace.js'
import type { EventTypes } from '../../policy/event-types.js'
import { put, type Operation } from '../../stores/contracts.js'
import {
  subjectEntitySchema,
  type MessageKind,
  type MessageParty,
  type SubjectEntity,
} from '../../../schemas/wire/notification.js'
import { partyKey } from '../memberships.js'
import {
  deliveryIDOf,
  dueOf,
  dueReceivers,
  pendingDeliveries,
  pendingKey,
  receiverKey,
  type Delivery,
} from './outbox-records.js'

/** A message to send. Holds pointers and nothing about a person. */
export interface OutgoingMessage {
  /** The local name of the party that sends. */
  readonly party: string
  readonly kind: MessageKind
  readonly eventType: string
  readonly receiver: MessageParty
  /** The role in which it is told, where that is not the one of the event type: a desk of a gemeente. */
  readonly receiverRole?: string | undefined
  readonly ontvangerKenmerk?: string | undefined
  readonly subjects: readonly SubjectEntity[]
  /** The record that changed, as `Type/uuid`: messages about it arrive in the order of their versions. */
  readonly recordID: string
  /** Goes up with every change of the record: 0 to 2^53 - 1. */
  readonly version: number
  /** Pseudonyms (`personPseudonym`) of whom it is about, for the journal of this node only. */
  readonly persons?: readonly string[]
  /** Who asked for it, where that is no change of a register. */
  readonly by?: string
  readonly trace?: Trace
}

/**
 * The operations that put a message into the outbox, for the batch of what it tells about: then either both are there or
 * neither is. It is sent as soon as that batch is durable. The same message again, with the same version, changes nothing
 * but the moment that it is sent with. Does not look whether the receiver exists.
 * @throws `internal.fault` for an event type that is none, and for a message that points at something else than records
 */
export type Enqueue = (message: OutgoingMessage) => readonly Operation[]

export function createEnqueue({
  clock,
  audit,
  findEventType,
}: {
  readonly clock: Clock
  readonly audit: Pick<Audit, 'operation'>
  readonly findEventType: EventTypes['find']
}): Enqueue {
  /** How many were made in this millisecond, by receiver, record, event and version. */
  let thisMillisecond = { at: 0, made: new Map<string, number>() }

  return (message) => {
    const { party, kind, eventType, receiver, ontvangerKenmerk, subjects, recordID, version, persons, by, trace } =
      message
    const type = findEventType(eventType)
    if (type?.kind !== kind) throw new NodeError('internal.fault', { detail: `there is no ${kind} ${eventType}` })
    if (!subjects.every((subject) => subjectEntitySchema.safeParse(subject).success) || subjects.length === 0)
      throw new NodeError('internal.fault', { detail: 'a message points at records and at nothing else' })
    const now = clock.now()
    const delivery: Delivery = {
      deliveryID: deliveryIDOf(message),
      party,
      kind,
      eventType,
      receiver: { idType: receiver.idType, id: receiver.id },
      receiverRole: message.receiverRole ?? type.receiverRole,
      ...(ontvangerKenmerk === undefined ? {} : { ontvangerKenmerk }),
      subjects,
      recordID,
      version,
      timestamp: momentOf(now, version, [party, partyKey(receiver), eventType, recordID, version].join(' ')),
      createdAt: now,
      ...(persons === undefined || persons.length === 0 ? {} : { persons }),
      attempts: 0,
    }
    return [
      put(pendingDeliveries, pendingKey(delivery), delivery),
      put(dueReceivers, receiverKey(delivery), dueOf(delivery)),
      audit.operation({
        code: 'notification.queued',
        action: 'create',
        outcome: 'success',
        party,
        ...(by === undefined ? {} : { actor: { user: { id: by } } }),
        ...(trace === undefined ? {} : { trace }),
        object: { operation: eventType, peer: partyKey(receiver), selection: { deliveryID: delivery.deliveryID } },
        ...(delivery.persons === undefined ? {} : { persons: delivery.persons }),
      }),
    ]
  }

  /**
   * The moment that a message travels with. A receiver takes two messages about one record with one event and one moment
   * for the same, so those of one millisecond differ in the digits behind it: by version, also between processes, and by
   * how many were made of that version here.
   */
  function momentOf(now: number, version: number, about: string): string {
    const at = Math.floor(now)
    if (thisMillisecond.at !== at) thisMillisecond = { at, made: new Map() }
    const made = thisMillisecond.made.get(about) ?? 0
    thisMillisecond.made.set(about, made + 1)
    const digits = (version % 100) * 10 + (made % 10)
    const text = new Date(at + Math.floor(made / 10)).toISOString().slice(0, -1)
    return `${text}${String(digits).padStart(3, '0')}Z`
  }
}
