import type { Audit } from '../../audit/audit.js'
import { personPseudonym } from '../../audit/person.js'
import type { Log } from '../../kernel/log.js'
import type { Operation, Store } from '../../stores/contracts.js'
import type { ServedSources } from '../../access/served-sources.js'
import type { OnReceived } from '../inbox-writer.js'
import type { ReceivedMessage } from '../inbox-records.js'
import type { Enqueue } from '../outbox/enqueue.js'
import type { AbonnementRules } from './abonnement-rules.js'
import type { OwnCases } from './own-cases.js'
import { givenValue, ownAbonnementen, type OwnAbonnement } from './own-records.js'
import { findAnyRule, findCases } from './own-wishes.js'

export interface PassOnDeps {
  readonly store: Pick<Store, 'records'>
  readonly log: Log
  readonly rules: AbonnementRules
  readonly servedSources: Pick<ServedSources, 'find'>
  readonly ownCases: OwnCases
  readonly audit: Pick<Audit, 'pseudonym'>
  readonly enqueue: Enqueue
}

/** The own abonnement under which a message came; `undefined` when it came under none, or from somebody else. */
export type FindOwnAbonnement = (message: ReceivedMessage) => Promise<OwnAbonnement | undefined>

export function createFindOwnAbonnement({ store, log }: Pick<PassOnDeps, 'store' | 'log'>): FindOwnAbonnement {
  return async ({ party, ontvangerKenmerk, sender, eventType }) => {
    if (ontvangerKenmerk === undefined) return undefined
    const index = { name: 'given', value: givenValue(party, ontvangerKenmerk) }
    const { items } = await store.records.list(ownAbonnementen, { index, limit: 100 })
    const found = items.find(({ value }) => value.state !== 'ending')?.value
    if (found === undefined || found.eventType !== eventType) return undefined
    // Who knows the number of an abonnement is not yet the one who gave it.
    if (found.bronhouderDid !== undefined && found.bronhouderDid === sender.did) return found
    log.warn('a notification names an abonnement of another bronhouder', { party, service: eventType })
    return undefined
  }
}

/**
 * Tells the aanbieders of an own case, in the batch that stores the message, that there is something new for their client: the
 * second hop of the chain. They hear of their own toewijzing and of the record, and nothing else. Whoever delivers nothing
 * today hears nothing.
 * @see rules with `doorgeven` in `schemas/abonnement-rules.json`
 */
export function createPassOn(deps: PassOnDeps): OnReceived {
  const { rules, servedSources, ownCases, enqueue, audit } = deps
  const findOwn = createFindOwnAbonnement(deps)
  return {
    name: 'doorgeven',
    async operations(message) {
      if (message.kind !== 'notificatie') return []
      const own = await findOwn(message)
      const rule = own && findAnyRule(rules, own)
      if (own?.zaak === undefined || rule?.doorgeven === undefined) return []
      const { party, zaak } = own
      const cases = findCases({ party, source: zaak.source, rule, servedSources })
      const active = cases && (await ownCases.find(cases, zaak.clientID, 'doorgeven'))
      const persons = active === undefined ? [] : [personPseudonym(audit, active.bsn)]
      const operations: Operation[] = []
      for (const [id, toewijzingen] of byAanbieder(active?.toewijzingen ?? [])) {
        for (const { recordID } of message.subjectList) {
          operations.push(
            ...enqueue({
              party,
              kind: 'notificatie',
              eventType: rule.doorgeven,
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
