/**
 * What went wrong, as far as an application can do something about it. The list is closed.
 *
 * - `not_found`: what was named is not there. Look again with `discover`.
 * - `refused`: a rule of the source, or the lack of a credential, stands in the way: see `rule` and `reasons`.
 * - `unauthorized`: the token, or the proof with it, did not count, and neither did a new one.
 * - `unavailable`: nothing or nobody answers at the moment. Try again, not before `retryAfterSeconds`.
 * - `invalid_request`: the request cannot be answered as it is. Repeating it does not help.
 * - `protocol`: the other side does not answer as the interface promises. Tell its operator.
 */
export type RegistryErrorCode =
  'not_found' | 'refused' | 'unauthorized' | 'unavailable' | 'invalid_request' | 'protocol'

/** Who did not give what was asked; `client` is this library itself, before anything was sent. */
export type Peer = 'client' | 'node' | 'source' | 'catalogue'

const advice: Readonly<Record<RegistryErrorCode, string>> = {
  not_found: 'Look again where it is: it may have moved or ended.',
  refused: 'Read the rule and its reasons; obtain what is missing or ask for less. Repeating does not help.',
  unauthorized: 'Check that the token is of the authorization server of this source, and of the right party.',
  unavailable: 'Try again later, not before retryAfterSeconds where it is given.',
  invalid_request: 'Correct the request. Repeating it as it is does not help.',
  protocol: 'Tell the operator of the other side; this is not an answer of its interface.',
}

/** What the own node says that a mistake in the settings of the application is behind, most of the time. */
const adviceByProblem: Readonly<Record<string, string>> = {
  'not-found': 'Check nodeUrl: it is the internal address of the node (http.internal), not its public one.',
  'party-unknown': 'Check subject: `bronnet subject list` shows for whom the node speaks.',
  'sign-in-missing': 'Give signIn: the node asks who calls.',
  'sign-in-invalid': 'Let signIn give a token that has not ended, for this node, under a key that it lists.',
  'not-your-role': 'Ask who keeps the list of keys of the node: yours is for other calls or other parties.',
}

/** What is known of a failure beside its code. */
export interface RegistryErrorDetails {
  readonly from: Peer
  /** Of the answer; 0 or left out when there was none. */
  readonly status?: number
  readonly problem?: string | undefined
  readonly rule?: string | undefined
  readonly reasons?: readonly string[]
  readonly retryAfterSeconds?: number | undefined
  readonly traceId?: string | undefined
  readonly cause?: unknown
}

/**
 * The one error of this library. The words are those of who refused, never the body of an answer that is not understood:
 * it could hold personal data. An abort by the application is no such error: what its signal says is thrown.
 */
export class RegistryError extends Error {
  override readonly name = 'RegistryError'
  readonly code: RegistryErrorCode
  readonly from: Peer
  /** The HTTP status; 0 when nothing was answered. */
  readonly status: number
  /** The code of who refused, where it gave one: stable, for example `no-matching-credential`. */
  readonly problem: string | undefined
  /** The rule that refused, with its version: `UCIR-0001.v1`. */
  readonly rule: string | undefined
  /** What was missing or wrong, for people. */
  readonly reasons: readonly string[]
  /** When it makes sense to try again, where the other side said so. */
  readonly retryAfterSeconds: number | undefined
  /** Under which the other side finds the request in its log and journal. */
  readonly traceId: string | undefined
  /** What an application can do about it. */
  readonly advice: string

  constructor(code: RegistryErrorCode, message: string, details: RegistryErrorDetails) {
    super(message, details.cause === undefined ? {} : { cause: details.cause })
    this.code = code
    this.from = details.from
    this.status = details.status ?? 0
    this.problem = details.problem
    this.rule = details.rule
    this.reasons = details.reasons ?? []
    this.retryAfterSeconds = details.retryAfterSeconds
    this.traceId = details.traceId
    this.advice = (details.from === 'node' ? adviceByProblem[details.problem ?? ''] : undefined) ?? advice[code]
  }
}
