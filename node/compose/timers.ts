import type { ServedSources } from '../access/served-sources.js'
import type { Background } from '../kernel/background.js'
import type { Clock } from '../kernel/clock.js'
import type { Log } from '../kernel/log.js'
import type { Tell } from '../notifications/outbox/tell.js'
import { createFollowDays, type TimedRegister } from '../notifications/timers/follow-days.js'
import { readTimers } from '../notifications/timers/read-timers.js'
import { createTellDays } from '../notifications/timers/tell-days.js'
import { dayOf, type Day } from '../policy/day.js'
import type { EventTypes } from '../policy/event-types.js'
import type { Store } from '../stores/contracts.js'
import type { Leases } from '../stores/lease.js'
import type { Configuration } from '../../schemas/configuration.js'

const lookEveryMilliseconds = 1_000

/**
 * The part of `notifications.ts` that tells of days that come near, on every new day and after a start; one replica at a time.
 * @throws `config.invalid`
 */
export function composeTimers(deps: {
  readonly configuration: Configuration
  readonly outboxParts: { readonly eventTypes: EventTypes; readonly tell: Tell }
  readonly clock: Clock
  readonly log: Log
  readonly store: Store
  readonly leases: Leases
  readonly servedSources: Pick<ServedSources, 'find' | 'namesOf'>
  /** @throws `token.unconfirmed` while a restored node waits */
  readonly requireConfirmed: () => Promise<void>
}): { start(background: Background): void } {
  const { configuration, clock, log, leases, servedSources, requireConfirmed } = deps
  const { eventTypes, tell } = deps.outboxParts
  const timers = readTimers({ configuration, eventTypes })
  const follow = createFollowDays(deps)
  const tellDays = createTellDays({ ...deps, tell })

  /** With the timers for which there is a ground today, whoever is told. */
  function registersOf(party: string): readonly TimedRegister[] {
    const now = clock.now()
    const grounded = timers
      .of(party)
      .filter(({ type }) =>
        [undefined, ...Object.keys(type.grondslagByRole ?? {})].some((role) =>
          eventTypes.hasGrondslag(type, { now, role }),
        ),
      )
    return servedSources.namesOf(party).flatMap((source) => {
      const register = servedSources.find(party, source)?.register
      const own = grounded.filter((timer) => timer.source.register === register?.schema)
      return register === undefined || own.length === 0
        ? []
        : [{ party, source, administration: register.administration, timers: own }]
    })
  }

  let today: Day | undefined
  return {
    start(background) {
      const { parties } = configuration
      if (parties.every(({ subject }) => timers.of(subject).length === 0)) return
      background.every({
        job: 'notification timers',
        intervalMilliseconds: lookEveryMilliseconds,
        atOnce: true,
        async run() {
          const day = dayOf(clock.now())
          if (day === today) return
          await requireConfirmed()
          await leases.attempt(['notification timers'], async (lease) => {
            for (const register of parties.flatMap(({ subject }) => registersOf(subject))) {
              await follow(register, lease)
              const count = await tellDays(register, lease)
              const { party, source } = register
              if (count > 0) log.info('days that come near are told', { party, service: source, count })
            }
            // Who lost the lease stopped between two pages: the rest is told at the next look, by whoever has it then.
            if (!lease.signal.aborted) today = day
          })
        },
      })
    },
  }
}
