import type { AuditEntry } from '../../node/audit/audit.js'
import type { CatalogueContents, DescribedSource } from '../../node/catalogue/build-document.js'
import { createPublishCatalogue, type PublishCatalogue } from '../../node/catalogue/publish.js'
import { createPublishedCatalogues, placeCatalogues, type PublishedCatalogues } from '../../node/catalogue/published.js'
import type { Store } from '../../node/stores/contracts.js'
import type { MovableClock } from '../../node/kernel/clock.js'
import { createNodeParts, type NodeParts } from './node-parts.js'

export const exampleUrl = 'https://node.voorbeeld.example'

/** A source of an imaginary gemeente, as a catalogue describes it. */
export function exampleSource(change: Partial<DescribedSource> = {}): DescribedSource {
  const key = change.key ?? 'wmo'
  return {
    key,
    endpointURL: `${exampleUrl}/sources/gemeente/${key}/graphql`,
    protocol: 'https://spec.graphql.org/October2021/',
    schema: { text: 'type Query { voorziening: String }', mediaType: 'application/graphql' },
    rules: { text: '{"id":"wmo"}', mediaType: 'application/json' },
    version: '1.2.0',
    purposes: [{ code: 'WMO_UITVOERING', roles: ['ciz', 'gemeente'] }],
    about: {
      title: { nl: 'Maatwerkvoorzieningen', en: 'Provisions' },
      description: { nl: 'Toegekende voorzieningen per inwoner.' },
      theme: 'SOCI',
      keywords: { nl: ['Wmo', 'voorziening'] },
      legislation: ['https://wetten.overheid.nl/jci1.3:c:BWBR0035362&artikel=2.3.5'],
      legalBasis: ['A6-1-e'],
      purposes: { WMO_UITVOERING: { nl: 'Uitvoeren van de Wmo' } },
      subjectSelector: 'bsn-at-source',
      frequency: 'DAILY',
      accessRights: 'NON_PUBLIC',
      model: 'https://modellen.example/wmo/3',
    },
    events: [],
    ...change,
  }
}

export function exampleContents(change: Partial<CatalogueContents> = {}): CatalogueContents {
  return {
    id: `${exampleUrl}/catalogus`,
    context: `${exampleUrl}/catalogus/context/v1`,
    did: 'did:web:node.voorbeeld.example:iam:1',
    settings: {
      name: 'Gemeente Voorbeeld',
      contact: 'gegevens@voorbeeld.example',
      identifier: 'https://identifier.overheid.nl/tooi/id/gemeente/gm9999',
      spatial: ['https://identifier.overheid.nl/tooi/id/gemeente/gm9999'],
    },
    sources: [exampleSource()],
    ...change,
  }
}

/** What publishes catalogues, and what reads them, on one store. */
export interface CatalogueWorld extends PublishCatalogue {
  readonly clock: MovableClock
  readonly store: Store
  readonly parts: NodeParts
  readonly published: PublishedCatalogues
  /** The events about catalogues, oldest first. */
  accounts(): Promise<readonly AuditEntry['event'][]>
}

export function createCatalogueWorld(
  options: { readonly clock?: MovableClock; readonly store?: Store; readonly restoredAt?: number } = {},
): CatalogueWorld {
  const parts = createNodeParts({ url: exampleUrl, ...options })
  const { clock, store, audit } = parts
  const publish = createPublishCatalogue({ clock, store, audit, restoredAt: options.restoredAt ?? 0, loopback: false })
  return {
    ...publish,
    clock,
    store,
    parts,
    published: createPublishedCatalogues({ store, places: placeCatalogues(['gemeente', 'ander']) }),
    accounts: async () => (await parts.journal()).filter(({ code }) => code === 'catalogue.published'),
  }
}
