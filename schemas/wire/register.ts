import { z } from 'zod'

const by = z.string().min(1).max(200).describe('who does this, for the history and the journal')
const typeName = z.string().min(1).max(100).describe('type or root field of the register')
const version = z.int().min(0).describe('number of the last change of the record')
const record = z
  .record(z.string(), z.unknown())
  .describe('the fields of the schema, with keys in the place of relations')

/** One change: a record that is to be there, or the key of one that is to go. */
const change = z.union([
  z.strictObject({
    type: typeName,
    record,
    expected: z
      .union([z.literal('absent'), version])
      .optional()
      .describe('what must be true of it before: that it is not there, or its version'),
  }),
  z.strictObject({ type: typeName, remove: z.string().min(1).max(512).describe('key'), expected: version.optional() }),
])

/** Changes that are written together or not at all. */
export const registerChangesSchema = z.strictObject({ by, changes: z.array(change).min(1).max(500) })

const outcome = z.object({
  type: z.string(),
  key: z.string(),
  outcome: z.enum(['created', 'changed', 'removed', 'unchanged']),
  version,
})

export const registerOutcomesSchema = z.object({ changes: z.array(outcome) })

/** Records of which those that are right are written. */
export const registerRowsSchema = z.strictObject({
  by,
  rows: z
    .array(
      z.union([
        z.strictObject({ type: typeName, record }),
        z.strictObject({
          type: typeName,
          cells: z
            .record(z.string().max(200), z.string().max(100_000))
            .describe('the cells of a table by column: field names, with points for parts of a record'),
        }),
      ]),
    )
    .min(1)
    .max(500),
})

export const registerRowOutcomesSchema = z.object({
  rows: z.array(z.union([outcome, z.object({ outcome: z.literal('refused'), notes: z.array(z.string()) })])),
})

/** The key stands in the body: in a URL it would stand in logs. */
export const registerHistorySchema = z.strictObject({ by, type: typeName, key: z.string().min(1).max(512) })

export const registerChangesQuerySchema = z.strictObject({
  by,
  after: z.coerce.number().int().min(0).default(0).describe('the number of the last change that is known'),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
})

export const registerExportQuerySchema = z.strictObject({ by })

const logged = z.object({
  sequence: z.int().positive().describe('its number; also the version of the record since'),
  at: z.iso.datetime(),
  by: z.string(),
  type: z.string(),
  key: z.string(),
  kind: z.enum(['created', 'changed', 'removed']),
  record: record.nullable(),
})

export const registerHistoryAnswerSchema = z.object({ changes: z.array(logged) })
export const registerChangesAnswerSchema = z.object({
  changes: z.array(logged),
  next: z.int().min(0).describe('what to ask `after` next'),
})

export const registerTypesSchema = z.object({
  schema: z.string().describe('the register definition'),
  types: z
    .array(
      z.object({
        type: z.string(),
        root: z.string().optional(),
        key: z.string(),
        references: z.record(z.string(), z.object({ as: z.string(), type: z.string() })),
      }),
    )
    .describe('in an order in which records can be written'),
})
