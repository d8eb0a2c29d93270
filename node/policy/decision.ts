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
}
