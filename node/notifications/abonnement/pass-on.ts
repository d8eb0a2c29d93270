import type { Audit } from '../../audit/audit.js'
import { personPseudonym } from '../../audit/person.js'
import type { Operation } from '../../stores/contracts.js'
import type { OnReceived } from '../inbox-writer.js'
import type { Enqueue } from '../outbox/enqueue.js'
import type { FindToldCases } from './find-told-cases.js'

export interface PassOnDeps {
  readonly findToldCases: FindToldCases
  readonly audit: Pick<Audit, 'pseudonym'>
  readonly enqueue: Enqueue
}

/**
 * Tells the aanbieders of an own case, in the batch that stores the message, that there is something new for their client: the
 * second hop of the chain. They hear of their own toewijzing and of the record, and nothing else. Whoever delivers nothing
 * today hears nothing.
 * @see rules with `doorgeven` in `schemas/abonnement-rules.json`
 */
export function createPassOn({ findToldCases, audit, enqueue }: PassOnDeps): OnReceived {
  return {
    name: 'doorgeven',
    async operations(message) {
      const { party, subjectList } = message
      const cases = await findToldCases(message, 'doorgeven')
      // Cases of one event type have one rule, whatever register they are in.
      const eventType = cases.find(({ rule }) => rule.doorgeven !== undefined)?.rule.doorgeven
      if (eventType === undefined) return []
      const persons = [...new Set(cases.map(({ active }) => personPseudonym(audit, active.bsn)))]
      const operations: Operation[] = []
      for (const [id, toewijzingen] of byAanbieder(cases.flatMap(({ active }) => active.toewijzingen))) {
        for (const { recordID } of subjectList) {
          operations.push(
            ...enqueue({
              party,
              kind: 'notificatie',
              eventType,
              receiver: { idType: 'AGB', id },
              subjects: toewijzingen.map((toewijzingID) => ({ subject: `Toewijzing/${toewijzingID}`, recordID })),
              recordID,
              // Of two messages about one record the later one is told last.
              version: message.receivedAt,
              persons,
            }),
          )
        }
      }
      return operations
    },
  }
}

function byAanbieder(
  toewijzingen: readonly { readonly aanbieder: string; readonly toewijzingID: string }[],
): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>()
  for (const { aanbieder, toewijzingID } of toewijzingen)
    found.set(aanbieder, [...(found.get(aanbieder) ?? []), toewijzingID])
  return found
}
