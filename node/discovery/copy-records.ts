import type { Instant } from '../kernel/clock.js'
import type { StatusEvidence } from '../credentials/status/check-status.js'
import type { Collection } from '../stores/contracts.js'
import type { Listing, Quarantined } from './listing.js'

/** How far the reading of a list is. */
export interface Progress {
  readonly seed: string
  readonly timestamp: number
  /** When the list was last read to its end without a fault. */
  readonly syncedAt?: Instant
  /** One more each time that the list is read from its beginning. */
  readonly generation: number
  /** When that reading began. */
  readonly begunAt: Instant
  /** False until that reading has come to the end of the list and what it did not find there was removed. */
  readonly isWhole: boolean
  /** The rules that entries were verified by in it. */
  readonly rules: string
  /** When the list lately took another seed. */
  readonly seedChanges: readonly Instant[]
  /** The `ETag` of the page after `timestamp`. */
  readonly etag?: string
  /** When the list is read from its beginning again, because something could not be set aside. */
  readonly readAgainAt?: Instant
}

/** What is kept of the copy of a list as a whole. */
export interface CopyRecord extends Progress {
  /** Names the feed of changes: another one for every copy that begins with nothing. */
  readonly feed: string
  /** The number of the newest change. */
  readonly sequence: number
  /** Departures up to this change may be forgotten. */
  readonly forgotten: number
  /** How many listings there are. */
  readonly listed: number
}

/** By service. All of the copy that follows is written with an expectation of this record: so changes have one order. */
export const copies: Collection<CopyRecord> = { name: 'discovery-copies' }

/** A listing and the change that put it there. */
export interface ListingRecord extends Listing {
  readonly sequence: number
  /** The reading that found it on the list. */
  readonly generation: number
}

/**
 * By service and signer. One that has expired counts for nobody, and is removed by who watches the copies: a record that
 * vanished by itself would leave no change behind.
 */
export const listings: Collection<ListingRecord> = {
  name: 'discovery-listings',
  indexes: {
    authServer: ({ parameters }) => toIndexText(parameters['authServerURL'] ?? ''),
    organization: ({ fields }) => toIndexText(organizationOf(fields) ?? ''),
    soleRole: ({ fields: { organization_role: role } }) => soleRoles.find((known) => known === role),
  },
}

/** Roles that one organisation has, which is then known by it. */
export const soleRoles = ['ciz', 'cak'] as const

/** The kind of an identifier and the identifier, as the fields of a definition name them; what the party says counts not. */
function organizationOf({ organization_id_type: kind, organization_id: id }: Listing['fields']): string | undefined {
  return typeof kind === 'string' && typeof id === 'string' ? `${kind}:${id}` : undefined
}

/** A change of the copy, as it is kept: of each listing that is there the last one, and departures for a month. */
export type ChangeRecord =
  | {
      readonly kind: 'listed'
      readonly signer: string
      readonly at: Instant
      readonly expiresAt: Instant
      readonly status: readonly StatusEvidence[]
    }
  | { readonly kind: 'gone'; readonly signer: string; readonly at: Instant }

/** By service and sequence. */
export const changes: Collection<ChangeRecord> = { name: 'discovery-changes' }

/** The departures among the changes: by service and sequence. */
export const departures: Collection<{ readonly at: Instant }> = { name: 'discovery-departures' }

/** By service and number on the list. */
export const quarantine: Collection<Quarantined> = { name: 'discovery-set-aside' }

/** The texts of those that are tried again: by service and number on the list. */
export const quarantinedTexts: Collection<string> = { name: 'discovery-set-aside-texts' }

/** How the last look at a list ended, when it ended in a fault; by service. */
export const faults: Collection<{ readonly code: string }> = { name: 'discovery-faults' }

/** What an index of the store can hold; a text that is longer, or holds anything else, is found by nobody. */
export function toIndexText(text: string): string | undefined {
  return /^[\x21-\x7e]{1,512}$/.test(text) ? text : undefined
}

/** The listing without what only the copy needs. */
export function toListing({ sequence: _sequence, generation: _generation, ...listing }: ListingRecord): Listing {
  return listing
}
