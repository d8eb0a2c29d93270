import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { PageRequest } from '../../../node/catalogue/list-pages.js'
import { createSync } from '../../../node/discovery/sync.js'
import { silentLog } from '../../../node/kernel/log.js'
import { createLeases } from '../../../node/stores/lease.js'
import { service } from '../../support/discovery-world.js'
import { rejectionOf } from '../../support/refusals.js'
import { createReplicaWorld, type ReplicaWorld } from '../../support/replica-world.js'

let world: ReplicaWorld

beforeEach(async () => {
  world = await createReplicaWorld()
})

afterEach(() => world.close())

describe('a look at a list', () => {
  test('is made by one replica of the node at a time, and what it failed on is known at the other', async () => {
    const { client, list, clock } = world
    let looking = 0
    let most = 0
    let answers = true
    const page = async (name: string, request: PageRequest) => {
      most = Math.max(most, (looking += 1))
      const answer = await list.listServer.page(name, request)
      looking -= 1
      return answers ? answer : { ...answer, body: Buffer.from('{}') }
    }
    const replicas = [1, 2].map(() =>
      createSync({
        clock,
        log: silentLog,
        outbound: { request: () => Promise.reject(new Error('called out')) },
        replica: client.replica,
        leases: createLeases({ store: client.node.store, clock, log: silentLog }),
        verifyRegistration: list.verifyRegistration,
        definitions: [list.definition],
        hosted: { services: [service], page },
        rulesOf: () => '',
      }),
    )
    await Promise.all(replicas.map((replica) => replica.run(service)))
    expect(most).toBe(1)
    answers = false
    await rejectionOf(replicas[0]?.run(service) ?? Promise.resolve())
    expect(await replicas[1]?.status(service)).toMatchObject({ fault: 'outbound.bad_answer' })
    answers = true
    await replicas[1]?.run(service)
    expect(await replicas[0]?.status(service)).toMatchObject({ fault: undefined })
  })
})
