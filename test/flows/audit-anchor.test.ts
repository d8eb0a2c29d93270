import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { stringify } from 'yaml'
import { runCommand } from '../support/command-process.js'
import { startNodeProcess, type NodeProcess } from '../support/node-process.js'
import { freePorts } from '../support/free-ports.js'

let place: string
const running: NodeProcess[] = []

beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'bronnet-anchor-'))
})
afterAll(async () => {
  for (const node of running) await node.kill()
  await rm(place, { recursive: true, force: true })
})

async function start(name: string, ports: readonly number[], audit: object): Promise<NodeProcess> {
  const [publicPort = 0, internalPort = 0] = ports
  const configFile = join(place, `${name}.yaml`)
  const settings = {
    strictmode: false,
    url: `http://localhost:${String(publicPort)}`,
    storage: { url: `level:${join(place, name)}` },
    http: { public: { host: '127.0.0.1', port: publicPort }, internal: { port: internalPort } },
    outbound: { loopback: true },
    log: { level: 'silent' },
    audit,
  }
  await writeFile(configFile, stringify(settings))
  const node = await startNodeProcess({ publicPort, internalPort, configFile })
  running.push(node)
  return node
}

test('a node keeps the checkpoints of another, with which anybody can verify the other’s journal', async () => {
  const ports = await freePorts(4)
  const own = await start('own', ports.slice(0, 2), {
    checkpointSeconds: 0.2,
    anchors: [`http://localhost:${String(ports[2])}`],
  })
  const keyFile = join(place, 'own', 'checkpoints', 'audit-key.json')
  const key: unknown = JSON.parse(await readFile(keyFile, 'utf8'))
  const other = await start('other', ports.slice(2), { anchoring: [{ name: 'own', key }] })

  let kept: { readonly checkpoints: readonly string[] } = { checkpoints: [] }
  while (kept.checkpoints.length === 0) {
    await own.administrator.call('POST', '/internal/vdr/v2/subject', {})
    await new Promise((resolve) => setTimeout(resolve, 100))
    kept = (await other.administrator.call('GET', '/internal/bronnet/v1/audit/anchored/own')) as typeof kept
  }
  const checkpoints = join(place, 'anchor.json')
  await writeFile(checkpoints, JSON.stringify(kept))
  const words = ['audit', 'verify', '--node', own.internalUrl, '--key', keyFile, '--checkpoints', checkpoints]
  expect(await runCommand(words)).toMatchObject({ status: 0, output: expect.stringMatching(/^INTACT/), errors: '' })
}, 180_000)
