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
export const statusEntrySchema = z.discriminatedUnion('type', [statusList2021EntrySchema, bitstringEntrySchema])

const encodedList = z
  .string()
  .min(1)
  .max(1024 * 1024)

/** The subject of a StatusList2021Credential. @see StatusList2021 section 4.2 */
export const statusList2021SubjectSchema = z.looseObject({
  id: listUrl,
  type: z.literal('StatusList2021'),
  statusPurpose: z.enum(statusPurposes),
  encodedList,
})

/** The subject of a BitstringStatusListCredential; `ttl` is in milliseconds. @see Bitstring Status List 1.0 section 2.2 */
export const bitstringStatusListSubjectSchema = z.looseObject({
  id: z.string().min(1).max(2100).optional(),
  type: z.literal('BitstringStatusList'),
  statusPurpose: z.union([z.string().min(1).max(64), z.array(z.string().min(1).max(64)).min(1).max(16)]),
  encodedList: encodedList.startsWith('u'),
  ttl: z.number().min(0).optional(),
})

export type StatusPurpose = (typeof statusPurposes)[number]
export type StatusEntry = z.output<typeof statusEntrySchema>
