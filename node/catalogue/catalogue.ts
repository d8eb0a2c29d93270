import type { Texts } from './graph.js'

/** Who stands behind a catalogue. */
export interface CataloguePublisher {
  /** Its DID: whose signature over the digest counts. */
  readonly did: string
  /** Its IRI, such as the one that TOOI gives a public body; the DID when it has no other. */
  readonly id: string
  readonly name: Texts
  /** Every identifier that it gives itself, the DID included; a claim of its own and no more. */
  readonly identifiers: readonly string[]
}

/** What an offer lets be asked: for any of the purposes by any of the roles, both as IRIs; none says that it does not matter. */
export interface CataloguePermission {
  readonly purposes: readonly string[]
  readonly roles: readonly string[]
}

/** Whom to ask about a catalogue. */
export interface CatalogueContact {
  readonly name: Texts
  /** `mailto:` and an address. */
  readonly address: string
}

/** The public description of who may ask: it says whether asking makes sense, and nothing is ever decided by it. */
export interface CataloguePolicy {
  readonly id: string
  readonly permissions: readonly CataloguePermission[]
  /** Where the rules are published, and `sha-256:` with the base64url of their digest. */
  readonly enforcedBy: string
  readonly digest: string
}

export interface CatalogueDistribution {
  readonly id: string
  readonly title: Texts
  readonly accessURL: string
  /** The id of the service; one of the same catalogue. */
  readonly accessService: string
  readonly conformsTo: readonly string[]
}

/** What others can be told of when data change, as their catalogue says. */
export interface CatalogueEvent {
  readonly id: string
  readonly title: Texts
  readonly eventType: string
  readonly notificatieType: string
  /** Of who is told, as IRI. */
  readonly role: string
  readonly idTypeAbonnee: string
  readonly change: string
  readonly objectIDType: string
  readonly cloudEventsType: string
  readonly grondslag: string
  readonly grondslagStatus: string
}

export interface CatalogueDataset {
  readonly id: string
  readonly title: Texts
  readonly description: Texts
  /** In every language. */
  readonly keywords: readonly string[]
  readonly themes: readonly string[]
  /** The information model that the data follow. */
  readonly conformsTo: readonly string[]
  readonly purposes: readonly { readonly id: string; readonly label: Texts }[]
  readonly legalBases: readonly string[]
  /** The ground in words with its status, where the publisher says it of all of the data. */
  readonly grondslag?: { readonly text: string; readonly status: string }
  readonly legislation: readonly string[]
  readonly accessRights: string
  readonly frequency: string
  /** Empty when it says nothing of its own: then that of the catalogue counts. */
  readonly spatial: readonly string[]
  /** The roles that its offers name, as IRIs; `codeOf` gives the code of one. None: it is for everybody. */
  readonly roles: readonly string[]
  readonly policies: readonly CataloguePolicy[]
  readonly distributions: readonly CatalogueDistribution[]
  /** How to find out who holds data about a person; never an answer to it. */
  readonly subjectSelector: string
  /** Absent in what was described before there were any. */
  readonly events?: readonly CatalogueEvent[]
  readonly version: string
  readonly modified: string
}

export interface CatalogueService {
  readonly id: string
  readonly title: Texts
  readonly description: Texts
  readonly endpointURL: string
  readonly endpointDescriptions: readonly string[]
  readonly conformsTo: readonly string[]
  /** Ids of datasets; all of the same catalogue. */
  readonly servesDataset: readonly string[]
}

/**
 * What a catalogue document says, complete: every member is there, and everything that it points at inside itself is.
 *
 * Says nothing about whether its publisher wrote it (compare the digest with what the publisher signed), nor whether it
 * may claim what it claims. Plain data: it can be sent between threads, and stored.
 */
export interface Catalogue {
  /** `rdfc-1.0+sha-256:` and base64url: the same for JSON-LD and Turtle. */
  readonly digest: string
  readonly id: string
  readonly publisher: CataloguePublisher
  readonly contact?: CatalogueContact
  readonly title: Texts
  readonly description: Texts
  readonly version: string
  readonly modified: string
  readonly spatial: readonly string[]
  readonly datasets: readonly CatalogueDataset[]
  readonly services: readonly CatalogueService[]
}

/** The code that an IRI of a list ends in, such as `ZORGKANTOOR`; `undefined` for an IRI of another list. */
export function codeOf(iri: string, list: string): string | undefined {
  return iri.startsWith(list) && iri.length > list.length ? iri.slice(list.length) : undefined
}
