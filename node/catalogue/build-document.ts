import type { DataCatalogue, KeptList, PartyCatalogue } from '../../schemas/catalogue.js'
import { buildEvent, type OfferedEvent } from './offered-event.js'
import { digestText, type PublishedFile } from './published-file.js'
import { buildOffer, type OfferedPurpose } from './offer.js'
import { purposeList, selectorList } from './vocabulary.js'

/** A source of data as its catalogue describes it: one behind a pack, or a discovery list. */
export interface DescribedSource {
  /** Its name: the last part of the names of its dataset and service. */
  readonly key: string
  readonly endpointURL: string
  /** The standard by which it is asked, as IRI. */
  readonly protocol: string
  /** What the data look like to who asks: SDL, for GraphQL. */
  readonly schema: PublishedFile
  /** The pack that guards it, or the definition that says who is listed: as it is enforced. */
  readonly rules: PublishedFile
  /** The version of those rules, of three numbers; without one the catalogue counts the times that they changed. */
  readonly version?: string
  readonly purposes: readonly OfferedPurpose[]
  readonly about: DataCatalogue
  /** On which ground it is held, where no rule says it of every read by itself. */
  readonly grondslag?: KeptList['grondslag']
  /** What others can be told of. */
  readonly events: readonly OfferedEvent[]
}

/** An event type in a catalogue document. */
export interface CatalogueDocumentEvent {
  readonly id: string
  readonly type: 'kat:EventType'
  readonly title: { readonly nl: string }
  readonly 'kat:eventType': string
  readonly 'kat:notificatieType': string
  readonly 'kat:recipientRole': { readonly id: string }
  readonly 'kat:idTypeAbonnee': string
  readonly 'kat:change': string
  readonly 'kat:objectIDType': string
  readonly 'kat:cloudEventsType': string
  readonly 'kat:grondslag': string
  readonly 'kat:grondslagStatus': string
}

/** What a catalogue is made of, without numbers and times. */
export interface CatalogueContents {
  /** Its own URL, under which everything in it stands. */
  readonly id: string
  /** The URL of the JSON-LD context at this node. */
  readonly context: string
  readonly did: string
  readonly settings: Omit<PartyCatalogue, 'lists'>
  readonly sources: readonly DescribedSource[]
}

/** RFC 3339. */
interface Times {
  readonly issued: string
  readonly modified: string
}
/** When a source was first and last changed, and the numbers under which its offer and its schema are published. */
export interface SourceNumbers extends Times {
  readonly policy: number
  readonly schema: number
}
export interface CatalogueNumbers extends Times {
  readonly version: string
  readonly sources: Readonly<Record<string, SourceNumbers>>
}

const profile = 'https://docs.geostandaarden.nl/dcat/dcat-ap-nl30/'
/** Also of what everybody may read: nobody is given the right to do with it what they like. */
const closedLicence = 'lic:niet_open'

/**
 * The catalogue document as JSON-LD: DCAT-AP-NL 3 with the network profile.
 * @see `schemas/shapes/catalogue-v1.ttl` for what it must hold
 */
export function buildDocument(contents: CatalogueContents, numbers: CatalogueNumbers) {
  const { id, context, did, settings, sources } = contents
  const publisher = settings.identifier ?? did
  const { name, contact, homepage, description } = settings
  return {
    '@context': context,
    id,
    type: 'Catalog',
    identifier: id,
    title: { nl: `Catalogus van ${name}` },
    description: { nl: description ?? `Gegevens die ${name} bij de bron beschikbaar stelt.` },
    publisher: { id: publisher, type: 'Agent', name: { nl: name }, identifier: did },
    creator: publisher,
    contactPoint: {
      id: `${id}#contact`,
      type: 'Kind',
      fn: { nl: `Gegevensbeheer ${name}` },
      hasEmail: `mailto:${contact}`,
    },
    ...(homepage === undefined ? {} : { homepage: { id: homepage, type: 'Document' } }),
    language: 'lang:NLD',
    license: 'lic:cc0',
    spatial: settings.spatial.map((region) => ({ id: region, type: 'Location' })),
    issued: numbers.issued,
    modified: numbers.modified,
    version: numbers.version,
    conformsTo: [{ id: profile, type: 'Standard' }],
    dataset: sources.map((source) => buildDataset(contents, publisher, source, numbersOf(source, numbers))),
    service: sources.map((source) => buildService(contents, publisher, source, numbersOf(source, numbers))),
  }
}

export type CatalogueDocument = ReturnType<typeof buildDocument>

function numbersOf({ key }: DescribedSource, { sources, issued, modified }: CatalogueNumbers): SourceNumbers {
  return sources[key] ?? { issued, modified, policy: 1, schema: 1 }
}

function schemaUrl(catalogue: string, { key }: DescribedSource, { schema }: SourceNumbers): string {
  return `${catalogue}/schemas/${key}/v${String(schema)}`
}

/** What a dataset and its service have in common. */
function aboutBoth({ id }: CatalogueContents, publisher: string, { about }: DescribedSource) {
  return {
    accessRights: `access-right:${about.accessRights}`,
    theme: `data-theme:${about.theme}`,
    language: 'lang:NLD',
    keyword: about.keywords,
    publisher,
    creator: publisher,
    contactPoint: `${id}#contact`,
  }
}

function buildDataset(contents: CatalogueContents, publisher: string, source: DescribedSource, numbers: SourceNumbers) {
  const { key, about, purposes } = source
  const id = `${contents.id}/datasets/${key}`
  const policy = `${contents.id}/policies/${key}/v${String(numbers.policy)}`
  return {
    id,
    type: 'Dataset',
    identifier: id,
    title: about.title,
    description: about.description,
    ...aboutBoth(contents, publisher, source),
    version: source.version ?? `${String(numbers.policy)}.0.0`,
    issued: numbers.issued,
    modified: numbers.modified,
    accrualPeriodicity: `frequency:${about.frequency}`,
    spatial: contents.settings.spatial,
    conformsTo: [{ id: about.model, type: 'Standard' }],
    applicableLegislation: about.legislation.map((law) => ({ id: law, type: 'LegalResource' })),
    legalBasis: about.legalBasis.map((ground) => `eu-gdpr:${ground}`),
    ...(source.grondslag === undefined
      ? {}
      : { 'kat:grondslag': source.grondslag.text, 'kat:grondslagStatus': source.grondslag.status }),
    purpose: purposes.map(({ code }) => ({
      id: `${purposeList}${code}`,
      type: ['Concept', 'dpv:Purpose'],
      prefLabel: about.purposes[code] ?? { nl: code },
    })),
    ...(source.events.length === 0
      ? {}
      : { 'kat:event': source.events.map((event) => buildEvent(contents.id, event)) }),
    landingPage: { id: `${id}.html`, type: 'Document' },
    subjectSelector: `${selectorList}${about.subjectSelector}`,
    hasPolicy: [
      buildOffer({
        id: policy,
        assigner: publisher,
        purposes,
        enforcedBy: `${policy}/rules`,
        policyDigest: digestText(source.rules.text),
      }),
    ],
    distribution: [
      {
        id: `${id}#api`,
        type: 'Distribution',
        title: inBoth(
          about.title,
          (title) => `${title}: bevraging`,
          (title) => `${title}: queries`,
        ),
        accessURL: source.endpointURL,
        accessService: `${contents.id}/services/${key}`,
        license: closedLicence,
        language: 'lang:NLD',
        conformsTo: [{ id: schemaUrl(contents.id, source, numbers), type: 'Standard' }],
        schemaDigest: digestText(source.schema.text),
        applicableLegislation: about.legislation,
      },
    ],
  }
}

function buildService(contents: CatalogueContents, publisher: string, source: DescribedSource, numbers: SourceNumbers) {
  const { key, about } = source
  const id = `${contents.id}/services/${key}`
  return {
    id,
    type: 'DataService',
    identifier: id,
    title: inBoth(
      about.title,
      (title) => `Bevraging van ${title}`,
      (title) => `Queries to ${title}`,
    ),
    description:
      about.accessRights === 'PUBLIC'
        ? inBoth(
            about.title,
            (title) => `${title} bij de bron, door iedereen te lezen, zonder token.`,
            (title) => `${title} at the source, for everybody to read, without an access token.`,
          )
        : inBoth(
            about.title,
            (title) =>
              `${title} bij de bron, alleen met een token; wie er een krijgt, staat in het beleid van de gegevens.`,
            (title) => `${title} at the source, with an access token only; the policy of the data says who gets one.`,
          ),
    ...aboutBoth(contents, publisher, source),
    license: closedLicence,
    endpointURL: source.endpointURL,
    endpointDescription: schemaUrl(contents.id, source, numbers),
    conformsTo: [{ id: source.protocol, type: 'Standard' }],
    applicableLegislation: about.legislation,
    servesDataset: [`${contents.id}/datasets/${key}`],
    modified: numbers.modified,
  }
}

function inBoth(
  { nl, en }: DataCatalogue['title'],
  inDutch: (text: string) => string,
  inEnglish: (text: string) => string,
): DataCatalogue['title'] {
  return { nl: inDutch(nl), ...(en === undefined ? {} : { en: inEnglish(en) }) }
}
