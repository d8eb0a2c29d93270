import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { prepareGuardedNode, type GuardedNode } from '../support/guarded-node.js'
import { startNodeProcess, type NodeProcess } from '../support/node-process.js'
import { freePorts } from '../support/free-ports.js'
import { startPostgres, type PostgresServer } from '../support/postgres.js'
import { startReadinessProxy, type ReadinessProxy } from '../support/readiness-proxy.js'

jest.setTimeout(240_000)

let directory: string
let server: PostgresServer
let guarded: GuardedNode
let proxy: ReadinessProxy
const running: NodeProcess[] = []

async function startReplica(): Promise<NodeProcess> {
  const [publicPort = 0, internalPort = 0] = await freePorts(2)
  const environment = { BRONNET_HTTP_DRAINSECONDS: '1.5' }
  const node = await startNodeProcess({ configFile: guarded.configFile, publicPort, internalPort, environment })
  running.push(node)
  proxy.add(node)
  await proxy.until(node, 'used')
  return node
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bronnet-rolling-'))
  server = await startPostgres()
  guarded = await prepareGuardedNode(directory, (await server.createSchema()).reveal())
  proxy = await startReadinessProxy()
})

afterAll(async () => {
  await Promise.all(running.map((node) => node.kill()))
  await proxy.close()
  await server.destroy()
  await rm(directory, { recursive: true })
})

/** Asks for tokens and reads with them, over and over, until it is told to stop; gives what every call came to. */
function startLoad(callers: number): { stop(): Promise<readonly string[]> } {
  const outcomes: string[] = []
  let goesOn = true
  const balanced = { publicUrl: proxy.url, internalUrl: '' } as NodeProcess
  const note = (what: string, answer: Promise<{ status: number }>) =>
    answer.then(
      ({ status }) => outcomes.push(`${what} ${String(status)}`),
      (error: unknown) => outcomes.push(`${what} ${String(error)}`),
    )
  const calling = Array.from({ length: callers }, async () => {
    while (goesOn) {
      const token = guarded.requestToken(balanced)
      await note('token', token)
      const { body } = await token.catch(() => ({ body: {} as Record<string, unknown> }))
      await note('read', guarded.read(balanced, String(body['access_token'])))
    }
  })
  return {
    async stop() {
      goesOn = false
      await Promise.all(calling)
      return outcomes
    },
  }
}

/** Stops a node as its platform does, and says whether it still served when it was known not to be ready. */
async function replace(
  old: NodeProcess,
): Promise<{ readonly servedWhileNotReady: number; readonly status: number | null }> {
  const status = old.stop()
  await proxy.until(old, 'unused')
  const { status: servedWhileNotReady } = await fetch(
    `${old.publicUrl}/.well-known/oauth-authorization-server/oauth2/ciz`,
  )
  return { servedWhileNotReady, status: await status }
}

test('two replicas are replaced one after the other under load, and no request fails', async () => {
  const [first, second] = [await startReplica(), await startReplica()]
  const load = startLoad(4)
  // The new one comes first, as a rolling upgrade has it; then each old one goes.
  const third = await startReplica()
  expect(await replace(first)).toEqual({ servedWhileNotReady: 200, status: 0 })
  const fourth = await startReplica()
  expect(await replace(second)).toEqual({ servedWhileNotReady: 200, status: 0 })
  while (proxy.countOf(third) < 20 || proxy.countOf(fourth) < 20)
    await new Promise((resolve) => setTimeout(resolve, 20))
  const outcomes = await load.stop()
  expect([...new Set(outcomes)].sort()).toEqual(['read 200', 'token 200'])
  for (const node of [first, second]) expect(proxy.countOf(node)).toBeGreaterThan(0)
})

test('a connection that is kept is ended by the answer that comes after the node was told to stop', async () => {
  const node = await startReplica()
  const path = `${node.publicUrl}/.well-known/oauth-authorization-server/oauth2/ciz`
  expect((await fetch(path)).headers.get('connection')).toBe('keep-alive')
  const stopping = node.stop()
  await proxy.until(node, 'unused')
  expect((await fetch(path)).headers.get('connection')).toBe('close')
  expect(await stopping).toBe(0)
})
