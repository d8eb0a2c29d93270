import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import { endedDeliveries, pendingDeliveries } from '../../node/notifications/outbox/outbox-records.js'
import { readAll } from '../../node/stores/read-all.js'
import { openTestStore } from '../support/open-test-store.js'
import {
  changedThings,
  receivers,
  startAccountingReceiver,
  startOutboxProcess,
  type AccountingReceiver,
} from '../support/outbox-account.js'
import { startPostgres } from '../support/postgres.js'

const limitMilliseconds = 120_000

/** What was changed took effect once at everybody, in the order of versions; what was not changed did not. */
async function expectAccount(
  place: string,
  receiver: AccountingReceiver,
  acknowledged: readonly string[],
): Promise<void> {
  const store = await openTestStore(place)
  const changed = (await readAll(store.records, changedThings)).map(
    ({ value }) => `${value.recordID} ${String(value.version)}`,
  )
  const pending = await readAll(store.records, pendingDeliveries)
  const ended = await readAll(store.records, endedDeliveries)
  await store.close()
  expect(changed).toEqual(expect.arrayContaining([...acknowledged]))
  expect(pending).toEqual([])
  expect(ended).toHaveLength(changed.length * receivers.length)
  expect(ended.filter(({ value }) => value.receipt === undefined)).toEqual([])
  for (const id of receivers) {
    const effects = receiver.effects.filter((effect) => effect.receiver === id)
    expect(effects.map(({ recordID, version }) => `${recordID} ${String(version)}`).sort()).toEqual([...changed].sort())
    const inOrder = new Map<string, number[]>()
    for (const { recordID, version } of effects) inOrder.set(recordID, [...(inOrder.get(recordID) ?? []), version])
    for (const versions of inOrder.values()) expect(versions).toEqual([...versions].sort((one, other) => one - other))
  }
}

test(
  'kill -9 of the sender loses nothing and doubles nothing, though answers are lost too',
  async () => {
    const place = await mkdtemp(join(tmpdir(), 'bronnet-outbox-'))
    const receiver = await startAccountingReceiver()
    const acknowledged: string[] = []
    for (const [round, wait] of [0, 30, 90, 200].entries()) {
      const sender = startOutboxProcess(place, receiver.url, String(round), 1_000_000)
      await sender.untilSaid(60)
      await setTimeout(wait)
      await sender.kill()
      acknowledged.push(...sender.acknowledged)
    }
    await startOutboxProcess(place, receiver.url, 'last', 0).ended()
    await expectAccount(place, receiver, acknowledged)
    // Otherwise nothing was lost that had to be sent again, and nothing was tested.
    expect(receiver.repeats()).toBeGreaterThan(0)
    await receiver.close()
    await rm(place, { recursive: true })
  },
  limitMilliseconds,
)

test(
  'two senders on PostgreSQL share the receivers, and either can be killed',
  async () => {
    const server = await startPostgres()
    const place = (await server.createSchema()).reveal()
    const receiver = await startAccountingReceiver()
    const acknowledged: string[] = []
    for (const round of ['1', '2']) {
      const senders = ['a', 'b'].map((side) => startOutboxProcess(place, receiver.url, `${round}${side}`, 1_000_000))
      await Promise.all(senders.map((sender) => sender.untilSaid(40)))
      const [first, second] = senders
      await first?.kill()
      await second?.untilSaid((second.acknowledged.length ?? 0) + 20)
      await second?.kill()
      acknowledged.push(...senders.flatMap((sender) => sender.acknowledged))
    }
    await Promise.all(['lasta', 'lastb'].map((round) => startOutboxProcess(place, receiver.url, round, 0).ended()))
    await expectAccount(place, receiver, acknowledged)
    await receiver.close()
    await server.destroy()
  },
  limitMilliseconds,
)

test(
  'what waits for a receiver that was down goes out when it is back, once each',
  async () => {
    const place = await mkdtemp(join(tmpdir(), 'bronnet-outbox-'))
    const receiver = await startAccountingReceiver()
    receiver.setDown(true)
    const sender = startOutboxProcess(place, receiver.url, '1', 400)
    await sender.untilSaid(400)
    expect(receiver.effects).toEqual([])
    receiver.setDown(false)
    while (receiver.effects.length < 400 * receivers.length) await setTimeout(20)
    await sender.kill()
    await startOutboxProcess(place, receiver.url, 'last', 0).ended()
    await expectAccount(place, receiver, sender.acknowledged)
    await receiver.close()
    await rm(place, { recursive: true })
  },
  limitMilliseconds,
)
