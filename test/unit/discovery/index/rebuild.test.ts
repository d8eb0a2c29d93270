import { expect, test } from '@jest/globals'
import type { DiscoveryIndex } from '../../../../node/discovery/index/discovery-index.js'
import type { Store } from '../../../../node/stores/contracts.js'
import { createIndexWorld, documentFor, type IndexedMember, type IndexWorld } from '../../../support/index-world.js'
import { createDumpableStore } from '../../../support/node-parts.js'

const increments = 1000
const names = ['aa', 'bb', 'cc', 'dd', 'ee', 'ff', 'gg', 'hh', 'ii', 'jj']
const keySets = [['wmo'], ['jeugd'], ['wmo', 'jeugd'], ['wmo', 'jeugd', 'schuldhulp']]

/** A source of numbers that is the same every time. */
function createDice(seed: number): (sides: number) => number {
  let state = seed
  return (sides) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state % sides
  }
}

/** All that the index says: of each party the digest of its catalogue, and every dataset, as a search finds them. */
async function contentsOf(index: DiscoveryIndex): Promise<readonly string[]> {
  const found: string[] = []
  for (let since = 0, more = true; more;) {
    const page = await index.readFeed(since, 500)
    for (const entry of page.entries) if (entry.op === 'upsert') found.push(`${entry.did} ${entry.digest ?? 'none'}`)
    since = page.seq
    more = page.more
  }
  for (const kind of ['dataset', 'service', 'party'] as const) {
    for (let cursor: string | undefined, more = true; more;) {
      const answer = await index.search.find(kind, { filters: {}, limit: 100, cursor })
      found.push(...answer.found.map((item) => `${kind} ${item.did} ${item.order}`))
      cursor = answer.next
      more = cursor !== undefined
    }
  }
  return found.sort()
}

/** A store of which every write after the first `writes` fails, as after a process was killed. */
function dying(store: Store, writes: number): Store {
  let left = writes
  return {
    ...store,
    records: store.records,
    write(operations) {
      left -= 1
      return left < 0 ? Promise.reject(new Error('killed')) : store.write(operations)
    },
  }
}

async function stepOf(world: IndexWorld, member: IndexedMember, roll: (sides: number) => number): Promise<void> {
  switch (roll(6)) {
    case 0:
      return member.withdraw()
    case 1:
      return member.register()
    case 2: {
      // A document that is not the one that was registered.
      const digest = await member.serve(documentFor(member, keySets[roll(keySets.length)]))
      await member.serve({ ...documentFor(member), title: { nl: 'Anders' } })
      return member.register(digest)
    }
    default: {
      world.clock.move(1)
      return member.register(await member.serve(documentFor(member, keySets[roll(keySets.length)])))
    }
  }
}

test('an index that was changed a thousand times, and killed half-way, is the one that is made from nothing', async () => {
  const world = createIndexWorld()
  const roll = createDice(20_261_126)
  await world.listRead()
  const members = names.map((name) => world.member(name))
  let { index } = world
  for (let step = 0; step < increments; step += 1) {
    const member = members[roll(members.length)]
    if (member === undefined) throw new Error('there is no such member')
    await stepOf(world, member, roll)
    if (step === increments / 2) {
      const killed = world.restart({ store: dying(world.store, 1 + roll(2)) })
      await killed.takeListings().catch(() => undefined)
      await killed.lookAtDue().catch(() => undefined)
      index = world.restart()
    }
    if (roll(3) === 0) {
      await index.takeListings()
      if (roll(2) === 0) await index.lookAtDue()
    }
  }
  // In the end everybody's catalogue is good: what was refused as older is signed anew.
  for (const member of members.slice(1)) {
    world.clock.move(2)
    await member.register(await member.serve(documentFor(member, keySets[roll(keySets.length)])))
  }
  await members[0]?.withdraw()
  world.clock.move(60)
  await world.listRead()
  await index.takeListings()
  await index.lookAtDue()

  const rebuilt = world.restart({ store: createDumpableStore(world.clock).store })
  await rebuilt.takeListings()
  await rebuilt.lookAtDue()
  const contents = await contentsOf(index)
  expect(contents).toEqual(await contentsOf(rebuilt))
  expect(contents.filter((line) => /^did:web:.* rdfc/.test(line))).toHaveLength(names.length - 1)
  expect(await contentsOf(world.restart())).toEqual(contents)
}, 120_000)
