import { z } from 'zod'
import { ruleCode } from '../melding/rule.js'
import { organizationIdTypes } from './notification.js'

const by = z.string().min(1).max(200).describe('who does this, for the journal')
const recordName = z
  .string()
  .regex(/^[A-Z][A-Za-z]{1,63}\/[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$/, 'a type, a slash and a UUID')
const state = z.enum(['open', 'in-behandeling', 'hersteld', 'afgewezen'])
const organization = z.strictObject({ idType: z.enum(organizationIdTypes), id: z.string().min(1).max(32) })
const moment = z.iso.datetime()

/** What somebody says is wrong with a record here. */
export const meldingSchema = z.strictObject({
  meldingID: z.string(),
  rule: z.string().describe('code of the rule that the record breaks'),
  omschrijving: z.string().optional().describe('what must be so, for a rule that this node knows'),
  recordID: z.string().describe('the record, as `Type/<uuid>`'),
  sender: z.strictObject({ idType: z.string(), id: z.string(), name: z.string().optional() }),
  kenmerk: z.string().optional(),
  receivedAt: moment,
  dueOn: z.iso.date().describe('last day of the term of one working day'),
  overdue: z.boolean(),
  state,
  history: z.array(z.strictObject({ state, at: moment, by: z.string(), reason: z.string().optional() })),
})

export const meldingListQuerySchema = z.strictObject({
  all: z.enum(['true', 'false']).default('false').describe('also those that have ended; default: those that wait'),
  after: z.string().min(1).max(2048).optional().describe('`next` of the page before'),
  limit: z
    .string()
    .regex(/^([1-9]|[1-9]\d|[1-4]\d\d|500)$/, '1 to 500')
    .default('100')
    .transform(Number)
    .describe('meldingen on a page'),
})

export const meldingListSchema = z.strictObject({ meldingen: z.array(meldingSchema), next: z.string().optional() })

export const meldingStepSchema = z.strictObject({
  state: z.enum(['in-behandeling', 'hersteld', 'afgewezen']),
  reason: z
    .string()
    .min(1)
    .max(500)
    .optional()
    .describe('why it is rejected; required for that. No personal data: it goes into the journal of the melding'),
  by,
})

/** What one tells a bronhouder by hand. */
export const meldingDraftSchema = z.strictObject({
  rule: ruleCode,
  recordID: recordName,
  receiver: organization.describe('the bronhouder'),
  by,
})

const sentSchema = z.strictObject({
  rule: z.string(),
  recordID: z.string(),
  receiver: z.strictObject({ idType: z.string(), id: z.string() }),
  sentAt: moment,
  by: z.string(),
  answeredAt: moment.optional().describe('when the bronhouder told of a change of that record'),
})

export const sentMeldingenSchema = z.strictObject({ meldingen: z.array(sentSchema), next: z.string().optional() })
export const toldMeldingenSchema = z.strictObject({
  told: z.array(sentSchema).describe('empty when the same was told already and may still be mended'),
})

/** Records that were read at a bronhouder, to be held against the rules. */
export const recordsToCheckSchema = z.strictObject({
  register: z.string().min(1).max(100).describe('schema of the register'),
  type: z.string().regex(/^[A-Z][A-Za-z0-9]{0,63}$/),
  records: z.array(z.record(z.string(), z.unknown())).min(1).max(500).describe('as they were read'),
  receiver: organization.optional().describe('the bronhouder: it is told of every fault; without it nobody is told'),
  by,
})

export const checkedRecordsSchema = z.strictObject({
  faults: z.array(z.strictObject({ rule: z.string(), omschrijving: z.string(), recordID: z.string() })),
  told: z.array(sentSchema),
})

export type ShownMeldingData = z.output<typeof meldingSchema>
export type SentMeldingData = z.output<typeof sentSchema>
