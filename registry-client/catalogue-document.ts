import { z } from 'zod'

/** Texts by language: `nl`, `en`, … */
export type Texts = Readonly<Record<string, string>>

const iri = z.string().max(2048)
/** One or several, as JSON-LD has it. */
const many = <T extends z.ZodType>(item: T) =>
  z.preprocess(
    (value) => (value === undefined ? [] : Array.isArray(value) ? (value as readonly unknown[]) : [value]),
    z.array(item),
  )
/** The name of something: alone, or with what else is said of it. */
const name = z.union([iri, z.looseObject({ id: iri }).transform(({ id }) => id)])
const texts = z
  .record(z.string(), z.union([z.string(), z.array(z.string())]))
  .default({})
  .transform((byLanguage): Texts =>
    Object.fromEntries(
      Object.entries(byLanguage).map(([language, text]) => [
        language,
        typeof text === 'string' ? text : (text[0] ?? ''),
      ]),
    ),
  )

const noTexts: Texts = {}
const noNames: readonly string[] = []

const publisher = z.union([
  iri.transform((id) => ({ id, name: noTexts, identifiers: noNames })),
  z
    .looseObject({ id: iri, name: texts, identifier: many(z.string()) })
    .transform(({ id, name: names, identifier }) => ({ id, name: names, identifiers: identifier })),
])

const dataset = z
  .looseObject({
    id: iri,
    title: texts,
    description: texts,
    version: z.string().optional(),
    modified: z.string().optional(),
    accessRights: name.optional(),
    accrualPeriodicity: name.optional(),
    subjectSelector: name.optional(),
    theme: many(name),
    spatial: many(name),
    conformsTo: many(name),
    legalBasis: many(name),
    applicableLegislation: many(name),
    purpose: many(
      z.union([iri.transform((id) => ({ id, prefLabel: noTexts })), z.looseObject({ id: iri, prefLabel: texts })]),
    ),
    hasPolicy: many(z.looseObject({ id: iri, enforcedBy: name.optional(), policyDigest: z.string().optional() })),
    distribution: many(
      z.looseObject({
        id: iri.optional(),
        title: texts,
        accessURL: name,
        accessService: name.optional(),
        conformsTo: many(name),
      }),
    ),
  })
  .transform((found) => ({
    id: found.id,
    title: found.title,
    description: found.description,
    version: found.version,
    modified: found.modified,
    accessRights: found.accessRights,
    frequency: found.accrualPeriodicity,
    subjectSelector: found.subjectSelector,
    themes: found.theme,
    spatial: found.spatial,
    conformsTo: found.conformsTo,
    legalBases: found.legalBasis,
    legislation: found.applicableLegislation,
    purposes: found.purpose.map(({ id, prefLabel }) => ({ id, label: prefLabel })),
    policies: found.hasPolicy.map(({ id, enforcedBy, policyDigest }) => ({
      id,
      rules: enforcedBy,
      digest: policyDigest,
    })),
    distributions: found.distribution.map(({ id, title, accessURL, accessService, conformsTo }) => ({
      id,
      title,
      url: accessURL,
      service: accessService,
      conformsTo,
    })),
  }))

const service = z
  .looseObject({
    id: iri,
    title: texts,
    description: texts,
    endpointURL: name,
    endpointDescription: many(name),
    conformsTo: many(name),
    servesDataset: many(name),
  })
  .transform(({ id, title, description, endpointURL, endpointDescription, conformsTo, servesDataset }) => ({
    id,
    title,
    description,
    url: endpointURL,
    descriptions: endpointDescription,
    conformsTo,
    datasets: servesDataset,
  }))

const contact = z
  .looseObject({ fn: texts, hasEmail: name.optional() })
  .transform(({ fn, hasEmail }) => ({ name: fn, address: hasEmail }))

const catalogueSchema = z
  .looseObject({
    id: iri,
    type: z.literal('Catalog'),
    title: texts,
    description: texts,
    version: z.string().optional(),
    modified: z.string().optional(),
    publisher,
    contactPoint: z.union([contact, iri.transform(() => undefined)]).optional(),
    dataset: many(dataset),
    service: many(service),
  })
  .transform(({ id, title, description, version, modified, ...found }) => ({
    id,
    title,
    description,
    version,
    modified,
    publisher: { ...found.publisher, did: found.publisher.identifiers.find((text) => text.startsWith('did:')) },
    contact: found.contactPoint,
    datasets: found.dataset,
    services: found.service,
  }))

/** What a catalogue says, under names that are easy to work with; `document` has everything else. */
export type Catalogue = z.output<typeof catalogueSchema>
export type CatalogueDataset = Catalogue['datasets'][number]
export type CatalogueService = Catalogue['services'][number]

/** What a catalogue document of the network says; `undefined` when it is none. Checks no more than that it can be read. */
export function parseCatalogue(document: unknown): Catalogue | undefined {
  return catalogueSchema.safeParse(document).data
}
