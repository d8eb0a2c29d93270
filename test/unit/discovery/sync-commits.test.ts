import { afterEach, beforeEach, expect, test } from '@jest/globals'
import type { Replica, ReplicaWriter } from '../../../node/discovery/replica.js'
import { createSync, type Sync } from '../../../node/discovery/sync.js'
import { silentLog } from '../../../node/kernel/log.js'
import { NodeError } from '../../../node/kernel/errors.js'
import { service } from '../../support/discovery-world.js'
import { rejectionOf } from '../../support/refusals.js'
import { createReplicaWorld, type ReplicaWorld } from '../../support/replica-world.js'

/** Enough for several commits. */
const entryCount = 200

let world: ReplicaWorld

beforeEach(async () => {
  world = await createReplicaWorld()
})

afterEach(() => world.close())

/** Reads a page of entries that are no good, by way of a `commit` that stands before that of the copy. */
function syncBy(options: {
  readonly commit: (inner: ReplicaWriter, ...given: Parameters<ReplicaWriter['commit']>) => Promise<number>
  readonly onExamined?: () => void
}): Sync {
  const { client, list, clock } = world
  const replica: Replica = {
    ...client.replica,
    under(lease) {
      const inner = client.replica.under(lease)
      return { ...inner, commit: (...given) => options.commit(inner, ...given) }
    },
  }
  const entries = Object.fromEntries(
    Array.from({ length: entryCount }, (_, at) => [String(at + 1), 'geen registratie']),
  )
  const body = Buffer.from(JSON.stringify({ seed: 'a', timestamp: entryCount, more: false, entries }))
  return createSync({
    clock,
    log: silentLog,
    outbound: { request: () => Promise.reject(new Error('called out')) },
    replica,
    leases: client.node.leases,
    verifyRegistration() {
      options.onExamined?.()
      return Promise.reject(new NodeError('discovery.registration_invalid'))
    },
    definitions: [list.definition],
    hosted: {
      services: [service],
      page: () => Promise.resolve({ body, etag: '"a"', packed: () => Promise.resolve(body) }),
    },
    rulesOf: () => '',
  })
}

test('entries are examined while those before them are written', async () => {
  let examined = 0
  let goOn = (): void => {}
  const manyExamined = new Promise<void>((resolve) => {
    goOn = resolve
  })
  const sync = syncBy({
    async commit(inner, ...given) {
      // More than there would be when reading stood still: a group and what is under way beside it.
      await manyExamined
      return inner.commit(...given)
    },
    onExamined() {
      examined += 1
      if (examined === 128) goOn()
    },
  })
  await sync.run(service)
  expect(await world.client.replica.quarantined(service)).toHaveLength(entryCount)
  expect(await world.client.replica.state(service)).toMatchObject({ timestamp: entryCount, isWhole: true })
})

test('a write that fails ends the look, and nothing after it is written', async () => {
  const written: number[] = []
  const sync = syncBy({
    commit(inner, name, progress, made) {
      if (written.length === 1) return Promise.reject(new NodeError('store.unavailable'))
      written.push(progress.timestamp)
      return inner.commit(name, progress, made)
    },
  })
  expect((await rejectionOf(sync.run(service))).code).toBe('store.unavailable')
  const { timestamp = 0 } = (await world.client.replica.state(service)) ?? {}
  expect(written).toEqual([timestamp])
  expect(timestamp).toBeGreaterThan(0)
  expect(await world.client.replica.quarantined(service)).toHaveLength(timestamp)
})
