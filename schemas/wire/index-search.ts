import { z } from 'zod'

const text = z.string().min(1).max(512)

/** What is asked of the search for datasets and services. All must hold. */
export const indexSearchQuerySchema = z.strictObject({
  q: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe('words, in Dutch; other forms, beginnings and parts of words are found too'),
  conformsTo: text.optional().describe('data model or standard: its IRI, or a beginning of it that ends in `/*`'),
  theme: text.optional().describe('theme: its IRI, or what that ends in, such as `HEAL`'),
  spatial: text
    .optional()
    .describe('region: its IRI, or what that ends in, such as `gm9999`; who covers the whole country covers it too'),
  purpose: text.optional().describe('doel: its IRI, or what that ends in'),
  grondslag: text
    .optional()
    .describe('law or legal basis: its IRI, `BWBR…`, `BWBR…&artikel=…`, or a basis of the GDPR such as `A6-1-e`'),
  publisher: text.optional().describe('DID of the publisher'),
  role: text.optional().describe('role of the publisher, as its credential says'),
  recipient: text.optional().describe('role of who may ask, as the offer says: its IRI or code'),
  identifier: text
    .optional()
    .describe('number of the publisher, alone or with its kind (`uzovi:5999`), or the IRI of the dataset'),
  service: text.optional().describe('discovery service that the publisher is listed in'),
  cursor: z.string().min(1).max(2048).optional().describe('`next` of the page before'),
  limit: z
    .string()
    .regex(/^([1-9]|[1-9]\d|100)$/, '1 to 100')
    .default('20')
    .transform(Number)
    .describe('records on a page'),
})

const freshness = z
  .enum(['fresh', 'flagged', 'stale'])
  .describe('`flagged`: usable, though the last look failed or is too long ago; `stale`: do not trust new addresses')
const texts = z.record(z.string(), z.string()).describe('by language; `@none` for a text without one')
const iri = z.string()

const organizationSchema = z.strictObject({
  name: z.string().optional(),
  city: z.string().optional(),
  role: z.string().optional(),
  identifiers: z.array(z.strictObject({ kind: z.string(), value: z.string() })),
})

const dataServiceSchema = z.strictObject({
  id: iri,
  type: z.literal('DataService'),
  title: texts,
  description: texts,
  endpointURL: iri.describe('where to ask'),
  endpointDescription: z.array(iri),
  conformsTo: z.array(iri),
  servesDataset: z.array(iri),
})

const datasetSchema = z.strictObject({
  id: iri,
  type: z.literal('Dataset'),
  title: texts,
  description: texts,
  keyword: z.array(z.string()),
  version: z.string(),
  modified: z.string(),
  publisher: iri.describe('its DID, proven by its registration'),
  theme: z.array(iri),
  spatial: z.array(iri),
  conformsTo: z.array(iri),
  purpose: z.array(z.strictObject({ id: iri, prefLabel: texts })),
  legalBasis: z.array(iri),
  applicableLegislation: z.array(iri),
  accessRights: iri,
  accrualPeriodicity: iri,
  subjectSelector: iri.describe('how to find out who holds data about a person'),
  recipientRole: z.array(iri).describe('roles of who may ask, as the offer says; nothing is decided by it'),
  hasPolicy: z.array(z.strictObject({ id: iri, type: z.literal('Offer'), enforcedBy: iri, policyDigest: z.string() })),
  distribution: z.array(
    z.strictObject({
      id: iri,
      type: z.literal('Distribution'),
      title: texts,
      accessURL: iri,
      conformsTo: z.array(iri),
      accessService: dataServiceSchema.or(iri),
    }),
  ),
})

/** What stands around what was found: where it comes from, and how far it may be believed. */
const recordShape = {
  type: z.literal('CatalogRecord'),
  modified: z.string().describe('when the publisher changed its catalogue'),
  language: iri,
  source: iri.describe('the catalogue itself'),
  digest: z.string().describe('of what it says: the publisher signed it'),
  freshness: z.enum(['fresh', 'flagged']),
  checkedAt: z.string().optional().describe('when the catalogue was last seen to be what its publisher signed'),
  reason: z.string().optional().describe('code of why the last look failed'),
  guarded: z
    .boolean()
    .describe(
      'true when the authority table of the network says that this publisher holds this; false when no row is about it',
    ),
  organization: organizationSchema.describe('the publisher, as credentials of others say'),
}

const datasetRecordSchema = z.strictObject({ ...recordShape, primaryTopic: datasetSchema })
const serviceRecordSchema = z.strictObject({ ...recordShape, primaryTopic: dataServiceSchema })

/** A party: it may have no catalogue, or none that was found good. */
const partyRecordSchema = z.strictObject({
  id: iri.describe('its DID'),
  type: z.literal('Agent'),
  organization: organizationSchema,
  services: z.array(z.string()).describe('discovery services that it is listed in'),
  parameters: z
    .record(z.string(), z.string())
    .describe('what it says about itself in its registrations: nobody vouches for it'),
  catalogue: z
    .strictObject({ id: iri, version: z.string(), digest: z.string(), freshness: z.enum(['fresh', 'flagged']) })
    .optional(),
})

const answerShape = {
  '@context': z.array(z.unknown()),
  seed: z.string().describe('names the index'),
  seq: z.int().min(0).describe('state of the index that all pages of this search are about'),
  asOf: z
    .string()
    .optional()
    .describe('when the discovery list that was read longest ago was read; absent when one never was'),
  stale: z.boolean().describe('true when that is more than a day ago, or never: an empty answer then says nothing'),
  freshness,
  total: z.int().min(0).describe('records on all pages'),
  next: z.string().optional().describe('`cursor` of the next page'),
}

export const datasetAnswerSchema = z.strictObject({ ...answerShape, records: z.array(datasetRecordSchema) })
export const serviceAnswerSchema = z.strictObject({ ...answerShape, records: z.array(serviceRecordSchema) })
export const partyAnswerSchema = z.strictObject({ ...answerShape, records: z.array(partyRecordSchema) })

/** The index itself: how far it is, and what it does not show. */
export const indexStatusSchema = z.strictObject({
  seed: z.string(),
  seq: z.int().min(0),
  asOf: z.string().optional(),
  freshness,
  lists: z.array(z.strictObject({ service: z.string(), asOf: z.string().optional(), freshness })),
  authority: z
    .strictObject({ version: z.int().optional() })
    .describe('the authority table; without version there is none'),
  parties: z.int(),
  catalogues: z.int(),
  datasets: z.int(),
  services: z.int(),
  failing: z.int().describe('catalogues of which the last look failed'),
  refused: z.int().describe('datasets that are claimed without authority'),
})

/** Why a catalogue is not believed, or not shown in full. */
export const indexProblemsSchema = z.strictObject({
  problems: z.array(
    z.strictObject({
      did: z.string(),
      reason: z.string().describe('code'),
      words: z.string(),
      notes: z.array(z.string()).optional(),
      since: z.string().optional(),
      failures: z.int().optional().describe('looks in a row that failed'),
      nextLook: z.string().optional(),
      lastGood: z
        .string()
        .optional()
        .describe('when the catalogue was last found good; what it said then is still shown'),
      dataset: z.string().optional().describe('the one dataset that is not shown; the others are'),
      product: z.string().optional().describe('the data product that it claims'),
    }),
  ),
})

export type DatasetRecord = z.output<typeof datasetRecordSchema>
export type ServiceRecord = z.output<typeof serviceRecordSchema>
export type PartyRecord = z.output<typeof partyRecordSchema>
export type IndexProblem = z.output<typeof indexProblemsSchema>['problems'][number]
