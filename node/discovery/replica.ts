import type { Clock, Instant } from '../kernel/clock.js'
import { randomId } from '../kernel/random.js'
import { put, remove, type Collection, type Operation, type Store, type Stored } from '../stores/contracts.js'
import type { Lease } from '../stores/lease.js'
import { numberPart } from '../stores/numbered-keys.js'
import { readAll } from '../stores/read-all.js'
import { retryConflict } from '../stores/retry-conflict.js'
import { changes, createChangesSince, type ChangeFeed } from './change-feed.js'
import { copies, faults, listings, quarantine, toIndexText, toListing, type CopyRecord } from './copy-records.js'
import type { Listing, Quarantined } from './listing.js'

/** How far the copy of a list is. */
export interface ReplicaState {
  readonly seed: string
  readonly timestamp: number
  /** When the list was last read to its end without a fault. */
  readonly syncedAt?: Instant
}

const maxListedWith = 100

/** The local, verified copies of discovery lists. */
export interface Replica extends ChangeFeed {
  state(service: string): Promise<ReplicaState | undefined>
  listings(service: string): Promise<readonly Listing[]>
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
  quarantined(service: string): Promise<readonly Quarantined[]>
  /** The code of the fault with which the last look at the list ended, if it did. */
  fault(service: string): Promise<string | undefined>
  /** What only the holder of `lease`, that of the service, may do: others would write over it. */
  under(lease: Pick<Lease, 'write'>): ReplicaWriter
}

/** The way to change copies. */
export interface ReplicaWriter {
  /** Writes changes and the state that they lead to in one atomic batch. */
  commit(service: string, state: ReplicaState, made: readonly ReplicaChange[]): Promise<void>
  /** Puts `made` in the place of everything that is kept of the service, in one atomic batch: its list started anew. */
  restart(service: string, state: ReplicaState, made: readonly ReplicaChange[]): Promise<void>
  /** Keeps how the last look ended, for all replicas of the node. */
  conclude(service: string, fault: string | undefined): Promise<void>
}

export type ReplicaChange =
  | { readonly kind: 'list'; readonly listing: Listing }
  | { readonly kind: 'withdraw'; readonly signer: string }
  | { readonly kind: 'quarantine'; readonly entry: Quarantined }
  | { readonly kind: 'release'; readonly timestamp: number }

/** Keeps the copies in the store; a rebuildable cache of what the lists say. */
export function createReplica({ store, clock }: { readonly store: Store; readonly clock: Clock }): Replica {
  const all = <T>(collection: Collection<T>, service: string) => readAll(store.records, collection, [service])
  const listeners = new Set<(service: string) => void>()

  const fault = async (service: string): Promise<string | undefined> =>
    (await store.records.get(faults, [service]))?.value.code

  /** The operations of a batch, with numbers for the feed. */
  async function toOperations(
    service: string,
    stored: Stored<CopyRecord> | undefined,
    state: ReplicaState,
    made: readonly ReplicaChange[],
  ): Promise<readonly Operation[]> {
    const before = stored?.value ?? { feed: randomId(), sequence: 0, forgotten: 0 }
    let { sequence } = before
    const at = clock.now()
    const operations: Operation[] = []
    /** The change that put the listing of a signer there, as this batch leaves it so far. */
    const placed = new Map<string, number | undefined>()
    const forget = async (signer: string): Promise<boolean> => {
      const number = placed.has(signer)
        ? placed.get(signer)
        : (await store.records.get(listings, [service, signer]))?.value.sequence
      if (number !== undefined) operations.push(remove(changes, [service, numberPart(number)]))
      return number !== undefined
    }
    for (const change of made) {
      if (change.kind === 'list') {
        const { listing } = change
        const { signer } = listing
        await forget(signer)
        sequence += 1
        placed.set(signer, sequence)
        operations.push(
          put(listings, [service, signer], { ...listing, sequence }),
          put(changes, [service, numberPart(sequence)], { kind: 'listed', signer, at }),
        )
      } else if (change.kind === 'withdraw') {
        const { signer } = change
        if (!(await forget(signer))) continue
        sequence += 1
        placed.set(signer, undefined)
        operations.push(
          remove(listings, [service, signer]),
          put(changes, [service, numberPart(sequence)], { kind: 'gone', signer, at }),
        )
      } else operations.push(toSetAside(service, change))
    }
    const { feed, forgotten } = before
    const expected = stored?.version ?? 'absent'
    return [put(copies, [service], { ...state, feed, sequence, forgotten }, { expected }), ...operations]
  }

  async function write(
    lease: Pick<Lease, 'write'>,
    service: string,
    state: ReplicaState,
    makeChanges: () => Promise<readonly ReplicaChange[]>,
  ): Promise<void> {
    const made = await makeChanges()
    await retryConflict(async () => {
      const stored = await store.records.get(copies, [service])
      await lease.write(await toOperations(service, stored, state, made))
    })
    if (made.length > 0) for (const wake of listeners) wake(service)
  }

  return {
    async state(service) {
      const found = (await store.records.get(copies, [service]))?.value
      if (found === undefined) return undefined
      const { seed, timestamp, syncedAt } = found
      return { seed, timestamp, ...(syncedAt === undefined ? {} : { syncedAt }) }
    },
    async listings(service) {
      const now = clock.now()
      return (await all(listings, service))
        .filter(({ value }) => value.expiresAt > now)
        .map(({ value }) => toListing(value))
    },
    async listedWith(authorizationServer) {
      const value = toIndexText(authorizationServer)
      if (value === undefined) return []
      const page = await store.records.list(listings, { index: { name: 'authServer', value }, limit: maxListedWith })
      return page.items.filter((item) => item.value.expiresAt > clock.now()).map((item) => item.value.signer)
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
    quarantined: async (service) => (await all(quarantine, service)).map(({ value }) => value),
    fault,
    changesSince: createChangesSince({ store, clock }),
    onCommit(wake) {
      listeners.add(wake)
      return () => void listeners.delete(wake)
    },
    under: (lease) => ({
      commit: (service, state, made) => write(lease, service, state, () => Promise.resolve(made)),
      restart: (service, state, made) =>
        write(lease, service, state, async () => {
          const known = (await all(listings, service)).map(({ value }) => value.signer)
          const setAside = (await all(quarantine, service)).map(({ value }) => value.timestamp)
          return [
            ...known.map((signer) => ({ kind: 'withdraw', signer }) as const),
            ...setAside.map((timestamp) => ({ kind: 'release', timestamp }) as const),
            ...made,
          ]
        }),
      async conclude(service, code) {
        if ((await fault(service)) === code) return
        await lease.write([code === undefined ? remove(faults, [service]) : put(faults, [service], { code })])
      },
    }),
  }
}

function toSetAside(service: string, change: Extract<ReplicaChange, { kind: 'quarantine' | 'release' }>): Operation {
  if (change.kind === 'release') return remove(quarantine, [service, String(change.timestamp)])
  const { timestamp, expiresAt } = change.entry
  return put(quarantine, [service, String(timestamp)], change.entry, { expiresAt })
}
