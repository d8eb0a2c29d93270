import { beforeEach, describe, expect, test } from '@jest/globals'
import { gunzipSync } from 'node:zlib'
import {
  createDiscoveryWorld,
  idOf,
  listing,
  registration,
  retraction,
  service,
} from '../../support/discovery-world.js'
import type { DiscoveryWorld } from '../../support/discovery-world.js'
import { createOutsider, type Outsider } from '../../support/outsider.js'

let world: DiscoveryWorld
let members: readonly Outsider[]

beforeEach(async () => {
  world = createDiscoveryWorld()
  members = Array.from({ length: 5 }, () => createOutsider(world.clock))
  for (const member of members) await world.register(registration(world, member))
})

const give = (after = 0, limit?: number) => world.listServer.page(service, { after, limit })
const numbers = async (after?: number, limit?: number): Promise<readonly string[]> =>
  Object.keys((await world.page(after, limit)).entries)

describe('a page with a limit', () => {
  test('holds the lowest numbers, says through which, and that there are more', async () => {
    expect(await world.page(0, 2)).toMatchObject({
      timestamp: 2,
      more: true,
      entries: { 1: expect.anything(), 2: expect.anything() },
    })
    expect(await numbers(2, 2)).toEqual(['3', '4'])
    expect(await world.page(4, 2)).toMatchObject({ timestamp: 5, more: false })
  })

  test('that is just reached has no more', async () => {
    expect(await world.page(0, 5)).toMatchObject({ timestamp: 5, more: false })
    expect(await world.page(3, 2)).toMatchObject({ timestamp: 5, more: false })
    expect(await world.page(5, 2)).toMatchObject({ timestamp: 5, more: false, entries: {} })
  })

  test('is what a reader asked for: without one nothing is said of more', async () => {
    expect(await world.page()).not.toHaveProperty('more')
    expect(await numbers()).toHaveLength(5)
  })

  test('has more also when it is full by its length', async () => {
    const long = Object.fromEntries(Array.from({ length: 18 }, (_, index) => [`bron${index}`, 'x'.repeat(2000)]))
    for (let number = 0; number < 20; number += 1) {
      const member = createOutsider(world.clock)
      const credentials = [world.membership(member.did), listing(world, member.did, long)]
      await world.register(registration(world, member, { credentials }))
    }
    const page = await world.page(0, 1000)
    expect(page.more).toBe(true)
    expect(page.timestamp).toBe(Number(Object.keys(page.entries).at(-1)))
    expect((await give(0, 1000)).body.length).toBeLessThan(1024 * 1024)
  })
})

describe('a page in memory', () => {
  test('is the same one, packed once, as long as nothing changes', async () => {
    const page = await give()
    expect(await give()).toBe(page)
    expect(page.packed()).toBe(page.packed())
    expect(gunzipSync(await page.packed()).equals(page.body)).toBe(true)
  })

  test('is made once for all who ask together', async () => {
    const pages = await Promise.all(Array.from({ length: 10 }, () => give(1)))
    expect(new Set(pages).size).toBe(1)
  })

  test('makes place for one with the next registration, renewal and withdrawal, each with another name', async () => {
    const [member = createOutsider(world.clock)] = members
    const names = [(await give()).etag]
    const presentation = registration(world, member)
    await world.register(presentation)
    expect(await numbers()).toEqual(['2', '3', '4', '5', '6'])
    names.push((await give()).etag)
    await world.register(retraction(world, member, idOf(presentation)))
    expect(await numbers()).toEqual(['2', '3', '4', '5', '7'])
    names.push((await give()).etag)
    expect(new Set(names).size).toBe(3)
  })

  test('is not shown after something on it has expired', async () => {
    await world.register(
      registration(world, createOutsider(world.clock), { claims: { exp: world.clock.now() / 1000 + 60 } }),
    )
    expect(await numbers()).toHaveLength(6)
    world.clock.move(60)
    expect(await numbers()).toHaveLength(5)
  })

  test('of a replica has what another one accepted before', async () => {
    const { clock, stelselbeheerder, node } = world
    const replica = createDiscoveryWorld({ clock, stelselbeheerder, store: node.store })
    expect(Object.keys((await replica.page()).entries)).toHaveLength(5)
    await world.register(registration(world, createOutsider(clock)))
    expect(Object.keys((await replica.page()).entries)).toHaveLength(6)
    expect(await replica.page()).toEqual(await world.page())
  })
})
