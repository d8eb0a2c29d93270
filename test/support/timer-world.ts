import { composeTimers } from '../../node/compose/timers.js'
import { createBackground, type Background } from '../../node/kernel/background.js'
import { createFixedClock, type MovableClock } from '../../node/kernel/clock.js'
import { silentLog } from '../../node/kernel/log.js'
import { createEnqueue } from '../../node/notifications/outbox/enqueue.js'
import { pendingDeliveries, type Delivery } from '../../node/notifications/outbox/outbox-records.js'
import { createTell, type TellDeps } from '../../node/notifications/outbox/tell.js'
import { loadEventTypes } from '../../node/policy/event-types.js'
import { remove, type Operation, type Store } from '../../node/stores/contracts.js'
import { createLeases, type Lease } from '../../node/stores/lease.js'
import { readAll } from '../../node/stores/read-all.js'
import type { Configuration } from '../../schemas/configuration.js'
import { countReads } from './count-reads.js'
import { gemeente, openGemeenteRegister, type GemeenteRegister } from './gemeente-register.js'
import { createDumpableStore, createNodeParts, moment } from './node-parts.js'

type Chosen = NonNullable<Configuration['parties'][number]['notifications']>['timers']

/** A gemeente that keeps a toewijzingsregister, and tells of toewijzingen that end. */
export interface TimerWorld extends GemeenteRegister {
  /** A process of the gemeente that looks now, as after a start: with settings, and a store that may fail. */
  look(options?: {
    readonly timers?: Chosen
    readonly write?: Store['write']
    readonly sandbox?: boolean
  }): Promise<void>
  /** A process that goes on: looks again each time it is called. */
  start(options?: { readonly leaseOf?: (lease: Lease) => Lease }): () => Promise<void>
  /** What is to be sent since the last time: event, receiver, record and version. */
  takeTold(): Promise<readonly string[]>
  /** The rows of which `takeTold` told. */
  readonly rows: readonly Delivery[]
  moveDays(days: number): void
  /** How many reads there were since the last time. */
  takeReads(): number
}

export async function openTimerWorld(
  given: Partial<Pick<TellDeps, 'matching'>> & { readonly store?: Store; readonly clock?: MovableClock } = {},
): Promise<TimerWorld> {
  const clock = given.clock ?? createFixedClock(moment)
  const counted = countReads(given.store ?? createDumpableStore(clock).store)
  const { store } = counted
  const node = createNodeParts({
    clock,
    store,
    trust: { LedenadministratieCredential: ['did:web:stelsel.example.nl'] },
  })
  const register = await openGemeenteRegister({ node })
  const rows: Delivery[] = []

  function jobOf(
    options: Parameters<TimerWorld['look']>[0] & Parameters<TimerWorld['start']>[0] = {},
  ): () => Promise<void> {
    const { timers = {}, sandbox = false, leaseOf = (lease) => lease } = options
    const watched = { ...store, write: options.write ?? store.write }
    const eventTypes = loadEventTypes({ sandbox })
    const tell = createTell({
      ...node,
      eventTypes,
      enqueue: createEnqueue({ ...node, findEventType: (name) => eventTypes.find(name) }),
      matching: given.matching ?? (() => Promise.resolve([])),
      tellerOf: () => Promise.resolve(undefined),
    })
    const leases = createLeases({ store: watched, clock, log: silentLog })
    const jobs: Parameters<Background['every']>[0][] = []
    composeTimers({
      // Only the parties of the settings are looked at.
      configuration: { parties: [{ subject: gemeente, notifications: { timers } }] } as unknown as Configuration,
      outboxParts: { eventTypes, tell },
      clock,
      log: silentLog,
      store: watched,
      leases: { ...leases, attempt: (name, work) => leases.attempt(name, (lease) => work(leaseOf(lease))) },
      servedSources: register.servedSources,
      requireConfirmed: () => Promise.resolve(),
    }).start({ ...createBackground({ log: silentLog }), every: (job) => void jobs.push(job) })
    return async () => {
      for (const job of jobs) await job.run(new AbortController().signal)
    }
  }

  return {
    ...register,
    rows,
    look: async (options) => jobOf(options)(),
    start: jobOf,
    async takeTold() {
      const found = await readAll(store.records, pendingDeliveries)
      rows.push(...found.map(({ value }) => value))
      await store.write(found.map(({ key }): Operation => remove(pendingDeliveries, key)))
      return found
        .map(({ value: { eventType, receiver, recordID, version } }) =>
          [eventType, `${receiver.idType}:${receiver.id}`, recordID, version].join(' '),
        )
        .sort()
    },
    moveDays: (days) => clock.move(days * 86_400),
    takeReads() {
      const reads = counted.reads()
      counted.forget()
      return reads
    },
  }
}
