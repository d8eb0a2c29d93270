import type { DiscoveryDefinition } from '../catalogue/definition.js'
import type { ReadCatalogueDocument } from '../catalogue/read-catalogue.js'
import { createAuthority, readAuthority } from '../discovery/index/authority.js'
import { createDiscoveryIndex, type DiscoveryIndex } from '../discovery/index/discovery-index.js'
import type { OwnCatalogues } from '../discovery/index/fetch-catalogue.js'
import {
  createReadingHere,
  createReadingPool,
  findReadingWorker,
  type ReadingPool,
  type ReadingSettings,
} from '../discovery/index/reading-pool.js'
import type { Replica } from '../discovery/replica.js'
import type { Route } from '../http/exchange.js'
import type { Metrics } from '../http/metrics.js'
import { indexFeedRoutes } from '../http/routes/index-feed.js'
import { indexSearchRoutes } from '../http/routes/index-search.js'
import { indexStatusRoutes } from '../http/routes/index-status.js'
import type { DidResolver } from '../identity/resolve-did.js'
import type { Clock } from '../kernel/clock.js'
import type { Log } from '../kernel/log.js'
import type { Outbound } from '../kernel/outbound.js'
import type { Store } from '../stores/contracts.js'
import type { Configuration } from '../../schemas/configuration.js'

/** The index of a node, and what it serves of it. */
export interface IndexParts {
  /** `undefined` where the settings switch it off. */
  readonly index: DiscoveryIndex | undefined
  readonly publicRoutes: readonly Route[]
  readonly internalRoutes: readonly Route[]
  /** Ends what reads catalogues. */
  close(): Promise<void>
}

/**
 * How a node finds what others hold: a part of `compose.ts`.
 * @throws `config.invalid` for an authority table that cannot be used
 */
export async function composeIndex(deps: {
  readonly configuration: Configuration
  readonly log: Log
  readonly clock: Clock
  readonly store: Store
  readonly outbound: Outbound
  readonly resolver: DidResolver
  readonly definitions: readonly DiscoveryDefinition[]
  readonly replica: Replica
  readonly metrics: Metrics
  /** Reads catalogues for several nodes of one process; without it the node has threads of its own. */
  readonly readCatalogue?: ReadCatalogueDocument
  readonly ownCatalogues: OwnCatalogues
}): Promise<IndexParts> {
  const { configuration, clock, replica, metrics } = deps
  const { enabled, authority: file, public: isPublic } = configuration.discovery.index
  if (!enabled) return { index: undefined, publicRoutes: [], internalRoutes: [], close: () => Promise.resolve() }
  const reading = openReading({ loopback: configuration.outbound.loopback }, deps.readCatalogue)
  const index = createDiscoveryIndex({
    ...deps,
    feed: replica,
    own: deps.ownCatalogues,
    authority: file === undefined ? createAuthority(undefined) : await readAuthority(file),
    read: reading.read,
    meter: metrics.index,
    services: deps.definitions.map(({ id }) => id),
    readAt: async (service) => (await replica.state(service))?.syncedAt,
  })
  const feed = indexFeedRoutes(index)
  return {
    index,
    publicRoutes: isPublic ? feed : [],
    internalRoutes: [...indexSearchRoutes({ clock, index }), ...feed, ...indexStatusRoutes({ index })],
    close: () => reading.close(),
  }
}

/** Threads where there is a compiled worker; a reader that is shared is not closed with one of its nodes. */
function openReading(settings: ReadingSettings, shared: ReadCatalogueDocument | undefined): ReadingPool {
  if (shared !== undefined) return { read: shared, close: () => Promise.resolve() }
  const entry = findReadingWorker()
  return entry === undefined ? createReadingHere(settings) : createReadingPool({ settings, entry })
}
