import type { Clock } from '../../kernel/clock.js'
import { NodeError } from '../../kernel/errors.js'
import { containsPersonNumber } from '../../kernel/identifiers.js'
import type { EventTypes } from '../../policy/event-types.js'
import type { Store } from '../../stores/contracts.js'
import type { OrganizationIdType, SubjectEntity } from '../../../schemas/wire/notification.js'
import { canonicalId } from '../memberships.js'
import type { Enqueue } from './enqueue.js'
import type { OutboxActing } from './outbox.js'
import { deliveryIDOf } from './outbox-records.js'

/** A message of an application of the organisation. */
export interface OwnMessage {
  readonly eventType: string
  readonly receiver: { readonly idType: OrganizationIdType; readonly id: string }
  readonly receiverRole?: string | undefined
  readonly ontvangerKenmerk?: string | undefined
  readonly subjectList: readonly SubjectEntity[]
  readonly version: number
}

/**
 * Puts a message of the organisation's own applications into the outbox and returns its deliveryID: for records that are in
 * none of the registers of this node, and for events that the organisation concludes itself. The same message with the same
 * version is the same delivery.
 *
 * Does not check that something changed: that is for the organisation to know.
 * @throws `request.bad_body` for an unknown event type, a receiver that is none, or a number that could be a person's;
 *   `access.denied` when there is no ground for it today
 */
export type SendOwn = (message: OwnMessage, acting: OutboxActing) => Promise<string>

export function createSendOwn(deps: {
  readonly store: Pick<Store, 'write'>
  readonly clock: Clock
  readonly eventTypes: EventTypes
  readonly enqueue: Enqueue
  /** Whether there is such a delivery, in whatever state. */
  readonly isKnown: (party: string, deliveryID: string) => Promise<boolean>
}): SendOwn {
  const { store, clock, eventTypes, enqueue, isKnown } = deps
  return async ({ eventType: name, receiver, receiverRole, ontvangerKenmerk, subjectList, version }, acting) => {
    const type = eventTypes.find(name)
    if (type === undefined) throw refused('eventType: there is no such event')
    const id = canonicalId(receiver.idType, receiver.id)
    if (id === undefined) throw refused(`receiver: is no well-formed ${receiver.idType}`)
    const texts = [ontvangerKenmerk ?? '', ...subjectList.flatMap(({ subject, recordID }) => [subject, recordID])]
    if (texts.some(containsPersonNumber)) throw refused('a message never holds the number of a person')
    if (!eventTypes.hasGrondslag(type, { now: clock.now(), role: receiverRole }))
      throw new NodeError('access.denied', { notes: ['there is no ground today to tell this role of it'] })
    const recordID = subjectList[0]?.recordID ?? ''
    const message = {
      ...acting,
      kind: type.kind,
      eventType: type.eventType,
      receiver: { idType: receiver.idType, id },
      receiverRole,
      ontvangerKenmerk,
      subjects: subjectList,
      recordID,
      version,
    }
    const deliveryID = deliveryIDOf(message)
    if (!(await isKnown(acting.party, deliveryID))) await store.write(enqueue(message))
    return deliveryID
  }
}

function refused(note: string): NodeError {
  return new NodeError('request.bad_body', { notes: [note] })
}
