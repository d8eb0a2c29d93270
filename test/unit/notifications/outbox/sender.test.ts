import { describe, expect, jest, test } from '@jest/globals'
import { NodeError } from '../../../../node/kernel/errors.js'
import { createOutboxWorld, recordOf } from '../../../support/outbox-world.js'

const zorgkantoor = (id: string) => ({ receiver: { idType: 'UZOVI' as const, id } })
const gewijzigd = { eventType: 'GEWIJZIGDE_INDICATIE_ZORGKANTOOR' }
const minutes = 60
const hours = 60 * minutes
const days = 24 * hours

describe('what is put into the outbox', () => {
  test('is delivered at once, and nothing is left that waits', async () => {
    const world = createOutboxWorld()
    const sender = world.start()
    await world.put({})
    await sender.idle()
    expect(world.got.map(({ receiver, version }) => [receiver, version])).toEqual([['5999', 1]])
    expect([await world.pending(), await world.dead(), await world.due()]).toEqual([[], [], 0])
    expect(await world.ended()).toMatchObject([
      { state: 'delivered', receipt: { notificatieID: '0d9a4f2e-6c3b-4b1f-9a7e-2f1c8b7d6e5a' } },
    ])
  })

  test('is found by a sender that starts later', async () => {
    const world = createOutboxWorld()
    await world.put({}, { recordID: recordOf(2) }, zorgkantoor('5998'))
    await world.run(world.start())
    expect(world.got).toHaveLength(3)
  })

  test('goes out in the order of versions for each record, though some are slow', async () => {
    const world = createOutboxWorld()
    const events = [
      'NIEUWE_INDICATIE_ZORGKANTOOR',
      'GEWIJZIGDE_INDICATIE_ZORGKANTOOR',
      'VERVALLEN_INDICATIE_ZORGKANTOOR',
    ]
    world.answer(async ({ version }) => {
      await new Promise((resolve) => setTimeout(resolve, version === 1 ? 20 : 1))
      return undefined
    })
    for (const [version, eventType] of events.entries())
      await world.put(...[1, 2, 3].map((number) => ({ eventType, version: version + 1, recordID: recordOf(number) })))
    await world.run(world.start())
    for (const number of [1, 2, 3])
      expect(world.got.filter(({ recordID }) => recordID === recordOf(number)).map(({ version }) => version)).toEqual([
        1, 2, 3,
      ])
  })

  test('is said once for a burst of one record, by the last of it', async () => {
    const world = createOutboxWorld()
    const mark = { ontvangerKenmerk: 'een-ander' }
    await world.put({}, ...[2, 3, 4].map((version) => ({ ...gewijzigd, version })), {
      ...gewijzigd,
      ...mark,
      version: 5,
    })
    await world.run(world.start())
    expect(world.got.map(({ version }) => version)).toEqual([1, 4, 5])
    const states = (await world.ended()).map(({ version, state }) => `${String(version)} ${state}`).sort()
    expect(states).toEqual(['1 delivered', '2 consolidated', '3 consolidated', '4 delivered', '5 delivered'])
  })

  test('is in the journal before and after, without the record', async () => {
    const world = createOutboxWorld()
    await world.put({})
    await world.run(world.start())
    const entries = await world.audit.read({ after: 0, limit: 10 })
    expect(entries.map(({ event: { code, outcome } }) => `${code} ${outcome}`)).toEqual([
      'notification.queued success',
      'notification.sent success',
    ])
    expect(JSON.stringify(entries)).not.toContain(recordOf(1))
  })
})

describe('a receiver that does not answer', () => {
  const down = () => ({ kind: 'unreachable', code: 'outbound.failed' }) as const

  test('is tried with one message, and gets everything when it is back', async () => {
    const world = createOutboxWorld()
    const sender = world.start()
    world.answer(down)
    await world.put(...Array.from({ length: 20 }, (_, number) => ({ recordID: recordOf(number + 1) })))
    await sender.idle()
    const before = world.tries()
    world.clock.move(10)
    await world.run(sender)
    expect(world.tries()).toBe(before + 1)
    world.clock.move(10 * minutes)
    world.answer(() => undefined)
    await world.run(sender)
    expect(new Set(world.got.map(({ recordID }) => recordID)).size).toBe(20)
    expect([world.got.length, await world.due()]).toEqual([20, 0])
  })

  test('is not tried before its time, but for what is new after the shortest wait', async () => {
    const world = createOutboxWorld()
    const sender = world.start()
    world.answer(down)
    await world.put({})
    for (let attempt = 1; attempt < 4; attempt += 1) {
      world.clock.move(attempt * 10 * minutes)
      await world.run(sender)
    }
    const before = world.tries()
    world.clock.move(1)
    await world.put({ recordID: recordOf(2) })
    await world.run(sender)
    expect(world.tries()).toBe(before)
    world.clock.move(5)
    await world.run(sender)
    expect(world.tries()).toBe(before + 1)
    world.clock.move(6)
    await world.run(sender)
    expect(world.tries()).toBe(before + 1)
  })

  test('does not keep others waiting', async () => {
    const world = createOutboxWorld()
    const sender = world.start()
    world.answer(({ receiver }) => (receiver.id === '5999' ? down() : undefined))
    await world.put({}, zorgkantoor('5998'), zorgkantoor('5997'), zorgkantoor('5996'), zorgkantoor('5995'))
    await sender.idle()
    await world.run(sender)
    expect(world.got.map(({ receiver }) => receiver).sort()).toEqual(['5995', '5996', '5997', '5998'])
  })

  test('is left alone as long as it asks for that', async () => {
    const world = createOutboxWorld()
    const sender = world.start()
    world.answer(() => ({ kind: 'unreachable', code: 'http.429', retryAfterMilliseconds: 60_000 }))
    await world.put({})
    await sender.idle()
    world.answer(() => undefined)
    world.clock.move(59)
    await world.put({ recordID: recordOf(2) })
    await world.run(sender)
    expect(world.got).toEqual([])
    world.clock.move(1)
    await world.run(sender)
    expect(world.got).toHaveLength(2)
  })

  test('is given up after seven days, with an alarm and an account, and not before', async () => {
    const world = createOutboxWorld()
    const sender = world.start()
    world.answer(down)
    await world.put({}, { recordID: recordOf(2) })
    await sender.idle()
    world.clock.move(6 * days + 23 * hours)
    await world.run(sender)
    expect(await world.dead()).toEqual([])
    world.clock.move(2 * days)
    await world.run(sender)
    expect((await world.dead()).map(({ state, lastFailure }) => `${state} ${lastFailure?.code ?? ''}`)).toEqual([
      'expired outbound.failed',
      'expired outbound.failed',
    ])
    expect(world.logged).toContain('a notification could not be delivered: outbound.failed')
    const codes = (await world.audit.read({ after: 0, limit: 20 })).map(({ event }) => event.code)
    expect(codes.filter((code) => code === 'notification.failed')).toHaveLength(2)
  })
})

describe('what was taken and what is too old in one look', () => {
  test('is not given up after it was taken', async () => {
    const world = createOutboxWorld()
    await world.put({}, { recordID: recordOf(2) })
    world.clock.move(8 * days)
    let isTaken = false
    world.answer(async ({ recordID }) => {
      if (recordID === recordOf(1)) return undefined
      // The receiver falls silent after it took the other, and before that could be marked.
      while (world.got.length === 0) await new Promise((resolve) => setImmediate(resolve))
      isTaken = true
      return { kind: 'unreachable', code: 'outbound.failed' }
    })
    await world.run(world.start())
    expect(isTaken).toBe(true)
    expect((await world.ended()).map(({ recordID, state }) => [recordID, state])).toEqual([[recordOf(1), 'delivered']])
    expect((await world.dead()).map(({ recordID }) => recordID)).toEqual([recordOf(2)])
  })
})

describe('a receiver that another replica serves', () => {
  test('is asked for once in a while, however often it is looked at meanwhile', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] })
    try {
      const world = createOutboxWorld()
      await world.put({})
      let attempts = 0
      const attempt = () => {
        attempts += 1
        return Promise.resolve(false)
      }
      const sender = world.start({ attempt, take: () => Promise.reject(new NodeError('store.conflict')) })
      for (let looks = 0; looks < 20; looks += 1) await world.run(sender)
      expect(attempts).toBe(20)
      await jest.advanceTimersByTimeAsync(1000)
      expect(attempts).toBeLessThanOrEqual(24)
      await sender.stop()
    } finally {
      jest.useRealTimers()
    }
  })
})

describe('a message that is not taken', () => {
  test('waits by itself, with what comes after it about that record', async () => {
    const world = createOutboxWorld()
    const sender = world.start()
    world.answer(({ recordID }) => (recordID === recordOf(1) ? { kind: 'failed', code: 'http.errors' } : undefined))
    await world.put({}, { recordID: recordOf(2) }, { ...gewijzigd, version: 2 })
    await sender.idle()
    await world.run(sender)
    expect(world.got.map(({ recordID }) => recordID)).toEqual([recordOf(2)])
    world.answer(() => undefined)
    world.clock.move(5)
    await world.run(sender)
    expect(world.got.slice(1).map(({ recordID, version }) => [recordID, version])).toEqual([
      [recordOf(1), 1],
      [recordOf(1), 2],
    ])
    expect(await world.due()).toBe(0)
  })

  test('is tried again with the same moment, by which the receiver knows it', async () => {
    const world = createOutboxWorld()
    const sender = world.start()
    const seen: string[] = []
    world.answer(({ timestamp }) => {
      seen.push(timestamp)
      return seen.length < 3 ? { kind: 'failed', code: 'http.500' } : undefined
    })
    await world.put({})
    await sender.idle()
    for (const seconds of [5, 30]) {
      world.clock.move(seconds)
      await world.run(sender)
    }
    expect(seen).toHaveLength(3)
    expect(new Set(seen).size).toBe(1)
  })

  test('is not tried again when it is refused: somebody has to look, and what follows goes on', async () => {
    const world = createOutboxWorld()
    const sender = world.start()
    world.answer(({ version }) => (version === 1 ? { kind: 'refused', code: 'http.400' } : undefined))
    await world.put({}, { ...gewijzigd, version: 2 })
    await sender.idle()
    world.clock.move(days)
    await world.run(sender)
    expect(world.got.map(({ version }) => version)).toEqual([2])
    expect((await world.dead()).map(({ state, version }) => [state, version])).toEqual([['refused', 1]])
    expect(world.logged).toContain('a notification could not be delivered: http.400')
  })

  test('says that it is the receiver when it happens to all', async () => {
    const world = createOutboxWorld()
    world.answer(() => ({ kind: 'failed', code: 'http.500' }))
    await world.put(...Array.from({ length: 100 }, (_, number) => ({ recordID: recordOf(number + 1) })))
    await world.run(world.start())
    expect(world.tries()).toBeLessThan(20)
    expect((await world.pending()).filter(({ attempts }) => attempts === 0).length).toBeGreaterThan(80)
  })
})

describe('a failure of the node itself', () => {
  test('ends the look, says nothing about the receiver, and what waits goes out later', async () => {
    const world = createOutboxWorld()
    world.answer(() => {
      throw new NodeError('store.unavailable')
    })
    await world.put(...[1, 2, 3].map((number) => ({ recordID: recordOf(number) })))
    const sender = world.start()
    await world.run(sender)
    expect(world.logged).toEqual(['notifications could not be sent: store.unavailable'])
    expect([(await world.pending()).length, await world.due()]).toEqual([3, 1])
    world.answer(() => undefined)
    await world.run(sender)
    expect(world.got).toHaveLength(3)
  })
})
