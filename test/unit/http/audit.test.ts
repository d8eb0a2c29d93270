import { afterEach, describe, expect, test } from '@jest/globals'
import { createAudit } from '../../../node/audit/audit.js'
import { anchorRoutes, auditRoutes } from '../../../node/http/routes/audit.js'
import { NodeError } from '../../../node/kernel/errors.js'
import { createAuditWorld, type AuditWorld } from '../../support/audit-world.js'
import { createTestKey } from '../../support/journal-lines.js'
import { testNode } from '../../support/node-parts.js'
import { requestText, send } from './connection.js'
import { createServedWorld } from './served.js'

const base = '/internal/bronnet/v1/audit'
const served = createServedWorld()
const worlds: AuditWorld[] = []
const other = createTestKey()
afterEach(async () => {
  await served.close()
  for (const world of worlds.splice(0)) await world.end()
})

async function serveAudit() {
  const world = await createAuditWorld({ nodes: [{ name: 'buur', key: other.publicKey }] })
  worlds.push(world)
  const { port } = await served.serve([...auditRoutes(world), ...anchorRoutes(world)])
  const ask = async (target: string, body?: unknown) => {
    const answer = await fetch(`http://127.0.0.1:${String(port)}${target}`, {
      method: body === undefined ? 'GET' : 'POST',
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    })
    const text = await answer.text()
    const { status, headers } = answer
    const json: unknown = /^application\/(problem\+)?json(;|$)/.test(headers.get('content-type') ?? '')
      ? JSON.parse(text)
      : undefined
    return { status, headers, body: text, json }
  }
  return { world, port, ask }
}

describe('the audit journal', () => {
  test('is read in pages, and each look is in it', async () => {
    const { world, ask } = await serveAudit()
    for (const party of ['a', 'b', 'c'])
      await world.audit.record({ code: 'party.created', action: 'create', outcome: 'success', party })
    const first = await ask('/internal/bronnet/v1/audit?limit=2')
    expect(first.json).toMatchObject({ next: 2, entries: [{ number: 1 }, { number: 2, event: { party: 'b' } }] })
    const second = await ask('/internal/bronnet/v1/audit?after=2')
    expect(second.json).toMatchObject({
      next: 4,
      entries: [
        { number: 3, time: '2026-11-24T09:00:00.000Z' },
        { number: 4, event: { code: 'audit.read', action: 'read', object: { recordCount: 2 } } },
      ],
    })
    expect((await ask('/internal/bronnet/v1/audit?after=99')).json).toEqual({ entries: [], next: 99 })
  })

  test.each([
    ['limit=0', 'limit'],
    ['limit=1001', 'limit'],
    ['limit=x', 'limit'],
    ['limit=1.5', 'limit'],
    ['after=-1', 'after'],
    ['from=1', '"from"'],
  ])('is not read with %s', async (query, name) => {
    const { ask } = await serveAudit()
    const { status, json } = await ask(`/internal/bronnet/v1/audit?${query}`)
    expect(status).toBe(400)
    expect(json).toMatchObject({ code: 'bad-parameters', errors: [expect.stringContaining(name)] })
  })

  test('that cannot be written is not shown either', async () => {
    const { world } = await serveAudit()
    const audit = createAudit({
      store: { journal: world.store.journal, write: () => Promise.reject(new NodeError('store.unavailable')) },
      clock: world.clock,
      node: testNode,
      pseudonymKey: Buffer.alloc(32),
    })
    const { port } = await served.serve(auditRoutes({ ...world, audit }))
    const { status, body } = await send(port, requestText('GET', base))
    expect(status).toBe(503)
    expect(JSON.parse(body)).toMatchObject({ code: 'audit-unavailable' })
  })
})

describe('checkpoints', () => {
  test('are made on demand, each time for what was written, and kept', async () => {
    const { world, ask } = await serveAudit()
    const made = await ask(`${base}/checkpoints`, {})
    expect(made.status).toBe(201)
    const second = await ask(`${base}/checkpoints`, {})
    const { checkpoints } = (await ask(`${base}/checkpoints`)).json as { checkpoints: string[] }
    expect(checkpoints).toEqual([made.json, second.json].map((answer) => (answer as { checkpoint: string }).checkpoint))
    expect((await ask(`${base}/key`)).json).toEqual(world.publicKey)
    expect((await world.audit.read({ after: 0, limit: 9 })).map(({ event }) => event.code)).toEqual([
      'audit.checkpoint',
      'audit.checkpoint',
    ])
  })

  test('of nodes that are anchored here are kept, and given back', async () => {
    const { ask } = await serveAudit()
    const first = await other.checkpoint({ size: 5, root: 'a'.repeat(64) })
    const next = await other.checkpoint({ size: 9, root: 'b'.repeat(64) })
    for (const checkpoint of [first, next, next, first]) {
      expect((await ask('/audit/checkpoints', { checkpoint })).status).toBe(204)
    }
    expect((await ask(`${base}/anchored/buur`)).json).toEqual({ checkpoints: [first, next] })
  })

  test.each([
    ['of fewer entries', { size: 4, root: 'a'.repeat(64) }],
    ['of as many entries with another hash', { size: 5, root: 'c'.repeat(64) }],
    ['of another journal', { size: 6, root: 'c'.repeat(64), journal: 'other' }],
  ])('%s than before are refused, counted, and kept as evidence', async (_, claims) => {
    const { world, ask } = await serveAudit()
    const first = await other.checkpoint({ size: 5, root: 'a'.repeat(64) })
    await ask('/audit/checkpoints', { checkpoint: first })
    const contradiction = await other.checkpoint(claims)
    const { status, json } = await ask('/audit/checkpoints', { checkpoint: contradiction })
    expect([status, json]).toEqual([409, expect.objectContaining({ code: 'checkpoint-contradicts' })])
    expect(world.told).toEqual(['contradiction'])
    expect((await ask(`${base}/anchored/buur`)).json).toEqual({ checkpoints: [first], contradiction })
  })

  test('of strangers, and what is no checkpoint, are refused', async () => {
    const { ask } = await serveAudit()
    const good = await other.checkpoint({ size: 5, root: 'a'.repeat(64) })
    const [header = '', payload = '', signature = ''] = good.split('.')
    const stranger = await createTestKey().checkpoint({ size: 5, root: 'a'.repeat(64) })
    const forged = Buffer.from(payload, 'base64url').toString().replace('"size":5', '"size":6')
    const bad = [stranger, 'x', '..', `${header}.${payload}`, `${good}.x`, `${header}.${payload}.${signature}A`]
    for (const checkpoint of [...bad, [header, Buffer.from(forged).toString('base64url'), signature].join('.')]) {
      const { status, json } = await ask('/audit/checkpoints', { checkpoint })
      expect([status, json]).toEqual([400, expect.objectContaining({ code: 'checkpoint-invalid' })])
    }
    expect((await ask('/audit/checkpoints', { checkpoint: 1 })).status).toBe(400)
    expect((await ask(`${base}/anchored/vreemd`)).status).toBe(404)
    expect((await ask(`${base}/anchored/buur`)).json).toEqual({ checkpoints: [] })
  })
})

describe('an export', () => {
  const bsn = '999990019'

  test('of everything is a chain with its checkpoint and an end, and is an event', async () => {
    const { world, ask } = await serveAudit()
    await world.audit.record({ code: 'party.created', action: 'create', outcome: 'success', party: 'a' })
    const { status, headers, body } = await ask(`${base}/export`, {})
    expect([status, headers.get('content-type')]).toEqual([200, 'application/jsonl; charset=utf-8'])
    const lines = body
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, object>)
    expect(lines[0]).toMatchObject({
      journal: { complete: true, through: 2, start: { number: 0 }, checkpoint: expect.any(String) },
    })
    expect(lines.slice(1, -1)).toEqual(await world.store.journal.read({ after: 0, limit: 9 }))
    expect(lines[2]).toMatchObject({
      number: 2,
      value: { event: { code: 'audit.exported', object: { selection: { format: 'jsonl' } } } },
    })
    expect(lines.at(-1)).toEqual({ end: { count: 2 } })
  })

  test('is of one party, requester, person or period when it is asked so, and says that it is not a chain', async () => {
    const { world, ask } = await serveAudit()
    const { audit, clock } = world
    const pseudonym = audit.pseudonym('bsn', bsn)
    const read = { code: 'read.answered', action: 'read', outcome: 'success' } as const
    await audit.record({ ...read, party: 'a', actor: { did: 'did:web:x' }, persons: [pseudonym] })
    clock.move(86_400)
    await audit.record({ ...read, party: 'b', actor: { did: 'did:web:y' }, persons: ['other', pseudonym] })
    clock.move(86_400)
    await audit.record({ ...read, party: 'a', actor: { did: 'did:web:y' } })
    clock.move(86_400)
    const numbers = async (selection: object): Promise<unknown> => {
      const { body } = await ask(`${base}/export`, selection)
      expect(body).not.toContain(bsn)
      const [head, ...rest] = body
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as { number?: number; journal?: object })
      expect(head?.journal).toMatchObject({ complete: false })
      return rest.slice(0, -1).map(({ number }) => number)
    }
    expect(await numbers({ party: 'a' })).toEqual([1, 3])
    expect(await numbers({ requester: 'did:web:y' })).toEqual([2, 3])
    expect(await numbers({ person: bsn })).toEqual([1, 2])
    expect(await numbers({ from: '2026-11-25', to: '2026-11-26' })).toEqual([2])
    expect(await numbers({ from: '2026-11-25T09:00:00Z', party: 'a' })).toEqual([3])
    expect(await numbers({ person: '999990020' })).toEqual([])
    const exports = (await audit.read({ after: 3, limit: 9 })).map(({ event }) => event.object?.selection)
    expect(exports[2]).toEqual({ format: 'jsonl', person: pseudonym })
  })

  test.each([{ format: 'xml' }, { person: '12345' }, { from: 'gisteren' }, { after: 1 }, { party: '' }])(
    'is refused for %j, without the value',
    async (selection) => {
      const { world, ask } = await serveAudit()
      const { status, body } = await ask(`${base}/export`, selection)
      expect(status).toBe(400)
      for (const value of Object.values(selection)) if (String(value).length > 1) expect(body).not.toContain(value)
      expect(await world.audit.head()).toBe(0)
    },
  )
})
