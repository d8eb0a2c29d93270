import { beforeEach, describe, expect, test } from '@jest/globals'
import { isBsnShaped } from '../../../../node/kernel/identifiers.js'
import { put, type Store } from '../../../../node/stores/contracts.js'
import { checks, stateKey, states } from '../../../../node/discovery/index/entry.js'
import { indexFeedSchema } from '../../../../schemas/wire/index-feed.js'
import { createIndexWorld, documentFor, type IndexedMember, type IndexWorld } from '../../../support/index-world.js'
import { rejectionOf } from '../../../support/refusals.js'

let world: IndexWorld
let noord: IndexedMember
let zuid: IndexedMember

beforeEach(async () => {
  world = createIndexWorld()
  noord = world.member('noord')
  zuid = world.member('zuid')
  await world.listRead()
})

async function publish(member: IndexedMember, keys?: readonly string[]): Promise<string> {
  const digest = await member.serve(documentFor(member, keys))
  await member.register(digest)
  await world.settle()
  return digest
}
const feed = (since = 0, limit = 500) => world.index.readFeed(since, limit)

describe('the feed of an index', () => {
  test('of which nothing is known yet is empty', async () => {
    expect(await feed()).toEqual({ seed: '', seq: 0, more: false, entries: [] })
  })

  test('has what an index of another needs to verify each party by itself', async () => {
    const digest = await publish(noord)
    const { entries, more } = indexFeedSchema.parse(await feed())
    expect(more).toBe(false)
    expect(entries).toMatchObject([
      { op: 'upsert', did: noord.did, catalogURL: noord.url, digest, verifiedAt: '2026-11-24T09:00:00Z' },
    ])
    const [first] = entries
    if (first?.op !== 'upsert') throw new Error('nobody came')
    const definition = { ...world.list.definition, maxValiditySeconds: 14 * 86_400 }
    const { presentation } = await world.list.verifyRegistration(first.vp, definition)
    expect(presentation.signer).toBe(noord.did)
  })

  test('names a party without a catalogue too', async () => {
    await noord.register()
    await world.settle()
    const { entries } = await feed()
    expect(entries).toMatchObject([{ op: 'upsert', did: noord.did }])
    expect(entries[0]).not.toHaveProperty('digest')
  })

  test('gives the proof where that covers the digest', async () => {
    await publish(noord)
    const second = await noord.serve(documentFor(noord, ['wmo', 'jeugd']))
    world.clock.move(20 * 3600)
    noord.prove({ seq: 9, digest: second })
    await world.listRead()
    await world.settle()
    const [entry] = (await feed()).entries
    expect(entry).toMatchObject({ digest: second })
    expect(entry).toHaveProperty('proof')
  })

  test('shows of each party the last change only, after what the reader has', async () => {
    await publish(noord)
    const { seq } = await feed()
    await publish(zuid)
    await publish(noord, ['wmo', 'jeugd'])
    expect((await feed()).entries.map(({ did }) => did)).toEqual([zuid.did, noord.did])
    expect((await feed(seq)).entries.map(({ did }) => did)).toEqual([zuid.did, noord.did])
    expect((await feed((await feed()).seq)).entries).toEqual([])
  })

  test('shows who left', async () => {
    await publish(noord)
    const { seq } = await feed()
    await noord.withdraw()
    await world.settle()
    expect((await feed(seq)).entries).toMatchObject([{ op: 'delete', did: noord.did }])
  })

  test('comes in pages', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) await publish(world.member(name))
    const read: string[] = []
    for (let since = 0, more = true; more;) {
      const page = await feed(since, 2)
      read.push(...page.entries.map(({ did }) => did))
      since = page.seq
      more = page.more
    }
    expect(read).toEqual(['a', 'b', 'c', 'd', 'e'].map((name) => world.member(name).did))
  })

  test('does not change when a catalogue is found to be the same', async () => {
    await publish(noord)
    const { seq } = await feed()
    world.clock.move(20 * 3600)
    await world.listRead()
    await world.settle()
    expect((await feed(seq)).entries).toEqual([])
  })

  test('keeps who left for thirty days, and then tells who was away for longer to begin again', async () => {
    await publish(noord)
    const { seq } = await feed()
    await noord.withdraw()
    await world.settle()
    world.clock.move(29 * 86_400)
    await world.index.forgetDeletions()
    expect((await feed(seq)).entries).toHaveLength(1)
    world.clock.move(2 * 86_400)
    await world.index.forgetDeletions()
    expect((await rejectionOf(feed(seq))).code).toBe('discovery.index_gone')
    expect((await feed()).entries).toEqual([])
    await world.listRead()
    await publish(zuid)
    expect((await feed()).entries.map(({ did }) => did)).toEqual([zuid.did])
    expect(await world.found()).toEqual([`${zuid.url}/datasets/wmo`])
  })

  test('numbers no change with what could be a BSN', async () => {
    await publish(noord)
    const stored = await world.store.records.get(states, stateKey)
    if (stored === undefined) throw new Error('there is no state')
    const sequence = 999_990_018
    expect(isBsnShaped(String(sequence + 1))).toBe(true)
    await world.store.write([put(states, stateKey, { ...stored.value, sequence })])
    await publish(zuid)
    expect((await feed(sequence)).entries.map(({ seq }) => isBsnShaped(String(seq)))).not.toContain(true)
  })
})

describe('another process on the same store', () => {
  test('follows, and sees the same', async () => {
    await publish(noord)
    const other = world.restart()
    await other.follow()
    await publish(zuid)
    await noord.withdraw()
    await world.settle()
    await other.follow()
    const found = await other.search.find('dataset', { filters: {}, limit: 10 })
    expect(found.found.map(({ did }) => did)).toEqual([zuid.did])
  })
})

describe('a check that is written while all are read', () => {
  test('is not forgotten', async () => {
    await publish(noord)
    const { records } = world.store
    let whileReading: () => Promise<void> = () => Promise.resolve()
    const store: Store = {
      ...world.store,
      records: {
        get: (...asked) => records.get(...asked),
        async list(collection, query) {
          const page = await records.list(collection, query)
          if (collection.name === 'index-checks') await whileReading()
          return page
        },
      },
    }
    const other = world.restart({ store })
    let taking = Promise.resolve()
    whileReading = async () => {
      whileReading = () => Promise.resolve()
      await zuid.register(await zuid.serve(documentFor(zuid)))
      taking = other.takeListings()
      while ((await records.get(checks, [zuid.did])) === undefined)
        await new Promise((resolve) => setImmediate(resolve))
    }
    // The first look reads all checks.
    await other.follow()
    await taking
    await other.lookAtDue()
    const { found } = await other.search.find('dataset', { filters: {}, limit: 10 })
    expect(found.map(({ did }) => did).sort()).toEqual([noord.did, zuid.did])
  })
})
