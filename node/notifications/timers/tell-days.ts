import type { Clock } from '../../kernel/clock.js'
import { addDays, dayOf, endOfDay, readDay } from '../../policy/day.js'
import { versionOf } from '../../sources/register/change-log.js'
import { put, remove, type Operation, type Store } from '../../stores/contracts.js'
import type { Lease } from '../../stores/lease.js'
import type { Tell } from '../outbox/tell.js'
import type { TimedRegister } from './follow-days.js'
import type { Timer } from './read-timers.js'
import { comingDays, timerActor, untoldDays } from './timer-records.js'

/** A batch holds up all others. */
const pageSize = 50

/**
 * Tells of every day of a register that is near enough, and returns how many those were. Looks at no other days. The messages
 * and that they were told are one batch: a kill in between loses nothing, and tells nothing twice.
 *
 * Who has to be told is looked at now: who asks for it later hears of the next days only. A record that changed since it was
 * followed is left for the next time.
 * @throws `store.unavailable`, `store.conflict` when the lease is lost
 */
export type TellDays = (register: TimedRegister, lease: Pick<Lease, 'write' | 'signal'>) => Promise<number>

export function createTellDays(deps: {
  readonly store: Pick<Store, 'records'>
  readonly clock: Clock
  readonly tell: Tell
}): TellDays {
  const { store, clock, tell } = deps

  async function tellOf(
    { type, source: { type: recordType, timer }, days }: Timer,
    { party, source, administration }: TimedRegister,
    lease: Pick<Lease, 'write' | 'signal'>,
  ): Promise<number> {
    const place = [party, source, type.eventType]
    const until = addDays(dayOf(clock.now()), days)
    let count = 0
    let after: string | undefined
    do {
      const next = after === undefined ? {} : { after }
      const page = await store.records.list(untoldDays, { prefix: place, limit: pageSize, ...next })
      const near = page.items.filter(({ key }) => (key[3] ?? '') <= until)
      const view = await administration.view()
      const operations: Operation[] = []
      for (const { key: untold, version } of near) {
        const [, , , day = '', key = ''] = untold
        const record = await view.find(recordType, key)
        if (record === undefined || readDay(record[timer.field]) !== day) continue
        const telling = { party, record: { type: recordType, key, sequence: versionOf(record) }, view, by: timerActor }
        count += 1
        operations.push(
          ...(await tell(type, telling)),
          put(comingDays, [...place, key], { day, toldAt: clock.now() }, { expiresAt: endOfDay(day) }),
          remove(untoldDays, untold, { expected: version }),
        )
      }
      if (operations.length > 0) await lease.write(operations)
      after = near.length < page.items.length ? undefined : page.next
    } while (after !== undefined && !lease.signal.aborted)
    return count
  }

  return async (register, lease) => {
    let count = 0
    for (const timer of register.timers) count += await tellOf(timer, register, lease)
    return count
  }
}
