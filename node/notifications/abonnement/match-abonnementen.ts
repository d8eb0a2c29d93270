import type { Clock } from '../../kernel/clock.js'
import type { Store } from '../../stores/contracts.js'
import type { MessageParty } from '../../../schemas/wire/notification.js'
import type { AbonnementRules } from './abonnement-rules.js'
import { abonnementen, matchValue, type AbonnementNames, type AbonnementRecord } from './abonnement-records.js'

/** A change of which somebody may want to hear. */
export interface MatchQuery {
  /** The local name of the bronhouder. */
  readonly party: string
  readonly eventType: string
  /** Of the person whom the change is about; `undefined` when it is about nobody. Stays in memory. */
  readonly bsn: string | undefined
}

/** Who hears of it, and under which abonnement. */
export interface Matched {
  readonly receiver: MessageParty
  readonly role: string
  readonly abonnementID: string
}

/**
 * Finds the abonnementen for a change: those that follow the person, and those that are about nobody in particular. Only
 * those for which there is a rule and a ground today. Looks in an index; what it costs goes with what it finds.
 * @throws `store.unavailable`
 */
export type MatchAbonnementen = (query: MatchQuery) => Promise<readonly Matched[]>

const pageSize = 500

export function createMatchAbonnementen(deps: {
  readonly store: Pick<Store, 'records'>
  readonly clock: Clock
  readonly names: Pick<AbonnementNames, 'personOf'>
  readonly rules: AbonnementRules
}): MatchAbonnementen {
  const { store, clock, names, rules } = deps

  async function list(value: string): Promise<readonly AbonnementRecord[]> {
    const found: AbonnementRecord[] = []
    let after: string | undefined
    do {
      const index = { name: 'match', value }
      const page = await store.records.list(abonnementen, {
        index,
        limit: pageSize,
        ...(after === undefined ? {} : { after }),
      })
      found.push(...page.items.map((item) => item.value))
      after = page.next
    } while (after !== undefined)
    return found
  }

  function counts({ abonnee: { role }, eventType, doel, person }: AbonnementRecord): boolean {
    const rule = rules.find({ eventType, role, doel })
    return (
      rule !== undefined &&
      rule.volgindicatie === (person !== undefined) &&
      rules.holds(rule, { role, now: clock.now() })
    )
  }

  return async ({ party, eventType, bsn }) => {
    const person = bsn === undefined ? undefined : names.personOf(party, eventType, bsn)
    const [following, general] = await Promise.all([
      person === undefined ? [] : list(matchValue(party, eventType, person)),
      list(matchValue(party, eventType, undefined)),
    ])
    return [...following, ...general].filter(counts).map(({ abonnee: { role, idType, id }, abonnementID }) => ({
      receiver: { idType, id },
      role,
      abonnementID,
    }))
  }
}
