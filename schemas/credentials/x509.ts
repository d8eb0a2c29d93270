import { z } from 'zod'

const values = z.record(z.string().max(64), z.string().min(1).max(512))

/** The subject of an X509Credential: attributes of the certificate behind the issuer's did:x509. @see Nuts RFC023 */
export const x509SubjectSchema = z.strictObject({
  id: z.string().regex(/^did:/),
  subject: values.optional(),
  san: values.optional(),
})
