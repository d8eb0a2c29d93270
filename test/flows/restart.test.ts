import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { systemClock, toRfc3339 } from '../../node/kernel/clock.js'
import { runNodeProcess, startNodeProcess, type NodeProcess } from '../support/node-process.js'
import { freePorts } from '../support/free-ports.js'

let directory: string
let running: NodeProcess | undefined

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bronnet-restart-'))
})

afterEach(async () => {
  await running?.kill()
  running = undefined
  await rm(directory, { recursive: true, force: true })
})

async function place(): Promise<{ directory: string; publicPort: number; internalPort: number }> {
  const [publicPort = 0, internalPort = 0] = await freePorts(2)
  return { directory, publicPort, internalPort }
}

async function issueOwnMembership(node: NodeProcess, did: string, name: string): Promise<string> {
  const issued = await node.administrator.call('POST', '/internal/vcr/v2/issuer/vc', {
    type: 'LedenadministratieCredential',
    issuer: did,
    expirationDate: toRfc3339(systemClock.now() + 86_400_000),
    credentialSubject: {
      id: did,
      organization: { name, city: 'Voorbeeldstad', id: '5999', id_type: 'uzovi', role: 'zorgkantoor' },
    },
  })
  return String(issued)
}

describe('a node that is killed', () => {
  test('comes back with its keys, its parties and every acknowledged change, each in its journal', async () => {
    const where = await place()
    running = await startNodeProcess(where)
    const subjects = (await running.administrator.call('GET', '/internal/vdr/v2/subject')) as Record<string, [string]>
    const did = subjects['voorbeeld']?.[0] ?? ''
    const acknowledged: string[] = []
    const working = (async () => {
      for (let number = 0; number < 200; number += 1) {
        await running?.administrator.call('POST', '/internal/vdr/v2/subject', { subject: `party-${String(number)}` })
        acknowledged.push(`party-${String(number)}`)
      }
    })().catch(() => undefined)
    const credential = await issueOwnMembership(running, did, 'Zorgkantoor Noord')
    while (acknowledged.length < 20) await new Promise((resolve) => setTimeout(resolve, 5))
    await running.kill()
    await working

    running = await startNodeProcess(where)
    const after = (await running.administrator.call('GET', '/internal/vdr/v2/subject')) as Record<string, [string]>
    expect(after['voorbeeld']).toEqual([did])
    expect(Object.keys(after)).toEqual(expect.arrayContaining(acknowledged))
    const { entries } = (await running.administrator.call('GET', '/internal/bronnet/v1/audit?limit=1000')) as {
      entries: { number: number; event: { code: string; party?: string } }[]
    }
    const created = entries.filter(({ event }) => event.code === 'party.created').map(({ event }) => event.party)
    expect(created).toEqual(expect.arrayContaining(acknowledged))
    expect(entries.map(({ number }) => number)).toEqual(entries.map((_, index) => index + 1))
    // The key that signed before signs now: the same issuer makes another credential of equal header.
    const again = await issueOwnMembership(running, did, 'Zorgkantoor Noord')
    expect(again.split('.')[0]).toBe(credential.split('.')[0])
  })
})

describe('a second node on the same data', () => {
  test('is refused with a message that says what to do', async () => {
    running = await startNodeProcess(await place())
    const ended = await runNodeProcess(await place())
    expect(ended.status).not.toBe(0)
    expect(ended.errors).toContain('is open in another process. Stop that process')
    expect(ended.errors).not.toMatch(/\n\s+at /)
    expect((await fetch(`${running.internalUrl}/health/ready`)).status).toBe(200)
  })
})
