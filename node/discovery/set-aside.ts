import type { Instant } from '../kernel/clock.js'
import type { ErrorCode } from '../kernel/errors.js'
import type { Quarantined } from './listing.js'

/** An entry to set aside, and its text when it will be tried again. */
export interface SetAside {
  readonly entry: Quarantined
  readonly text: string | undefined
}

/** So often an entry is tried again at the next look at the list; after that it waits, and longer each time. */
const promptTries = 3
const firstWaitMilliseconds = 60_000
const longestWaitMilliseconds = 3_600_000

/** Faults that pass although they are told by a room that mostly tells of the entry. */
const passing: readonly ErrorCode[] = ['credential.status_unavailable', 'credential.suspended']
/** Faults that last although they are told by a room that mostly tells of the way. */
const lasting: readonly ErrorCode[] = ['identity.did_malformed', 'identity.did_method_unsupported']

const reachFaults: readonly ErrorCode[] = ['identity.did_unresolvable', 'credential.status_unavailable']

/**
 * True for a fault of the way to the signer, of time, or of this node: it can pass by itself. False for a fault of the
 * entry, which lasts as long as the entry and our configuration do.
 */
export function mayPass(reason: ErrorCode): boolean {
  if (passing.includes(reason) || reason.endsWith('.not_yet_valid')) return true
  return !/^(presentation|credential|discovery|json)\./.test(reason) && !lasting.includes(reason)
}

/** True when only the way to somebody failed: what was verified before still holds. */
export function isUnreachable(reason: ErrorCode): boolean {
  return /^(outbound|store|internal)\./.test(reason) || reachFaults.includes(reason)
}

/** Sets an entry aside that was looked at for the first time. */
export function firstLook(found: {
  readonly timestamp: number
  readonly reason: ErrorCode
  readonly text: string
  readonly signer: string | undefined
  readonly expiresAt: Instant
  readonly now: Instant
}): SetAside {
  const { timestamp, reason, text, signer, expiresAt, now } = found
  const isTriedAgain = mayPass(reason) && text !== ''
  return {
    entry: {
      timestamp,
      reason,
      ...(signer === undefined ? {} : { signer }),
      since: now,
      expiresAt,
      tries: 1,
      ...(isTriedAgain ? { retryAt: now } : {}),
    },
    text: isTriedAgain ? text : undefined,
  }
}

/** The same entry after one more look that ended in `reason`. */
export function lookedAgain(before: Quarantined, reason: ErrorCode, now: Instant): Quarantined {
  const { retryAt: _retryAt, ...rest } = before
  const tries = before.tries + 1
  if (!mayPass(reason)) return { ...rest, reason, tries }
  const wait =
    tries <= promptTries ? 0 : Math.min(firstWaitMilliseconds * 2 ** (tries - promptTries - 1), longestWaitMilliseconds)
  return { ...rest, reason, tries, retryAt: now + wait }
}
