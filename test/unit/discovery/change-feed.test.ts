import { beforeEach, describe, expect, test } from '@jest/globals'
import type { FeedPosition, ListingChange } from '../../../node/discovery/change-feed.js'
import type { Listing } from '../../../node/discovery/listing.js'
import type { ReplicaChange } from '../../../node/discovery/copy-batch.js'
import type { Progress } from '../../../node/discovery/copy-records.js'
import { createReplica, type Replica } from '../../../node/discovery/replica.js'
import type { MovableClock } from '../../../node/kernel/clock.js'
import { createDiscoveryWorld, service } from '../../support/discovery-world.js'
import { progressOf } from '../../support/progress.js'
import type { NodeParts } from '../../support/node-parts.js'

let clock: MovableClock
let node: NodeParts
let replica: Replica
let number: number

beforeEach(() => {
  ;({ clock, node } = createDiscoveryWorld())
  replica = createReplica(node)
  number = 0
})

const list = (signer: string, presentationId = 'x'): ReplicaChange => ({
  kind: 'list',
  listing: listing(signer, presentationId),
  status: [],
})
const withdraw = (signer: string): ReplicaChange => ({ kind: 'withdraw', signer, registeredAt: clock.now() })

const progress = (timestamp: number, generation = 1): Progress => progressOf({ timestamp, generation })

function listing(signer: string, presentationId: string): Listing {
  return {
    service,
    timestamp: number,
    signer,
    presentationId,
    presentation: presentationId,
    registeredAt: clock.now(),
    expiresAt: clock.now() + 60_000,
    fields: {},
    parameters: {},
    credentials: [],
    verifiedAt: clock.now(),
  }
}

async function commit(...made: readonly ReplicaChange[]): Promise<void> {
  number += 1
  await replica.under(node.store).commit(service, progress(number), made)
}

const short = (change: ListingChange): string =>
  change.kind === 'listed' ? `${change.signer} ${change.listing.presentationId}` : `${change.signer} gone`

/** What a reader makes of everything after `position`, two changes at a time. */
async function follow(
  position?: FeedPosition,
): Promise<{ readonly seen: readonly string[]; readonly at: FeedPosition }> {
  const seen: string[] = []
  let at = position
  for (;;) {
    const page = await replica.changesSince(service, at, 2)
    if (page.startsAnew) seen.push('anew')
    seen.push(...page.changes.map(short))
    at = { feed: page.feed, sequence: page.sequence }
    if (!page.more) return { seen, at }
  }
}

describe('the feed of changes', () => {
  test('of a list that was never read is empty', async () => {
    expect(await replica.changesSince(service, undefined, 10)).toEqual({
      feed: '',
      sequence: 0,
      startsAnew: false,
      changes: [],
      more: false,
    })
  })

  test('shows listings in the order in which they were committed', async () => {
    await commit(list('b'), list('a'))
    await commit(list('c'))
    expect((await follow()).seen).toEqual(['b x', 'a x', 'c x'])
    expect((await replica.changesSince(service, undefined, 10)).changes[0]).toEqual({
      sequence: 1,
      kind: 'listed',
      signer: 'b',
      listing: { ...listing('b', 'x'), timestamp: 0 },
    })
  })

  test('shows to who has read it only what came after', async () => {
    await commit(list('a'), list('b'), list('c'))
    const { at } = await follow()
    await commit(list('b', 'renewed'), withdraw('a'))
    expect((await follow(at)).seen).toEqual(['b renewed', 'a gone'])
    expect((await follow((await follow(at)).at)).seen).toEqual([])
  })

  test('shows of each who is listed the last change, and every departure', async () => {
    await commit(list('a'), list('a', 'second'))
    await commit(list('a', 'third'), list('b'), withdraw('b'), list('b', 'again'))
    expect((await follow()).seen).toEqual(['a third', 'b gone', 'b again'])
  })

  test('tells nothing of a departure of who was not there', async () => {
    await commit(withdraw('a'))
    expect((await follow()).seen).toEqual([])
  })

  test('does not show who has expired', async () => {
    await commit(list('a'))
    clock.move(60)
    expect((await follow()).seen).toEqual([])
  })

  test('goes on when the list starts anew: who left is gone, who stayed is as before', async () => {
    await commit(list('a'), list('b'))
    const { at } = await follow()
    const writer = replica.under(node.store)
    await writer.begin(service, progress(0, 2))
    await writer.commit(service, progress(1, 2), [list('a')])
    await writer.sweep(service, progress(1, 2))
    expect((await follow(at)).seen).toEqual(['b gone'])
    expect((await follow()).seen).toEqual(['a x', 'b gone'])
  })

  test('starts anew for a reader of another feed, and for one that is ahead of it', async () => {
    await commit(list('a'))
    const { at } = await follow()
    expect((await follow({ feed: 'another', sequence: 1 })).seen).toEqual(['anew', 'a x'])
    expect((await follow({ ...at, sequence: 2 })).seen).toEqual(['anew', 'a x'])
  })

  test('of one service does not hold another', async () => {
    await commit(list('a'))
    expect((await replica.changesSince('andere', undefined, 10)).changes).toEqual([])
  })

  test('loses nothing and repeats nothing when others commit at the same moment', async () => {
    const other = createReplica(node)
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        (index % 2 === 0 ? replica : other)
          .under(node.store)
          .commit(service, progress(index), [list(`signer ${String(index)}`)]),
      ),
    )
    const { seen, at } = await follow()
    expect(new Set(seen).size).toBe(20)
    expect([seen.length, at.sequence]).toEqual([20, 20])
  })
})

describe('a reader that waits for commits', () => {
  test('is woken after each, with the name of the service, until it has had enough', async () => {
    const woken: string[] = []
    const end = replica.onCommit((name) => woken.push(name))
    await commit(list('a'))
    await commit()
    expect(woken).toEqual([service])
    end()
    await commit(list('b'))
    expect(woken).toEqual([service])
  })
})
