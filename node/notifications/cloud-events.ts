import { createHash } from 'node:crypto'
import { NodeError } from '../kernel/errors.js'
import type { CloudEvent } from '../../schemas/wire/cloud-events.js'
import type { Message, MessageKind } from '../../schemas/wire/notification.js'

/** As much of an event type as the encoding needs. */
export interface EncodedEvent {
  readonly kind: MessageKind
  readonly eventType: string
  readonly cloudEventsType: string
}

/** A message with its number, whichever way it is written. */
export interface NumberedMessage {
  readonly notificatieID: string
  readonly message: Message
}

/**
 * A message as CloudEvents: one for each record that it points at. `fromCloudEvents` makes the same message of them.
 * @see CloudEvents 1.0.2; iWlz RFC26288: one event per subject
 */
export function toCloudEvents(
  { notificatieID, message }: NumberedMessage,
  { kind, cloudEventsType }: EncodedEvent,
): readonly CloudEvent[] {
  const { timestamp, subjectList, afzenderIDType, afzenderID, ontvangerIDType, ontvangerID, eventType } = message
  const { ontvangerKenmerk } = message
  const data = {
    afzenderIDType,
    afzenderID,
    ontvangerIDType,
    ontvangerID,
    ...(ontvangerKenmerk === undefined ? {} : { ontvangerKenmerk }),
    eventType,
  }
  const plural = kind === 'notificatie' ? 'notificaties' : 'meldingen'
  const count = subjectList.length
  return subjectList.map(({ subject, recordID }, index) => ({
    specversion: '1.0',
    id: count === 1 ? notificatieID : `${notificatieID}.${String(index + 1)}`,
    source: `urn:${afzenderIDType.toLowerCase()}:${afzenderID}:cloudevents:${plural}`,
    type: cloudEventsType,
    time: timestamp,
    subject: recordID,
    datacontenttype: 'application/json',
    data: { ...data, subject, recordID, ...(count === 1 ? {} : { count }) },
  }))
}

/**
 * The message that events say together: one event, or every event of one message in whatever order. An event of a message
 * of several that comes by itself is a message by itself. An id that is no UUID gets one that follows from it.
 *
 * Does not look who sends it, beside that source and sender are the same.
 * @throws `notification.malformed`, `notification.event_unknown`
 */
export function fromCloudEvents(
  events: readonly CloudEvent[],
  findEventType: (name: string) => EncodedEvent | undefined,
): NumberedMessage & { readonly kind: MessageKind } {
  const [first] = events
  if (first === undefined) throw malformed('there is no event')
  const known = findEventType(first.data.eventType)
  if (known?.cloudEventsType !== first.type)
    throw new NodeError('notification.event_unknown', { notes: ['type and data.eventType are not one known event'] })
  const parts = events.map(readPart)
  if (events.length > 1) requireWhole(parts)
  const { count: _count, subject: _subject, recordID: _recordID, ...data } = first.data
  const subjectList = [...parts]
    .sort((one, other) => one.number - other.number)
    .map(({ event: { data: pointed } }) => ({ subject: pointed.subject, recordID: pointed.recordID }))
  return {
    kind: known.kind,
    notificatieID: idOf(events.length > 1 ? (parts[0]?.whole ?? '') : first.id, first.source),
    message: { ...data, timestamp: first.time, subjectList },
  }
}

interface Part {
  readonly event: CloudEvent
  /** The id of the message. */
  readonly whole: string
  readonly number: number
}

function readPart(event: CloudEvent): Part {
  const { id, source, subject, data } = event
  const [, kind, sender] = source.split(':')
  if (kind !== data.afzenderIDType.toLowerCase() || sender !== data.afzenderID)
    throw malformed('source: is another organisation than the sender')
  if (subject !== undefined && subject !== data.recordID) throw malformed('subject: is another record than recordID')
  const match = data.count === undefined ? null : /^(.+)\.(\d{1,3})$/.exec(id)
  return { event, whole: match?.[1] ?? id, number: Number(match?.[2] ?? 1) }
}

/** Every part of one message, each once, and all else the same. */
function requireWhole(parts: readonly Part[]): void {
  const whole = new Set(
    parts.map(({ event: { id: _id, subject: _subject, data, ...rest }, whole: id }) => {
      const { subject: _about, recordID: _recordID, ...same } = data
      return JSON.stringify([id, rest, Object.entries(same).sort()])
    }),
  )
  const numbers = new Set(parts.map(({ number }) => number))
  const isAll = parts.every(
    ({ event, number }) => event.data.count === parts.length && number >= 1 && number <= parts.length,
  )
  if (whole.size !== 1 || numbers.size !== parts.length || !isAll)
    throw malformed('the events are not all those of one message')
}

/** @see RFC 9562 section 5.8: a UUID by name, of version 8 */
function idOf(id: string, source: string): string {
  if (/^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(id)) return id.toLowerCase()
  const digest = createHash('sha256')
    .update(JSON.stringify([source, id]))
    .digest()
  digest[6] = ((digest[6] ?? 0) & 0x0f) | 0x80
  digest[8] = ((digest[8] ?? 0) & 0x3f) | 0x80
  const hex = digest.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-')
}

function malformed(note: string): NodeError {
  return new NodeError('notification.malformed', { notes: [note] })
}
