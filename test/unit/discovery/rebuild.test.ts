import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { createVerifyRegistration } from '../../../node/catalogue/registration.js'
import type { FeedPosition } from '../../../node/discovery/change-feed.js'
import { createReplica, type Replica } from '../../../node/discovery/replica.js'
import { createSync, type Sync } from '../../../node/discovery/sync.js'
import { createWatch, type Watch } from '../../../node/discovery/watch.js'
import { silentLog } from '../../../node/kernel/log.js'
import type { Store } from '../../../node/stores/contracts.js'
import { createLeases } from '../../../node/stores/lease.js'
import { createDiscoveryWorld, idOf, registration, retraction, service } from '../../support/discovery-world.js'
import type { DiscoveryWorld } from '../../support/discovery-world.js'
import { createDumpableStore, createNodeParts } from '../../support/node-parts.js'
import { createOutsider } from '../../support/outsider.js'

const people = 12

/** What happens next: to whom, or for how long. */
const step = fc.record({
  kind: fc.oneof(
    { weight: 60, arbitrary: fc.constant('register' as const) },
    { weight: 12, arbitrary: fc.constant('retract' as const) },
    { weight: 12, arbitrary: fc.constant('wait' as const) },
    { weight: 14, arbitrary: fc.constant('sync' as const) },
    { weight: 2, arbitrary: fc.constant('reseed' as const) },
  ),
  number: fc.nat(people - 1),
})

/** A process that reads the list; one that is given a number of writes dies at the last of them. */
interface Reader {
  readonly sync: Sync
  readonly watch: Watch
  readonly replica: Replica
}

function createReader(store: Store, lists: { current: DiscoveryWorld }, writes = Number.POSITIVE_INFINITY): Reader {
  const { clock, stelselbeheerder, definition } = lists.current
  let left = writes
  const mortal: Store = {
    ...store,
    write(operations) {
      left -= 1
      return left < 0 ? Promise.reject(new Error('the process was killed')) : store.write(operations)
    },
  }
  const trust = { LedenadministratieCredential: [stelselbeheerder.did] }
  const node = createNodeParts({ clock, store: mortal, trust })
  const replica = createReplica(node)
  const sync = createSync({
    clock,
    log: silentLog,
    outbound: { request: () => Promise.reject(new Error('called out')) },
    replica,
    leases: createLeases({ store: mortal, clock, log: silentLog }),
    verifyRegistration: createVerifyRegistration(node),
    definitions: [definition],
    // Some entries at a time, so that a kill comes between two pages too.
    hosted: {
      services: [service],
      page: (name, { after }) => lists.current.listServer.page(name, { after, limit: 3 }),
    },
    rulesOf: () => 'x',
  })
  return { sync, replica, watch: createWatch({ clock, log: silentLog, replica, verifier: node.verifier }) }
}

async function listed(replica: Replica): Promise<Readonly<Record<string, unknown>>> {
  const found: Record<string, unknown> = {}
  for await (const { signer, presentation, fields, parameters, timestamp } of replica.listings(service)) {
    found[signer] = { presentation, fields, parameters, timestamp }
  }
  return found
}

describe('the copy of a list', () => {
  test('after a thousand increments, with kills between, is the one that is made from nothing', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 1000, maxLength: 1000 }),
        fc.infiniteStream(fc.nat(6)),
        async (steps, writes) => {
          const lists = { current: createDiscoveryWorld() }
          const { clock, stelselbeheerder } = lists.current
          const members = Array.from({ length: people }, () => createOutsider(clock))
          const latest = new Map<number, string>()
          const { store } = createDumpableStore(clock)
          let reader = createReader(store, lists)
          let kills = 0

          // Somebody who builds on the copy, from its feed alone.
          const built = new Map<string, string>()
          let position: FeedPosition | undefined
          async function follow(): Promise<void> {
            for (let more = true; more;) {
              const page = await reader.replica.changesSince(service, position, 5)
              if (page.startsAnew) built.clear()
              for (const change of page.changes) {
                if (change.kind === 'listed') built.set(change.signer, change.listing.presentation)
                else built.delete(change.signer)
              }
              position = { feed: page.feed, sequence: page.sequence }
              ;({ more } = page)
            }
          }

          for (const [at, { kind, number }] of steps.entries()) {
            const member = members[number]
            if (member === undefined) throw new Error('nobody has that number')
            const world = lists.current
            if (kind === 'register') {
              const presentation = registration(world, member)
              await world.register(presentation)
              latest.set(number, presentation)
            } else if (kind === 'retract') {
              const known = latest.get(number)
              if (known !== undefined)
                await world.register(retraction(world, member, idOf(known))).catch(() => undefined)
            } else if (kind === 'wait') clock.move(number * 10)
            else if (kind === 'reseed') {
              // A server that lost everything; those who register again are on it.
              lists.current = createDiscoveryWorld({ clock, stelselbeheerder })
              clock.move(1200)
            } else if (at % 3 === 0) {
              // A process that dies half-way, and the one that takes its place when the lease has ended.
              const left = writes.next().value ?? 0
              await createReader(store, lists, left)
                .sync.run(service)
                .catch(() => (kills += 1))
              clock.move(11)
              reader = createReader(store, lists)
            } else {
              await reader.sync.run(service)
              await follow()
            }
          }
          await reader.sync.run(service)
          await reader.watch.run(service)
          await follow()
          expect(kills).toBeGreaterThan(10)

          const anew = createReader(createDumpableStore(clock).store, lists)
          await anew.sync.run(service)
          const expected = await listed(anew.replica)
          expect(await listed(reader.replica)).toEqual(expected)
          expect(Object.fromEntries(built)).toEqual(
            Object.fromEntries(
              Object.entries(expected).map(([signer, listing]) => [
                signer,
                (listing as { presentation: string }).presentation,
              ]),
            ),
          )
          expect((await reader.replica.state(service))?.listed).toBe(Object.keys(expected).length)
        },
      ),
      { numRuns: 1 },
    )
  }, 60_000)
})
