import { expect, test } from '@jest/globals'
import { createAudit } from '../../../node/audit/audit.js'
import { silentLog } from '../../../node/kernel/log.js'
import { createInbox } from '../../../node/notifications/inbox.js'
import { createInboxWriter, type OnReceived } from '../../../node/notifications/inbox-writer.js'
import { createRetryParked } from '../../../node/notifications/retry-parked.js'
import { createMemoryStore } from '../../../node/stores/memory.js'
import { clock, incoming } from './incoming.js'

test('what is tried again goes when it was acknowledged long enough ago, and stays when it was not acknowledged', async () => {
  const store = createMemoryStore({ clock })
  const audit = createAudit({ store, clock, node: { name: 'test', version: '0' }, pseudonymKey: Buffer.alloc(32) })
  let isBroken = true
  const part: OnReceived = {
    name: 'part',
    operations() {
      if (isBroken) throw new Error('cannot')
      return []
    },
  }
  const writer = createInboxWriter({ store, clock, log: silentLog, onReceived: [part] })
  const inbox = createInbox({ store, clock, audit, restoredAt: 0, keepDays: 90 })
  const retryParked = createRetryParked({ store, audit, inbox, onReceived: [part], followers: [], keepDays: 90 })
  const numbers = async (state: 'all' | 'parked') =>
    (await inbox.read({ party: 'noord', state, after: 0, limit: 10 })).entries.map(({ number }) => number)

  for (const name of ['a', 'b']) await writer.stow(incoming(name))
  expect(await numbers('parked')).toEqual([1, 2])
  await inbox.acknowledge('noord', { numbers: [1] }, { by: 'test' })
  clock.move(80 * 86_400)
  isBroken = false
  for (const number of [1, 2]) await retryParked('noord', number, { by: 'test' })
  expect([await numbers('parked'), await numbers('all')]).toEqual([[], [1, 2]])
  clock.move(11 * 86_400)
  expect(await numbers('all')).toEqual([2])
})
