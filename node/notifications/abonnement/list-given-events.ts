import type { OfferedEvent } from '../../catalogue/offered-event.js'
import type { Clock } from '../../kernel/clock.js'
import { grondslagOf, type EventTypes } from '../../policy/event-types.js'
import type { AbonnementRules } from './abonnement-rules.js'

/**
 * The event types that a register with this schema gives today: those that its changes make, and those by which what a party
 * was told about a case in it is told on. Only where there is a ground for it.
 */
export type ListGivenEvents = (schema: string) => readonly OfferedEvent[]

export function createListGivenEvents(deps: {
  readonly clock: Clock
  readonly eventTypes: EventTypes
  readonly rules: AbonnementRules
}): ListGivenEvents {
  const { clock, eventTypes, rules } = deps
  return (schema) => {
    const toldOn = new Set(rules.all.flatMap(({ zaak, doorgeven }) => (zaak?.register === schema ? [doorgeven] : [])))
    const now = clock.now()
    return eventTypes.all
      .filter(({ source, eventType }) => ('register' in source ? source.register === schema : toldOn.has(eventType)))
      .filter((type) => eventTypes.hasGrondslag(type, { now }))
      .map((type) => ({ type, grondslag: grondslagOf(type, undefined) }))
  }
}
