import { createAudit, type Audit } from '../../node/audit/audit.js'
import { createFixedClock, type MovableClock } from '../../node/kernel/clock.js'
import { createLog } from '../../node/kernel/log.js'
import { createDrain } from '../../node/notifications/outbox/drain.js'
import { createEnqueue, type Enqueue, type OutgoingMessage } from '../../node/notifications/outbox/enqueue.js'
import { createMarkDeliveries } from '../../node/notifications/outbox/mark-deliveries.js'
import {
  deadDeliveries,
  dueReceivers,
  endedDeliveries,
  pendingDeliveries,
  type Delivery,
} from '../../node/notifications/outbox/outbox-records.js'
import { createSender, type Sender } from '../../node/notifications/outbox/sender.js'
import type { SendMessage, SendOutcome } from '../../node/notifications/outbox/send-message.js'
import { loadEventTypes } from '../../node/policy/event-types.js'
import type { Store } from '../../node/stores/contracts.js'
import { createLeases, type Leases } from '../../node/stores/lease.js'
import { createMemoryStore } from '../../node/stores/memory.js'
import { readAll } from '../../node/stores/read-all.js'
import { watchWrites } from '../../node/stores/watch-writes.js'

/** What a receiver got, in its order: event, record and version; the moment tells repeats. */
export interface Got {
  readonly receiver: string
  readonly recordID: string
  readonly version: number
  readonly timestamp: string
}

export interface OutboxWorld {
  readonly clock: MovableClock
  readonly store: Store
  readonly audit: Audit
  readonly enqueue: Enqueue
  /** Everything that was taken, repeats too. */
  readonly got: readonly Got[]
  /** How often a receiver was tried. */
  tries(): number
  readonly logged: readonly string[]
  /** Says what the receiver answers from now on; `undefined` takes it. */
  answer(script: (delivery: Delivery) => SendOutcome | undefined | Promise<SendOutcome | undefined>): void
  /** Puts messages into the outbox. */
  put(...messages: readonly Partial<OutgoingMessage>[]): Promise<void>
  /** A sender of a process of its own. */
  start(leases?: Leases): Sender
  /** Looks until nothing is being delivered. */
  run(sender: Sender): Promise<void>
  pending(): Promise<readonly Delivery[]>
  ended(): ReturnType<typeof readEnded>
  dead(): ReturnType<typeof readDead>
  due(): Promise<number>
}

const readEnded = async (store: Store) => (await readAll(store.records, endedDeliveries)).map(({ value }) => value)
const readDead = async (store: Store) => (await readAll(store.records, deadDeliveries)).map(({ value }) => value)

export const recordOf = (number: number): string =>
  `WlzIndicatie/0d9a4f2e-6c3b-4b1f-9a7e-${String(number).padStart(12, 'a')}`

export const moment = Date.parse('2026-11-26T12:00:00Z')

/** The outbox of one node, and receivers that follow a script. */
export function createOutboxWorld(given: { readonly store?: Store; readonly clock?: MovableClock } = {}): OutboxWorld {
  const clock = given.clock ?? createFixedClock(moment)
  const { store, onPut } = watchWrites(given.store ?? createMemoryStore({ clock }))
  const audit = createAudit({ store, clock, node: { name: 'test', version: '0' }, pseudonymKey: Buffer.alloc(32) })
  const eventTypes = loadEventTypes()
  const enqueue = createEnqueue({ clock, audit, findEventType: (name) => eventTypes.find(name) })
  const got: Got[] = []
  const logged: string[] = []
  let tries = 0
  let script: Parameters<OutboxWorld['answer']>[0] = () => undefined
  const log = createLog({
    level: 'info',
    destination: {
      write(line) {
        const { msg, code } = JSON.parse(line) as { msg: string; code?: string }
        logged.push(`${msg}: ${code ?? ''}`)
      },
    },
  })

  const send: SendMessage = async (delivery) => {
    tries += 1
    const outcome = await script(delivery)
    if (outcome !== undefined && outcome.kind !== 'delivered') return outcome
    const { receiver, recordID, version, timestamp } = delivery
    got.push({ receiver: receiver.id, recordID, version, timestamp })
    return outcome ?? { kind: 'delivered', notificatieID: '0d9a4f2e-6c3b-4b1f-9a7e-2f1c8b7d6e5a' }
  }

  return {
    clock,
    store,
    audit,
    enqueue,
    got,
    tries: () => tries,
    logged,
    answer(next) {
      script = next
    },
    async put(...messages) {
      for (const message of messages) {
        const recordID = message.recordID ?? recordOf(1)
        await store.write(
          enqueue({
            party: 'ciz',
            kind: 'notificatie',
            eventType: 'NIEUWE_INDICATIE_ZORGKANTOOR',
            receiver: { idType: 'UZOVI', id: '5999' },
            subjects: [{ subject: recordID, recordID }],
            recordID,
            version: 1,
            ...message,
          }),
        )
      }
    },
    start(leases = createLeases({ store, clock, log })) {
      const mark = createMarkDeliveries({ clock, audit, keepDays: 90 })
      const drain = createDrain({
        clock,
        log,
        records: store.records,
        send,
        mark,
        random: () => 0,
        atOnce: 4,
        count: () => undefined,
      })
      const sender = createSender({
        clock,
        log,
        records: store.records,
        leases,
        drain,
        receiversAtOnce: 3,
        requireConfirmed: () => Promise.resolve(),
      })
      onPut(dueReceivers.name, (keys) => sender.hurry(keys))
      return sender
    },
    async run(sender) {
      await sender.look()
      await sender.idle()
    },
    pending: async () => (await readAll(store.records, pendingDeliveries)).map(({ value }) => value),
    ended: () => readEnded(store),
    dead: () => readDead(store),
    due: async () => (await readAll(store.records, dueReceivers)).length,
  }
}
