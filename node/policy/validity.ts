import type { RuleData } from '../../schemas/pack.js'
import { dayOf } from './day.js'
import type { RuleCondition } from './filters.js'
import { nothing, type Lack } from './lack.js'

/** A date with a time zone: without one it would be read in the time zone of the machine. @see RFC 3339 section 5.6 */
const dateTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/

/** The authorization that the requester showed must last until after now. */
export function isBefore(claim: string): RuleCondition {
  const lack = (text: string): readonly Lack[] => [{ kind: 'period', text }]
  const expired = lack('wanneer: your authorization has expired')
  const endless = lack('wanneer: your authorization does not say until when it holds')
  return ({ requester, context }) => {
    const until = requester.claims[claim]
    const instant = typeof until === 'string' && dateTime.test(until) ? Date.parse(until) : Number.NaN
    if (Number.isNaN(instant)) return endless
    return context.time < instant ? nothing : expired
  }
}

/** The rule itself must hold today. */
export function holdsToday({ from, until }: RuleData['grondslag']): RuleCondition {
  const lack = (text: string): readonly Lack[] => [{ kind: 'period', text }]
  const early = lack(`wanneer: the rule holds from ${from} on`)
  const late = lack(`wanneer: the rule held until ${until ?? ''}`)
  return ({ context }) => {
    const today = dayOf(context.time)
    if (today < from) return early
    return until !== undefined && today > until ? late : nothing
  }
}

/** A rule that waits for a change of law lets somebody in only where nothing real is read. */
export function hasGround(status: RuleData['grondslag']['status'], sandbox: boolean): RuleCondition {
  const lacks: readonly Lack[] = [
    {
      kind: 'grondslag',
      text: 'waarvoor: grondslag ontbreekt (te-wijzigen); this rule waits for a change of law',
    },
  ]
  return status === 'te-wijzigen' && !sandbox ? () => lacks : () => nothing
}
