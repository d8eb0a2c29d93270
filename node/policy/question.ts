import type { Instant } from '../kernel/clock.js'
import type { Trace } from '../kernel/trace.js'

/** A comparison in a request: the field `path` must stand in this relation to `value`. */
export interface Filter {
  /** Field names joined with a point, from the root of the operation. */
  readonly path: string
  readonly operator: 'eq'
  readonly value: string
}

/**
 * The comparisons of a request. Those that start with `n` are the exact contrary of the others: what does not meet `gt`
 * meets `ngt`.
 */
export type ComparisonOperator =
  | 'eq'
  | 'neq'
  | 'in'
  | 'nin'
  | 'gt'
  | 'ngt'
  | 'gte'
  | 'ngte'
  | 'lt'
  | 'nlt'
  | 'lte'
  | 'nlte'
  | 'contains'
  | 'ncontains'
  | 'startsWith'
  | 'nstartsWith'
  | 'endsWith'
  | 'nendsWith'

export type FilterValue = string | number | boolean | null | readonly FilterValue[]

/** What a `where` asks of a record, normalised: every member that stood in it, with the values of its variables. */
export type Condition =
  | {
      readonly kind: 'compare'
      /** Field names joined with a point, from the record that this `where` is about. */
      readonly path: string
      /** The field that is compared, as `Type.field`. */
      readonly field: string
      readonly operator: ComparisonOperator
      readonly value: FilterValue
    }
  | { readonly kind: 'and' | 'or'; readonly of: readonly Condition[] }
  | {
      readonly kind: 'relation'
      readonly path: string
      /** The field that leads to other records, as `Type.field`. */
      readonly field: string
      /** `is` for one record; `any` asks with a boolean whether there is one at all. */
      readonly quantifier: 'is' | 'some' | 'all' | 'none' | 'any'
      readonly where: Condition | boolean
    }

/** One key of an order. */
export interface SortKey {
  /** Field names joined with a point, from the records that are ordered. */
  readonly path: string
  /** The field that is compared, as `Type.field`. */
  readonly field: string
  readonly direction: 'ASC' | 'DESC'
}

/** The conditions and the order of a selected field below the root. */
export interface NestedSelection {
  /** Field names joined with a point, from the root of the operation: `bemiddeling.client.contactpersoon`. */
  readonly path: string
  /** The type of its records. */
  readonly type: string
  readonly where: Condition | undefined
  readonly order: readonly SortKey[]
}

/** Everything that a normalised request reads and compares; two that are equal here read the same. */
export interface Reading {
  /** The root field that is asked. */
  readonly operation: string
  /**
   * The comparisons with `eq` that hold for every record that can come back: what stands at the top of the root's
   * `where`, also inside `and`, and never what stands in an `or`.
   */
  readonly filters: readonly Filter[]
  /** The whole `where` of the root field. */
  readonly where: Condition | undefined
  /**
   * The selected fields below the root that have conditions or an order, in the order of their paths. A place that is
   * selected more than once, under aliases, stands here once for each of them as soon as one has conditions: also those
   * that have none.
   */
  readonly nested: readonly NestedSelection[]
  /** The order of the root's records. */
  readonly order: readonly SortKey[]
  /** Every field that is read, as `Type.field`, sorted, without repeats: selected, compared and ordered by. */
  readonly fields: readonly string[]
  /** Every selected field by its path from the root, objects and leaves, sorted, without repeats: `client.bsn`. */
  readonly paths: readonly string[]
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
 * What is read is that of the normalised request: variables substituted, fragments inlined.
 * @see AuthZEN Authorization API 1.0 section 5; iWlz RFC0052
 */
export interface AccessQuestion {
  readonly requester: RequesterFacts
  readonly action: 'QUERY'
  readonly resource: Reading & {
    /** The party whose data it is. */
    readonly party: string
    /** The name of the party's data source. */
    readonly source: string
  }
  readonly context: {
    /** The scopes that the token grants. */
    readonly scopes: readonly string[]
    readonly time: Instant
    /** The chain of calls that it belongs to; what is asked elsewhere to decide it joins that. */
    readonly trace?: Trace
  }
}
