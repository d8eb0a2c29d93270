import type { Store } from '../stores/contracts.js'
import {
  catalogueHeads,
  catalogueOffers,
  catalogueSchemas,
  catalogueVersions,
  type CatalogueVersion,
  type KeptVersion,
  type PublishedOffer,
} from './catalogue-records.js'
import type { PublishedFile } from './published-file.js'
import { cataloguePath } from './vocabulary.js'

/** Where the catalogue of a party stands below the public URL of the node. */
export interface CataloguePlace {
  readonly subject: string
  readonly path: string
}

/**
 * The places of the catalogues of parties, in the order in which they are configured: the first has the plain path, each
 * other a path of its own.
 */
export function placeCatalogues(subjects: readonly string[]): readonly CataloguePlace[] {
  return subjects.map((subject, index) => ({
    subject,
    path: index === 0 ? cataloguePath : `${cataloguePath}/of/${subject}`,
  }))
}

/** What the parties of this node publish. */
export interface PublishedCatalogues {
  readonly places: readonly CataloguePlace[]
  /** What is published now, as far as this replica knows; `undefined` for a party without a catalogue. */
  current(subject: string): CatalogueVersion | undefined
  /** An earlier version too, as long as it is kept. @throws `store.unavailable` */
  findVersion(subject: string, version: string): Promise<CatalogueVersion | undefined>
  /** Every version that can still be read, the newest first. @throws `store.unavailable` */
  listVersions(subject: string): Promise<readonly KeptVersion[]>
  /** @throws `store.unavailable` */
  findOffer(subject: string, source: string, number: number): Promise<PublishedOffer | undefined>
  /** @throws `store.unavailable` */
  findSchema(subject: string, source: string, number: number): Promise<PublishedFile | undefined>
  /** Looks what is published now, also by another replica. @throws `store.unavailable` */
  refresh(): Promise<void>
}

/** Keeps the current version of each catalogue at hand; the others stay in the store. */
export function createPublishedCatalogues(deps: {
  readonly store: Pick<Store, 'records'>
  readonly places: readonly CataloguePlace[]
}): PublishedCatalogues {
  const { places } = deps
  const { records } = deps.store
  const atHand = new Map<string, CatalogueVersion>()

  const findVersion = async (subject: string, version: string) =>
    (await records.get(catalogueVersions, [subject, version]))?.value

  async function look(subject: string): Promise<void> {
    const head = (await records.get(catalogueHeads, [subject]))?.value
    if (head === undefined || head.withdrawn === true) {
      atHand.delete(subject)
      return
    }
    if (atHand.get(subject)?.version === head.version) return
    const version = await findVersion(subject, head.version)
    if (version !== undefined) atHand.set(subject, version)
  }

  return {
    places,
    current: (subject) => atHand.get(subject),
    findVersion,
    listVersions: async (subject) => (await records.get(catalogueHeads, [subject]))?.value.history ?? [],
    findOffer: async (subject, source, number) =>
      (await records.get(catalogueOffers, [subject, source, String(number)]))?.value,
    findSchema: async (subject, source, number) =>
      (await records.get(catalogueSchemas, [subject, source, String(number)]))?.value,
    async refresh() {
      for (const { subject } of places) await look(subject)
    },
  }
}
