import type { Collection, Key, Records } from '../../stores/contracts.js'
import type { Delivery } from './outbox-records.js'

const pageSize = 500

/**
 * What waits under `prefix`, record by record: each time everything about one record, in the order of versions. Reads a page
 * at a time, so a record of which many versions wait is held as a whole, and nothing else is.
 * @throws `store.unavailable`
 */
export async function* recordLanes(
  records: Pick<Records, 'list'>,
  collection: Collection<Delivery>,
  prefix: Key,
): AsyncGenerator<readonly Delivery[]> {
  let lane: Delivery[] = []
  let after: string | undefined
  do {
    const page = await records.list(collection, {
      prefix,
      limit: pageSize,
      ...(after === undefined ? {} : { after }),
    })
    for (const { value } of page.items) {
      if (lane[0] !== undefined && lane[0].recordID !== value.recordID) {
        yield lane
        lane = []
      }
      lane.push(value)
    }
    after = page.next
  } while (after !== undefined)
  if (lane.length > 0) yield lane
}
