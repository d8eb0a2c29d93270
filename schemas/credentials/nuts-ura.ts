import { z } from 'zod'

const text = z.string().min(1).max(200).regex(/\S/)

/** The subject of a NutsUraCredential. @see context https://nuts.nl/credentials/2024 */
export const nutsUraSubjectSchema = z.strictObject({
  id: z.string().regex(/^did:/),
  organization: z.strictObject({ ura: z.string().max(16), name: text, city: text }),
})
