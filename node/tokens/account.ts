import type { AuditEvent } from '../audit/event.js'
import { NodeError } from '../kernel/errors.js'
import { redactNumbers } from '../kernel/identifiers.js'

const maxTextLength = 200
const maxReasons = 20
const didPattern = /^did:[a-z0-9]+:[A-Za-z0-9._:%+/=-]{1,512}$/

/**
 * Text that came from outside as it may stand in the journal: without long numbers, and at most 200 characters. Whole
 * characters, because a store refuses half of one, and then the event would be missing.
 */
export function toJournalText(text: string): string {
  // First the numbers: a number that is cut off is too short to be known as one.
  return [...redactNumbers(text)].slice(0, maxTextLength).join('')
}

/** How a token request ended that came to nothing: `failed` when a part of the node did not work, otherwise `refused`. */
export function outcomeOf(cause: unknown): Pick<AuditEvent, 'outcome' | 'error'> {
  const error = NodeError.codeOf(cause)
  return {
    outcome: /^(internal|store|audit|outbound)\.|^credential\.status_unavailable$/.test(error) ? 'failed' : 'refused',
    error,
  }
}

/** The notes of `cause`, the first 20, as they may stand in the journal. */
export function reasonsOf(cause: unknown): Pick<AuditEvent, 'reasons'> {
  const notes = NodeError.is(cause) ? cause.notes : []
  return notes.length === 0 ? {} : { reasons: notes.slice(0, maxReasons).map(toJournalText) }
}

/** The actor that somebody claims to be; nobody when it is not even written as a DID. Nothing of it is proven. */
export function claimedActor(did: string | undefined): Pick<AuditEvent, 'actor'> {
  return did !== undefined && didPattern.test(did) ? { actor: { did } } : {}
}
