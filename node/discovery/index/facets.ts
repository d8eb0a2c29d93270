import type { CatalogueDataset } from '../../catalogue/catalogue.js'
import { facet } from './engine.js'
import type { IndexedParty } from './things.js'

/** What a search can filter on. The names are those of its parameters. */
export const filterNames = [
  'conformsTo',
  'theme',
  'spatial',
  'purpose',
  'grondslag',
  'publisher',
  'role',
  'recipient',
  'identifier',
  'service',
] as const
export type FilterName = (typeof filterNames)[number]

const wholeCountry = ['http://publications.europa.eu/resource/authority/country/nld', 'nld']

/** Of who may ask, where it does not matter who one is. */
const everybody = '*'

/**
 * The facets of which one must be there for a filter to hold.
 *
 * A DID counts as written; all else without case. A region is also covered by who covers the whole country, and what is for
 * everybody is for each role.
 */
export function facetsForFilter(name: FilterName, value: string): readonly string[] {
  if (name === 'publisher') return [facet(name, value)]
  const wanted = value.toLowerCase()
  if (name === 'spatial' && !wholeCountry.includes(wanted)) return [facet(name, wanted), facet(name, 'nld')]
  if (name === 'recipient') return [facet(name, wanted), facet(name, everybody)]
  return [facet(name, wanted)]
}

export function facetsOfParty({
  did,
  role,
  identifiers,
  services,
}: Omit<IndexedParty, 'facets' | 'expiresAt'>): readonly string[] {
  return [
    facet('publisher', did),
    ...(role === undefined ? [] : [facet('role', role.toLowerCase())]),
    ...identifiers.flatMap(({ type, id }) => [
      facet('identifier', id.toLowerCase()),
      facet('identifier', `${type}:${id}`.toLowerCase()),
    ]),
    ...services.map((service) => facet('service', service.toLowerCase())),
  ]
}

/** The parts of datasets are shared, and so is what follows from them. */
export function facetsOfDataset(dataset: CatalogueDataset): readonly string[] {
  return [
    ...new Set([
      ...modelsOf(dataset.conformsTo),
      ...themesOf(dataset.themes),
      ...regionsOf(dataset.spatial),
      ...purposesOf(dataset.purposes),
      ...recipientsOf(dataset.roles),
      ...lawsOf(dataset.legislation),
      ...basesOf(dataset.legalBases),
      facet('identifier', dataset.id.toLowerCase()),
    ]),
  ]
}

const modelsOf = once((iris: readonly string[]) => iris.flatMap(modelFacets))
const themesOf = once((iris: readonly string[]) => namedFacets('theme', iris))
const regionsOf = once((iris: readonly string[]) => namedFacets('spatial', iris))
const purposesOf = once((purposes: CatalogueDataset['purposes']) =>
  namedFacets(
    'purpose',
    purposes.map(({ id }) => id),
  ),
)
const recipientsOf = once((iris: readonly string[]) =>
  iris.length === 0 ? [facet('recipient', everybody)] : namedFacets('recipient', iris),
)
const lawsOf = once((iris: readonly string[]) => iris.flatMap(lawFacets))
const basesOf = once((iris: readonly string[]) => namedFacets('grondslag', iris))

/** Works out once for each object, as long as that is there. */
function once<T extends object>(work: (part: T) => readonly string[]): (part: T) => readonly string[] {
  const known = new WeakMap<T, readonly string[]>()
  return (part) => {
    const found = known.get(part) ?? work(part)
    known.set(part, found)
    return found
  }
}

function namedFacets(name: FilterName, iris: readonly string[]): readonly string[] {
  return iris.flatMap((iri) => [facet(name, iri.toLowerCase()), facet(name, lastPart(iri))])
}

/** A model by its name, and by each beginning of it that ends in a slash: `https://…/indicatieregister/*`. */
export function modelFacets(iri: string): readonly string[] {
  const name = iri.toLowerCase()
  const beginnings = [...name.matchAll(/\//g)].map(({ index }) => `${name.slice(0, index + 1)}*`)
  return [name, ...beginnings.filter((beginning) => /^[a-z]+:\/\/[^/]+\/.*\*$/.test(beginning))].map((value) =>
    facet('conformsTo', value),
  )
}

/** A law by its IRI, as `BWBR…`, and with the article as `BWBR…&artikel=…`. @see Juriconnect standard BWB 1.3 */
function lawFacets(iri: string): readonly string[] {
  const [, law, place = ''] = /:c:(BWB[RV]\d{7})([^\s]*)$/.exec(iri) ?? []
  const short = law === undefined ? [] : [law, `${law}${place}`]
  return [...new Set([iri, ...short])].map((value) => facet('grondslag', value.toLowerCase()))
}

/** What an IRI ends in, such as `HEAL` or `gm9999`. */
function lastPart(iri: string): string {
  return (/[^/#:]*$/.exec(iri)?.[0] ?? iri).toLowerCase()
}
