import type { Instant } from '../kernel/clock.js'
import type { InboxMessage } from '../../schemas/wire/inbox.js'
import type { InboxEntry } from './inbox-records.js'
import { formatPosition } from './inbox-stream.js'

/** An entry as it is handed over. */
export function toInboxMessage(
  { party: _party, encoding: _encoding, receivedAt, handedOverAt, acknowledgedAt, parked, ...rest }: InboxEntry,
  feed: string,
): InboxMessage {
  return {
    ...rest,
    sender: { ...rest.sender },
    subjectList: [...rest.subjectList],
    position: formatPosition({ feed, number: rest.number }),
    receivedAt: timeOf(receivedAt),
    ...(handedOverAt === undefined ? {} : { handedOverAt: timeOf(handedOverAt) }),
    ...(acknowledgedAt === undefined ? {} : { acknowledgedAt: timeOf(acknowledgedAt) }),
    ...(parked === undefined ? {} : { parked: { ...parked, at: timeOf(parked.at) } }),
  }
}

function timeOf(instant: Instant): string {
  return new Date(instant).toISOString()
}
