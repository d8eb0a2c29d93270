import type { ErrorCode } from '../../kernel/errors.js'
import type { Instant } from '../../kernel/clock.js'
import type { Collection, Key } from '../../stores/contracts.js'

/**
 * An own case of which the party was told that there is an indicatie: pointers, and nothing of what stands there.
 *
 * `due`: it is to be looked whether days lie between; `watched`: that was done, and is done again when the case changes.
 */
export interface TransitionCheck {
  readonly party: string
  /** The toewijzingsregister with the case, and the client in it. */
  readonly source: string
  readonly clientID: string
  /** `WlzIndicatie/uuid`. */
  readonly recordID: string
  readonly state: 'due' | 'watched'
  /** When the party was told. */
  readonly since: Instant
  /** When it is tried next, and how often it failed since it last went well. */
  readonly dueAt: Instant
  readonly failures: number
  readonly lastError?: ErrorCode | 'refused' | undefined
  /** Pseudonym of the gap that was told last: the same one is not told twice. */
  readonly told?: string | undefined
  readonly toldAt?: Instant | undefined
}

/** By party, source, client and record. */
export const transitionChecks: Collection<TransitionCheck> = {
  name: 'transition-checks',
  indexes: { due: ({ state }) => (state === 'due' ? 'now' : undefined) },
}

export function transitionKey({
  party,
  source,
  clientID,
  recordID,
}: Pick<TransitionCheck, 'party' | 'source' | 'clientID' | 'recordID'>): Key {
  return [party, source, clientID.toLowerCase(), recordID.split('/').slice(-2).join('/').toLowerCase()]
}

/** So long a case is watched after the party was told. */
export const watchedMilliseconds = 400 * 86_400_000
