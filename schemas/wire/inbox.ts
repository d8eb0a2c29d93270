import { z } from 'zod'
import { messageKinds, messageSchema } from './notification.js'

const who = z.string().min(1).max(200)
const number = z.int().min(1)
const time = z.iso.datetime()

/** A message in the inbox of a party, as it is handed over. Everything in it is a pointer: the data is at the source. */
export const inboxMessageSchema = messageSchema.extend({
  number: number.describe('1 for the first of the party; the next has the next'),
  position: z.string().describe('where following goes on after this message'),
  kind: z.enum(messageKinds),
  notificatieID: z.uuid().describe('the number that the sender was given'),
  receivedAt: time,
  sender: z
    .strictObject({ did: z.string().optional(), name: z.string().optional(), role: z.string().optional() })
    .describe('who sent it, as its token proved'),
  source: z.enum(['sent', 'reconciliation']).describe('sent by itself, or found by asking the sender what it sent'),
  traceId: z.string().describe('send it along when you ask the source because of this message'),
  state: z.enum(['received', 'handed-over', 'acknowledged']),
  handedOverAt: time.optional(),
  acknowledgedAt: time.optional(),
  acknowledgedBy: z.string().optional(),
  raadplegingTraceId: z.string().optional().describe('under which the source was asked because of it'),
  parked: z
    .strictObject({ by: z.string(), code: z.string(), at: time })
    .optional()
    .describe('what could not be done with it'),
})

export type InboxMessage = z.output<typeof inboxMessageSchema>

const limit = z.coerce.number().int().min(1).max(1000)

export const inboxQuerySchema = z.strictObject({
  state: z
    .enum(['open', 'all', 'parked'])
    .default('open')
    .describe('not yet acknowledged, every one, or those that something could not be done with'),
  after: z.coerce.number().int().min(0).default(0).describe('the number after which to begin'),
  limit: limit.default(100),
})

export const inboxPageSchema = z.strictObject({
  messages: z.array(inboxMessageSchema),
  next: z.int().min(0).describe('the `after` of the next page'),
  more: z.boolean(),
})

export type InboxPage = z.output<typeof inboxPageSchema>

export const inboxPollSchema = z.strictObject({
  by: who.describe('who takes them, for the journal'),
  after: z.int().min(0).default(0).describe('the number after which to begin; 0 for the oldest that waits'),
  limit: z.int().min(1).max(1000).default(100),
  waitSeconds: z.int().min(0).max(25).default(0).describe('how long to wait for one when there is none'),
})

export const inboxAcknowledgeSchema = z
  .strictObject({
    by: who.describe('who has processed them'),
    numbers: z.array(number).min(1).max(1000).optional(),
    through: number.optional().describe('every message up to and including this number'),
    raadplegingTraceId: z
      .string()
      .regex(/^(?!0{32})[0-9a-f]{32}$/, 'a trace id of 32 hexadecimal digits')
      .optional()
      .describe('under which you asked the source because of them'),
  })
  .refine(({ numbers, through }) => (numbers === undefined) !== (through === undefined), 'give numbers or through')

export const inboxAcknowledgedSchema = z.strictObject({
  acknowledged: z.int().min(0).describe('how many were not acknowledged before'),
})

export const inboxRetrySchema = z.strictObject({ by: who, number })

export const inboxEventsQuerySchema = z.strictObject({
  after: z
    .string()
    .max(64)
    .optional()
    .describe('the `position` after which to go on, where the header Last-Event-ID cannot be sent'),
  format: z
    .enum(['message', 'cloudevents'])
    .default('message')
    .describe('a message of the inbox, or the list of CloudEvents that it is'),
})
