import { z } from 'zod'

const subjectName = z
  .string()
  .regex(/^[a-zA-Z0-9._-]{1,64}$/, 'use 1 to 64 letters, digits, dots, underscores or hyphens')

/** Makes a party. @see nuts-node v6 `POST /internal/vdr/v2/subject` */
export const createSubjectSchema = z.strictObject({
  subject: subjectName.optional(),
  keys: z
    .strictObject({ assertionKey: z.literal(true).optional(), encryptionKey: z.literal(false).optional() })
    .optional(),
})

/** Who makes a backup, for the journal. */
export const backupQuerySchema = z.strictObject({ by: z.string().min(1).max(200).optional() })

/** Who takes responsibility for a restored store, and why. */
export const confirmRestoreSchema = z.strictObject({
  by: z.string().min(1).max(200),
  ground: z.string().min(1).max(1000),
})
