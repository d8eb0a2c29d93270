import type { Instant } from '../../kernel/clock.js'
import { dayOf, type Day } from '../../policy/day.js'
import type { Collection, Key } from '../../stores/contracts.js'
import { numberPart } from '../../stores/numbered-keys.js'
import type { MessageParty } from '../../../schemas/wire/notification.js'
import { addWorkingDays } from './working-days.js'

/** Where a melding stands at the bronhouder; the last two are the end of it. */
export const meldingStates = ['open', 'in-behandeling', 'hersteld', 'afgewezen'] as const
export type MeldingState = (typeof meldingStates)[number]

/** What somebody says is wrong with a record of a party of this node. */
export interface MeldingRecord {
  /** That of the message, with the place in its list behind it when it named several. */
  readonly meldingID: string
  readonly party: string
  /** Code of the rule. */
  readonly rule: string
  /** `Type/uuid`. */
  readonly recordID: string
  readonly sender: MessageParty & { readonly name?: string | undefined }
  readonly kenmerk?: string | undefined
  readonly receivedAt: Instant
  /** The last day of the term. */
  readonly dueOn: Day
  readonly state: MeldingState
  readonly history: readonly MeldingStep[]
}

/** A change of state. */
export interface MeldingStep {
  readonly state: MeldingState
  readonly at: Instant
  readonly by: string
  readonly reason?: string | undefined
}

/** By party and when it came. */
export const meldingen: Collection<MeldingRecord> = {
  name: 'meldingen',
  indexes: {
    id: ({ party, meldingID }) => `${party} ${meldingID}`,
    /** What is still to be done. */
    waiting: (melding) => (isDone(melding) ? undefined : melding.party),
    record: (melding) => (isDone(melding) ? undefined : recordIndex(melding.party, melding.recordID)),
  },
}

/** What a party of this node told a bronhouder is wrong. */
export interface SentMelding {
  readonly party: string
  readonly rule: string
  readonly recordID: string
  readonly receiver: MessageParty
  readonly sentAt: Instant
  readonly by: string
  /** When the bronhouder told of a change of that record. */
  readonly answeredAt?: Instant | undefined
}

/** By party, rule and record: what was told is not told again while it may still be mended. */
export const sentMeldingen: Collection<SentMelding> = {
  name: 'meldingen-sent',
  indexes: {
    record: ({ party, recordID, answeredAt }) => (answeredAt === undefined ? recordIndex(party, recordID) : undefined),
  },
}

export function meldingKey({ party, receivedAt, meldingID }: MeldingRecord): Key {
  return [party, `${numberPart(receivedAt)} ${meldingID}`]
}

export function sentKey({ party, rule, recordID }: Pick<SentMelding, 'party' | 'rule' | 'recordID'>): Key {
  return [party, `${rule} ${lastTwo(recordID)}`]
}

export function recordIndex(party: string, recordID: string): string {
  return `${party} ${lastTwo(recordID)}`
}

/** Published texts write a register before the type, and an id in either case. */
export function lastTwo(recordID: string): string {
  return recordID.split('/').slice(-2).join('/').toLowerCase()
}

/** So long a melding is kept: after it was sent, and at the bronhouder after it was done with. */
export const keptMilliseconds = 400 * 86_400_000

/** Until when a received melding is kept: for good while it waits. */
export function keptUntil(melding: Pick<MeldingRecord, 'state'>, now: Instant): { readonly expiresAt?: Instant } {
  return isDone(melding) ? { expiresAt: now + keptMilliseconds } : {}
}

export function isDone({ state }: Pick<MeldingRecord, 'state'>): boolean {
  return state === 'hersteld' || state === 'afgewezen'
}

/** The last day of the term of one working day that begins at `receivedAt`. @see iWlz RFC0018 */
export function dueDay(receivedAt: Instant): Day {
  return addWorkingDays(dayOf(receivedAt), 1)
}

/** True when the term of what is still to be done has passed. */
export function isOverdue(melding: Pick<MeldingRecord, 'state' | 'dueOn'>, now: Instant): boolean {
  return !isDone(melding) && dayOf(now) > melding.dueOn
}
