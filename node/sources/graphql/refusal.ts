import { NodeError, type ErrorCode } from '../../kernel/errors.js'
import { redactNumbers } from '../../kernel/identifiers.js'

const maxNotes = 5
const maxNoteLength = 200

/**
 * Makes the refusal of a request.
 *
 * Callers pass sentences of their own that name fields, types and variables, never values. A requester chooses aliases
 * and variable names, so long numbers are struck out of them and every note is cut off at 200 characters.
 */
export function badRequest(...notes: readonly string[]): NodeError {
  return refusedAs('source.bad_request', ...notes)
}

/** What is wrong with a request before its schema is looked at; for those who answer it in words of their own. */
type EarlyFault =
  | 'source.bad_body'
  | 'source.unparsable'
  | 'source.no_operation'
  | 'source.several_operations'
  | 'source.several_roots'
  | 'source.unknown_operation'

/** As `badRequest`, with a code that says more. */
export function refusedAs(
  code: Extract<ErrorCode, EarlyFault | 'source.bad_request'>,
  ...notes: readonly string[]
): NodeError {
  return new NodeError(code, { notes: notes.slice(0, maxNotes).map(toSafeNote) })
}

/** `text` as it may stand in a note: without long numbers, and not longer than a note is. */
export function toSafeNote(text: string): string {
  // First the numbers: a number that is cut off is too short to be known as one.
  const redacted = redactNumbers(text)
  return redacted.length > maxNoteLength ? `${redacted.slice(0, maxNoteLength - 1)}…` : redacted
}
