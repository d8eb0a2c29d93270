import { z } from 'zod'

const text = z.string().min(1).max(200).regex(/\S/)

/** The subject of a NutsOrganizationCredential. Other members are let through, as nuts-node v6 does. */
export const nutsOrganizationSubjectSchema = z.looseObject({
  id: z.string().regex(/^did:/),
  organization: z.looseObject({ name: text, city: text }),
})
