import type { Audit } from '../../audit/audit.js'
import type { Clock } from '../../kernel/clock.js'
import { NodeError } from '../../kernel/errors.js'
import type { Trace } from '../../kernel/trace.js'
import {
  put,
  remove,
  type Collection,
  type Key,
  type Operation,
  type Store,
  type Stored,
} from '../../stores/contracts.js'
import { retryConflict } from '../../stores/retry-conflict.js'
import { partyKey } from '../memberships.js'
import type { MarkDeliveries } from './mark-deliveries.js'
import {
  byID,
  deadDeliveries,
  dueOf,
  dueReceivers,
  endedDeliveries,
  pendingDeliveries,
  pendingKey,
  receiverKey,
  receiverStates,
  type DeadDelivery,
  type Delivery,
  type EndedDelivery,
  type ReceiverState,
} from './outbox-records.js'

/** Where deliveries are, for who looks: what waits, what came to an end, and what needs somebody. */
export const outboxParts = ['waiting', 'dead', 'ended'] as const
export type OutboxPart = (typeof outboxParts)[number]

/** A delivery as it stands. */
export type AnyDelivery = Delivery &
  Partial<Pick<EndedDelivery, 'receipt' | 'consolidatedInto' | 'endedAt'>> & {
    readonly state: 'queued' | 'retrying' | EndedDelivery['state'] | DeadDelivery['state']
  }

export interface OutboxPage {
  readonly deliveries: readonly AnyDelivery[]
  readonly next: string | undefined
}

/** Who does something with the outbox of a party. */
export interface OutboxActing {
  readonly party: string
  readonly by: string
  readonly trace: Trace
}

/** The outbox of the parties of this node, for the organisation itself. */
export interface Outbox {
  /** One page of a part, by receiver. @throws `request.bad_parameters` for a cursor that is none */
  list(query: {
    readonly party: string
    readonly part: OutboxPart
    readonly after?: string | undefined
    readonly limit: number
  }): Promise<OutboxPage>
  /** Receivers that do not take what they are sent, at most a thousand. */
  receivers(party: string): Promise<readonly ReceiverState[]>
  /** Whether there is such a delivery, in whatever state. */
  isKnown(party: string, deliveryID: string): Promise<boolean>
  /** @throws `notification.delivery_unknown`, also for one of another party */
  get(party: string, deliveryID: string): Promise<AnyDelivery>
  /**
   * Puts a dead delivery back, to be tried at once, with the moment that it had: who got it after all, knows it.
   * @throws `notification.delivery_unknown` for what is not dead
   */
  resend(deliveryID: string, acting: OutboxActing): Promise<AnyDelivery>
  /** Puts all that are dead back; returns how many those were. */
  resendAll(acting: OutboxActing): Promise<number>
  /**
   * Puts a dead delivery away for good: its receiver is not told. It can be seen as long as what was delivered.
   * @throws `notification.delivery_unknown` for what is not dead
   */
  discard(deliveryID: string, acting: OutboxActing): Promise<AnyDelivery>
  /** Tries at once whatever waits, also at receivers that did not answer. */
  hurry(party: string): Promise<void>
}

export interface OutboxDeps {
  readonly store: Pick<Store, 'records' | 'write'>
  readonly clock: Clock
  readonly audit: Pick<Audit, 'operation'>
  readonly mark: Pick<MarkDeliveries, 'discarded'>
}

const collections: Readonly<Record<OutboxPart, Collection<Delivery>>> = {
  waiting: pendingDeliveries,
  dead: { name: deadDeliveries.name, indexes: byID },
  ended: { name: endedDeliveries.name, indexes: byID },
}

/** A batch holds up all others. */
const resentAtOnce = 100

export function createOutbox({ store, clock, audit, mark }: OutboxDeps): Outbox {
  const { records } = store

  async function find(party: string, deliveryID: string, parts: readonly OutboxPart[]) {
    for (const part of parts) {
      const index = { name: 'id', value: deliveryID }
      const [found] = (await records.list(collections[part], { index, limit: 1 })).items
      if (found?.value.party === party) return found
    }
    return undefined
  }

  async function get(
    party: string,
    deliveryID: string,
    parts: readonly OutboxPart[] = outboxParts,
  ): Promise<Stored<Delivery>> {
    const found = await find(party, deliveryID, parts)
    if (found === undefined) throw new NodeError('notification.delivery_unknown')
    return found
  }

  /** What puts a dead delivery back. Seven days begin anew. */
  function revive(
    key: Key,
    version: number,
    dead: DeadDelivery,
    { by, trace, party }: OutboxActing,
  ): readonly Operation[] {
    const { state: _state, endedAt: _endedAt, nextAttemptAt: _next, ...rest } = dead
    const delivery: Delivery = { ...rest, attempts: 0, createdAt: clock.now() }
    return [
      remove(deadDeliveries, key, { expected: version }),
      put(pendingDeliveries, pendingKey(delivery), delivery),
      put(dueReceivers, receiverKey(delivery), dueOf(delivery)),
      remove(receiverStates, receiverKey(delivery)),
      audit.operation({
        code: 'notification.queued',
        action: 'create',
        outcome: 'success',
        party,
        actor: { user: { id: by } },
        object: {
          operation: delivery.eventType,
          peer: partyKey(delivery.receiver),
          selection: { deliveryID: delivery.deliveryID },
        },
        ...(delivery.persons === undefined ? {} : { persons: delivery.persons }),
        trace,
      }),
    ]
  }

  return {
    async list({ party, part, after, limit }) {
      const page = await records
        .list(collections[part], { prefix: [party], limit, ...(after === undefined ? {} : { after }) })
        .catch((cause: unknown) => {
          if (NodeError.codeOf(cause) !== 'store.bad_input') throw cause
          throw new NodeError('request.bad_parameters', { cause, notes: ['after: give the `next` of the page before'] })
        })
      return { deliveries: page.items.map(({ value }) => withState(value)), next: page.next }
    },
    async receivers(party) {
      const { items } = await records.list(receiverStates, { prefix: [party], limit: 1000 })
      return items.map(({ value }) => value)
    },
    isKnown: async (party, deliveryID) => (await find(party, deliveryID, outboxParts)) !== undefined,
    get: async (party, deliveryID) => withState((await get(party, deliveryID)).value),
    resend: (deliveryID, acting) =>
      retryConflict(async () => {
        const { key, version } = await get(acting.party, deliveryID, ['dead'])
        const dead = await records.get(deadDeliveries, key)
        if (dead === undefined) throw new NodeError('notification.delivery_unknown')
        await store.write(revive(key, version, dead.value, acting))
        return withState((await get(acting.party, deliveryID)).value)
      }),
    async resendAll(acting) {
      let resent = 0
      let after: string | undefined
      do {
        // Page by page: what is refused again at once has the key that it had, and is not put back a second time.
        const page = await records.list(deadDeliveries, {
          prefix: [acting.party],
          limit: resentAtOnce,
          ...(after === undefined ? {} : { after }),
        })
        if (page.items.length > 0)
          await store.write(page.items.flatMap(({ key, version, value }) => revive(key, version, value, acting)))
        resent += page.items.length
        after = page.next
      } while (after !== undefined)
      return resent
    },
    discard: (deliveryID, acting) =>
      retryConflict(async () => {
        const { key, version } = await get(acting.party, deliveryID, ['dead'])
        const dead = await records.get(deadDeliveries, key)
        if (dead === undefined) throw new NodeError('notification.delivery_unknown')
        await store.write([remove(deadDeliveries, key, { expected: version }), ...mark.discarded(dead.value, acting)])
        return withState((await get(acting.party, deliveryID)).value)
      }),
    async hurry(party) {
      const page = await records.list(receiverStates, { prefix: [party], limit: 1000 })
      await Promise.all(
        page.items.map(({ key, version, value }) =>
          store
            .write([put(receiverStates, key, triedNow(value, clock.now()), { expected: version })])
            .catch((cause: unknown) => {
              // The sender was quicker: then it is being tried.
              if (NodeError.codeOf(cause) !== 'store.conflict') throw cause
            }),
        ),
      )
    },
  }
}

function triedNow(state: ReceiverState, now: number): ReceiverState {
  return { ...state, retryAt: now, notBefore: now }
}

function withState(delivery: Delivery & { readonly state?: AnyDelivery['state'] }): AnyDelivery {
  return { ...delivery, state: delivery.state ?? (delivery.lastFailure === undefined ? 'queued' : 'retrying') }
}
