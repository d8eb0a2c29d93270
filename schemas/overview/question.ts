import { z } from 'zod'

const path = z
  .string()
  .regex(/^([a-zA-Z][A-Za-z0-9]*(\.[a-zA-Z][A-Za-z0-9]*){0,6})?$/)
  .describe('field names joined with a point, through lists as well')
const fieldName = z.string().regex(/^[a-zA-Z][A-Za-z0-9]*$/)
const typeName = z.string().regex(/^[A-Z][A-Za-z0-9]*$/)
const role = z.string().regex(/^[a-z][a-z-]*$/)

/** Laws under which somebody has care or support; SD is Wmo or Jeugdwet, where the source does not say which. */
export const domains = ['WLZ', 'WMO', 'JW', 'SD'] as const

/** What a line of a timeline is: a right, what was assigned or arranged under it, or what was really delivered. */
export const entryKinds = ['indicatie', 'toewijzing', 'bemiddeling', 'levering'] as const

/** How a line of the timeline is read from an answer. */
const entry = z.strictObject({
  at: path.describe('place of the records, from those of the root; empty for the root itself'),
  domein: z.enum(domains),
  soort: z.enum(entryKinds),
  van: fieldName.describe('first day'),
  tot: fieldName.optional().describe('last day; an empty one lies after every day'),
  before: fieldName.optional().describe('day on which it is over already'),
  aanbieder: fieldName.optional().describe('AGB code of who delivers'),
  holderDelivers: z.literal(true).optional().describe('the organisation that is asked delivers itself'),
  details: z.array(fieldName).default([]).describe('codes that go with the line, as they are'),
  record: z.strictObject({ type: typeName, id: fieldName }).optional().describe('the name of the record'),
})

/** What an answer says of where to look further. */
const lead = z.strictObject({
  at: path,
  record: z.strictObject({ type: typeName, id: fieldName }).optional(),
  organization: z
    .strictObject({ kind: z.enum(['uzovi', 'agb', 'gemeentecode']), id: fieldName })
    .optional()
    .describe('who holds that record, or may hold more'),
  as: z.string().min(1).optional().describe('what that organisation is to the person, where the overview says so'),
})

/** Where a value of the query comes from: the person, the asking party, or the record that the question is about. */
const value = z.union([
  z.literal('person.bsn'),
  z.templateLiteral(['own.', z.enum(['agb', 'uzovi', 'gemeentecode'])]),
  z.literal('record.id'),
])

const common = {
  id: z.string().regex(/^[a-z][a-z0-9-]*$/),
  title: z.string().min(1).describe('for people: what is asked'),
  about: z
    .union([z.literal('person'), typeName])
    .describe('asked once for the person, or once for each known record of this type'),
  query: z.string().min(1),
  variables: z.record(z.string().regex(/^[a-z][A-Za-z]*$/), value),
  entries: z.array(entry).default([]),
  leads: z.array(lead).default([]),
}

/** A question to a source of the asking party itself. */
const ownQuestion = z.strictObject({
  ...common,
  kind: z.literal('own'),
  register: z.string().min(1).describe('schema of the register'),
  role: z.array(role).min(1).describe('roles of the parties that ask it'),
  purpose: z
    .array(z.string().regex(/^[A-Z][A-Z_]*$/))
    .min(1)
    .describe('doelen for which it is asked'),
})

/** A question to the source of another, under a rule that is published for it. */
const remoteQuestion = z.strictObject({
  ...common,
  kind: z.literal('remote'),
  pack: z.string().min(1),
  rule: z
    .string()
    .regex(/^[A-Z][A-Z0-9-]*$/)
    .describe('says who may ask, for what, under which scope and grondslag'),
  holder: z.array(role).min(1).describe('roles of who has the register'),
  ask: z
    .enum(['sole', 'named', 'all'])
    .describe(
      'the one organisation with that role; only those that are named or found on the way; or all of them, which is for ' +
        'questions that name no person',
    ),
})

/** What an overview asks, in which words, and how the answers are read: data, held against the packs by test. */
export const overviewQuestionsSchema = z.strictObject({
  questions: z.array(z.discriminatedUnion('kind', [ownQuestion, remoteQuestion])).min(1),
})

export type OverviewQuestionData = z.output<typeof overviewQuestionsSchema>['questions'][number]
export type EntryData = z.output<typeof entry>
export type LeadData = z.output<typeof lead>
