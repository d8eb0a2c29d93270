import type { Instant } from '../kernel/clock.js'
import { put, remove, type Collection, type Operation, type Store } from '../stores/contracts.js'
import type { Lease } from '../stores/lease.js'
import { readAll } from '../stores/read-all.js'
import type { Claims } from '../policy/question.js'

/** A verified listing of a party in a service. */
export interface Listing {
  readonly service: string
  readonly timestamp: number
  readonly signer: string
  readonly presentationId: string
  readonly presentation: string
  readonly expiresAt: Instant
  /** Values of the definition's fields. */
  readonly fields: Claims
  /** What the party says about itself. */
  readonly parameters: Readonly<Record<string, string>>
  /** The subjects of the credentials in the listing: what a search looks through. */
  readonly subjects: readonly Readonly<Record<string, unknown>>[]
  readonly verifiedAt: Instant
}

/** An entry of the list that could not be verified, kept with the reason so that it can be tried again. */
export interface Quarantined {
  readonly timestamp: number
  /** Empty when the entry was not a text, or too long to keep. */
  readonly presentation: string
  readonly reason: string
  /** Who is said to have signed; proven by nothing. */
  readonly signer?: string
  /** No registration of the service that there is now lives longer. */
  readonly expiresAt: Instant
}

/** How far the copy of a list is. */
export interface ReplicaState {
  readonly seed: string
  readonly timestamp: number
  /** When the list was last read to its end without a fault. */
  readonly syncedAt?: Instant
}

const states: Collection<ReplicaState> = { name: 'discovery-replica-state' }
const listings: Collection<Listing> = {
  name: 'discovery-replica',
  indexes: { authServer: ({ parameters }) => toIndexText(parameters['authServerURL'] ?? '') },
}
const maxListedWith = 100
const quarantine: Collection<Quarantined> = { name: 'discovery-quarantine' }
const faults: Collection<{ readonly code: string }> = { name: 'discovery-faults' }

/** The local, verified copies of discovery lists. */
export interface Replica {
  state(service: string): Promise<ReplicaState | undefined>
  listings(service: string): Promise<readonly Listing[]>
  /** Who is listed with this authorization server, in any service. */
  listedWith(authorizationServer: string): Promise<readonly string[]>
  quarantined(service: string): Promise<readonly Quarantined[]>
  /** The code of the fault with which the last look at the list ended, if it did. */
  fault(service: string): Promise<string | undefined>
  /** What only the holder of `lease`, that of the service, may do: others would write over it. */
  under(lease: Pick<Lease, 'write'>): ReplicaWriter
}

/** The way to change copies. */
export interface ReplicaWriter {
  /** Writes changes and the state that they lead to in one atomic batch. */
  commit(service: string, state: ReplicaState, changes: readonly ReplicaChange[]): Promise<void>
  /** Puts `changes` in the place of everything that is kept of the service, in one atomic batch: its list started anew. */
  restart(service: string, state: ReplicaState, changes: readonly ReplicaChange[]): Promise<void>
  /** Keeps how the last look ended, for all replicas of the node. */
  conclude(service: string, fault: string | undefined): Promise<void>
}

export type ReplicaChange =
  | { readonly kind: 'list'; readonly listing: Listing }
  | { readonly kind: 'withdraw'; readonly signer: string }
  | { readonly kind: 'quarantine'; readonly entry: Quarantined }
  | { readonly kind: 'release'; readonly timestamp: number }

/** Keeps the copies in the store; a rebuildable cache of what the lists say. */
export function createReplica({ store }: { readonly store: Store }): Replica {
  const all = <T>(collection: Collection<T>, service: string) => readAll(store.records, collection, [service])

  const fault = async (service: string): Promise<string | undefined> =>
    (await store.records.get(faults, [service]))?.value.code

  return {
    state: async (service) => (await store.records.get(states, [service]))?.value,
    listings: async (service) => (await all(listings, service)).map(({ value }) => value),
    async listedWith(authorizationServer) {
      const value = toIndexText(authorizationServer)
      if (value === undefined) return []
      const page = await store.records.list(listings, { index: { name: 'authServer', value }, limit: maxListedWith })
      return page.items.map((item) => item.value.signer)
    },
    quarantined: async (service) => (await all(quarantine, service)).map(({ value }) => value),
    fault,
    under: (lease) => ({
      async commit(service, state, changes) {
        await lease.write([put(states, [service], state), ...changes.map((change) => toOperation(service, change))])
      },
      async restart(service, state, changes) {
        await lease.write([
          ...(await all(listings, service)).map(({ key }) => remove(listings, key)),
          ...(await all(quarantine, service)).map(({ key }) => remove(quarantine, key)),
          put(states, [service], state),
          ...changes.map((change) => toOperation(service, change)),
        ])
      },
      async conclude(service, code) {
        if ((await fault(service)) === code) return
        await lease.write([code === undefined ? remove(faults, [service]) : put(faults, [service], { code })])
      },
    }),
  }
}

/** What an index of the store can hold; a text that is longer, or holds anything else, is found by nobody. */
function toIndexText(text: string): string | undefined {
  return /^[\x21-\x7e]{1,512}$/.test(text) ? text : undefined
}

function toOperation(service: string, change: ReplicaChange): Operation {
  switch (change.kind) {
    case 'list':
      return put(listings, [service, change.listing.signer], change.listing, { expiresAt: change.listing.expiresAt })
    case 'withdraw':
      return remove(listings, [service, change.signer])
    case 'quarantine':
      return put(quarantine, [service, String(change.entry.timestamp)], change.entry, {
        expiresAt: change.entry.expiresAt,
      })
    case 'release':
      return remove(quarantine, [service, String(change.timestamp)])
  }
}
