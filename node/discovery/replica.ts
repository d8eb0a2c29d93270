import type { Clock, Instant } from '../kernel/clock.js'
import type { ErrorCode } from '../kernel/errors.js'
import { randomId } from '../kernel/random.js'
import { put, remove, type Operation, type Store, type Stored } from '../stores/contracts.js'
import type { Lease } from '../stores/lease.js'
import { cursorAfter, numberPart } from '../stores/numbered-keys.js'
import { readAll } from '../stores/read-all.js'
import { retryConflict } from '../stores/retry-conflict.js'
import { createChangesSince, type ChangeFeed } from './change-feed.js'
import { draftBatch, type ReplicaChange } from './copy-batch.js'
import {
  changes,
  copies,
  departures,
  faults,
  listings,
  quarantine,
  quarantinedTexts,
  toIndexText,
  toListing,
  type ChangeRecord,
  type CopyRecord,
  type ListingRecord,
  type Progress,
} from './copy-records.js'
import type { Listing, Quarantined } from './listing.js'

const maxListedWith = 100
const pageSize = 500

/** The local, verified copies of discovery lists. */
export interface Replica extends ChangeFeed {
  /** How far the copy is; `undefined` when the list was never read. */
  state(service: string): Promise<CopyRecord | undefined>
  /** All that is listed and has not expired, some at a time: a list can be larger than memory should hold. */
  listings(service: string): AsyncIterable<Listing>
  /** Who is listed with this authorization server, in any service. */
  listedWith(authorizationServer: string): Promise<readonly string[]>
  /**
   * The listings of an organisation, by an identifier with its kind (`uzovi:5999`) or by a role that one organisation
   * has, in any service. A definition makes them known by its fields `organization_id`, `organization_id_type` and
   * `organization_role`.
   */
  listedAs(named: { readonly identifier: string } | { readonly soleRole: string }): Promise<readonly Listing[]>
  /** The listing of a signer. */
  listing(service: string, signer: string): Promise<Listing | undefined>
  /** What was set aside, without the texts. */
  quarantined(service: string): Promise<readonly Quarantined[]>
  /** The text of an entry that was set aside and is tried again. */
  quarantinedText(service: string, timestamp: number): Promise<string | undefined>
  /** The code of the fault with which the last look at the list ended, if it did. */
  fault(service: string): Promise<string | undefined>
  /** Changes as they are kept, after a number of the feed: for who keeps an eye on the copy itself. */
  changeRecords(service: string, after: number): AsyncIterable<readonly Stored<ChangeRecord>[]>
  /**
   * Takes listings out that no longer count; those that were replaced meanwhile stay. Needs no lease: it yields to whatever
   * else is committed.
   */
  depart(service: string, leaving: readonly Departure[]): Promise<void>
  /** Forgets departures before `before`, some at a time. */
  forgetDepartures(service: string, before: Instant): Promise<void>
  /** What only the holder of `lease`, that of the service, may do: others would write over it. */
  under(lease: Pick<Lease, 'write'>): ReplicaWriter
}

/** A listing that no longer counts. */
export interface Departure {
  readonly signer: string
  /** The change that put it there. */
  readonly sequence: number
  /** Why it is set aside; absent when it has expired. */
  readonly reason?: ErrorCode
}

/** The way to change copies. */
export interface ReplicaWriter {
  /** Writes changes and how far the reading is with them in one atomic batch. Returns how many listings there are then. */
  commit(service: string, progress: Progress, made: readonly ReplicaChange[]): Promise<number>
  /** Begins to read the list from its beginning: what was set aside is forgotten, what is listed stays for now. */
  begin(service: string, progress: Progress): Promise<void>
  /** Takes out all that the present reading did not find. */
  sweep(service: string, progress: Progress): Promise<void>
  /** Keeps how the last look ended, for all replicas of the node. */
  conclude(service: string, fault: string | undefined): Promise<void>
}

/** Keeps the copies in the store; a rebuildable cache of what the lists say. */
export function createReplica({ store, clock }: { readonly store: Store; readonly clock: Clock }): Replica {
  const listeners = new Set<(service: string) => void>()

  const state = async (service: string): Promise<CopyRecord | undefined> =>
    (await store.records.get(copies, [service]))?.value

  const fault = async (service: string): Promise<string | undefined> =>
    (await store.records.get(faults, [service]))?.value.code

  /** Writes changes in the next numbers of the feed; again when somebody else took those. */
  async function write(
    service: string,
    made: readonly ReplicaChange[],
    target: {
      /** How far the reading then is; as it was unless given. */
      readonly progress: Progress | undefined
      readonly write: (operations: readonly Operation[]) => Promise<unknown>
    },
  ): Promise<number> {
    const count = await retryConflict(async () => {
      const stored = await store.records.get(copies, [service])
      const progress = target.progress ?? stored?.value
      if (progress === undefined) return 0
      const before = stored?.value ?? { feed: randomId(), sequence: 0, forgotten: 0, listed: 0 }
      const { feed, forgotten, sequence, listed } = before
      const copy = { sequence, listed, generation: progress.generation }
      const { operations, ...counted } = await draftBatch({ store, now: clock.now(), service, copy, made })
      const expected = stored?.version ?? 'absent'
      const after: CopyRecord = { ...progress, feed, forgotten, ...counted }
      await target.write([put(copies, [service], after, { expected }), ...operations])
      return counted.listed
    })
    if (made.length > 0) for (const wake of listeners) wake(service)
    return count
  }

  async function* pages(service: string): AsyncGenerator<readonly ListingRecord[]> {
    let after: string | undefined
    do {
      const page = await store.records.list(listings, {
        prefix: [service],
        limit: pageSize,
        ...(after === undefined ? {} : { after }),
      })
      yield page.items.map(({ value }) => value)
      after = page.next
    } while (after !== undefined)
  }

  const setAside = async (service: string): Promise<readonly Quarantined[]> =>
    (await readAll(store.records, quarantine, [service])).map(({ value }) => value)

  return {
    state,
    async *listings(service) {
      for await (const page of pages(service)) {
        const now = clock.now()
        for (const listing of page) if (listing.expiresAt > now) yield toListing(listing)
      }
    },
    async listedWith(authorizationServer) {
      const value = toIndexText(authorizationServer)
      if (value === undefined) return []
      const page = await store.records.list(listings, { index: { name: 'authServer', value }, limit: maxListedWith })
      const now = clock.now()
      return page.items.filter((item) => item.value.expiresAt > now).map((item) => item.value.signer)
    },
    async listedAs(named) {
      const index =
        'soleRole' in named
          ? { name: 'soleRole', value: named.soleRole }
          : { name: 'organization', value: named.identifier }
      const page = await store.records.list(listings, { index, limit: maxListedWith })
      return page.items.filter(({ value }) => value.expiresAt > clock.now()).map(({ value }) => toListing(value))
    },
    async listing(service, signer) {
      const found = (await store.records.get(listings, [service, signer]))?.value
      return found === undefined || found.expiresAt <= clock.now() ? undefined : toListing(found)
    },
    quarantined: setAside,
    quarantinedText: async (service, timestamp) =>
      (await store.records.get(quarantinedTexts, [service, numberPart(timestamp)]))?.value,
    fault,
    changesSince: createChangesSince({ store, clock }),
    async *changeRecords(service, after) {
      let cursor: string | undefined = cursorAfter([service, numberPart(after)])
      while (cursor !== undefined) {
        const page: Awaited<ReturnType<typeof store.records.list<ChangeRecord>>> = await store.records.list(changes, {
          prefix: [service],
          after: cursor,
          limit: pageSize,
        })
        yield page.items
        cursor = page.next
      }
    },
    onCommit(wake) {
      listeners.add(wake)
      return () => void listeners.delete(wake)
    },
    async depart(service, leaving) {
      const made = leaving.map((departure) => ({ kind: 'depart', ...departure }) as const)
      await write(service, made, { progress: undefined, write: (operations) => store.write(operations) })
    },
    async forgetDepartures(service, before) {
      const page = await store.records.list(departures, { prefix: [service], limit: pageSize })
      const old = page.items.filter(({ value }) => value.at < before)
      const last = old.at(-1)?.key[1]
      if (last === undefined) return
      const forgetting = old.flatMap(({ key }) => [remove(departures, key), remove(changes, key)])
      await retryConflict(async () => {
        const stored = await store.records.get(copies, [service])
        if (stored === undefined) return
        const after = { ...stored.value, forgotten: Number(last) }
        await store.write([put(copies, [service], after, { expected: stored.version }), ...forgetting])
      })
    },
    under(lease) {
      const target = (progress: Progress | undefined) => ({
        progress,
        write: (operations: readonly Operation[]) => lease.write(operations),
      })
      return {
        commit: (service, progress, made) => write(service, made, target(progress)),
        async begin(service, progress) {
          // First, so that nothing of an earlier reading is tried again in this one.
          const forgotten = (await setAside(service)).map(({ timestamp }) => ({ kind: 'release', timestamp }) as const)
          for (let at = 0; at < forgotten.length; at += pageSize) {
            await write(service, forgotten.slice(at, at + pageSize), target(undefined))
          }
          await write(service, [], target(progress))
        },
        async sweep(service, progress) {
          for await (const page of pages(service)) {
            const old = page.filter(({ generation }) => generation !== progress.generation)
            if (old.length === 0) continue
            await write(
              service,
              old.map(({ signer }) => ({ kind: 'sweep', signer })),
              target(progress),
            )
          }
        },
        async conclude(service, code) {
          if ((await fault(service)) === code) return
          await lease.write([code === undefined ? remove(faults, [service]) : put(faults, [service], { code })])
        },
      }
    },
  }
}
