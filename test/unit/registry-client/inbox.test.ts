import { afterAll, describe, expect, test } from '@jest/globals'
import type { InboxMessage } from '../../../registry-client/client.js'
import { createClientWorlds, failureOf, json, type Answering } from '../../support/client-world.js'

const worlds = createClientWorlds()
afterAll(() => worlds.close())

function message(number: number): InboxMessage {
  const record = `WlzIndicatie/53089759-97a5-4a50-b1c9-bae97b8e73f${String(number)}`
  return {
    number,
    position: `feed.${String(number)}`,
    kind: 'notificatie',
    notificatieID: `3f0e2f0b-6f0c-4a57-9d0a-1c1f0a7d9b1${String(number)}`,
    receivedAt: '2026-11-24T09:00:00Z',
    sender: { name: 'CIZ' },
    source: 'sent',
    traceId: 'a'.repeat(32),
    state: 'handed-over',
    timestamp: '2026-11-24T09:00:00Z',
    afzenderIDType: 'KVK',
    afzenderID: '62253778',
    ontvangerIDType: 'UZOVI',
    ontvangerID: '5999',
    eventType: 'NIEUWE_INDICATIE_ZORGKANTOOR',
    subjectList: [{ subject: record, recordID: record }],
  }
}

/** An answer that has these messages, and then breaks off or stays open. */
const stream =
  (numbers: readonly number[], { breaksOff = false, parts = 1 } = {}): Answering =>
  (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    const text = numbers
      .map(
        (number) =>
          `: sign of life\n\nid: feed.${String(number)}\nevent: notificatie\ndata: ${JSON.stringify(message(number))}\n\n`,
      )
      .join('')
    for (let from = 0; from < text.length; from += Math.ceil(text.length / parts))
      response.write(text.slice(from, from + Math.ceil(text.length / parts)))
    if (breaksOff) setTimeout(() => response.destroy(), 50)
  }

async function take(messages: AsyncIterable<InboxMessage>, count: number): Promise<readonly number[]> {
  const numbers: number[] = []
  for await (const { number } of messages) {
    numbers.push(number)
    if (numbers.length === count) break
  }
  return numbers
}

describe('an application that follows its inbox', () => {
  test('gets every message, also when they come in pieces', async () => {
    const { client, server } = await worlds.start(stream([1, 2, 3], { parts: 40 }))
    expect(await take(client.subscribe({ topic: 'inbox' }), 3)).toEqual([1, 2, 3])
    expect(server.requests[0]?.path).toBe('/internal/bronnet/v1/notifications/inbox/noord/events')
    expect(server.requests[0]?.headers['last-event-id']).toBeUndefined()
  })

  test('goes on after the last one when the connection breaks off', async () => {
    const { client, server, pauses } = await worlds.start([stream([1, 2], { breaksOff: true }), stream([3])])
    const told: string[] = []
    const options = { onUnavailable: ({ code }: { readonly code: string }) => void told.push(code) }
    expect(await take(client.subscribe({ topic: 'inbox', after: 'feed.0' }, options), 3)).toEqual([1, 2, 3])
    expect(server.requests.map(({ headers }) => headers['last-event-id'])).toEqual(['feed.0', 'feed.2'])
    expect(told).toEqual(['unavailable'])
    expect(pauses).toHaveLength(1)
  })

  test('is not cut off for the time that it takes for a message itself', async () => {
    let open: Parameters<Answering>[0] | undefined
    const running = new Set<() => void>()
    const clock = {
      now: () => 0,
      random: () => 0.5,
      sleep: (_milliseconds: number, signal?: AbortSignal) =>
        new Promise<void>((resolve, reject) => {
          running.add(resolve)
          signal?.addEventListener('abort', () => {
            running.delete(resolve)
            reject(new Error('ended'))
          })
        }),
    }
    const first: Answering = (response, request) => {
      open = response
      stream([1])(response, request)
    }
    const { client, server } = await worlds.start(first, { clock })
    const numbers: number[] = []
    for await (const { number } of client.subscribe({ topic: 'inbox' })) {
      numbers.push(number)
      if (numbers.length === 2) break
      // Every limit that runs now ends while the application is still at it.
      for (const end of running) end()
      open?.write(`data: ${JSON.stringify(message(2))}\n\n`)
    }
    expect([numbers, server.requests.length]).toEqual([[1, 2], 1])
  })

  test('waits as long as a node says that is not there now', async () => {
    const away = json(503, { code: 'stopping' }, { 'content-type': 'application/problem+json', 'retry-after': '90' })
    const { client, pauses } = await worlds.start([away, stream([1])])
    expect(await take(client.subscribe({ topic: 'inbox' }), 1)).toEqual([1])
    expect(pauses).toEqual([90_000])
  })

  test.each([
    [404, 'not_found'],
    [400, 'invalid_request'],
  ] as const)('ends with what the node says when it answers %i', async (status, code) => {
    const { client } = await worlds.start(json(status, {}))
    expect((await failureOf(take(client.subscribe({ topic: 'inbox' }), 1))).code).toBe(code)
  })

  test('refuses a message of another shape', async () => {
    const { client } = await worlds.start((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('data: {"number":1}\n\n')
    })
    expect((await failureOf(take(client.subscribe({ topic: 'inbox' }), 1))).code).toBe('protocol')
  })
})

test('an application says what it has processed, and hears how much of that was new', async () => {
  const { client, server } = await worlds.start(json(200, { acknowledged: 2 }))
  expect(await client.inbox.acknowledge({ through: 3, by: 'zaaksysteem' })).toBe(2)
  expect(server.requests[0]?.path).toBe('/internal/bronnet/v1/notifications/inbox/noord/acknowledge')
  expect(JSON.parse(String(server.requests[0]?.body))).toEqual({ by: 'zaaksysteem', through: 3 })
})
