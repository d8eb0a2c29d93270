import { toRfc3339, type Instant } from '../../kernel/clock.js'
import type { CatalogueService } from '../../catalogue/catalogue.js'
import { catalogueContext } from '../../catalogue/vocabulary.js'
import type { DatasetRecord, PartyRecord, ServiceRecord } from '../../../schemas/wire/index-search.js'
import type { CatalogueCheck } from './entry.js'
import { freshnessOfCatalogue } from './freshness.js'
import type { IndexedDataset, IndexedParty, IndexedService } from './things.js'

const ours = 'https://w3id.org/bronnet/index#'
const dutch = 'http://publications.europa.eu/resource/authority/language/NLD'

/**
 * What makes an answer linked data: the context of catalogues, and the terms that it does not have. Members of our own
 * are names below `https://w3id.org/bronnet/index#`.
 */
export const answerContext: readonly unknown[] = [
  catalogueContext,
  {
    '@vocab': ours,
    CatalogRecord: 'dcat:CatalogRecord',
    keyword: 'dcat:keyword',
    primaryTopic: { '@id': 'foaf:primaryTopic', '@type': '@id' },
    source: { '@id': 'dct:source', '@type': '@id' },
    recipientRole: { '@id': 'kat:recipientRole', '@type': '@id' },
    records: { '@id': 'dcat:record', '@container': '@set' },
    organization: { '@id': `${ours}organization`, '@context': { name: `${ours}name` } },
    parameters: { '@id': `${ours}parameters`, '@type': '@json' },
    catalogue: { '@id': 'dcat:catalog', '@type': '@id' },
  },
]

interface Moment {
  readonly check: CatalogueCheck | undefined
  readonly now: Instant
}

export function toDatasetRecord(item: IndexedDataset, moment: Moment): DatasetRecord {
  const { dataset, services } = item
  const serviceOf = (id: string) => {
    const service = services.find((candidate) => candidate.id === id)
    return service === undefined ? id : toService(service)
  }
  return {
    ...recordOf(item, moment),
    primaryTopic: {
      id: dataset.id,
      type: 'Dataset',
      title: toTexts(dataset.title),
      description: toTexts(dataset.description),
      keyword: [...dataset.keywords],
      version: dataset.version,
      modified: dataset.modified,
      publisher: item.did,
      theme: [...dataset.themes],
      spatial: [...dataset.spatial],
      conformsTo: [...dataset.conformsTo],
      purpose: dataset.purposes.map(({ id, label }) => ({ id, prefLabel: toTexts(label) })),
      legalBasis: [...dataset.legalBases],
      applicableLegislation: [...dataset.legislation],
      accessRights: dataset.accessRights,
      accrualPeriodicity: dataset.frequency,
      subjectSelector: dataset.subjectSelector,
      recipientRole: [...dataset.roles],
      hasPolicy: dataset.policies.map(({ id, enforcedBy, digest }) => ({
        id,
        type: 'Offer',
        enforcedBy,
        policyDigest: digest,
      })),
      distribution: dataset.distributions.map(({ id, title, accessURL, accessService, conformsTo }) => ({
        id,
        type: 'Distribution',
        title: toTexts(title),
        accessURL,
        conformsTo: [...conformsTo],
        accessService: serviceOf(accessService),
      })),
    },
  }
}

export function toServiceRecord(item: IndexedService, moment: Moment): ServiceRecord {
  return { ...recordOf(item, moment), primaryTopic: toService(item.service) }
}

export function toPartyRecord(item: IndexedParty, { check, now }: Moment): PartyRecord {
  const { did, services, parameters, catalogue } = item
  return {
    id: did,
    type: 'Agent',
    organization: toOrganization(item),
    services: [...services],
    parameters,
    ...(catalogue === undefined
      ? {}
      : {
          catalogue: {
            id: catalogue.url,
            version: catalogue.version,
            digest: catalogue.digest,
            freshness: freshnessOfCatalogue(check, now),
          },
        }),
  }
}

function recordOf(
  { catalogue, party, standing }: IndexedDataset | IndexedService,
  { check, now }: Moment,
): Omit<DatasetRecord, 'primaryTopic'> {
  const { checkedAt, reason } = check ?? {}
  return {
    type: 'CatalogRecord',
    modified: catalogue.modified,
    language: dutch,
    source: catalogue.url,
    digest: catalogue.digest,
    freshness: freshnessOfCatalogue(check, now),
    ...(checkedAt === undefined ? {} : { checkedAt: toRfc3339(checkedAt) }),
    ...(reason === undefined ? {} : { reason }),
    guarded: standing === 'proven',
    organization: toOrganization(party),
  }
}

function toService({ id, title, description, ...rest }: CatalogueService): ServiceRecord['primaryTopic'] {
  return {
    id,
    type: 'DataService',
    title: toTexts(title),
    description: toTexts(description),
    endpointURL: rest.endpointURL,
    endpointDescription: [...rest.endpointDescriptions],
    conformsTo: [...rest.conformsTo],
    servesDataset: [...rest.servesDataset],
  }
}

function toOrganization({ name, city, role, identifiers }: IndexedDataset['party']): DatasetRecord['organization'] {
  return {
    ...(name === undefined ? {} : { name }),
    ...(city === undefined ? {} : { city }),
    ...(role === undefined ? {} : { role }),
    identifiers: identifiers.map(({ type, id }) => ({ kind: type, value: id })),
  }
}

/** A text without a language has its own name in JSON-LD. */
function toTexts(texts: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(texts).map(([language, text]) => [language === '' ? '@none' : language, text]),
  )
}
