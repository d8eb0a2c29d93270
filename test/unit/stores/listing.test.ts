import { expect, test } from '@jest/globals'
import { createFixedClock } from '../../../node/kernel/clock.js'
import { silentLog } from '../../../node/kernel/log.js'
import { put, remove, type Collection } from '../../../node/stores/contracts.js'
import { listRecords } from '../../../node/stores/listing.js'
import { createMemoryBytes } from '../../../node/stores/memory.js'
import type { OrderedBytes } from '../../../node/stores/ordered-bytes.js'
import { openOrderedStore } from '../../../node/stores/ordered-store.js'

const beds: Collection<string> = { name: 'beds', indexes: { ward: (ward) => ward } }

test('a record that is removed, or leaves the index, while the index is read is not listed', async () => {
  const { place, bytes } = createMemoryBytes()
  const store = await openOrderedStore({ place, clock: createFixedClock(0), log: silentLog })
  await store.write(['1', '2', '3', '4'].map((key) => put(beds, [key], 'noord')))
  let meanwhile = true
  /** Somebody else writes between the first entry of the index and its record. */
  const read: OrderedBytes = {
    ...bytes,
    async *scan(range) {
      for await (const entry of bytes.scan(range)) {
        if (meanwhile) await store.write([remove(beds, ['2']), put(beds, ['3'], 'zuid')])
        meanwhile = false
        yield entry
      }
    },
  }
  const { items } = await listRecords(read, 0, beds, { index: { name: 'ward', value: 'noord' }, limit: 10 })
  expect(items.map(({ key }) => key)).toEqual([['1'], ['4']])
})
