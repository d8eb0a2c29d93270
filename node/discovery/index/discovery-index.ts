import type { Clock, Instant } from '../../kernel/clock.js'
import type { Log } from '../../kernel/log.js'
import type { Outbound } from '../../kernel/outbound.js'
import type { Store } from '../../stores/contracts.js'
import type { ReadCatalogueDocument } from '../../catalogue/read-catalogue.js'
import type { DidResolver } from '../../identity/resolve-did.js'
import type { ChangeFeed } from '../change-feed.js'
import type { Authority } from './authority.js'
import { createFetchCatalogue, type OwnCatalogues } from './fetch-catalogue.js'
import { createReadIndexFeed, type ReadIndexFeed } from './index-feed.js'
import { createIndexWriter } from './index-records.js'
import { createLanes } from './lanes.js'
import { createLiveIndex, type LiveIndex } from './live-index.js'
import { createLookAtCatalogue } from './look-at-catalogue.js'
import { createLookAtDue, type LookAtDue, type LookMeter } from './look-at-due.js'
import { createSearchIndex, type SearchIndex } from './search-index.js'
import { createTakeListings } from './take-listings.js'
import { createVerifyProof } from './verify-proof.js'

/** What the index tells who runs the node. */
export interface IndexMeter extends LookMeter {
  setIndex(counts: ReturnType<LiveIndex['count']> & { readonly failing: number; readonly refused: number }): void
}

/** Parties, services and datasets of all the lists that the node follows, and how they are found. */
export interface DiscoveryIndex {
  /** Takes in what changed on the copies of the lists. @throws as `TakeListings` */
  takeListings(): Promise<void>
  /** Looks at catalogues that are due. @throws as `LookAtDue` */
  lookAtDue: LookAtDue
  /** Takes into memory what this or another replica of the node wrote. @throws `store.unavailable` */
  follow(): Promise<void>
  /** Removes what readers of the feed no longer need. @throws `store.unavailable` */
  forgetDeletions(): Promise<void>
  readonly live: LiveIndex
  readonly search: SearchIndex
  readonly readFeed: ReadIndexFeed
  readonly authority: Authority
}

/** So many looks at a time, so many at one host, and so many at hosts that failed before. */
const laneLimits = { total: 16, perHost: 2, doubtful: 4 }

export interface DiscoveryIndexDeps {
  readonly store: Pick<Store, 'records' | 'write'>
  readonly clock: Clock
  readonly log: Log
  readonly outbound: Pick<Outbound, 'request'>
  readonly resolver: Pick<DidResolver, 'resolve' | 'keyFor'>
  readonly feed: Pick<ChangeFeed, 'changesSince'>
  readonly authority: Authority
  readonly read: ReadCatalogueDocument
  readonly meter: IndexMeter
  readonly services: readonly string[]
  /** When a list was last read to its end. */
  readonly readAt: (service: string) => Promise<Instant | undefined>
  readonly own?: OwnCatalogues
}

/**
 * The index: a cache of what the lists and catalogues say, made again from them when it is lost. Changes go through the
 * store and are followed from there, so that all replicas of a node and all moments of a start see the same.
 */
export function createDiscoveryIndex(deps: DiscoveryIndexDeps): DiscoveryIndex {
  const { meter, authority } = deps
  const live = createLiveIndex({
    ...deps,
    report: (index) =>
      meter.setIndex({ ...index.count(), failing: index.failing().length, refused: index.refused().length }),
  })
  const writer = createIndexWriter({
    ...deps,
    onWritten(checks) {
      live.noteChecks(checks)
      // A look that fails now is made up for by the next one.
      live.follow().catch(() => undefined)
    },
  })
  const look = createLookAtCatalogue({
    fetch: createFetchCatalogue(deps),
    read: deps.read,
    verifyProof: createVerifyProof(deps),
  })
  const takeListings = createTakeListings({ ...deps, writer })
  const lookAtDue = createLookAtDue({ ...deps, live, writer, look, lanes: createLanes(laneLimits) })
  return {
    async takeListings() {
      await takeListings()
      await live.follow()
    },
    async lookAtDue(signal) {
      await live.ready()
      await lookAtDue(signal)
      await live.follow()
    },
    follow: () => live.follow(),
    forgetDeletions: () => writer.forgetDeletions(),
    live,
    search: createSearchIndex({ ...deps, live }),
    readFeed: createReadIndexFeed(deps),
    authority,
  }
}
