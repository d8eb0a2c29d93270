import { createPublicKey, verify, type JsonWebKey, type KeyObject } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { systemClock } from '../../node/kernel/clock.js'
import { Client } from 'pg'
import type { Secret } from '../../node/kernel/secret.js'
import { verifyChain } from '../support/chain.js'
import { hostedService, prepareGuardedNode, type GuardedNode } from '../support/guarded-node.js'
import { startNodeProcess, type NodeProcess } from '../support/node-process.js'
import { openTestStore } from '../support/open-test-store.js'
import { startPostgres, type PostgresServer } from '../support/postgres.js'
import { createProver } from '../support/prover.js'
import { freePorts } from '../support/free-ports.js'
import { zorgkantoor } from '../support/token-world.js'

const subjectsPath = '/internal/vdr/v2/subject'

let directory: string
let server: PostgresServer
let database: Secret
let guarded: GuardedNode
/** Two nodes with one configuration, one directory of keys and one database. */
let first: NodeProcess
let second: NodeProcess
/** Who led before it was killed. */
let leading: Leader

async function startReplica(): Promise<NodeProcess> {
  const [publicPort = 0, internalPort = 0] = await freePorts(2)
  return startNodeProcess({ configFile: guarded.configFile, publicPort, internalPort })
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bronnet-replicas-'))
  server = await startPostgres()
  database = await server.createSchema()
  guarded = await prepareGuardedNode(directory, database.reveal())
  // At the same moment, on an empty database and without keys.
  const started = await Promise.all([startReplica(), startReplica()])
  ;[first, second] = started
}, 60_000)

afterAll(async () => {
  await Promise.all([first, second].map((node) => node.kill()))
  await server.destroy()
  await rm(directory, { recursive: true })
})

async function subjectsOf(node: NodeProcess): Promise<Record<string, [string]>> {
  return (await node.administrator.call('GET', subjectsPath)) as Record<string, [string]>
}

async function healthOf(node: NodeProcess): Promise<readonly number[]> {
  const of = async (path: string) => (await fetch(`${node.internalUrl}${path}`)).status
  return [await of('/health/ready'), await of('/health/live')]
}

interface Leader {
  readonly holder: string
  readonly number: number
}

/** Who does now what one node does for all; waits until there is one. */
async function leader(): Promise<Leader> {
  const store = await openTestStore(database.reveal())
  for (;;) {
    const found = await store.records.get<Leader & { until: number }>({ name: 'leases' }, ['leading'])
    if (found !== undefined && found.value.until > systemClock.now()) {
      await store.close()
      return found.value
    }
    await setTimeout(50)
  }
}

/** How often a source was read, as the journal says. */
async function countOutcomes(): Promise<number> {
  const outcomes = await server.run(
    `select count(*) from journal where value like '%"read.answered"%' or value like '%"read.failed"%'`,
    database,
  )
  return Number(outcomes[0]?.['count'])
}

function isSignedBy(compact: string, key: KeyObject): boolean {
  const [header = '', payload = '', signature = ''] = compact.split('.')
  const data = Buffer.from(`${header}.${payload}`)
  return verify('sha256', data, { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'))
}

describe('two nodes on one database', () => {
  test('that started together on nothing are one node with one party', async () => {
    const [ofFirst, ofSecond] = [await subjectsOf(first), await subjectsOf(second)]
    expect(ofFirst['ciz']).toHaveLength(1)
    expect(ofSecond).toEqual(ofFirst)
  })

  test('accept each of 100 presentations that are sent to both at once exactly once', async () => {
    const outcomes: (readonly number[])[] = []
    for (let round = 0; round < 100; round += 1) {
      const presentation = guarded.present()
      const sent = [first, second, first, second].map((node) => guarded.requestToken(node, presentation))
      outcomes.push((await Promise.all(sent)).map(({ status }) => status))
    }
    expect(outcomes.filter((statuses) => statuses.filter((status) => status === 200).length !== 1)).toEqual([])
    expect(new Set(outcomes.flat())).toEqual(new Set([200, 400]))
    // Otherwise one was always ahead of the other, and nothing was tested.
    expect(outcomes.some(([a, , b]) => a === 200 || b === 200)).toBe(true)
    expect(outcomes.some(([, a, , b]) => a === 200 || b === 200)).toBe(true)
  }, 60_000)

  test('accept one of fifty copies of a presentation with a proof, and one of fifty presentations with one proof', async () => {
    const prover = createProver(systemClock)
    const proof = (): string => prover.prove({ htm: 'POST', htu: guarded.tokenEndpoint })
    const askAll = async (make: () => { readonly presentation: string; readonly dpop: string }) => {
      const nodes = Array.from({ length: 50 }, (_, index) => (index % 2 === 0 ? first : second))
      const sent = nodes.map((node) => {
        const { presentation, dpop } = make()
        return guarded.requestToken(node, presentation, { dpop })
      })
      return (await Promise.all(sent)).map(({ status, body }) => (status === 200 ? body['token_type'] : body['code']))
    }
    const counted = (outcomes: readonly unknown[]) =>
      [...new Set(outcomes)].map((outcome) => [outcome, outcomes.filter((each) => each === outcome).length]).toSorted()

    const presentation = guarded.present()
    expect(counted(await askAll(() => ({ presentation, dpop: proof() })))).toEqual([
      ['DPoP', 1],
      ['presentation-replayed', 49],
    ])
    const dpop = proof()
    expect(counted(await askAll(() => ({ presentation: guarded.present(), dpop })))).toEqual([
      ['DPoP', 1],
      ['dpop-invalid', 49],
    ])
  }, 60_000)

  test('take each other’s tokens', async () => {
    const { body } = await guarded.requestToken(first)
    const token = String(body['access_token'])
    expect((await guarded.introspect(second, token)).body).toMatchObject({ active: true })
    expect(await guarded.read(second, token)).toMatchObject({ status: 200 })
    expect((await guarded.introspect(first, 'none')).body).toEqual({ active: false })
  })

  test('know a party at once that the other made, sign with its key and hold its credentials', async () => {
    await first.administrator.call('POST', subjectsPath, { subject: 'samen' })
    const did = (await subjectsOf(second))['samen']?.[0] ?? ''
    const document = await fetch(`${first.publicUrl}/iam/${did.split(':').at(-1) ?? ''}/did.json`)
    const keys = (await document.json()) as { readonly verificationMethod: readonly { publicKeyJwk: JsonWebKey }[] }
    const credential = await second.administrator.call('POST', '/internal/vcr/v2/issuer/vc', {
      type: 'LedenadministratieCredential',
      issuer: did,
      expirationDate: '2099-01-01T00:00:00Z',
      credentialSubject: { id: did, organization: zorgkantoor },
    })
    const key = createPublicKey({ key: keys.verificationMethod[0]?.publicKeyJwk ?? {}, format: 'jwk' })
    expect(isSignedBy(String(credential), key)).toBe(true)
    await second.administrator.call('POST', '/internal/vcr/v2/holder/samen/vc', guarded.membershipOf(did))
    expect(await first.administrator.wallet('samen')).toHaveLength(1)
  })

  test('make a party once that is asked for at both at the same moment', async () => {
    const made = [first, second].map((node) => node.administrator.call('POST', subjectsPath, { subject: 'tegelijk' }))
    expect((await Promise.allSettled(made)).filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  test('look at a list that either is told to look at, and both know how that went', async () => {
    const sync = `/internal/bronnet/v1/discovery/${hostedService}/sync`
    await Promise.all([first, second].map((node) => node.administrator.call('POST', sync)))
    for (const node of [first, second]) {
      const path = `/internal/bronnet/v1/discovery/${hostedService}/listings`
      expect(await node.administrator.call('GET', path)).toMatchObject({ stale: false, listings: [] })
    }
  })
})

/** What one node answers while something happens to the other. */
async function answersDuring(node: NodeProcess, event: () => Promise<unknown>): Promise<ReadonlySet<number>> {
  const statuses: number[] = []
  let goesOn = true
  const asking = (async () => {
    while (goesOn || statuses.length < 20) statuses.push((await guarded.requestToken(node)).status)
  })()
  await event()
  goesOn = false
  await asking
  return new Set(statuses)
}

describe('one node of two', () => {
  test('goes on when the other stops, and leads then', async () => {
    const statuses = await answersDuring(first, async () => {
      expect(await second.stop()).toBe(0)
    })
    expect(statuses).toEqual(new Set([200]))
    // The first one: there is no other.
    leading = await leader()
    second = await startReplica()
  }, 60_000)

  test('goes on when the other is killed', async () => {
    expect(await answersDuring(second, () => first.kill())).toEqual(new Set([200]))
    expect(await healthOf(second)).toEqual([200, 200])
    first = await startReplica()
  }, 60_000)
})

describe('a database that goes down', () => {
  test('is honestly missed, loses nothing that was acknowledged, and is used again when it is back', async () => {
    const acknowledged: string[] = []
    const refused: string[] = []
    let goesOn = true
    const writing = [first, second].flatMap((node, index) =>
      [1, 2].map(async (caller) => {
        for (let number = 0; goesOn; number += 1) {
          const subject = `db-${index}-${caller}-${number}`
          const response = await fetch(`${node.internalUrl}${subjectsPath}`, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({ subject }),
          })
          if (response.status === 200) acknowledged.push(subject)
          else if (response.status === 503) refused.push(subject)
          else throw new Error(`answered with ${String(response.status)}`)
        }
      }),
    )
    while (acknowledged.length < 100) await setTimeout(10)
    await server.stop('immediate')
    while (refused.length < 20) await setTimeout(10)
    const token = await guarded.requestToken(first)
    expect(token).toMatchObject({ status: 503, body: { error: 'temporarily_unavailable' } })
    expect((await guarded.read(second, 'x'.repeat(43))).status).toBe(503)
    for (const node of [first, second]) expect(await healthOf(node)).toEqual([503, 200])
    await server.start()
    const before = acknowledged.length
    while (acknowledged.length < before + 20) await setTimeout(10)
    goesOn = false
    await Promise.all(writing)
    for (const node of [first, second]) {
      expect(await healthOf(node)).toEqual([200, 200])
      expect((await guarded.requestToken(node)).status).toBe(200)
      expect(Object.keys(await subjectsOf(node))).toEqual(expect.arrayContaining(acknowledged))
    }
    const store = await openTestStore(database.reveal())
    await verifyChain(store.journal)
    await store.close()
  }, 60_000)
})

describe('a journal that somebody else has locked', () => {
  test('makes both refuse data, tokens and changes, reading nothing, until it is free again', async () => {
    const token = String((await guarded.requestToken(first)).body['access_token'])
    const before = await countOutcomes()
    const session = new Client({ connectionString: database.reveal() })
    await session.connect()
    await session.query('begin; lock table journal in access exclusive mode; lock table head in access exclusive mode')
    const change = async (node: NodeProcess): Promise<number> => {
      const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"subject":"gesloten"}' }
      return (await fetch(`${node.internalUrl}${subjectsPath}`, init)).status
    }
    for (const node of [first, second]) {
      const answers = [guarded.requestToken(node), guarded.read(node, token)].map(
        async (answer) => (await answer).status,
      )
      expect(await Promise.all([...answers, change(node)])).toEqual([503, 503, 503])
      expect(await healthOf(node)).toEqual([503, 200])
    }
    await session.end()
    // A decision that hung may stand in the journal after all, but alone: the source was not read.
    expect(await countOutcomes()).toBe(before)
    for (const node of [first, second]) {
      while ((await healthOf(node))[0] !== 200) await setTimeout(20)
      expect((await guarded.read(node, token)).status).toBe(200)
    }
  }, 60_000)
})

describe('what one node does for all', () => {
  test('is done by another when the one that did it was killed', async () => {
    let now = await leader()
    while (now.number === leading.number) now = await leader()
    expect(now.number).toBeGreaterThan(leading.number)
    expect(now.holder).not.toBe(leading.holder)
  }, 60_000)
})
