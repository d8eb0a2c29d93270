import { z } from 'zod'

/** What a status list can say about a credential: withdrawn for good, or for the time being. */
export const statusPurposes = ['revocation', 'suspension'] as const

const listUrl = z
  .string()
  .max(2048)
  .regex(/^https?:\/\/[^\s#]+$/, 'the URL of a status list')
const listIndex = z.string().regex(/^(?:0|[1-9][0-9]{0,9})$/, 'a decimal number as text')

/** One `credentialStatus` of a credential. @see StatusList2021 section 4.1 (working draft of 2023-04-27) */
const statusList2021EntrySchema = z.looseObject({
  id: z.string().min(1).max(2100).optional(),
  type: z.literal('StatusList2021Entry'),
  statusPurpose: z.enum(statusPurposes),
  statusListIndex: listIndex,
  statusListCredential: listUrl,
})

/** Entries of more than one bit are messages, which nobody here reads. @see Bitstring Status List 1.0 section 2.1 */
const bitstringEntrySchema = z.looseObject({
  id: z.string().min(1).max(2100).optional(),
  type: z.literal('BitstringStatusListEntry'),
  statusPurpose: z.enum(statusPurposes),
  statusListIndex: listIndex,
  statusListCredential: listUrl,
  statusSize: z.literal(1).optional(),
})

/** An entry of a kind that the node can check; every other one is refused. */
const statusEntrySchema = z.discriminatedUnion('type', [statusList2021EntrySchema, bitstringEntrySchema])

export type StatusPurpose = (typeof statusPurposes)[number]
export type StatusEntry = z.output<typeof statusEntrySchema>
