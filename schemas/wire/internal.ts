import { z } from 'zod'
import { didDocumentSchema } from '../did-document.js'

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

/** A party that was made. */
export const createdSubjectSchema = z.strictObject({
  subject: z.string().describe('Its local name.'),
  documents: z.array(didDocumentSchema).describe('The document of each of its DIDs, of which there is one.'),
})

/** The DIDs of a party, of which there is one. */
export const didsSchema = z.array(z.string())

/** Parties by name. */
export const subjectsSchema = z.record(z.string(), didsSchema)

/** A DID that was resolved. @see nuts-node v6 `GET /internal/vdr/v2/did/{did}` */
export const resolvedDidSchema = z.strictObject({
  document: didDocumentSchema,
  documentMetadata: z.strictObject({}),
})

/** Who makes a backup, for the journal. */
export const backupQuerySchema = z.strictObject({ by: z.string().min(1).max(200).optional() })

/** Who takes responsibility for a restored store, and why. */
export const confirmRestoreSchema = z.strictObject({
  by: z.string().min(1).max(200),
  ground: z.string().min(1).max(1000),
})
