import { z } from 'zod'

const subjectName = z
  .string()
  .regex(/^[a-zA-Z0-9._-]{1,64}$/, 'use 1 to 64 letters, digits, dots, underscores or hyphens')
const did = z
  .string()
  .max(2048)
  .regex(/^did:[a-z0-9]+:/, 'a DID')

/** Makes a party. @see nuts-node v6 `POST /internal/vdr/v2/subject` */
export const createSubjectSchema = z.strictObject({
  subject: subjectName.optional(),
  keys: z
    .strictObject({ assertionKey: z.literal(true).optional(), encryptionKey: z.literal(false).optional() })
    .optional(),
})

/** Issues a credential. @see nuts-node v6 `POST /internal/vcr/v2/issuer/vc` */
export const issueCredentialSchema = z.strictObject({
  '@context': z.union([z.string(), z.array(z.string())]).optional(),
  type: z.union([z.string(), z.array(z.string()).min(1).max(2)]),
  issuer: did,
  credentialSubject: z.record(z.string(), z.unknown()),
  expirationDate: z.iso.datetime({ offset: true }),
  format: z.literal('jwt_vc', 'only jwt_vc is issued').default('jwt_vc'),
  withStatusList2021Revocation: z.literal(false, 'revocation by status list is not offered').optional(),
})
