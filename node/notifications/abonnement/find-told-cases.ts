import type { ServedSources } from '../../access/served-sources.js'
import type { Log } from '../../kernel/log.js'
import type { Store } from '../../stores/contracts.js'
import type { AbonnementRule } from '../../../schemas/abonnement-rules.js'
import { isSameParty } from '../memberships.js'
import type { ReceivedMessage } from '../inbox-records.js'
import type { AbonnementRules } from './abonnement-rules.js'
import type { ActiveCase, OwnCases } from './own-cases.js'
import { givenValue, ownAbonnementen, type OwnAbonnement, type OwnNames } from './own-records.js'
import { findAnyRule, findCases } from './own-wishes.js'

/** An own case of which a party was told something. */
export interface ToldCase {
  readonly own: OwnAbonnement
  readonly rule: AbonnementRule
  /** The register with the case. */
  readonly source: string
  readonly active: ActiveCase
}

/**
 * The own active cases that a message is about: those that the abonnement rests on under which it came. None when it came under
 * none, from another than the bronhouder that gave it, or when the case has ended meanwhile. Reading them is in the journal
 * with `purpose`.
 * @throws as `ReadOwn`
 */
export type FindToldCases = (message: ReceivedMessage, purpose: string) => Promise<readonly ToldCase[]>

export interface FindToldCasesDeps {
  readonly store: Pick<Store, 'records'>
  readonly log: Log
  readonly rules: AbonnementRules
  readonly servedSources: Pick<ServedSources, 'find'>
  readonly ownCases: OwnCases
  readonly names: Pick<OwnNames, 'personOf'>
}

export function createFindToldCases(deps: FindToldCasesDeps): FindToldCases {
  const { store, log, rules, servedSources, ownCases, names } = deps

  async function findOwn(message: ReceivedMessage): Promise<readonly OwnAbonnement[]> {
    const { party, kind, ontvangerKenmerk, sender, eventType } = message
    if (ontvangerKenmerk === undefined || kind !== 'notificatie') return []
    const index = { name: 'given', value: givenValue(party, ontvangerKenmerk) }
    const { items } = await store.records.list(ownAbonnementen, { index, limit: 100 })
    const found = items.map(({ value }) => value).filter((own) => own.state !== 'ending' && own.eventType === eventType)
    // Who knows the number of an abonnement is not yet the one who gave it. That the sender is the organisation that it
    // says was proven when the message came in, or it was asked for at the place of that organisation.
    const afzender = { idType: message.afzenderIDType, id: message.afzenderID }
    const proven = found.filter(({ givenBy = {} }) => {
      const { did, organization } = givenBy
      return organization === undefined ? did !== undefined && did === sender.did : isSameParty(organization, afzender)
    })
    if (proven.length < found.length)
      log.warn('a notification names an abonnement of another bronhouder', { party, service: eventType })
    return proven
  }

  return async (message, purpose) => {
    const told: ToldCase[] = []
    for (const own of await findOwn(message)) {
      const rule = findAnyRule(rules, own)
      if (own.zaak === undefined || rule === undefined) continue
      const { source, clientID } = own.zaak
      const cases = findCases({ party: own.party, source, rule, servedSources })
      const active = cases && (await ownCases.find(cases, clientID, purpose))
      // The number of the client was corrected since it was given: this is about somebody else.
      const isThatPerson =
        active !== undefined && (own.person === undefined || own.person === names.personOf(own.party, active.bsn))
      if (isThatPerson) told.push({ own, rule, source, active })
    }
    return told
  }
}
