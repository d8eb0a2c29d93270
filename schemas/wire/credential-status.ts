import { z } from 'zod'

/** Why the status of a credential is changed; for the journal. */
export const statusReasonSchema = z.strictObject({
  reason: z.string().min(1).max(200).optional().describe('for the audit journal; long numbers are left out'),
})

/** A status list as it is served. */
export const statusListSchema = z
  .looseObject({ '@context': z.array(z.string()), id: z.string(), type: z.array(z.string()), issuer: z.string() })
  .describe('a StatusList2021Credential or BitstringStatusListCredential with its proof')

/** A JSON-LD context as it is served. */
export const contextSchema = z.strictObject({ '@context': z.record(z.string(), z.unknown()) })
