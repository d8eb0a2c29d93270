import type { Permit } from '../policy/permit.js'
import type { Reading } from '../policy/question.js'
import type { ExplainedCodes } from './codes/explain-codes.js'

/**
 * A request that was checked against the source's schema and limits; not yet permitted.
 *
 * It is the normalised request: variables substituted, fragments inlined, `@skip` and `@include` resolved.
 * `__typename` is not a read.
 */
export interface SourceRequest extends Reading {
  /** The name of the source. */
  readonly source: string
  /** A digest of the normalised document without its values: names the question without naming a person. */
  readonly template: string
}

/** What an answer lacks of what was asked. */
export interface Narrowed {
  /** The selected paths that were left out, without those below them: null where the schema allows that, else absent. */
  readonly paths: readonly string[]
  /** True when the permit had conditions of its own, so that there may be records that were left out. */
  readonly records: boolean
}

/** The version of the one record that came back, as headers say it. */
export interface RecordVersion {
  readonly etag?: string
  /** A date of HTTP. */
  readonly lastModified?: string
}

/** What came back. */
export interface Answer {
  /** The `data` member of a GraphQL response, or a FHIR resource, serialised. */
  readonly data: string
  /** How many root records left; the count is for the audit journal. */
  readonly recordCount: number
  /** The BSNs (national person numbers) of the persons whose records those are; the journal keeps pseudonyms of them. */
  readonly persons: readonly string[]
  /** What was asked and did not leave, because the permit narrows; absent when all of it left. */
  readonly narrowed?: Narrowed | undefined
  /** What the codes in `data` mean, for who asked that. */
  readonly codes?: ExplainedCodes | undefined
  /** Of one record, where the source has versions. */
  readonly version?: RecordVersion
}

/**
 * A place with data. It reads only what its permit covers.
 *
 * `Request` is the source's own kind of checked request.
 */
export interface DataSource<Request extends SourceRequest = SourceRequest> {
  readonly name: string
  /** The party whose source it is; a permit for a source of the same name elsewhere does not count. */
  readonly party: string
  /**
   * Checks a request from outside against the schema and the limits.
   * @throws `source.bad_request`, and the codes that say more of it, with notes that hold no value of the request
   */
  parse(body: unknown): Request
  /**
   * Reads what `request` asks, as far as the permit lets it leave.
   * @throws `access.denied` when `permit` is not a `Permit` or does not cover the request, `source.bad_request` when the
   *   request would have to look at too much, `source.bad_record` for a stored record that is damaged, `source.unavailable`
   */
  read(permit: Permit, request: Request): Promise<Answer>
}
