import type { Instant } from '../../kernel/clock.js'
import type { Catalogue } from '../../catalogue/catalogue.js'
import type { Collection } from '../../stores/contracts.js'
import type { FeedPosition } from '../change-feed.js'
import type { ProvenClaim } from './authority.js'

/** What one verified listing says of a party. */
export interface ListedPart {
  readonly presentationId: string
  readonly presentation: string
  readonly signedAt: Instant
  readonly expiresAt: Instant
  /** What the party says about itself. */
  readonly parameters: Readonly<Record<string, string>>
  /** What others say about it. */
  readonly claims: readonly ProvenClaim[]
}

/** What the publisher signed that covers a digest: its registration, or the proof beside its catalogue. */
export interface Evidence {
  readonly kind: 'listing' | 'proof'
  readonly compact: string
  readonly digest: string
  readonly signedAt: Instant
  readonly expiresAt: Instant
  /** Of a proof; goes up with every one. */
  readonly sequence?: number
}

/** The last document of a party that was found good. */
export interface HeldCatalogue {
  readonly url: string
  readonly catalogue: Catalogue
  readonly evidence: Evidence
  /** When the document was taken in. */
  readonly takenAt: Instant
}

/** All that the index knows of one party. */
export interface IndexEntry {
  readonly did: string
  /** The number of its last change. */
  readonly sequence: number
  /** By discovery service. */
  readonly listings: Readonly<Record<string, ListedPart>>
  readonly held?: HeldCatalogue
}

/** How the last look at a catalogue ended, and what must not be forgotten when the entry is. */
export interface CatalogueCheck {
  readonly did: string
  /** When the document was last seen to be what its publisher signed. */
  readonly checkedAt?: Instant
  /** When to look again; `never` when there is nothing to look at. */
  readonly nextAt: Instant
  /** Looks in a row that failed. */
  readonly failures: number
  /** Why the last look failed, since when, and more for who runs the node. */
  readonly reason?: string
  readonly since?: Instant
  readonly notes?: readonly string[]
  /** The newest evidence that was ever accepted: nothing older counts any more. */
  readonly newest?: Pick<Evidence, 'digest' | 'signedAt' | 'sequence'>
  /** Of the document as it came the last time: an answer that is the same need not be read. */
  readonly etag?: string
  readonly bodyDigest?: string
}

/** A change of the index: of each party the last one. */
export interface IndexChange {
  readonly op: 'upsert' | 'delete'
  readonly did: string
  readonly at: Instant
}

/** How far the index is. */
export interface IndexState {
  /** Another one for every index that begins with nothing. */
  readonly seed: string
  readonly sequence: number
  /** Deletions up to this change may be forgotten. */
  readonly forgotten: number
  /** How far the listings of each service were taken in. */
  readonly positions: Readonly<Record<string, FeedPosition>>
}

/** A look that is not planned. */
export const never = Number.MAX_SAFE_INTEGER

/** One record; whoever changes the index expects it as it was read. */
export const states: Collection<IndexState> = { name: 'index-state' }
/** By DID. */
export const entries: Collection<IndexEntry> = { name: 'index-entries' }
/** By DID. */
export const checks: Collection<CatalogueCheck> = {
  name: 'index-checks',
  indexes: { failing: ({ reason }) => (reason === undefined ? undefined : 'yes') },
}
/** By `changePrefix` and number. */
export const changes: Collection<IndexChange> = {
  name: 'index-changes',
  indexes: { deleted: ({ op }) => (op === 'delete' ? 'yes' : undefined) },
}

export const stateKey = ['state']
export const changePrefix = ['all']

/** Where the publisher says that its catalogue is, and what it signed for it. */
export interface Pointer {
  /** The discovery service on whose list it stands. */
  readonly service: string
  readonly url: string
  readonly digest: string
  readonly signedAt: Instant
  readonly expiresAt: Instant
  readonly presentation: string
}

/**
 * What the party said last about its catalogue, of all the lists that it is on; `undefined` when it has none. Of what was
 * signed in the same second the list that is first by name counts.
 */
export function findPointer({ listings }: Pick<IndexEntry, 'listings'>): Pointer | undefined {
  let newest: Pointer | undefined
  for (const [service, part] of Object.entries(listings).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const { catalogURL: url = '', catalogDigest: digest = '' } = part.parameters
    if (url === '' || digest === '' || (newest !== undefined && newest.signedAt >= part.signedAt)) continue
    const { signedAt, expiresAt, presentation } = part
    newest = { service, url, digest, signedAt, expiresAt, presentation }
  }
  return newest
}

/** When the last of the listings ends. */
export function endOfListings({ listings }: Pick<IndexEntry, 'listings'>): Instant {
  return Object.values(listings).reduce((last, { expiresAt }) => Math.max(last, expiresAt), 0)
}
