import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals'
import { startNodeProcess, type NodeProcess } from '../support/node-process.js'
import { startPostgres, type PostgresServer } from '../support/postgres.js'
import { freePorts } from '../support/free-ports.js'
import { runChild } from '../unit/cli/child.js'

jest.setTimeout(120_000)

const subjects = '/internal/vdr/v2/subject'
let directory: string
let server: PostgresServer
let base: string
let running: NodeProcess | undefined

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bronnet-backup-postgres-'))
  server = await startPostgres()
  base = (await server.createSchema()).reveal().replace(/\/postgres\?.*$/, '')
}, 60_000)

afterEach(kill)

afterAll(async () => {
  await server.destroy()
  await rm(directory, { recursive: true, force: true })
})

async function kill(): Promise<void> {
  await running?.kill()
  running = undefined
}

/** A node on a database, with the keys and checkpoints that all of them share. */
async function start(database: string, until: 'ready' | 'live' = 'ready'): Promise<NodeProcess> {
  const [publicPort = 0, internalPort = 0] = await freePorts(2)
  const configFile = join(directory, `${database}.yaml`)
  const settings = {
    strictmode: false,
    url: 'http://localhost:7999',
    storage: { url: `${base}/${database}` },
    keys: { directory: join(directory, 'keys') },
  }
  await writeFile(configFile, JSON.stringify(settings))
  running = await startNodeProcess({ configFile, publicPort, internalPort }, { until })
  return running
}

async function restoreHealth({ internalUrl }: NodeProcess): Promise<unknown> {
  const { details } = (await (await fetch(`${internalUrl}/health`)).json()) as { details: Record<string, unknown> }
  return details['restore']
}

/** A copy as a dump that is read back makes it: the sessions of a node that was killed take a moment to end. */
async function copyDatabase(from: string, to: string): Promise<void> {
  await server.run(`select pg_terminate_backend(pid) from pg_stat_activity where datname = '${from}'`)
  await server.run(`create database ${to} template ${from}`)
}

const waits = { status: 'DOWN', reason: 'token.unconfirmed' }
const confirmation = { by: 'J. Voorbeeld', ground: 'proef' }
const confirm = '/internal/bronnet/v1/storage/confirm-restore'

test('a backup of a node on PostgreSQL comes back in another database, with the journal of after it', async () => {
  await server.run('create database eerste')
  await server.run('create database tweede')
  await server.run('create database derde')
  const node = await start('eerste')
  await node.administrator.call('POST', subjects, { subject: 'blijft' })
  await node.administrator.call('POST', subjects, { subject: 'eindigt' })
  const backup = join(directory, 'node.backup')
  const journal = join(directory, 'journal.jsonl')
  const saved = await runChild(['storage', 'backup', '--to', backup, '--node', node.internalUrl])
  expect(saved).toMatchObject({ status: 0, output: expect.stringContaining('is complete and verified') })
  await node.administrator.call('DELETE', `${subjects}/eindigt`)
  expect((await runChild(['audit', 'export', '--node', node.internalUrl, '--output', journal])).status).toBe(0)
  await kill()

  const restore = ['storage', 'restore', '--from', backup, '--key', join(directory, 'checkpoints', 'audit-key.json')]
  expect((await runChild([...restore, '--to', `${base}/tweede`])).status).toBe(0)
  // The checkpoints know what it misses.
  expect(await restoreHealth(await start('tweede', 'live'))).toEqual(waits)
  await kill()
  expect((await runChild([...restore, '--to', `${base}/derde`, '--journal', journal])).status).toBe(0)
  const third = await start('derde')
  expect(Object.keys((await third.administrator.call('GET', subjects)) as object)).toEqual(['blijft'])
})

test('a database that was read back from a dump is noticed by the checkpoints outside it', async () => {
  await server.run('create database vierde')
  await rm(join(directory, 'checkpoints'), { recursive: true, force: true })
  await start('vierde')
  await kill()
  await copyDatabase('vierde', 'dump')
  const node = await start('vierde')
  await node.administrator.call('POST', subjects, { subject: 'later' })
  await node.administrator.call('POST', '/internal/bronnet/v1/audit/checkpoints')
  await kill()
  await server.run(`select pg_terminate_backend(pid) from pg_stat_activity where datname = 'vierde'`)
  await server.run('drop database vierde')
  await copyDatabase('dump', 'vierde')

  const back = await start('vierde', 'live')
  expect(await restoreHealth(back)).toEqual(waits)
  await back.administrator.call('POST', confirm, confirmation)
  expect(await restoreHealth(back)).toEqual({ status: 'UP' })
  await kill()
  expect(await restoreHealth(await start('vierde'))).toEqual({ status: 'UP' })
})
