import { afterEach, describe, expect, test } from '@jest/globals'
import { put, type Collection } from '../../../node/stores/contracts.js'
import { createAuditWorld, type AuditWorld } from '../../support/audit-world.js'
import { createTestKey } from '../../support/journal-lines.js'

const key = createTestKey()
const worlds: AuditWorld[] = []
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.end()
})

async function createWorld(): Promise<AuditWorld> {
  const world = await createAuditWorld({ nodes: [{ name: 'buur', key: key.publicKey }] })
  worlds.push(world)
  return world
}

const root = 'a'.repeat(64)

describe('checkpoints of another node', () => {
  test('of the same entries take the place of each other: retention there changes what they begin from', async () => {
    const { anchored, told } = await createWorld()
    const [first, next] = [await key.checkpoint({ size: 5, root }), await key.checkpoint({ size: 6, root })]
    const trimmed = await key.checkpoint({ size: 6, root, start: { number: 3, hash: 'b'.repeat(64) } })
    for (const compact of [first, next, trimmed]) await anchored.accept(compact)
    expect(await anchored.list('buur')).toEqual({ checkpoints: [first, trimmed] })
    expect(told).toEqual([])
  })

  test('are kept up to twenty thousand: then the oldest goes for each that comes', async () => {
    const { anchored, store } = await createWorld()
    const [first, second, third, fourth, fifth] = await Promise.all(
      [1, 2, 3, 4, 5].map((size) => key.checkpoint({ size, root })),
    )
    for (const compact of [first, second]) await anchored.accept(compact ?? '')
    // What the store says once so many were accepted.
    const states: Collection<{ readonly newest: string; readonly count: number }> = { name: 'anchored-nodes' }
    await store.write([put(states, ['buur'], { newest: second ?? '', count: 19_999 })])
    await anchored.accept(third ?? '')
    expect((await anchored.list('buur')).checkpoints).toEqual([first, second, third])
    await anchored.accept(fourth ?? '')
    expect((await anchored.list('buur')).checkpoints).toEqual([second, third, fourth])
    await anchored.accept(fifth ?? '')
    expect((await anchored.list('buur')).checkpoints).toEqual([third, fourth, fifth])
    // One that takes the place of another is no more than there were.
    const again = await key.checkpoint({ size: 5, root, start: { number: 3, hash: 'b'.repeat(64) } })
    await anchored.accept(again)
    expect((await anchored.list('buur')).checkpoints).toEqual([third, fourth, again])
  })
})
