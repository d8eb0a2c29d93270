import { describe, expect, test } from '@jest/globals'
import { NodeError, type ErrorCode } from '../../../node/kernel/errors.js'
import { silentLog } from '../../../node/kernel/log.js'
import { inbox, inboxSenders } from '../../../node/notifications/inbox-records.js'
import { createInboxWriter, type OnReceived } from '../../../node/notifications/inbox-writer.js'
import { put, type Collection, type Store } from '../../../node/stores/contracts.js'
import { createMemoryStore } from '../../../node/stores/memory.js'
import { readAll } from '../../../node/stores/read-all.js'
import { clock, incoming } from './incoming.js'

const effects: Collection<string> = { name: 'test-effects' }

function createWorld(onReceived: readonly OnReceived[] = [], wrap: (store: Store) => Store = (store) => store) {
  const store = wrap(createMemoryStore({ clock }))
  const writer = createInboxWriter({ store, clock, log: silentLog, onReceived })
  const stored = async (party = 'noord') =>
    (await readAll(store.records, inbox, [party])).map(({ value }) => [value.number, value.notificatieID])
  return { store, writer, stored }
}

const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'nothing',
    (cause: unknown) => NodeError.codeOf(cause),
  )

describe('what comes in together', () => {
  test('is numbered without gaps, and costs far fewer writes than messages', async () => {
    let writes = 0
    const { writer, stored } = createWorld([], (store) => ({
      ...store,
      write: (operations) => {
        writes += 1
        return store.write(operations)
      },
    }))
    const names = Array.from({ length: 250 }, (_, index) => `m${String(index)}`)
    await Promise.all(names.map((name) => writer.stow(incoming(name))))
    expect(await stored()).toEqual(names.map((name, index) => [index + 1, `id-${name}`]))
    expect(writes).toBeLessThanOrEqual(5)
  })

  test('has one number when it is one message, and the first content counts', async () => {
    const { writer, stored } = createWorld()
    const [first, same, other] = await Promise.allSettled([
      writer.stow(incoming('a')),
      writer.stow(incoming('a')),
      writer.stow(incoming('a', { digest: 'changed' })),
    ])
    expect([first, same]).toMatchObject([
      { value: { outcome: 'stored', notificatieID: 'id-a' } },
      { value: { outcome: 'repeated', notificatieID: 'id-a' } },
    ])
    expect(other).toMatchObject({ reason: { code: 'notification.changed' } })
    expect(await stored()).toHaveLength(1)
  })

  test('is stored by two replicas as one inbox, each message once', async () => {
    const { store, writer, stored } = createWorld()
    const replica = createInboxWriter({ store, clock, log: silentLog, onReceived: [] })
    const names = Array.from({ length: 40 }, (_, index) => `m${String(index)}`)
    const outcomes = await Promise.all(
      names.flatMap((name) => [writer.stow(incoming(name)), replica.stow(incoming(name))]),
    )
    expect(outcomes.filter(({ outcome }) => outcome === 'stored')).toHaveLength(40)
    expect((await stored()).map(([number]) => number)).toEqual(names.map((_, index) => index + 1))
  })

  test('goes on when a message comes at the moment in which the one before it was stored', async () => {
    const { writer, stored } = createWorld()
    await writer.stow(incoming('a')).then(() => writer.stow(incoming('b')).then(() => writer.stow(incoming('c'))))
    expect(await stored()).toHaveLength(3)
  })
})

describe('a sender that leaves too much lying', () => {
  test('is told to come back later, and others are taken in', async () => {
    const { store, writer } = createWorld()
    for (const name of ['a', 'b']) await writer.stow(incoming(name, { mostOpen: 2 }))
    expect(await codeOf(writer.stow(incoming('c', { mostOpen: 2 })))).toBe('notification.queue_full')
    // What it sent before is known still.
    expect(await writer.stow(incoming('a', { mostOpen: 2 }))).toMatchObject({ outcome: 'repeated' })
    expect(await writer.stow(incoming('d', { sender: 'UZOVI:5998', mostOpen: 2 }))).toMatchObject({ outcome: 'stored' })
    expect((await store.records.get(inboxSenders, ['noord', 'KVK:62253778']))?.value.open).toBe(2)
  })
})

describe('what another part of the node does because of a message', () => {
  const effect: OnReceived = {
    name: 'effect',
    operations: ({ notificatieID }) => [put(effects, [notificatieID], 'done', { expected: 'absent' })],
  }

  test('is written with it, once for each', async () => {
    const { store, writer } = createWorld([effect])
    await Promise.all(['a', 'b', 'a'].map((name) => writer.stow(incoming(name))))
    expect((await readAll(store.records, effects)).map(({ key }) => key)).toEqual([['id-a'], ['id-b']])
  })

  test.each<[string, OnReceived['operations'], ErrorCode]>([
    ['fails', () => Promise.reject(new Error('a handler that cannot')), 'internal.fault'],
    ['wants what the store cannot keep', () => [put(effects, [''], 'x')], 'store.bad_input'],
    ['wants what is there already', () => [put(effects, ['there'], 'x', { expected: 'absent' })], 'store.conflict'],
  ])('parks the message when it %s, and the others are stored as ever', async (_case, operations, code) => {
    const poison: OnReceived = {
      name: 'poison',
      operations: (message) => (message.notificatieID === 'id-bad' ? operations(message) : []),
    }
    const { store, writer } = createWorld([poison])
    await store.write([put(effects, ['there'], 'before')])
    const names = ['a', 'bad', 'b', 'c']
    const outcomes = await Promise.all(names.map((name) => writer.stow(incoming(name))))
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['stored', 'stored', 'stored', 'stored'])
    const kept = await readAll(store.records, inbox, ['noord'])
    expect(kept.map(({ value }) => value.parked?.code)).toEqual([undefined, code, undefined, undefined])
  })

  test('is kept of the parts that can, when another cannot', async () => {
    const poison: OnReceived = { name: 'poison', operations: () => Promise.reject(new Error('never')) }
    const { store, writer } = createWorld([poison, effect])
    await writer.stow(incoming('a'))
    expect(await readAll(store.records, effects)).toHaveLength(1)
    expect((await readAll(store.records, inbox, ['noord']))[0]?.value.parked).toMatchObject({ by: 'poison' })
  })

  test('is not blamed for a store that does not answer: the sender hears of it and nothing is stored', async () => {
    let isDown = true
    const { writer, stored } = createWorld([effect], (store) => ({
      ...store,
      write: (operations) => (isDown ? Promise.reject(new NodeError('store.unavailable')) : store.write(operations)),
    }))
    expect(await codeOf(writer.stow(incoming('a')))).toBe('store.unavailable')
    isDown = false
    expect(await writer.stow(incoming('a'))).toMatchObject({ outcome: 'stored' })
    expect(await stored()).toHaveLength(1)
  })
})
