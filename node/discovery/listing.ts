import type { Instant } from '../kernel/clock.js'
import type { Claims } from '../policy/question.js'

/** A verified listing of a party in a service. */
export interface Listing {
  readonly service: string
  /** Its number on the list. */
  readonly timestamp: number
  readonly signer: string
  readonly presentationId: string
  /** The registration as it stands on the list. */
  readonly presentation: string
  readonly expiresAt: Instant
  /** Values of the definition's fields. */
  readonly fields: Claims
  /** What the party says about itself. */
  readonly parameters: Readonly<Record<string, string>>
  /** The subjects of the credentials in the listing: what a search looks through. */
  readonly subjects: readonly Readonly<Record<string, unknown>>[]
  readonly verifiedAt: Instant
}

/** An entry of the list that could not be verified, kept with the reason so that it can be tried again. */
export interface Quarantined {
  readonly timestamp: number
  /** Empty when the entry was not a text, or too long to keep. */
  readonly presentation: string
  readonly reason: string
  /** Who is said to have signed; proven by nothing. */
  readonly signer?: string
  /** No registration of the service that there is now lives longer. */
  readonly expiresAt: Instant
}
