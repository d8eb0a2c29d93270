import type { Audit } from '../../audit/audit.js'
import type { Clock } from '../../kernel/clock.js'
import type { Trace } from '../../kernel/trace.js'
import { put, remove, type Operation } from '../../stores/contracts.js'
import { partyKey } from '../memberships.js'
import {
  deadDeliveries,
  endedDeliveries,
  endedKey,
  pendingDeliveries,
  pendingKey,
  type DeadDelivery,
  type Delivery,
} from './outbox-records.js'

/** The operations by which a delivery goes from one state to the next, each with its account. */
export interface MarkDeliveries {
  delivered(delivery: Delivery, notificatieID: string, trace: Trace): readonly Operation[]
  /** Said by a later delivery as well. */
  consolidated(delivery: Delivery, into: Delivery): readonly Operation[]
  /** To be tried again. */
  retried(delivery: Delivery, next: { readonly code: string; readonly at: number }): readonly Operation[]
  /** Put away by somebody, after it was given up: the receiver is not told. */
  discarded(dead: DeadDelivery, by: { readonly by: string; readonly trace: Trace }): readonly Operation[]
  /** Given up: somebody has to look. */
  dead(
    delivery: Delivery,
    why: { readonly state: DeadDelivery['state']; readonly code: string; readonly trace: Trace },
  ): readonly Operation[]
}

export interface MarkDeliveriesDeps {
  readonly clock: Clock
  readonly audit: Pick<Audit, 'operation'>
  /** How long it can be seen afterwards that something was delivered. */
  readonly keepDays: number
}

const dayMilliseconds = 86_400_000

export function createMarkDeliveries({ clock, audit, keepDays }: MarkDeliveriesDeps): MarkDeliveries {
  const keepUntil = (): { readonly expiresAt: number } => ({ expiresAt: clock.now() + keepDays * dayMilliseconds })
  return {
    delivered(delivery, notificatieID, trace) {
      const now = clock.now()
      const receipt = { notificatieID, receivedAt: new Date(now).toISOString() }
      return [
        remove(pendingDeliveries, pendingKey(delivery)),
        put(
          endedDeliveries,
          endedKey(delivery),
          { ...delivery, state: 'delivered', endedAt: now, receipt },
          keepUntil(),
        ),
        audit.operation({
          ...describe(delivery, { notificatieID }),
          code: 'notification.sent',
          outcome: 'success',
          trace,
        }),
      ]
    },
    consolidated: (delivery, { deliveryID: consolidatedInto }) => [
      remove(pendingDeliveries, pendingKey(delivery)),
      put(
        endedDeliveries,
        endedKey(delivery),
        { ...delivery, state: 'consolidated', endedAt: clock.now(), consolidatedInto },
        keepUntil(),
      ),
    ],
    retried: (delivery, { code, at: nextAttemptAt }) => [
      put(pendingDeliveries, pendingKey(delivery), {
        ...delivery,
        attempts: delivery.attempts + 1,
        nextAttemptAt,
        lastFailure: { at: clock.now(), code },
      }),
    ],
    discarded: (dead, { by, trace }) => [
      put(endedDeliveries, endedKey(dead), { ...dead, state: 'discarded', endedAt: clock.now() }, keepUntil()),
      audit.operation({
        ...describe(dead, {}),
        code: 'notification.discarded',
        action: 'delete',
        outcome: 'success',
        actor: { user: { id: by } },
        trace,
      }),
    ],
    dead(delivery, { state, code, trace }) {
      const now = clock.now()
      return [
        remove(pendingDeliveries, pendingKey(delivery)),
        put(deadDeliveries, pendingKey(delivery), {
          ...delivery,
          attempts: delivery.attempts + 1,
          state,
          endedAt: now,
          lastFailure: { at: now, code },
        }),
        audit.operation({
          ...describe(delivery, {}),
          code: 'notification.failed',
          outcome: state === 'refused' ? 'refused' : 'failed',
          error: code,
          trace,
        }),
      ]
    },
  }
}

function describe(
  { party, eventType, receiver, deliveryID, persons }: Delivery,
  more: Readonly<Record<string, string>>,
) {
  return {
    action: 'execute',
    party,
    object: { operation: eventType, peer: partyKey(receiver), selection: { deliveryID, ...more } },
    ...(persons === undefined ? {} : { persons }),
  } as const
}
