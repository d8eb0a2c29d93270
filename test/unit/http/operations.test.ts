import { afterEach, describe, expect, test } from '@jest/globals'
import { createMetrics } from '../../../node/http/metrics.js'
import { operationsRoutes } from '../../../node/http/routes/operations.js'
import { createFixedClock } from '../../../node/kernel/clock.js'
import { createMemoryStore } from '../../../node/stores/memory.js'
import { startComposedNode, type ComposedNode } from './composed.js'
import { openConnection, requestText, send, type Connection } from './connection.js'
import { createServedWorld } from './served.js'

const world = createServedWorld()
const nodes: ComposedNode[] = []
const connections: Connection[] = []
afterEach(async () => {
  for (const connection of connections.splice(0)) connection.end()
  for (const node of nodes.splice(0)) await node.end()
  await world.close()
})

async function serveOperations() {
  const clock = createFixedClock(Date.parse('2026-11-24T09:00:00Z'))
  const store = createMemoryStore({ clock })
  const metrics = createMetrics({ version: '0.0.0' })
  const dependencies = [{ name: 'storage', check: () => store.check() }]
  const { port } = await world.serve(operationsRoutes({ metrics, dependencies, isStopping: () => false }))
  const ask = async (target: string) => {
    const { status, headers, body } = await send(port, requestText('GET', target))
    return { status, headers, json: JSON.parse(body) as unknown }
  }
  return { store, ask }
}

async function compose(): Promise<ComposedNode> {
  const node = await startComposedNode()
  nodes.push(node)
  return node
}

describe('health', () => {
  test.each(['/health', '/health/ready'])('%s is UP while the store works', async (path) => {
    const { ask } = await serveOperations()
    const { status, headers, json } = await ask(path)
    expect([status, headers.get('cache-control')]).toEqual([200, 'no-store'])
    expect(json).toEqual({ status: 'UP', details: { storage: { status: 'UP' } } })
  })

  test.each(['/health', '/health/ready'])('%s is DOWN, with the reason, when the store is closed', async (path) => {
    const { store, ask } = await serveOperations()
    await store.close()
    const { status, json } = await ask(path)
    expect(status).toBe(503)
    expect(json).toEqual({ status: 'DOWN', details: { storage: { status: 'DOWN', reason: 'store.unavailable' } } })
  })

  test('says nothing of a failure that is not ours', async () => {
    const check = () => Promise.reject(new Error('geheim'))
    const routes = operationsRoutes({
      metrics: createMetrics({ version: '0.0.0' }),
      dependencies: [{ name: 'storage', check }],
      isStopping: () => false,
    })
    const { port } = await world.serve(routes)
    const { status, body } = await send(port, requestText('GET', '/health'))
    expect(status).toBe(503)
    expect(body).toContain('internal.fault')
    expect(body).not.toContain('geheim')
  })

  test('/health/live is UP whatever the store does', async () => {
    const { store, ask } = await serveOperations()
    await store.close()
    expect(await ask('/health/live')).toMatchObject({ status: 200, json: { status: 'UP' } })
  })

  test('/status says OK in plain text, as applications of nuts-node v6 expect', async () => {
    const routes = operationsRoutes({
      metrics: createMetrics({ version: '0.0.0' }),
      dependencies: [],
      isStopping: () => false,
    })
    const { port } = await world.serve(routes)
    const { status, headers, body } = await send(port, requestText('GET', '/status'))
    expect([status, headers.get('content-type'), body]).toEqual([200, 'text/plain; charset=utf-8', 'OK'])
  })
})

describe('a whole node', () => {
  test('is healthy, accounts for its start, and counts what it does', async () => {
    const { inside, outside, dids } = await compose()
    expect((await inside('GET', '/health')).json).toEqual({
      status: 'UP',
      details: { storage: { status: 'UP' }, audit: { status: 'UP' }, restore: { status: 'UP' } },
    })
    const { json } = await inside('GET', '/internal/bronnet/v1/audit')
    expect(JSON.stringify(json)).toContain('"node.started"')

    await outside('GET', `/iam/${dids.ciz.split(':').at(-1) ?? ''}/did.json`)
    await outside('GET', '/iam/999990019/did.json')
    const { headers, text } = await inside('GET', '/metrics')
    expect(headers.get('content-type')).toMatch(/^text\/plain; version=/)
    expect(text).toContain('route="/iam/:id/did.json",status="200"} 1')
    expect(text).toContain('bronnet_errors_total{listener="public",code="not-found"} 1')
    expect(text).toContain('bronnet_node_info{version="0.0.0"} 1')
    expect(text).not.toContain('999990019')
  })

  test('says 503 while it stops, lets the running request finish, and can be told twice', async () => {
    const { node, inside } = await compose()
    const running = openConnection(node.publicPort)
    connections.push(running)
    const lines = ['Content-Type: application/x-www-form-urlencoded', 'Content-Length: 3', 'Expect: 100-continue']
    running.write(requestText('POST', '/oauth2/ciz/token', lines))
    expect((await running.answer()).status).toBe(100)

    const stopped = node.stop()
    const ready = await inside('GET', '/health/ready')
    expect(ready.status).toBe(503)
    expect(ready.json).toMatchObject({
      status: 'DOWN',
      details: { storage: { status: 'UP' }, node: { status: 'DOWN', reason: 'the node is stopping' } },
    })
    expect((await inside('GET', '/health/live')).status).toBe(200)

    running.write('a=1')
    const answer = await running.answer()
    expect([answer.status, answer.headers.get('connection')]).toEqual([400, 'close'])
    expect(JSON.parse(answer.body)).toMatchObject({ error: 'invalid_request' })
    await stopped
    await node.stop()
    await expect(inside('GET', '/health/live')).rejects.toThrow('fetch failed')
  })
})
