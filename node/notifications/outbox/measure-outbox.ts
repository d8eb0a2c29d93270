import type { Clock, Instant } from '../../kernel/clock.js'
import type { Collection, Records } from '../../stores/contracts.js'
import { deadDeliveries, pendingDeliveries, type Delivery } from './outbox-records.js'
import type { DeliveryCount } from './sweep.js'

/** What the metrics say of the outbox. */
export interface OutboxMeter {
  count(outcome: DeliveryCount): void
  set(waiting: WaitingDeliveries): void
}

/** How much waits. Of what waits more than a hundred thousand are not counted further. */
export interface WaitingDeliveries {
  readonly queued: number
  readonly oldestSeconds: number
  readonly dead: number
}

const pageSize = 1000
const maxCounted = 100_000

/** Counts what waits in the outbox, over all parties. @throws `store.unavailable` */
export async function measureOutbox(deps: {
  readonly clock: Clock
  readonly records: Pick<Records, 'list'>
}): Promise<WaitingDeliveries> {
  const { clock, records } = deps
  const now = clock.now()
  const queued = await countRows(records, pendingDeliveries)
  const dead = await countRows(records, deadDeliveries)
  const age = queued.oldest === undefined ? 0 : Math.max(0, now - queued.oldest)
  return { queued: queued.rows, oldestSeconds: age / 1000, dead: dead.rows }
}

async function countRows<Row extends Delivery>(
  records: Pick<Records, 'list'>,
  collection: Collection<Row>,
): Promise<{ readonly rows: number; readonly oldest: Instant | undefined }> {
  let rows = 0
  let oldest: Instant | undefined
  let after: string | undefined
  do {
    const page = await records.list(collection, {
      limit: pageSize,
      ...(after === undefined ? {} : { after }),
    })
    rows += page.items.length
    for (const { value } of page.items) oldest = Math.min(oldest ?? value.createdAt, value.createdAt)
    after = page.next
  } while (after !== undefined && rows < maxCounted)
  return { rows, oldest }
}
