import type { Instant } from '../kernel/clock.js'

/** A comparison in a request: the field `path` must stand in this relation to `value`. */
export interface Filter {
  /** Field names joined with a point, from the root of the operation. */
  readonly path: string
  readonly operator: 'eq'
  readonly value: string
}

/** What was proven about the requester, by credentials and by nothing else. */
export interface RequesterFacts {
  /** The DID that signed the presentation. */
  readonly did: string
  /** Values by the field ids of the presentation definitions that were fulfilled. */
  readonly claims: Claims
}

export type Claim = string | number | boolean | null | readonly Claim[]
export type Claims = Readonly<Record<string, Claim>>

/**
 * One question to the policy: may this requester do this, here, now?
 *
 * Filters and fields are those of the normalised request: variables substituted, fragments inlined.
 * @see AuthZEN Authorization API 1.0 section 5; iWlz RFC0052
 */
export interface AccessQuestion {
  readonly requester: RequesterFacts
  readonly action: 'QUERY'
  readonly resource: {
    /** The party whose data it is. */
    readonly party: string
    /** The name of the party's data source. */
    readonly source: string
    /** The root field that is asked. */
    readonly operation: string
    readonly filters: readonly Filter[]
    /** Every field that is read, as `Type.field`, sorted, without repeats. */
    readonly fields: readonly string[]
  }
  readonly context: {
    /** The scopes that the token grants. */
    readonly scopes: readonly string[]
    readonly time: Instant
  }
}
