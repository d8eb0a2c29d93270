import { isDeepStrictEqual } from 'node:util'
import type { Clock } from '../../kernel/clock.js'
import { dayOf, endOfDay, readDay, type Day } from '../../policy/day.js'
import type { RegisterAdministration } from '../../sources/register/administer.js'
import type { RegisterChange } from '../../sources/register/change-log.js'
import { put, remove, type Key, type Operation, type Store } from '../../stores/contracts.js'
import type { Lease } from '../../stores/lease.js'
import type { Timer } from './read-timers.js'
import { comingDays, followedChanges, timerActor, untoldDays } from './timer-records.js'

/** A register of a party, and the timers that are about it. */
export interface TimedRegister {
  readonly party: string
  /** Name of the source. */
  readonly source: string
  readonly administration: Pick<RegisterAdministration, 'changes' | 'view'>
  readonly timers: readonly Timer[]
}

/** A batch holds up all others. */
const pageSize = 200

/**
 * Notes the days of records that are still to come, from the changes of their register: each change is looked at once, so
 * what it costs goes with what changed and not with what there is. A register with records that were there before its
 * timers, and one with other timers than last time, is followed from its first change.
 *
 * A day of which others were told stays told as long as the record has that day, whatever else changes; another day is
 * noted anew.
 * @throws `store.unavailable`, `source.unavailable`, `audit.unavailable`, `store.conflict` when the lease is lost
 */
export type FollowDays = (register: TimedRegister, lease: Pick<Lease, 'write' | 'signal'>) => Promise<void>

export function createFollowDays(deps: { readonly store: Pick<Store, 'records'>; readonly clock: Clock }): FollowDays {
  const { store, clock } = deps

  async function note(place: Key, key: string, day: Day | undefined): Promise<readonly Operation[]> {
    const known = (await store.records.get(comingDays, [...place, key]))?.value
    const coming = day !== undefined && day >= dayOf(clock.now()) ? day : undefined
    if (known?.day === coming) return []
    const forget = known === undefined ? [] : [remove(untoldDays, [...place, known.day, key])]
    if (coming === undefined) return [...forget, remove(comingDays, [...place, key])]
    const expiresAt = endOfDay(coming)
    return [
      ...forget,
      put(comingDays, [...place, key], { day: coming }, { expiresAt }),
      put(untoldDays, [...place, coming, key], {}, { expiresAt }),
    ]
  }

  return async ({ party, source, administration, timers }, lease) => {
    const names = timers.map(({ type, source: { timer } }) => `${type.eventType} ${timer.field}`).sort()
    const known = (await store.records.get(followedChanges, [party, source]))?.value
    let through = known !== undefined && isDeepStrictEqual(known.timers, names) ? known.through : 0
    let changes: readonly RegisterChange[]
    do {
      changes = await administration.changes({ after: through, limit: pageSize }, { by: timerActor })
      const last = changes.at(-1)
      if (last === undefined) return
      // What came of a record is what its last change made of it.
      const latest = new Map(changes.map((change) => [`${change.type} ${change.key}`, change]))
      const noted = [...latest.values()].flatMap(({ type, key, record }) =>
        timers
          .filter((timer) => timer.source.type === type)
          .map((timer) =>
            note([party, source, timer.type.eventType], key, readDay(record?.[timer.source.timer.field])),
          ),
      )
      through = last.sequence
      await lease.write([
        ...(await Promise.all(noted)).flat(),
        put(followedChanges, [party, source], { through, timers: names }),
      ])
    } while (changes.length === pageSize && !lease.signal.aborted)
  }
}
