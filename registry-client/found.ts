import { z } from 'zod'
import type { Texts } from './catalogue-document.js'

const iri = z.string()
const texts = z.record(z.string(), z.string()).transform((byLanguage): Texts => byLanguage)

const organization = z
  .looseObject({
    name: z.string().optional(),
    city: z.string().optional(),
    role: z.string().optional(),
    identifiers: z.array(z.looseObject({ kind: z.string(), value: z.string() })),
  })
  .transform(({ name, city, role, identifiers }) => ({
    name,
    city,
    role,
    identifiers: identifiers.map(({ kind, value }) => ({ kind, value })),
  }))

const service = z
  .looseObject({
    id: iri,
    title: texts,
    description: texts,
    endpointURL: iri,
    conformsTo: z.array(iri),
    servesDataset: z.array(iri),
  })
  .transform(({ id, title, description, endpointURL, conformsTo, servesDataset }) => ({
    id,
    title,
    description,
    url: endpointURL,
    conformsTo,
    datasets: servesDataset,
  }))

const dataset = z
  .looseObject({
    id: iri,
    title: texts,
    description: texts,
    version: z.string(),
    modified: z.string(),
    publisher: iri,
    theme: z.array(iri),
    spatial: z.array(iri),
    conformsTo: z.array(iri),
    purpose: z.array(z.looseObject({ id: iri, prefLabel: texts })),
    legalBasis: z.array(iri),
    applicableLegislation: z.array(iri),
    accessRights: iri,
    subjectSelector: iri,
    recipientRole: z.array(iri),
    distribution: z.array(
      z.looseObject({ accessURL: iri, title: texts, conformsTo: z.array(iri), accessService: z.union([service, iri]) }),
    ),
  })
  .transform((found) => ({
    id: found.id,
    title: found.title,
    description: found.description,
    version: found.version,
    modified: found.modified,
    publisher: found.publisher,
    themes: found.theme,
    spatial: found.spatial,
    conformsTo: found.conformsTo,
    purposes: found.purpose.map(({ id, prefLabel }) => ({ id, label: prefLabel })),
    legalBases: found.legalBasis,
    legislation: found.applicableLegislation,
    accessRights: found.accessRights,
    subjectSelector: found.subjectSelector,
    mayAsk: found.recipientRole,
    distributions: found.distribution.map(({ accessURL, title, conformsTo, accessService }) => ({
      url: accessURL,
      title,
      conformsTo,
      service: accessService,
    })),
  }))

const record = {
  source: iri,
  digest: z.string(),
  freshness: z.string(),
  checkedAt: z.string().optional(),
  guarded: z.boolean(),
  organization,
}

/** What is known about what was found: the same for datasets and services. */
const toFound = <T extends object>(found: {
  readonly primaryTopic: T
  readonly source: string
  readonly digest: string
  readonly freshness: string
  readonly checkedAt?: string | undefined
  readonly guarded: boolean
  readonly organization: z.output<typeof organization>
}) => ({
  ...found.primaryTopic,
  /** The catalogue that says so, and the digest of it that its publisher signed: what `catalogue` reads. */
  catalogue: { url: found.source, digest: found.digest },
  /** Whose catalogue that is, as credentials of others say. */
  organization: found.organization,
  /** True when the authority table of the network says that this publisher holds this. */
  guarded: found.guarded,
  /** `flagged` when the last look at the catalogue failed, or is too long ago. */
  freshness: found.freshness,
  /** RFC 3339. */
  checkedAt: found.checkedAt,
})

/** The records of an answer of the index, by what was asked for. */
export const recordSchemas = {
  datasets: z.looseObject({ ...record, primaryTopic: dataset }).transform(toFound),
  services: z.looseObject({ ...record, primaryTopic: service }).transform(toFound),
  parties: z
    .looseObject({
      id: iri,
      organization,
      services: z.array(z.string()),
      parameters: z.record(z.string(), z.string()),
      catalogue: z.looseObject({ id: iri, version: z.string(), digest: z.string(), freshness: z.string() }).optional(),
    })
    .transform(({ id, services, parameters, catalogue, ...found }) => ({
      did: id,
      organization: found.organization,
      /** Discovery services that it is listed in. */
      lists: services,
      /** What it says about itself: nobody vouches for it. */
      parameters,
      catalogue:
        catalogue === undefined
          ? undefined
          : {
              url: catalogue.id,
              digest: catalogue.digest,
              version: catalogue.version,
              freshness: catalogue.freshness,
            },
    })),
} as const

/** A dataset that was found in the index of the own node. */
export type FoundDataset = z.output<typeof recordSchemas.datasets>
/** A data service that was found in the index of the own node. */
export type FoundService = z.output<typeof recordSchemas.services>
/** A party that was found in the index of the own node; it may have no catalogue. */
export type FoundParty = z.output<typeof recordSchemas.parties>
