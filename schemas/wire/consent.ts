import { z } from 'zod'
import { consentStatementSchema } from '../consent.js'

const by = z.string().min(1).max(200).optional().describe('who does it, for the journal')
const bsn = z
  .string()
  .regex(/^\d{9}$/, 'nine digits')
  .describe('BSN of the person; it is not kept')

/** What a person said, to keep at the source. */
export const addConsentSchema = z.strictObject({ by, bsn, statement: consentStatementSchema })

/** Of whom the statements are wanted. In a body, because no BSN stands in a URL. */
export const findConsentsSchema = z.strictObject({ by, bsn })

export const withdrawConsentSchema = z.strictObject({ by })

export const keptConsentSchema = z.strictObject({
  id: z.string(),
  statement: consentStatementSchema,
  registeredAt: z.iso.datetime(),
  withdrawnAt: z.iso.datetime().optional().describe('since when it counts no more'),
})

export const keptConsentsSchema = z.strictObject({ consents: z.array(keptConsentSchema) })

export type KeptConsent = z.output<typeof keptConsentSchema>
