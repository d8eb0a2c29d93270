import { z } from 'zod'
import { domains, entryKinds } from '../overview/question.js'
import { memberIdTypes } from '../credentials/ledenadministratie.js'

/** A calendar day of Europe/Amsterdam. */
const day = z.iso.date()
const recordName = z
  .string()
  .regex(/^[A-Z][A-Za-z]{1,63}\/[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$/, 'a type, a slash and a UUID')

/** Whose overview is asked, and on which basis. The person stands in the body, because bodies are not logged. */
export const overviewRequestSchema = z.strictObject({
  bsn: z.string().min(1).max(32).describe('the person'),
  purposes: z
    .array(z.string().regex(/^[A-Z][A-Z_]{1,63}$/))
    .min(1)
    .max(5)
    .describe('doelen of the decision basis: only questions under a rule for one of these are asked'),
  basis: z
    .string()
    .min(3)
    .max(200)
    .describe('the own case that the decision rests on, by its reference; no personal data: it goes into the journal'),
  by: z.string().min(1).max(200).describe('who asks, for the journal'),
  records: z
    .array(recordName)
    .max(50)
    .default([])
    .describe('records elsewhere that are known to be about the person, such as those that a notificatie named'),
  organizations: z
    .array(z.string().regex(new RegExp(`^(${memberIdTypes.join('|')}):[0-9A-Za-z]{4,20}$`)))
    .max(20)
    .default([])
    .describe('who may hold something about the person, as `uzovi:5999`; nobody else is told about the person'),
})

const source = z.strictObject({
  organization: z.string().describe('identifier with its kind, or DID'),
  name: z.string().optional(),
  register: z.string().describe('schema of the register'),
})

const timelineEntrySchema = z.strictObject({
  domein: z.enum(domains),
  soort: z.enum(entryKinds),
  aanbieder: z.strictObject({ agb: z.string(), name: z.string().optional() }).optional(),
  van: day,
  tot: day.nullable().describe('last day; null while there is no end'),
  details: z.record(z.string(), z.string()).optional().describe('codes as the source has them'),
  record: z.string().optional(),
  bron: source,
  opgehaaldOp: z.iso.datetime().describe('when the source read it'),
  rule: z.string().describe('the rule of the source that gave leave; `OWN` for the own register'),
})

const askedSchema = z.strictObject({
  question: z.string().describe('what is asked, by name'),
  title: z.string(),
  bron: source.partial({ organization: true }),
  outcome: z.enum(['answered', 'refused', 'unreachable', 'not-asked']),
  reasons: z.array(z.string()).describe('empty for what was answered'),
  rule: z.string().optional(),
  grondslag: z.string().optional(),
  purpose: z.string(),
  entries: z.int().min(0).optional().describe('lines that came of it'),
  opgehaaldOp: z.iso.datetime().optional(),
})

/** One timeline over all sources that answered, and what became of every other one: a part never looks like the whole. */
export const overviewSchema = z.strictObject({
  at: z.iso.datetime(),
  traceId: z.string(),
  complete: z.boolean().describe('true when every source that may know something answered'),
  timeline: z.array(timelineEntrySchema).describe('by first day'),
  gaps: z
    .array(z.strictObject({ van: day, tot: day, days: z.int().min(1) }))
    .describe(
      'days without any right or care between the first and the last that are known; more may be known elsewhere',
    ),
  overlaps: z
    .array(
      z.strictObject({
        van: day,
        tot: day.nullable(),
        days: z.int().min(1).nullable(),
        domeinen: z.array(z.enum(domains)),
      }),
    )
    .describe('days on which two laws are responsible'),
  involved: z.array(
    z.strictObject({ as: z.string(), organization: z.string(), name: z.string().optional(), bron: source }),
  ),
  faults: z
    .array(
      z.strictObject({
        rule: z.string().describe('code of the rule'),
        omschrijving: z.string().describe('what must be so'),
        recordID: z.string(),
        organization: z.string().describe('the bronhouder'),
        told: z
          .boolean()
          .describe('true when it was told of this now; false when it was told before, or cannot be told'),
      }),
    )
    .describe('what is wrong with records that were read elsewhere; each bronhouder is told by a melding'),
  sources: z
    .array(askedSchema)
    .describe('every question that could be asked for these purposes, with what became of it'),
})

/** The own cases whose transition to another law is watched. */
export const transitionQuerySchema = z.strictObject({
  after: z.string().min(1).max(2048).optional().describe('`next` of the page before'),
  limit: z
    .string()
    .regex(/^([1-9]|[1-9]\d|[1-4]\d\d|500)$/, '1 to 500')
    .default('100')
    .transform(Number)
    .describe('cases on a page'),
})

export const transitionListSchema = z.strictObject({
  transitions: z.array(
    z.strictObject({
      source: z.string().describe('the toewijzingsregister'),
      clientID: z.string(),
      recordID: z.string().describe('the indicatie, as `WlzIndicatie/<uuid>`'),
      state: z.enum(['due', 'watched']),
      since: z.iso.datetime(),
      dueAt: z.iso.datetime().optional().describe('when it is looked at next'),
      failures: z.int().min(0),
      lastError: z.string().optional(),
      toldAt: z.iso.datetime().optional().describe('when days without care were told of'),
    }),
  ),
  next: z.string().optional(),
})

export type OverviewRequest = z.output<typeof overviewRequestSchema>
export type Overview = z.output<typeof overviewSchema>
export type TimelineEntry = z.output<typeof timelineEntrySchema>
export type AskedSource = z.output<typeof askedSchema>
