import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createListWatch, type ListWatch } from '../../../node/catalogue/list-watch.js'
import { silentLog } from '../../../node/kernel/log.js'
import {
  createDiscoveryWorld,
  idOf,
  listing,
  registration,
  retraction,
  service,
} from '../../support/discovery-world.js'
import { createOutsider, type Outsider } from '../../support/outsider.js'
import { createReplicaWorld, type ReplicaWorld } from '../../support/replica-world.js'

let world: ReplicaWorld
let watch: ListWatch
let member: Outsider
let other: Outsider

beforeEach(async () => {
  world = await createReplicaWorld()
  member = createOutsider(world.clock)
  other = createOutsider(world.clock)
  const { node, listServer } = world.list
  watch = createListWatch({ ...node, log: silentLog, listServer })
  await world.serveStatus('a', [])
})

afterEach(() => world.close())

async function register(who: Outsider, index: number, name = 'a', purpose = 'revocation'): Promise<string> {
  const credentials = [world.listedMembership(who.did, name, index, purpose), listing(world.list, who.did)]
  const presentation = registration(world.list, who, { credentials })
  await world.list.register(presentation)
  return presentation
}

const numbers = async (): Promise<readonly string[]> => Object.keys((await world.list.page()).entries)

describe('a registration on a hosted list', () => {
  test('is dropped when its credential is revoked, and the others stay with their numbers', async () => {
    await register(member, 1)
    await register(other, 2)
    await watch.run(service)
    expect(await numbers()).toEqual(['1', '2'])
    await world.serveStatus('a', [1])
    await watch.run(service)
    expect(await world.list.page()).toMatchObject({ timestamp: 2, entries: { 2: expect.any(String) } })
    expect(await numbers()).toEqual(['2'])
    expect((await world.list.node.journal()).at(-1)).toMatchObject({
      code: 'registration.dropped',
      action: 'delete',
      actor: { did: member.did },
      object: { service },
      error: 'credential.revoked',
    })
  })

  test('is dropped for every replica of the node, which had its page in memory', async () => {
    await register(member, 1)
    const { clock, stelselbeheerder, node } = world.list
    const replica = createDiscoveryWorld({ clock, stelselbeheerder, store: node.store })
    expect(Object.keys((await replica.page()).entries)).toEqual(['1'])
    await world.serveStatus('a', [1])
    await watch.run(service)
    expect((await replica.page()).entries).toEqual({})
  })

  test('can be made again with another credential', async () => {
    await register(member, 1)
    await world.serveStatus('a', [1])
    await watch.run(service)
    await register(member, 2)
    await watch.run(service)
    expect(await numbers()).toEqual(['2'])
  })

  test('stays while its credential is suspended', async () => {
    await world.serveStatus('s', [], 'suspension')
    await register(member, 1, 's', 'suspension')
    await world.serveStatus('s', [1], 'suspension')
    await watch.run(service)
    expect(await numbers()).toEqual(['1'])
  })

  test('stays while nobody can tell the status', async () => {
    await register(member, 1)
    await world.serveStatus('a', undefined)
    await watch.run(service)
    world.clock.move(599)
    await watch.run(service)
    expect(await numbers()).toEqual(['1'])
  })

  test('that was renewed or withdrawn since is not what is dropped', async () => {
    await register(member, 1)
    const withdrawn = await register(other, 2)
    await watch.run(service)
    await register(member, 3)
    await world.list.register(retraction(world.list, other, idOf(withdrawn)))
    await world.serveStatus('a', [1, 2])
    await watch.run(service)
    expect(await numbers()).toEqual(['3', '4'])
  })

  test('that shows a revoked credential is refused to begin with', async () => {
    await world.serveStatus('a', [1])
    await expect(register(member, 1)).rejects.toMatchObject({ code: 'credential.revoked' })
    expect(await numbers()).toEqual([])
  })
})
