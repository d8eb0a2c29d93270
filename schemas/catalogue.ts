import { z } from 'zod'
import { grondslagStatus } from './grondslag.js'

const iri = z
  .string()
  .max(1024)
  .regex(/^[a-z][a-z0-9+.-]*:[^\s<>"{}|\\^`]+$/, 'an absolute IRI such as https://identifier.overheid.nl/tooi/id/…')
const web = z.url({ protocol: /^https?$/ }).max(1024)
const text = z.string().trim().min(1).max(2000)

/** A text in Dutch, and in English where somebody wrote it. */
const localizedText = z.strictObject({ nl: text, en: text.optional() })
const localizedTexts = z.strictObject({ nl: z.array(text).min(1).max(50), en: z.array(text).max(50).optional() })

const legislation = z
  .array(iri)
  .min(1)
  .max(20)
  .describe('law and article on which the data are kept and given, as IRIs of wetten.overheid.nl')
const legalBasis = z
  .array(z.string().regex(/^(A6-1-[a-f]|A9-2-[a-j])$/, 'a ground of the GDPR such as A6-1-e'))
  .min(1)
  .max(10)
  .describe('grounds of the GDPR as DPV names them; for health data one of article 9 beside one of article 6')
/** EU list of themes. @see http://publications.europa.eu/resource/authority/data-theme */
const themes = [
  'AGRI',
  'ECON',
  'EDUC',
  'ENER',
  'ENVI',
  'GOVE',
  'HEAL',
  'INTR',
  'JUST',
  'REGI',
  'SOCI',
  'TECH',
  'TRAN',
] as const
const purposeCode = z.string().regex(/^[A-Z][A-Z_]*$/, 'capitals and underscores')

/** What of a discovery list that a party keeps cannot be derived: the rest comes from the definition of the list. */
const keptListSchema = z.strictObject({
  service: z.string().min(1).describe('id of a discovery service that this node hosts (`discovery.server`)'),
  theme: z.enum(themes).describe('theme in the EU list, such as HEAL for a list of who gives care'),
  grondslag: z.strictObject({
    text: text.describe('on which the list is kept and given, in a sentence'),
    status: grondslagStatus.describe(
      '`te-wijzigen` waits for a change of law: such a list is in no catalogue outside a sandbox',
    ),
  }),
  legislation,
  legalBasis,
  purposes: z
    .record(purposeCode, localizedText)
    .refine((purposes) => Object.keys(purposes).length > 0, 'at least one purpose')
    .describe('what the list is for: a code of the network, and its name'),
})

/** What of a party's catalogue cannot be derived: the rest comes from its sources and their packs. */
export const partyCatalogueSchema = z.strictObject({
  name: text.max(200).describe('name of the organisation, as the publisher of its catalogue'),
  contact: z.email().max(254).describe('e-mail address for questions about its data; public'),
  homepage: web.optional().describe('web page of the organisation'),
  identifier: iri.optional().describe('IRI of the organisation, such as the one of TOOI; its DID when left out'),
  spatial: z.array(iri).min(1).max(50).describe('regions that its data are about, as IRIs: gemeenten, or the country'),
  description: text
    .optional()
    .describe('what it makes available, in a sentence or two; made from its name when left out'),
  lists: z.array(keptListSchema).max(50).default([]).describe('discovery lists that it keeps, to be in its catalogue'),
})

/** EU list of frequencies, as far as data at a source have them. @see http://publications.europa.eu/resource/authority/frequency */
const frequencies = [
  'CONT',
  'UPDATE_CONT',
  'HOURLY',
  'DAILY',
  'WEEKLY',
  'MONTHLY',
  'QUARTERLY',
  'ANNUAL',
  'IRREG',
] as const

/** Routes to who holds data about a person; never an answer to it. */
const subjectSelectors = ['bsn-at-source', 'chain', 'localisation-index', 'patient-designated'] as const

/** How a use-case pack describes, for catalogues, the data that it guards. Who may ask comes from its rules. */
export const packCatalogueSchema = z.strictObject({
  title: localizedText.describe('what the data are called'),
  description: localizedText,
  theme: z.enum(themes).describe('theme in the EU list'),
  keywords: localizedTexts,
  legislation,
  legalBasis,
  purposes: z.record(purposeCode, localizedText).describe('name of each purpose that its rules have'),
  subjectSelector: z
    .enum(subjectSelectors)
    .describe('how somebody finds out that this source holds data about a person'),
  frequency: z.enum(frequencies).describe('how often the data change, in the EU list'),
  accessRights: z
    .enum(['RESTRICTED', 'NON_PUBLIC'])
    .describe('data behind a pack are never PUBLIC: it takes a token to read them'),
  model: iri.describe('information model that the data follow'),
})

export type PartyCatalogue = z.output<typeof partyCatalogueSchema>
export type KeptList = z.output<typeof keptListSchema>
export type PackCatalogue = z.output<typeof packCatalogueSchema>

/** How a catalogue describes data, of whatever kind: those behind a pack, and a list that everybody may read. */
export type DataCatalogue = Omit<PackCatalogue, 'subjectSelector' | 'accessRights'> & {
  /** `no-persons`: the data are not about persons, so there is no way to somebody's. */
  readonly subjectSelector: PackCatalogue['subjectSelector'] | 'no-persons'
  readonly accessRights: PackCatalogue['accessRights'] | 'PUBLIC'
}
