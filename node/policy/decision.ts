import type { ConsentAnswer } from './consent.js'
import type { Lack } from './lack.js'
import type { Condition } from './question.js'

/** What may leave of what was asked: the source leaves out the rest, and says what. */
export interface Narrowing {
  /** The selected fields that may leave, by their path from the root; all of them when absent. */
  readonly paths?: readonly string[]
  /** What the records of the root must meet beside the request's own `where`. */
  readonly where?: readonly Condition[]
}

/** Why a rule did or did not let the request in. */
export interface RuleOutcome {
  /** The rule's id with its version, for example `UCIR-0001.v1`. */
  readonly rule: string
  readonly permitted: boolean
  /**
   * What was missing, in sentences for the requester. Says nothing that the requester did not send or prove itself, and
   * holds no personal data.
   */
  readonly reasons: readonly string[]
  /** The same, for whoever says it in other words. */
  readonly lacks: readonly Lack[]
  readonly narrowing?: Narrowing
}

/** A fact that was asked of a source, and what came of it. */
export interface EstablishedFact {
  readonly name: string
  readonly outcome: 'true' | 'false' | 'unavailable'
  /** The source that said so. */
  readonly source?: string
}

/** The answer to one `AccessQuestion`. A value: denying is not an exception. */
export interface Decision {
  readonly permitted: boolean
  /** The rule that decided: the one that permits, or the nearest one that did not; `none` when no rule applies. */
  readonly rule: string
  /** Empty for a permit. */
  readonly reasons: readonly string[]
  /** The purpose for which the data may be used, when permitted. */
  readonly purpose: string | undefined
  /** The legal ground that the rule rests on, when permitted. */
  readonly grondslag: string | undefined
  /** The outcome of each rule that was weighed, in order. */
  readonly weighed: readonly RuleOutcome[]
  /** What may leave, where that is less than what was asked. */
  readonly narrowing?: Narrowing
  /** The facts that were asked for it, in order. */
  readonly facts?: readonly EstablishedFact[]
  /** The consent that was looked for, where a rule came that far: whether it is there, and by which statement. */
  readonly consent?: ConsentAnswer
  /** A fact could not be established: the answer may be another one later. */
  readonly retry?: boolean
}
