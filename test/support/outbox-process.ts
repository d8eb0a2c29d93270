/**
 * A child process that changes records, tells of it through the outbox and delivers, until it is killed:
 * `outbox-process.ts <directory or PostgreSQL URL> <URL of the receiver> <round> <changes>`. Without changes it delivers
 * what is there and ends.
 *
 * A change and its message are one batch. What was acknowledged is said on standard output as soon as it is known.
 */
import { writeSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { createAudit } from '../../node/audit/audit.js'
import { systemClock } from '../../node/kernel/clock.js'
import { systemCodeOf } from '../../node/kernel/errors.js'
import { silentLog } from '../../node/kernel/log.js'
import { createDrain } from '../../node/notifications/outbox/drain.js'
import { createEnqueue } from '../../node/notifications/outbox/enqueue.js'
import { createMarkDeliveries } from '../../node/notifications/outbox/mark-deliveries.js'
import { dueReceivers } from '../../node/notifications/outbox/outbox-records.js'
import { createSender } from '../../node/notifications/outbox/sender.js'
import type { SendMessage } from '../../node/notifications/outbox/send-message.js'
import { loadEventTypes } from '../../node/policy/event-types.js'
import { put } from '../../node/stores/contracts.js'
import { createLeases } from '../../node/stores/lease.js'
import { watchWrites } from '../../node/stores/watch-writes.js'
import { changedThings, receivers, type SentMessage } from './outbox-account.js'
import { openTestStore } from './open-test-store.js'

const [place = '', url = '', round = '', changes = '0'] = process.argv.slice(2)
const { store, onPut } = watchWrites(await openTestStore(place))
const clock = systemClock
const audit = createAudit({ store, clock, node: { name: 'test', version: '0' }, pseudonymKey: Buffer.alloc(32) })
const eventTypes = loadEventTypes()
const enqueue = createEnqueue({ clock, audit, findEventType: (name) => eventTypes.find(name) })
const standardOutput = 1
const recordsPerRound = 10
/** Neighbours differ, so that none stands for another. */
const events = ['NIEUWE_INDICATIE_ZORGKANTOOR', 'GEWIJZIGDE_INDICATIE_ZORGKANTOOR'] as const

const send: SendMessage = async ({ recordID, version, eventType, timestamp, receiver }) => {
  const message: SentMessage = { recordID, version, eventType, timestamp, receiver: receiver.id }
  try {
    const answer = await fetch(url, {
      method: 'POST',
      body: JSON.stringify(message),
      signal: AbortSignal.timeout(2000),
    })
    const notificatieID = await answer.text()
    return answer.ok ? { kind: 'delivered', notificatieID } : { kind: 'failed', code: 'http.500' }
  } catch {
    // The answer was lost: whether it arrived nobody knows.
    return { kind: 'failed', code: 'outbound.failed' }
  }
}

const records = store.records
const sender = createSender({
  clock,
  log: silentLog,
  records,
  // A process that was killed keeps its leases until they end.
  leases: createLeases({
    store,
    clock,
    log: silentLog,
    times: { leaseMilliseconds: 500, askAgainMilliseconds: 50, patienceMilliseconds: 5000 },
  }),
  drain: createDrain({
    // Times of an hour would make the test take that long.
    clock,
    log: silentLog,
    records,
    send,
    mark: createMarkDeliveries({ clock, audit, keepDays: 90 }),
    random: () => 0,
    atOnce: 8,
    count: () => undefined,
    waits: [20, 50],
  }),
  receiversAtOnce: receivers.length,
  requireConfirmed: () => Promise.resolve(),
})
onPut(dueReceivers.name, (keys) => sender.hurry(keys))
const looking = setInterval(() => void sender.look().catch(() => undefined), 100)

function say(name: string): void {
  for (;;) {
    try {
      writeSync(standardOutput, `${name}\n`)
      return
    } catch (error) {
      if (systemCodeOf(error) !== 'EAGAIN') throw error
    }
  }
}

for (let number = 0; number < Number(changes); number += 1) {
  const recordID = `WlzIndicatie/0d9a4f2e-6c3b-4b1f-${round.padStart(4, 'a')}-${String(number % recordsPerRound).padStart(12, 'a')}`
  const version = Math.floor(number / recordsPerRound) + 1
  const told = receivers.flatMap((id) =>
    enqueue({
      party: 'ciz',
      kind: 'notificatie',
      eventType: events[version % 2] ?? events[0],
      receiver: { idType: 'UZOVI', id },
      subjects: [{ subject: recordID, recordID }],
      recordID,
      version,
    }),
  )
  await store.write([put(changedThings, [recordID, String(version).padStart(8, '0')], { recordID, version }), ...told])
  say(`${recordID} ${String(version)}`)
}

const isEmpty = async (): Promise<boolean> => (await records.list(dueReceivers, { limit: 1 })).items.length === 0
// With changes it goes on until it is killed.
while (changes !== '0' || !(await isEmpty())) await setTimeout(20)
clearInterval(looking)
await sender.stop()
await store.close()
