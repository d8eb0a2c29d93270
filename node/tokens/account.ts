import type { AuditEvent } from '../audit/event.js'
import { NodeError } from '../kernel/errors.js'
import { redactNumbers } from '../kernel/identifiers.js'

const maxTextLength = 200
const maxReasons = 20
const failures =
  /^(internal|store|audit|outbound)\.|^credential\.status_unavailable$|^source\.(failed|timed_out|unavailable)$/
const didPattern = /^did:[a-z0-9]+:[A-Za-z0-9._:%+/=-]{1,512}$/

/**
 * Text that came from outside as it may stand in the journal: without long numbers, and at most 200 characters. Whole
 * characters, because a store refuses half of one, and then the event would be missing.
 */
export function toJournalText(text: string): string {
  // First the numbers: a number that is cut off is too short to be known as one.
  return [...redactNumbers(text)].slice(0, maxTextLength).join('')
}

/**
 * How a request ended that came to nothing: `failed` when a part of the node, or what stands behind it, did not work,
 * otherwise `refused`.
 */
export function outcomeOf(cause: unknown): Pick<AuditEvent, 'outcome' | 'error'> {
  const error = NodeError.codeOf(cause)
  return {
    outcome: failures.test(error) ? 'failed' : 'refused',
    error,
  }
}

/** The notes of `cause`, the first 20, as they may stand in the journal. */
export function reasonsOf(cause: unknown): Pick<AuditEvent, 'reasons'> {
  const notes = NodeError.is(cause) ? cause.notes : []
  return notes.length === 0 ? {} : { reasons: notes.slice(0, maxReasons).map(toJournalText) }
}

/** Who is said to act, and for whom; nobody for what is not even written as a DID. Nothing of it is proven. */
export function claimedActors({
  organization,
  serviceProvider,
}: {
  readonly organization: string | undefined
  readonly serviceProvider: string | undefined
}): Pick<AuditEvent, 'actor' | 'onBehalfOf'> {
  const named = (did: string | undefined): did is string => did !== undefined && didPattern.test(did)
  if (!named(serviceProvider)) return named(organization) ? { actor: { did: organization } } : {}
  return {
    actor: { did: serviceProvider },
    ...(named(organization) ? { onBehalfOf: { did: organization } } : {}),
  }
}
