import { describe, expect, test } from '@jest/globals'
import { createOutbox } from '../../../../node/notifications/outbox/outbox.js'
import { createMarkDeliveries } from '../../../../node/notifications/outbox/mark-deliveries.js'
import { startTrace } from '../../../../node/kernel/trace.js'
import { createOutboxWorld, recordOf, type OutboxWorld } from '../../../support/outbox-world.js'

const acting = { party: 'ciz', by: 'een beheerder', trace: startTrace() }
const refused = () => ({ kind: 'refused', code: 'http.403' }) as const

const outboxOf = ({ store, clock, audit }: OutboxWorld) =>
  createOutbox({ store, clock, audit, mark: createMarkDeliveries({ clock, audit, keepDays: 90 }) })

async function withDead(count: number): Promise<OutboxWorld & { readonly sender: ReturnType<OutboxWorld['start']> }> {
  const world = createOutboxWorld()
  const sender = world.start()
  world.answer(refused)
  await world.put(...Array.from({ length: count }, (_, number) => ({ recordID: recordOf(number + 1) })))
  await sender.idle()
  return { ...world, sender }
}

describe('the outbox, for who looks after it', () => {
  test('says what waits, what is dead and what was delivered, page by page', async () => {
    const world = await withDead(3)
    world.answer(() => undefined)
    await world.put({ recordID: recordOf(8) })
    await world.sender.idle()
    await world.put({ recordID: recordOf(9), party: 'iemand' })
    const outbox = outboxOf(world)
    const first = await outbox.list({ party: 'ciz', part: 'dead', limit: 2 })
    const rest = await outbox.list({ party: 'ciz', part: 'dead', limit: 2, after: first.next })
    expect([...first.deliveries, ...rest.deliveries].map(({ state, recordID }) => [state, recordID])).toEqual([
      ['refused', recordOf(1)],
      ['refused', recordOf(2)],
      ['refused', recordOf(3)],
    ])
    const ended = await outbox.list({ party: 'ciz', part: 'ended', limit: 10 })
    expect(ended.deliveries.map(({ state }) => state)).toEqual(['delivered'])
    expect((await outbox.list({ party: 'ciz', part: 'waiting', limit: 10 })).deliveries).toEqual([])
  })

  test('finds one delivery wherever it is, and none of another party', async () => {
    const world = await withDead(1)
    const outbox = outboxOf(world)
    const [dead] = await world.dead()
    const id = dead?.deliveryID ?? ''
    expect(await outbox.get('ciz', id)).toMatchObject({ state: 'refused', lastFailure: { code: 'http.403' } })
    await expect(outbox.get('iemand', id)).rejects.toThrow('notification.delivery_unknown')
    expect([await outbox.isKnown('ciz', id), await outbox.isKnown('iemand', id)]).toEqual([true, false])
  })

  test('refuses a cursor that is none', async () => {
    const outbox = outboxOf(await withDead(0))
    const asked = outbox.list({ party: 'ciz', part: 'dead', limit: 2, after: 'geen' })
    await expect(asked).rejects.toThrow('request.bad_parameters')
  })

  test('puts a dead delivery back, which goes out with the moment that it had', async () => {
    const world = await withDead(2)
    const [dead] = await world.dead()
    world.answer(() => undefined)
    world.clock.move(3600)
    const outbox = outboxOf(world)
    const id = dead?.deliveryID ?? ''
    expect(await outbox.resend(id, acting)).toMatchObject({ attempts: 0 })
    await world.run(world.sender)
    expect(world.got.map(({ timestamp }) => timestamp)).toEqual([dead?.timestamp])
    expect(await world.dead()).toHaveLength(1)
    await expect(outbox.resend(id, acting)).rejects.toThrow('notification.delivery_unknown')
    const entries = await world.audit.read({ after: 0, limit: 100 })
    expect(entries.filter(({ event }) => event.actor?.user?.id === 'een beheerder')).toHaveLength(1)
  })

  test('puts everything that is dead back', async () => {
    const world = await withDead(150)
    world.answer(() => undefined)
    expect(await outboxOf(world).resendAll(acting)).toBe(150)
    await world.run(world.sender)
    expect([world.got.length, await world.dead(), await world.due()]).toEqual([150, [], 0])
  })

  test('tries a receiver before its time when somebody says so', async () => {
    const world = createOutboxWorld()
    const sender = world.start()
    world.answer(() => ({ kind: 'unreachable', code: 'http.503', retryAfterMilliseconds: 3_600_000 }))
    await world.put({})
    await sender.idle()
    const outbox = outboxOf(world)
    expect(await outbox.receivers('ciz')).toMatchObject([
      { receiver: { idType: 'UZOVI', id: '5999' }, failures: 1, lastFailure: { code: 'http.503' } },
    ])
    world.answer(() => undefined)
    await world.run(sender)
    expect(world.got).toEqual([])
    await outbox.hurry('ciz')
    await world.run(sender)
    expect(world.got).toHaveLength(1)
    expect(await outbox.receivers('ciz')).toEqual([])
  })

  test('puts what is refused again back once, and comes to an end', async () => {
    const world = await withDead(120)
    expect(await outboxOf(world).resendAll(acting)).toBe(120)
    await world.run(world.sender)
    expect(await world.dead()).toHaveLength(120)
  })

  test('puts a dead delivery away, which is accounted for and can still be seen', async () => {
    const world = await withDead(1)
    const outbox = outboxOf(world)
    const id = (await world.dead())[0]?.deliveryID ?? ''
    expect(await outbox.discard(id, acting)).toMatchObject({ state: 'discarded' })
    expect([await world.dead(), await world.pending()]).toEqual([[], []])
    await expect(outbox.discard(id, acting)).rejects.toThrow('notification.delivery_unknown')
    const entries = await world.audit.read({ after: 0, limit: 100 })
    expect(entries.at(-1)?.event).toMatchObject({
      code: 'notification.discarded',
      actor: { user: { id: 'een beheerder' } },
    })
  })
})
