import { createHash } from 'node:crypto'
import type { Catalogue, CatalogueDataset, CatalogueService } from '../../catalogue/catalogue.js'
import type { Authority, ProvenClaim } from './authority.js'
import type { Findable } from './engine.js'
import { endOfListings, type IndexEntry } from './entry.js'
import { facetsOfDataset, facetsOfParty, modelFacets } from './facets.js'
import { foldText } from './words.js'

/** Who is found, as others say of it. */
export interface IndexedParty extends Findable {
  readonly kind: 'party'
  readonly did: string
  readonly name: string | undefined
  readonly city: string | undefined
  readonly role: string | undefined
  readonly identifiers: readonly { readonly type: string; readonly id: string }[]
  /** Discovery services that it is listed in. */
  readonly services: readonly string[]
  /** What it says about itself in its registrations: a claim of its own. */
  readonly parameters: Readonly<Record<string, string>>
  readonly catalogue: { readonly url: string; readonly version: string; readonly digest: string } | undefined
}

/** What stands in a catalogue, and whose it is. */
interface Catalogued extends Findable {
  readonly did: string
  readonly party: Pick<IndexedParty, 'name' | 'city' | 'role' | 'identifiers'>
  readonly catalogue: Pick<Catalogue, 'id' | 'title' | 'version' | 'modified' | 'digest'> & { readonly url: string }
  readonly standing: 'proven' | 'unguarded'
}

export interface IndexedDataset extends Catalogued {
  readonly kind: 'dataset'
  readonly dataset: CatalogueDataset
  /** Where it can be asked for. */
  readonly services: readonly CatalogueService[]
}

export interface IndexedService extends Catalogued {
  readonly kind: 'service'
  readonly service: CatalogueService
}

/** What can be found, by kind. */
export interface ThingsByKind {
  readonly dataset: IndexedDataset
  readonly service: IndexedService
  readonly party: IndexedParty
}

/** A dataset that is not shown, and why. */
export interface RefusedDataset {
  readonly did: string
  readonly id: string
  readonly reason: string
  /** The data product that is claimed. */
  readonly product: string | undefined
}

/** What an entry of the index gives to find. */
export interface Things {
  readonly party: IndexedParty
  readonly datasets: readonly IndexedDataset[]
  readonly services: readonly IndexedService[]
  readonly refused: readonly RefusedDataset[]
}

const titleLength = 80

/**
 * What can be found of an entry, judged by the authority table as it is now. A dataset that is claimed without authority
 * is left out with its reason, and so is a service that would serve nothing else. Services are of one catalogue and may
 * serve many of its datasets.
 */
export function toThings(
  entry: IndexEntry,
  authority: Authority,
  share: (dataset: CatalogueDataset) => CatalogueDataset = (dataset) => dataset,
): Things {
  const claims = Object.values(entry.listings).flatMap((part) => part.claims)
  const described = describeParty(entry, claims)
  const ends = endOfListings(entry)
  const { held } = entry
  const partyFacets = facetsOfParty(described)
  if (held === undefined) return { party: { ...described, facets: partyFacets, expiresAt: ends }, ...nothing }

  const { catalogue, url, evidence } = held
  const expiresAt = Math.min(ends, evidence.expiresAt)
  const refused: RefusedDataset[] = []
  const shown: { readonly dataset: CatalogueDataset; readonly standing: 'proven' | 'unguarded' }[] = []
  for (const dataset of catalogue.datasets) {
    const spatial = dataset.spatial.length > 0 ? dataset.spatial : catalogue.spatial
    const standing = authority.judge({ conformsTo: dataset.conformsTo, spatial }, claims)
    if (standing.kind === 'refused') {
      refused.push({ did: entry.did, id: dataset.id, reason: standing.reason, product: standing.product })
    } else shown.push({ dataset: share({ ...dataset, spatial }), standing: standing.kind })
  }
  const { name, city, role, identifiers } = described
  const { id, title, version, modified, digest } = catalogue
  const common = {
    did: entry.did,
    party: { name, city, role, identifiers },
    catalogue: { id, title, version, modified, digest, url },
    expiresAt,
  }
  const whose = [name ?? '', city ?? ''].filter((text) => text !== '').map((text) => ({ text, weight: 2 }))
  const datasets = shown.map(({ dataset, standing }): IndexedDataset => ({
    ...common,
    kind: 'dataset',
    standing,
    dataset,
    services: servicesFor(dataset, catalogue.services),
    texts: [...textsOfDataset(dataset), ...whose],
    facets: [...partyFacets, ...facetsOfDataset(dataset)],
    order: orderOf(anyText(dataset.title), dataset.id, entry.did),
  }))
  const services = catalogue.services.flatMap((service): readonly IndexedService[] => {
    const served = datasets.filter(({ dataset }) => service.servesDataset.includes(dataset.id))
    if (served.length === 0) return []
    const facets = served.flatMap((item) => item.facets)
    return [
      {
        ...common,
        kind: 'service',
        standing: served.every(({ standing }) => standing === 'proven') ? 'proven' : 'unguarded',
        service: { ...service, servesDataset: served.map(({ dataset }) => dataset.id) },
        texts: [...textsOfService(service), ...whose],
        facets: [...new Set([...facets, ...service.conformsTo.flatMap(modelFacets)])],
        order: orderOf(anyText(service.title), service.id, entry.did),
      },
    ]
  })
  const facets = [...new Set([...partyFacets, ...datasets.flatMap((item) => item.facets)])]
  const party = { ...described, facets, expiresAt: ends, catalogue: { url, version, digest } }
  return { party, datasets, services, refused }
}

const nothing = { datasets: [], services: [], refused: [] } as const

/** Names and numbers come from credentials of others; what a party says of itself is not among them. */
function describeParty(
  { did, listings }: IndexEntry,
  claims: readonly ProvenClaim[],
): Omit<IndexedParty, 'facets' | 'expiresAt'> {
  const organizations = claims
    .filter(({ issuer }) => issuer !== did)
    .map(({ subject }) => subject['organization'])
    .filter((value) => typeof value === 'object' && value !== null)
    .map((value) => value as Readonly<Record<string, unknown>>) // An object, of which every member is looked at below.
  const find = (member: string): string | undefined =>
    organizations.map((organization) => organization[member]).find((value) => typeof value === 'string')
  const identifiers = organizations.flatMap((organization) => {
    const { id, id_type: type } = organization
    const named = typeof id === 'string' && typeof type === 'string' ? [{ type, id }] : []
    const own = identifierMembers.flatMap((member) => {
      const value = organization[member]
      return typeof value === 'string' ? [{ type: member, id: value }] : []
    })
    return [...named, ...own]
  })
  const name = find('name')
  const role = find('role')
  const city = find('city')
  const text = [name, role].filter((part) => part !== undefined)
  return {
    kind: 'party',
    did,
    name,
    city,
    role,
    identifiers,
    services: Object.keys(listings).sort(),
    parameters: Object.assign({}, ...Object.values(listings).map((part) => part.parameters)) as Record<string, string>, // Texts.
    catalogue: undefined,
    texts: [
      ...text.map((part) => ({ text: part, weight: 4 })),
      ...(city === undefined ? [] : [{ text: city, weight: 2 }]),
      ...identifiers.map(({ id }) => ({ text: id, weight: 4 })),
    ],
    order: orderOf(name ?? did, did, did),
  }
}

/** How networks name identifiers that are members of their own. */
const identifierMembers = ['agb', 'uzovi', 'kvk', 'ura', 'oin', 'gemeentecode'] as const

function servicesFor(dataset: CatalogueDataset, services: readonly CatalogueService[]): readonly CatalogueService[] {
  const named = new Set(dataset.distributions.map(({ accessService }) => accessService))
  return services.filter(({ id, servesDataset }) => named.has(id) || servesDataset.includes(dataset.id))
}

function textsOfDataset(dataset: CatalogueDataset): Findable['texts'] {
  const of = (texts: readonly string[], weight: number) => texts.map((text) => ({ text, weight }))
  return [
    ...of(Object.values(dataset.title), 4),
    ...of(dataset.keywords, 3),
    ...of(
      dataset.purposes.flatMap(({ label }) => Object.values(label)),
      2,
    ),
    ...of(Object.values(dataset.description), 2),
    ...of(dataset.conformsTo.map(pathOf), 1),
  ]
}

function textsOfService({ title, description, conformsTo }: CatalogueService): Findable['texts'] {
  const of = (texts: readonly string[], weight: number) => texts.map((text) => ({ text, weight }))
  return [...of(Object.values(title), 4), ...of(Object.values(description), 2), ...of(conformsTo.map(pathOf), 1)]
}

/** The words in an IRI, without those of its host. */
function pathOf(iri: string): string {
  return iri.replace(/^[a-z]+:\/\/[^/]*/i, '') || iri
}

function anyText(texts: Readonly<Record<string, string>>): string {
  return texts['nl'] ?? texts[''] ?? Object.values(texts)[0] ?? ''
}

/** By title for people, and then by what is different for each: a hash, which fits in a cursor. */
function orderOf(title: string, id: string, did: string): string {
  const hash = createHash('sha256').update(`${did}\0${id}`).digest('hex').slice(0, 24)
  return `${foldText(title).slice(0, titleLength)}\0${hash}`
}
