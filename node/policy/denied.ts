import { NodeError, type ErrorCode, type NodeErrorOptions } from '../kernel/errors.js'
import type { Lack } from './lack.js'
import type { AccessQuestion } from './question.js'

/** What was asked and what it lacks, by the rule that comes nearest. */
export interface Denial {
  readonly question: AccessQuestion
  /** Empty when no rule applies to the scopes of the token, or when who decided does not say. */
  readonly lacks: readonly Lack[]
}

/** A refusal by the policy, with what was lacking: for who says it in other words. None of that leaves by itself. */
export class DeniedError extends NodeError {
  readonly denial: Denial

  constructor(code: ErrorCode, denial: Denial, options: NodeErrorOptions) {
    super(code, options)
    this.denial = denial
  }
}
