import { NodeError } from '../../kernel/errors.js'
import type { ServedSources } from '../../access/served-sources.js'
import { isServed } from '../../access/served-register.js'
import type { AbonnementRule } from '../../../schemas/abonnement-rules.js'
import type { Configuration } from '../../../schemas/configuration.js'
import type { AbonnementRules } from './abonnement-rules.js'
import type { CasePlace } from './own-cases.js'

/** An abonnement that the settings want for a party: one, or one for every own case. */
export interface Wish {
  readonly party: string
  readonly bronhouder: string
  readonly eventType: string
  readonly doel: string
  /** The own cases that are followed; absent for an abonnement that is about nobody in particular. */
  readonly cases?: CasePlace
}

/**
 * What the settings want.
 * @throws `config.invalid` with the place of what cannot be wanted: no rule, or no own cases where the rule asks for them
 */
export function readWishes(deps: {
  readonly configuration: Configuration
  readonly rules: AbonnementRules
  readonly servedSources: Pick<ServedSources, 'find'>
}): readonly Wish[] {
  return deps.configuration.parties.flatMap(({ subject: party, notifications }) =>
    (notifications?.abonnementen ?? []).map(({ bronhouder, eventType, doel, zaken }, index) => {
      const place = `parties: abonnementen[${String(index)}] of ${party}`
      const rule = findAnyRule(deps.rules, { eventType, doel })
      if (rule === undefined) throw invalid(`${place}: there is no rule for ${eventType} with doel ${doel}`)
      if (zaken === undefined) {
        if (rule.volgindicatie) throw invalid(`${place}: give zaken, the own register whose cases it rests on`)
        return { party, bronhouder, eventType: rule.eventType, doel }
      }
      const cases = findCases({ party, source: zaken, rule, servedSources: deps.servedSources })
      if (cases === undefined) throw invalid(`${place}: zaken: ${zaken} is no own register with cases for that rule`)
      return { party, bronhouder, eventType: rule.eventType, doel, cases }
    }),
  )
}

/** The rule for an event type and doel, whatever the role: who the party is shows when it asks. */
export function findAnyRule(
  rules: AbonnementRules,
  { eventType, doel }: Pick<AbonnementRule, 'eventType' | 'doel'>,
): AbonnementRule | undefined {
  for (const candidate of rules.all) {
    for (const role of candidate.role) {
      const rule = candidate.doel === doel ? rules.find({ eventType, doel, role }) : undefined
      if (rule !== undefined) return rule
    }
  }
  return undefined
}

/** The own cases of a party in `source` that count for a rule; `undefined` when the source has none such. */
export function findCases({
  party,
  source,
  rule: { zaak },
  servedSources,
}: {
  readonly party: string
  readonly source: string
  readonly rule: Pick<AbonnementRule, 'zaak'>
  readonly servedSources: Pick<ServedSources, 'find'>
}): CasePlace | undefined {
  const served = servedSources.find(party, source)
  if (zaak === undefined || served?.register === undefined || !isServed(served, zaak.register)) return undefined
  return { party, source, domein: zaak.domein }
}

function invalid(note: string): NodeError {
  return new NodeError('config.invalid', { notes: [note] })
}
