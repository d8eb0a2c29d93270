import { z } from 'zod'
import { messageKinds, organizationIdTypes, subjectEntitySchema } from './notification.js'

const by = z.string().min(1).max(200).describe('who does this, for the journal')
const moment = z.iso.datetime()

/** What is asked of the outbox. */
export const outboxQuerySchema = z.object({
  part: z
    .enum(['waiting', 'dead', 'ended'])
    .default('waiting')
    .describe('what waits, what could not be delivered and needs somebody, or what came to an end'),
  after: z.string().min(1).max(4096).optional().describe('the `next` of the page before'),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
})

const organization = z.object({ idType: z.enum(organizationIdTypes), id: z.string() })

/** One message on its way to one receiver. */
export const outboxDeliverySchema = z.object({
  deliveryID: z.string(),
  state: z.enum(['queued', 'retrying', 'delivered', 'consolidated', 'discarded', 'refused', 'expired']),
  kind: z.enum(messageKinds),
  eventType: z.string(),
  receiver: organization,
  receiverRole: z.string(),
  ontvangerKenmerk: z.string().optional(),
  subjects: z.array(subjectEntitySchema),
  recordID: z.string(),
  version: z.int(),
  timestamp: z.string().describe('as it travels, at every attempt'),
  createdAt: moment,
  attempts: z.int().describe('failed attempts of this message; those that failed for the whole receiver left out'),
  nextAttemptAt: moment.optional(),
  lastFailure: z
    .object({ at: moment, code: z.string().describe('`http.` and the status, or a code of this node') })
    .optional(),
  endedAt: moment.optional(),
  receipt: z
    .object({ notificatieID: z.uuid(), receivedAt: moment })
    .optional()
    .describe('what the receiver gave for it when it had stored it'),
  consolidatedInto: z.string().optional().describe('the later delivery that says it as well'),
})

export const outboxPageSchema = z.object({ deliveries: z.array(outboxDeliverySchema), next: z.string().optional() })

/** What waits for one receiver that does not take it. */
export const outboxReceiversSchema = z.object({
  receivers: z.array(
    z.object({
      receiver: organization,
      receiverRole: z.string(),
      failures: z.int(),
      retryAt: moment,
      lastFailure: z.object({ at: moment, code: z.string() }).optional(),
    }),
  ),
})

/** Who acts. */
export const outboxActingSchema = z.strictObject({ by })

export const outboxResentSchema = z.object({ resent: z.int() })

/** A message of the organisation's own applications, about a record that is in none of the node's registers. */
export const outboxMessageSchema = z.strictObject({
  by,
  eventType: z.string().min(1).max(128).describe('a published name, or an alias of it'),
  receiver: z.strictObject({ idType: z.enum(organizationIdTypes), id: z.string().min(1).max(32) }),
  receiverRole: z.string().min(1).max(32).optional(),
  ontvangerKenmerk: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9:._-]{0,127}$/)
    .optional(),
  subjectList: z.array(subjectEntitySchema).min(1).max(100),
  version: z
    .int()
    .min(0)
    .describe('goes up with every change of the record: the same message with the same version is sent once'),
})

export type OutboxDelivery = z.output<typeof outboxDeliverySchema>
