import { appendFile, rm, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { systemCodeOf } from '../../node/kernel/errors.js'
import { reserveOf } from '../../node/stores/free-space.js'
import { verifyChain } from '../support/chain.js'
import { prepareGuardedNode, type Answer, type GuardedNode } from '../support/guarded-node.js'
import { startNodeProcess, type NodeProcess } from '../support/node-process.js'
import { openTestStore } from '../support/open-test-store.js'
import { freePorts } from '../support/free-ports.js'
import { describeWithSmallDisk, makeSmallDisk } from '../support/small-disk.js'

const mebibyte = 1024 * 1024
const subjectsPath = '/internal/vdr/v2/subject'

describeWithSmallDisk('a node whose disk fills up', makeSmallDisk(64), (disk) => {
  const filler = join(disk.directory, 'filler')
  let guarded: GuardedNode
  let node: NodeProcess
  let token: string
  let didDocumentUrl: string

  beforeAll(async () => {
    guarded = await prepareGuardedNode(disk.directory, `level:${disk.directory}`)
    const [publicPort = 0, internalPort = 0] = await freePorts(2)
    node = await startNodeProcess({ configFile: guarded.configFile, publicPort, internalPort })
    token = String((await guarded.requestToken(node)).body['access_token'])
    const subjects = (await node.administrator.call('GET', subjectsPath)) as Record<string, [string]>
    didDocumentUrl = `${node.publicUrl}/iam/${subjects['ciz']?.[0].split(':').at(-1) ?? ''}/did.json`
  }, 60_000)

  afterAll(async () => {
    await node.kill()
    disk.remove()
  })

  async function fillUpTo(bytesLeft: number): Promise<void> {
    const { bavail, bsize } = await statfs(disk.directory)
    await appendFile(filler, Buffer.alloc(Math.max(0, bavail * bsize - bytesLeft)))
  }

  async function makeParty(subject: string): Promise<Answer> {
    const response = await fetch(`${node.internalUrl}${subjectsPath}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ subject }),
    })
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  }

  const statusOf = async (url: string): Promise<number> => (await fetch(url)).status
  const isReady = async (): Promise<boolean> => (await statusOf(`${node.internalUrl}/health/ready`)) === 200

  async function expectHonestRefusals(): Promise<void> {
    expect(await guarded.requestToken(node)).toMatchObject({ status: 503, body: { error: 'temporarily_unavailable' } })
    expect((await guarded.read(node, token)).status).toBe(503)
    expect(await makeParty('vol')).toMatchObject({
      status: 503,
      body: { code: expect.stringMatching(/^(storage|audit|key-store)-unavailable$/) },
    })
    expect(await statusOf(`${node.internalUrl}/health/ready`)).toBe(503)
    expect(await statusOf(`${node.internalUrl}/health/live`)).toBe(200)
  }

  async function expectService(): Promise<void> {
    expect((await guarded.requestToken(node)).status).toBe(200)
    expect((await guarded.read(node, token)).status).toBe(200)
  }

  test('refuses what it would have to write down, before the disk is really full, and shows what it shows to all', async () => {
    await expectService()
    await fillUpTo(reserveOf(64 * mebibyte) - mebibyte)
    while (await isReady()) await setTimeout(20)
    await expectHonestRefusals()
    expect(await statusOf(didDocumentUrl)).toBe(200)
    expect(await statusOf(`${node.publicUrl}/.well-known/oauth-authorization-server/oauth2/ciz`)).toBe(200)
    await rm(filler)
    while (!(await isReady())) await setTimeout(20)
    await expectService()
  }, 60_000)

  test('loses nothing when the disk fills up under it at once, and goes on without a restart', async () => {
    const acknowledged: string[] = []
    let refused = 0
    let goesOn = true
    const writing = Array.from({ length: 4 }, async (_, caller) => {
      for (let number = 0; goesOn; number += 1) {
        const subject = `schijf-${caller}-${number}`
        const { status } = await makeParty(subject)
        if (status === 200) acknowledged.push(subject)
        else refused += 1
      }
    })
    while (acknowledged.length < 20) await setTimeout(5)
    await fillToTheLastByte()
    // The page that the log is in may have room for a few more writes.
    while (refused < 20 || (await isReady())) await setTimeout(5)
    await expectHonestRefusals()
    await rm(filler)
    const before = acknowledged.length
    while (acknowledged.length < before + 20) await setTimeout(5)
    goesOn = false
    await Promise.all(writing)
    await expectService()
    const subjects = (await node.administrator.call('GET', subjectsPath)) as object
    expect(Object.keys(subjects)).toEqual(expect.arrayContaining(acknowledged))
    expect(await node.stop()).toBe(0)
    const store = await openTestStore(join(disk.directory, 'store'))
    await verifyChain(store.journal)
    await store.close()
  }, 60_000)

  async function fillToTheLastByte(): Promise<void> {
    await writeFile(filler, '')
    for (const size of [mebibyte, 4096, 1]) {
      try {
        for (;;) await appendFile(filler, Buffer.alloc(size))
      } catch (error) {
        if (systemCodeOf(error) !== 'ENOSPC') throw error
      }
    }
  }
})
