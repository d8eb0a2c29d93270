import { afterEach, describe, expect, test } from '@jest/globals'
import type { IndexChange, Subscribe } from '../../../registry-client/client.js'
import { createClientWorlds, failureOf, json } from '../../support/client-world.js'

const worlds = createClientWorlds()
afterEach(() => worlds.close())

const upsert = (seq: number, did: string, more: object = {}) => ({
  seq,
  op: 'upsert',
  did,
  vp: 'ey…',
  expires: '2026-12-01T00:00:00Z',
  ...more,
})
const gone = (seq: number, did: string) => ({ seq, op: 'delete', did, deletedAt: '2026-11-24T09:00:00Z' })
const page = (seed: string, seq: number, entries: readonly object[], more = false) =>
  json(200, { seed, seq, more, entries })
const empty = page('a', 2, [])

/** The first so many changes. */
async function take(changes: ReturnType<Subscribe>, count: number): Promise<readonly IndexChange[]> {
  const taken: IndexChange[] = []
  for await (const change of changes) {
    taken.push(change)
    if (taken.length === count) break
  }
  return taken
}

describe('following the index', () => {
  test('gives all that there is, then what changes, in order, with where the reader is', async () => {
    const catalogued = { catalogURL: 'https://a.nl/catalogus', digest: 'rdfc-1.0+sha-256:x', version: '1' }
    const { client, server, pauses } = await worlds.start([
      page('a', 1, [upsert(1, 'did:web:a', catalogued)], true),
      page('a', 2, [upsert(2, 'did:web:b')]),
      empty,
      page('a', 3, [gone(3, 'did:web:a')]),
    ])
    expect(await take(client.subscribe({ topic: 'index' }), 3)).toEqual([
      {
        kind: 'changed',
        position: { seed: 'a', sequence: 1 },
        did: 'did:web:a',
        catalogue: { url: 'https://a.nl/catalogus', digest: 'rdfc-1.0+sha-256:x', version: '1' },
        expires: '2026-12-01T00:00:00Z',
      },
      {
        kind: 'changed',
        position: { seed: 'a', sequence: 2 },
        did: 'did:web:b',
        catalogue: undefined,
        expires: '2026-12-01T00:00:00Z',
      },
      { kind: 'gone', position: { seed: 'a', sequence: 3 }, did: 'did:web:a' },
    ])
    expect(server.requests.map(({ path }) => path)).toEqual([
      '/index/v1/entries?since=0&limit=500',
      '/index/v1/entries?since=1&limit=500',
      '/index/v1/entries?since=2&limit=500',
      '/index/v1/entries?since=2&limit=500',
    ])
    // Only where there is nothing more, and never all at the same moment.
    expect(pauses).toEqual([45_000, 45_000])
  })

  test('goes on where the reader was', async () => {
    const { client, server } = await worlds.start(page('a', 8, [gone(8, 'did:web:a')]))
    await take(client.subscribe({ topic: 'index', since: { seed: 'a', sequence: 7 } }), 1)
    expect(server.requests[0]?.path).toBe('/index/v1/entries?since=7&limit=500')
  })

  test('says that the index began anew, and then gives all', async () => {
    const { client, server } = await worlds.start([
      page('b', 1, [upsert(1, 'did:web:z')]),
      page('b', 1, [upsert(1, 'did:web:a')]),
    ])
    const changes = await take(client.subscribe({ topic: 'index', since: { seed: 'a', sequence: 7 } }), 2)
    expect(changes).toMatchObject([
      { kind: 'restarted', position: { seed: 'b', sequence: 0 } },
      { kind: 'changed', did: 'did:web:a' },
    ])
    expect(server.requests[1]?.path).toBe('/index/v1/entries?since=0&limit=500')
  })

  test('says so too to a reader who was away for too long', async () => {
    const { client } = await worlds.start([json(410, { title: 'Gone.' }), page('a', 9, [upsert(9, 'did:web:a')])])
    const changes = await take(client.subscribe({ topic: 'index', since: { seed: 'a', sequence: 1 } }), 2)
    expect(changes.map(({ kind }) => kind)).toEqual(['restarted', 'changed'])
  })

  test('goes on with a node that does not answer, after pauses that double, and tells how long', async () => {
    const busy = json(503, { title: 'Later.' })
    const { client } = await worlds.start(
      [busy, busy, json(503, {}, { 'retry-after': '900' }), page('a', 1, [gone(1, 'did:web:a')])],
      {
        patience: { attempts: 1 },
      },
    )
    const told: number[] = []
    const options = { pollSeconds: 10, onUnavailable: (_: unknown, seconds: number) => void told.push(seconds) }
    expect(await take(client.subscribe({ topic: 'index' }, options), 1)).toHaveLength(1)
    expect(told).toEqual([7.5, 15, 900])
  })

  test('waits no longer than five minutes of its own accord', async () => {
    const busy = json(503, {})
    const { client } = await worlds.start([busy, busy, page('a', 1, [gone(1, 'did:web:a')])], {
      patience: { attempts: 1 },
    })
    const told: number[] = []
    const options = { pollSeconds: 600, onUnavailable: (_: unknown, seconds: number) => void told.push(seconds) }
    await take(client.subscribe({ topic: 'index' }, options), 1)
    expect(told).toEqual([225, 225])
  })

  test.each([
    ['a refusal', json(403, { title: 'No.' }), 'refused'],
    ['a node without an index', json(404, { title: 'No.' }), 'not_found'],
    ['an answer that is none', json(200, { seed: 'a' }), 'protocol'],
  ])('ends with %s', async (_, answer, code) => {
    const { client } = await worlds.start(answer)
    expect((await failureOf(take(client.subscribe({ topic: 'index' }), 1))).code).toBe(code)
  })

  test('ends with the signal of the application, also while it waits', async () => {
    const stop = new AbortController()
    const { client } = await worlds.start((response, seen) => {
      setTimeout(() => stop.abort(new Error('genoeg')), 20)
      empty(response, seen)
    })
    await expect(take(client.subscribe({ topic: 'index' }, { signal: stop.signal }), 1)).rejects.toThrow(
      /genoeg|aborted/,
    )
  })

  test('asks nothing before the first change is wanted', async () => {
    const { client, server } = await worlds.start(empty)
    client.subscribe({ topic: 'index' })
    expect(server.requests).toEqual([])
  })
})
