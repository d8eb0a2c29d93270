import type { ErrorCode } from '../../kernel/errors.js'
import { later, row, type PublicError } from './public-error.js'

const tooMany = (seconds: number, code: string, words: string): PublicError => ({
  ...row(429, code, words, 'temporarily_unavailable'),
  retryAfterSeconds: seconds,
})

/** What is said of notificaties and meldingen, in public words. */
export const notificationErrors = {
  'notification.malformed': row(400, 'message-malformed', 'The message is not as the netwerkpunt asks.'),
  'notification.person_number': row(
    400,
    'person-number',
    'The message holds a number that could be a BSN. Messages point at records and name no person.',
  ),
  'notification.event_unknown': row(400, 'event-unknown', 'This party does not take that type of event.'),
  'notification.outdated': row(400, 'message-outdated', 'The message was made too long ago, or in the future.'),
  'notification.sender': row(
    403,
    'sender-mismatch',
    'The sender of the message is not the organisation that the token proves.',
    'access_denied',
  ),
  'notification.sender_role': row(
    403,
    'sender-role',
    'The role that the token proves does not send that type of event.',
    'access_denied',
  ),
  'notification.receiver': row(400, 'receiver-mismatch', 'The message is for another organisation.'),
  'notification.changed': row(
    409,
    'message-changed',
    'A message about that record and time came before with another content. Send it anew with its own time.',
  ),
  'notification.too_many': tooMany(5, 'too-many-messages', 'Messages of this sender come too fast. Go on later.'),
  'notification.queue_full': tooMany(
    300,
    'queue-full',
    'Too many messages of this sender wait to be taken in by the receiver. Go on later.',
  ),
  'notification.not_ready': later(60, 'receiver-not-ready', 'This party cannot receive messages yet. Try again.'),
  'notification.way_unsupported': row(
    502,
    'way-unsupported',
    'The receiver is only known in a way that this node cannot send by.',
  ),
  'notification.delivery_unknown': row(404, 'delivery-unknown', 'The outbox has no such delivery.'),
  'notification.webhook_unknown': row(404, 'webhook-unknown', 'This party has no webhook.'),
  'notification.webhook_refused': row(400, 'webhook-refused', 'Messages cannot be handed over there.'),
  'notification.entry_unknown': row(404, 'entry-unknown', 'The inbox has no such message.'),
  'melding.unknown': row(404, 'melding-unknown', 'This party did not receive such a melding.'),
  'melding.done': row(409, 'melding-done', 'The melding has ended already.'),
} as const satisfies Partial<Record<ErrorCode, PublicError>>
