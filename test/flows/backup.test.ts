import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { startNodeProcess, type NodeProcess } from '../support/node-process.js'
import { freePorts } from '../support/free-ports.js'
import { runChild, type Ended } from '../unit/cli/child.js'

let directory: string
let running: NodeProcess | undefined

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bronnet-backup-'))
})

afterEach(async () => {
  await running?.kill()
  running = undefined
  await rm(directory, { recursive: true, force: true })
})

async function start(name: string): Promise<NodeProcess> {
  const [publicPort = 0, internalPort = 0] = await freePorts(2)
  running = await startNodeProcess({ directory: join(directory, name), publicPort, internalPort })
  return running
}

async function kill(): Promise<void> {
  await running?.kill()
  running = undefined
}

const backup = (...words: string[]): Promise<Ended> => runChild(['storage', 'backup', ...words])
const restore = (...words: string[]): Promise<Ended> => runChild(['storage', 'restore', ...words])

interface Health {
  readonly status: string
  readonly details: Readonly<Record<string, { readonly status: string; readonly reason?: string }>>
}

async function healthOf({ internalUrl }: NodeProcess): Promise<Health> {
  return (await (await fetch(`${internalUrl}/health`)).json()) as Health
}

async function codesOf(node: NodeProcess): Promise<readonly string[]> {
  const { entries } = (await node.administrator.call('GET', '/internal/bronnet/v1/audit?limit=1000')) as {
    entries: readonly { event: { code: string; actor?: unknown; reasons?: readonly string[] } }[]
  }
  return entries.map(({ event }) => event.code)
}

async function subjectsOf(node: NodeProcess): Promise<readonly string[]> {
  return Object.keys((await node.administrator.call('GET', '/internal/vdr/v2/subject')) as object)
}

describe('a backup of a node under load', () => {
  test('is a consistent cut, and comes back on an empty machine as a node that waits for its administrator', async () => {
    const node = await start('first')
    const made: string[] = []
    let isDone = false
    const working = [1, 2, 3].map(async (caller) => {
      for (let number = 0; !isDone; number += 1) {
        const subject = `party-${caller}-${number}`
        await node.administrator.call('POST', '/internal/vdr/v2/subject', { subject })
        made.push(subject)
      }
    })
    while (made.length < 15) await new Promise((resolve) => setTimeout(resolve, 5))
    const before = [...made]
    const passphrase = join(directory, 'passphrase')
    await writeFile(passphrase, 'een lange wachtzin\n')
    const file = join(directory, 'node.backup')
    const made1 = await backup('--to', file, '--node', node.internalUrl, '--passphrase-file', passphrase)
    expect(made1).toMatchObject({ status: 0, output: expect.stringContaining('The backup is complete and verified') })
    isDone = true
    await Promise.all(working)
    await kill()

    // The keys come from where their own copy is kept; the newest checkpoints are lost with the machine.
    await cp(join(directory, 'first', 'keys'), join(directory, 'second', 'keys'), { recursive: true })
    const to = `level:${join(directory, 'second')}`
    expect(await restore('--from', file, '--to', to)).toMatchObject({ status: 64 })
    expect(await restore('--from', file, '--to', to, '--passphrase-file', passphrase)).toMatchObject({
      status: 0,
      output: expect.stringContaining('is restored and verified'),
    })
    const [publicPort = 0, internalPort = 0] = await freePorts(2)
    const second = await startNodeProcess(
      { directory: join(directory, 'second'), publicPort, internalPort },
      { until: 'live' },
    )
    running = second
    expect(await healthOf(second)).toMatchObject({
      status: 'DOWN',
      details: {
        storage: { status: 'UP' },
        audit: { status: 'UP' },
        restore: { status: 'DOWN', reason: 'token.unconfirmed' },
      },
    })
    const restored = await subjectsOf(second)
    expect(restored).toEqual(expect.arrayContaining(before))
    // Each party of the cut is there with its account, and no account is there without its party.
    const codes = await codesOf(second)
    expect(codes.filter((code) => code === 'party.created')).toHaveLength(restored.length)
    expect(codes).toContain('storage.saved')
    expect(codes).toContain('storage.restored')
    expect(
      (await fetch(`http://localhost:${publicPort}/.well-known/oauth-authorization-server/oauth2/voorbeeld`)).status,
    ).toBe(200)

    const confirm = [
      'storage',
      'confirm-restore',
      '--by',
      'J. Voorbeeld',
      '--ground',
      'niets ingetrokken',
      '--node',
      second.internalUrl,
    ]
    expect(await runChild(confirm)).toMatchObject({ status: 0 })
    expect(await healthOf(second)).toMatchObject({ status: 'UP' })
    expect(await codesOf(second)).toContain('storage.confirmed')
    await kill()
    const again = await start('second')
    expect(await healthOf(again)).toMatchObject({ status: 'UP' })
    expect((await codesOf(again)).filter((code) => code === 'storage.restored')).toHaveLength(1)
  }, 120_000)

  test('a directory that is put back by hand is noticed by the checkpoints outside the store', async () => {
    await start('node')
    await kill()
    await cp(join(directory, 'node', 'store'), join(directory, 'old'), { recursive: true })
    const node = await start('node')
    await node.administrator.call('POST', '/internal/vdr/v2/subject', { subject: 'later' })
    await node.administrator.call('POST', '/internal/bronnet/v1/audit/checkpoints')
    await kill()
    await rm(join(directory, 'node', 'store'), { recursive: true })
    await cp(join(directory, 'old'), join(directory, 'node', 'store'), { recursive: true })

    const [publicPort = 0, internalPort = 0] = await freePorts(2)
    const place = { directory: join(directory, 'node'), publicPort, internalPort }
    running = await startNodeProcess(place, { until: 'live' })
    expect((await healthOf(running)).details['restore']).toEqual({ status: 'DOWN', reason: 'token.unconfirmed' })
    await running.administrator.call('POST', '/internal/bronnet/v1/storage/confirm-restore', {
      by: 'J. Voorbeeld',
      ground: 'proef',
    })
    // The journal goes on, and so do its checkpoints.
    expect(await healthOf(running)).toMatchObject({ status: 'UP' })
    await running.administrator.call('POST', '/internal/bronnet/v1/audit/checkpoints')
    await kill()
    running = await startNodeProcess(place)
    expect(await healthOf(running)).toMatchObject({ status: 'UP' })
  }, 60_000)
})

describe('bronnet storage backup', () => {
  test('makes nothing when no node answers, and does not write over a file', async () => {
    const [port = 0] = await freePorts(1)
    const file = join(directory, 'x.backup')
    expect(await backup('--to', file, '--node', `http://127.0.0.1:${port}`)).toMatchObject({ status: 69 })
    await expect(cp(file, `${file}.copy`)).rejects.toMatchObject({ code: 'ENOENT' })
    await writeFile(file, 'there')
    expect(await backup('--to', file, '--node', `http://127.0.0.1:${port}`)).toMatchObject({
      status: 64,
      errors: `bronnet: --to: ${file} is there already\n`,
    })
  })
})
