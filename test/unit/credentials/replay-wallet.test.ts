import { expect, test } from '@jest/globals'
import type { AuditEvent } from '../../../node/audit/event.js'
import { replayWalletRemoval } from '../../../node/credentials/replay-wallet.js'

const removed: AuditEvent = { code: 'credential.removed', action: 'delete', outcome: 'success' }

test.each<[string, Partial<AuditEvent>, number]>([
  ['of whom and which is not said', {}, 0],
  ['of which is not said whose it is', { object: { credential: 'urn:a' } }, 0],
  ['of which the id is not said', { party: 'ciz', object: {} }, 0],
  ['of a party, by its id,', { party: 'ciz', object: { credential: 'urn:a' } }, 2],
])('the removal of a credential %s is done again only when it is known which', async (_, known, operations) => {
  expect(await replayWalletRemoval({ ...removed, ...known })).toHaveLength(operations)
})
