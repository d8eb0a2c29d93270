import { NodeError } from '../../kernel/errors.js'
import type { EventType, TimerSource } from '../../../schemas/events.js'
import type { Configuration } from '../../../schemas/configuration.js'

/** An event type that a party sends because a day of a record in its register comes near. */
export interface Timer {
  readonly type: EventType
  readonly source: TimerSource
  /** From so many days before it. */
  readonly days: number
}

/** The timers of the parties of this node. */
export interface Timers {
  /** None for a party that tells nobody. */
  of(party: string): readonly Timer[]
  /** False for an event type that the party switched off. */
  isOn(party: string, eventType: string): boolean
}

/**
 * The timers of each party: those that are shipped with the node, from as many days before as the settings say.
 * @throws `config.invalid` for a setting about an event type that no timer sends
 */
export function readTimers({
  configuration,
  eventTypes,
}: {
  readonly configuration: Pick<Configuration, 'parties'>
  readonly eventTypes: { readonly all: readonly EventType[] }
}): Timers {
  const shipped = eventTypes.all.flatMap((type): readonly Timer[] =>
    'timer' in type.source ? [{ type, source: type.source, days: type.source.timer.days }] : [],
  )
  const names = shipped.map(({ type }) => type.eventType)
  const off = new Set<string>()
  const byParty = new Map<string, readonly Timer[]>()
  for (const { subject, notifications } of configuration.parties) {
    if (notifications === undefined) continue
    const { timers } = notifications
    const unknown = Object.keys(timers).find((name) => !names.includes(name))
    if (unknown !== undefined)
      throw new NodeError('config.invalid', {
        notes: [`parties: notifications.timers of ${subject}: ${unknown} is none of ${names.join(', ')}`],
      })
    byParty.set(
      subject,
      shipped.flatMap((timer) => {
        const chosen = timers[timer.type.eventType] ?? timer.days
        if (chosen !== 'off') return [{ ...timer, days: chosen }]
        off.add(`${subject} ${timer.type.eventType}`)
        return []
      }),
    )
  }
  return {
    of: (party) => byParty.get(party) ?? [],
    isOn: (party, eventType) => !off.has(`${party} ${eventType}`),
  }
}
