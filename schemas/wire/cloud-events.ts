import { z } from 'zod'
import { messageSchema, subjectEntitySchema } from './notification.js'

const data = messageSchema
  .omit({ timestamp: true, subjectList: true })
  .extend({
    ...subjectEntitySchema.unwrap().shape,
    count: z
      .int()
      .min(2)
      .max(100)
      .optional()
      .describe('of how many events the message is: one for each record; absent for one'),
  })
  .strict()

/**
 * A notificatie or melding about one record as a CloudEvent. A message about several records is as many events, with
 * `.1`, `.2` and so on behind the id.
 * @see CloudEvents 1.0.2, JSON format; iWlz RFC26288
 */
export const cloudEventSchema = z.strictObject({
  specversion: z.literal('1.0'),
  id: z.string().min(1).max(200).describe('the notificatieID, where a node of this project wrote it'),
  source: z
    .string()
    .max(300)
    .regex(/^urn:[a-z]+:[A-Za-z0-9]+(:[A-Za-z0-9-]+)*$/, 'such as urn:kvk:62253778:cloudevents:notificaties')
    .describe('begins with the sender'),
  type: z.string().min(1).max(200).describe('the name that the event type has as a CloudEvent'),
  time: z.iso.datetime({ offset: true }).describe('the timestamp of the message'),
  subject: z.string().min(1).max(300).optional().describe('the record that changed'),
  datacontenttype: z.literal('application/json').optional(),
  data,
})

export type CloudEvent = z.output<typeof cloudEventSchema>

/** One event, or all events of one message. */
export const cloudEventsBodySchema = z.union([cloudEventSchema, z.array(cloudEventSchema).min(1).max(100)])

export const receiptSchema = z.object({
  notificatieID: z.uuid().describe('the number of the message; the same when it is sent again'),
  receivedAt: z.iso.datetime(),
})
