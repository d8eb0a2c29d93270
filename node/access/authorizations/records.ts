import type { Day } from '../../policy/day.js'
import type { Instant } from '../../kernel/clock.js'
import type { Collection } from '../../stores/contracts.js'

/** Who should have an authorization for a record, and until when. */
export interface WantedAuthorization {
  /** The number that the record names. */
  readonly identifier: string
  /** The last day by the record; `null` while there is none. */
  readonly end: Day | null
}

/** A record whose authorization is to be looked at: written with the record, and gone when what is wanted is so. */
export interface DueAuthorization {
  /** `null` for nobody: what was given is revoked. */
  readonly wanted: WantedAuthorization | null
  /** `now`, `waiting` for a holder who is not listed, or the day from which another one is given. */
  readonly due: string
}

/** What was given for a record. */
export interface GivenAuthorization {
  readonly identifier: string
  readonly holder: string
  readonly end: Day | null
  /** Those that have not ended, the newest last. */
  readonly credentials: readonly { readonly id: string; readonly expiresAt: Instant }[]
  /** The newest, as it left. */
  readonly raw: string
  /** Of whom and where, for the index. */
  readonly place: string
}

/** Both by party, source, rule and key of the record. */
export const dueAuthorizations: Collection<DueAuthorization> = {
  name: 'authorizations-due',
  indexes: { due: ({ due }) => due },
}
export const givenAuthorizations: Collection<GivenAuthorization> = {
  name: 'authorizations-given',
  indexes: { place: ({ place }) => place },
}

/** Where a holder finds its own: a source of a party. */
export function placeOf(party: string, source: string, holder: string): string {
  return `${party} ${source} ${holder}`
}
