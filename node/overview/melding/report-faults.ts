import { createHash } from 'node:crypto'
import type { Clock } from '../../kernel/clock.js'
import { NodeError } from '../../kernel/errors.js'
import type { Trace } from '../../kernel/trace.js'
import { canonicalId } from '../../notifications/memberships.js'
import { put, type Operation, type Store } from '../../stores/contracts.js'
import type { MessageParty } from '../../../schemas/wire/notification.js'
import { keptMilliseconds, lastTwo, sentKey, sentMeldingen, type SentMelding } from './melding-records.js'
import { foutmelding } from './take-melding.js'

/** What is wrong with a record elsewhere. */
export interface Fault {
  /** Code of the rule: of ours, or a published one. */
  readonly rule: string
  /** `Type/uuid`. */
  readonly recordID: string
}

/** How a message is put into the outbox. */
export type EnqueueMelding = (message: {
  readonly party: string
  readonly kind: 'melding'
  readonly eventType: string
  readonly receiver: MessageParty
  readonly subjects: readonly { readonly subject: string; readonly recordID: string }[]
  readonly recordID: string
  readonly version: number
  readonly by: string
  readonly trace: Trace
}) => readonly Operation[]

/**
 * Tells a bronhouder what is wrong with its records, one message for each record, through the outbox; gives what was told
 * now. The same fault of the same record is told once in thirty days, or again after the bronhouder told of a change.
 *
 * Holds codes and the name of a record, and nothing that stands in it.
 * @throws `request.bad_body` for a receiver that is none; `store.unavailable`
 * @see iWlz RFC0018
 */
export type ReportFaults = (report: {
  readonly party: string
  readonly receiver: MessageParty
  readonly faults: readonly Fault[]
  readonly by: string
  readonly trace: Trace
}) => Promise<readonly SentMelding[]>

const toldAgainMilliseconds = 30 * 86_400_000

export function createReportFaults(deps: {
  readonly store: Pick<Store, 'records' | 'write'>
  readonly clock: Clock
  readonly enqueue: EnqueueMelding
}): ReportFaults {
  const { store, clock, enqueue } = deps

  /** What of the faults of one record is to be told now, each with the version of what was told before. */
  async function findUntold(party: string, faults: readonly Fault[]) {
    const untold: { readonly fault: Fault; readonly version: number | undefined }[] = []
    for (const fault of faults) {
      const before = await store.records.get(sentMeldingen, sentKey({ party, ...fault }))
      const isKnown =
        before !== undefined &&
        before.value.answeredAt === undefined &&
        clock.now() - before.value.sentAt < toldAgainMilliseconds
      if (!isKnown) untold.push({ fault, version: before?.version })
    }
    return untold
  }

  return async ({ party, receiver: named, faults, by, trace }) => {
    const id = canonicalId(named.idType, named.id)
    // Nobody has it, so it would wait until it is given up, and it may be anything: the number of a person too.
    if (id === undefined)
      throw new NodeError('request.bad_body', { notes: [`receiver: is no well-formed ${named.idType}`] })
    const receiver = { idType: named.idType, id }
    const told: SentMelding[] = []
    for (const ofRecord of byRecord(faults)) {
      const untold = await findUntold(party, ofRecord)
      const recordID = untold[0]?.fault.recordID
      if (recordID === undefined) continue
      const now = clock.now()
      const sent = untold.map(({ fault: { rule } }): SentMelding => ({
        party,
        rule,
        recordID,
        receiver,
        sentAt: now,
        by,
      }))
      const rules = sent.map(({ rule }) => rule)
      const message = {
        party,
        kind: 'melding',
        eventType: foutmelding,
        receiver,
        subjects: rules.map((rule) => ({ subject: rule, recordID })),
        recordID,
        version: versionOf(now, rules),
        by,
        trace,
      } as const
      try {
        await store.write([
          ...sent.map((each, at) =>
            put(sentMeldingen, sentKey(each), each, {
              expected: untold[at]?.version ?? 'absent',
              expiresAt: now + keptMilliseconds,
            }),
          ),
          ...enqueue(message),
        ])
        told.push(...sent)
      } catch (cause) {
        // Somebody else found the same at the same moment, and told it.
        if (NodeError.codeOf(cause) !== 'store.conflict') throw cause
      }
    }
    return told
  }
}

/** The faults of each record together, each once. */
function byRecord(faults: readonly Fault[]): readonly (readonly Fault[])[] {
  const found = new Map<string, Map<string, Fault>>()
  for (const fault of faults) {
    const ofRecord = found.get(lastTwo(fault.recordID)) ?? new Map<string, Fault>()
    found.set(lastTwo(fault.recordID), ofRecord.set(fault.rule, fault))
  }
  return [...found.values()].map((ofRecord) => [...ofRecord.values()])
}

/** Goes up with time, and is another one for other rules of the same record at the same moment. */
function versionOf(now: number, rules: readonly string[]): number {
  const digest = createHash('sha256').update(rules.join(' ')).digest()
  return now * 1000 + (digest.readUInt32BE(0) % 1000)
}
