import type { Instant } from '../kernel/clock.js'
import type { Collection } from '../stores/contracts.js'
import type { Listing, Quarantined } from './listing.js'

/** How far the copy of a list is. */
export interface CopyRecord {
  readonly seed: string
  readonly timestamp: number
  /** When the list was last read to its end without a fault. */
  readonly syncedAt?: Instant
  /** Names the feed of changes: another one for every copy that begins with nothing. */
  readonly feed: string
  /** The number of the newest change. */
  readonly sequence: number
  /** Departures up to this change may be forgotten. */
  readonly forgotten: number
}

/** By service. All of the copy that follows is written with an expectation of this record: so changes have one order. */
export const copies: Collection<CopyRecord> = { name: 'discovery-copies' }

/** A listing and the change that put it there. */
export interface ListingRecord extends Listing {
  readonly sequence: number
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

/** By service and number on the list. */
export const quarantine: Collection<Quarantined> = { name: 'discovery-quarantine' }

/** How the last look at a list ended, when it ended in a fault; by service. */
export const faults: Collection<{ readonly code: string }> = { name: 'discovery-faults' }

/** What an index of the store can hold; a text that is longer, or holds anything else, is found by nobody. */
export function toIndexText(text: string): string | undefined {
  return /^[\x21-\x7e]{1,512}$/.test(text) ? text : undefined
}

/** The listing without what only the copy needs. */
export function toListing({ sequence: _sequence, ...listing }: ListingRecord): Listing {
  return listing
}
