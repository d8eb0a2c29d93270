import type { Instant } from '../kernel/clock.js'
import type { ErrorCode } from '../kernel/errors.js'
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
  /** Since when the registration is valid: of two of one signer the later counts. */
  readonly registeredAt: Instant
  readonly expiresAt: Instant
  /** Values of the definition's fields. */
  readonly fields: Claims
  /** What the party says about itself. */
  readonly parameters: Readonly<Record<string, string>>
  /** The credentials in the listing: what a search looks through. */
  readonly credentials: readonly ListedCredential[]
  readonly verifiedAt: Instant
}

/** What a listing shows of one of its credentials. */
export interface ListedCredential {
  readonly id?: string
  readonly type: string
  readonly issuer: string
  readonly subject: Readonly<Record<string, unknown>>
}

/** An entry of the list that was set aside: it did not verify, or does not count any more. */
export interface Quarantined {
  readonly timestamp: number
  readonly reason: ErrorCode
  /** Who is said to have signed; proven by nothing. */
  readonly signer?: string
  readonly since: Instant
  /** No registration of the service that there is now lives longer. */
  readonly expiresAt: Instant
  /** How often it was looked at. */
  readonly tries: number
  /** When it is tried again; absent for a fault that lasts as long as the entry. */
  readonly retryAt?: Instant
}
