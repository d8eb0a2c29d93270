import { z } from 'zod'
import { auditEventSchema } from '../audit-event.js'

/** A page of the audit journal: entries with a number above `after`. */
export const auditQuerySchema = z.strictObject({
  after: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
})

/** A date counts from its first moment, UTC. */
const instant = z
  .union([z.iso.date(), z.iso.datetime({ offset: true })], 'a date, or a date and time with its time zone')
  .transform((text) => Date.parse(text))

/** What to export. Without a selection it is the whole chain, which can be verified. */
export const auditExportSchema = z.strictObject({
  format: z.enum(['jsonl', 'fhir']).default('jsonl'),
  party: z.string().min(1).max(64).optional(),
  /** A BSN; only its pseudonym is kept. */
  person: z
    .string()
    .regex(/^[0-9]{9}$/, 'nine digits')
    .optional(),
  requester: z.string().min(1).max(2048).optional(),
  from: instant.optional(),
  to: instant.optional(),
})

/** What to remove of the journal, and why it may be removed. */
export const auditRetentionSchema = z.strictObject({ before: instant, ground: z.string().min(3).max(500) })

/** What was removed: through which entry, and how many. */
export const auditRemovedSchema = z.strictObject({ through: z.int(), count: z.int() })

/** A checkpoint on its way to a node that keeps it. */
export const checkpointBodySchema = z.strictObject({ checkpoint: z.string().min(1).max(8192) })

/** Checkpoints, oldest first; `contradiction` is the newest one that was refused because it contradicts one of those. */
export const checkpointListSchema = z.strictObject({
  checkpoints: z.array(z.string()),
  contradiction: z.string().optional(),
})

/** A page of the journal; `next` is what to ask after for the next one. */
export const auditPageSchema = z.strictObject({
  entries: z.array(z.strictObject({ number: z.int(), time: z.string(), event: auditEventSchema })),
  next: z.int(),
})
