import { afterEach, beforeEach, expect, test } from '@jest/globals'
import type { AuditEvent } from '../../../node/audit/event.js'
import { partyRecords, signingKey } from '../../../node/identity/party.js'
import { createReplayParties } from '../../../node/identity/replay-parties.js'
import { createTestIdentity, type TestIdentity } from '../../support/credentials.js'

let restored: TestIdentity

beforeEach(async () => {
  restored = await createTestIdentity()
})

afterEach(() => restored.end())

const removed = (code: 'party.removed' | 'key.removed', more: Partial<AuditEvent>): AuditEvent => ({
  code,
  action: 'delete',
  outcome: 'success',
  ...more,
})

test('a party that the backup does not know is not made, and no key of another is touched', async () => {
  const { did, ...party } = await restored.parties.create({ subject: 'uitgever' })
  const key = signingKey({ did, ...party }).keyId
  const { partyRemoved, keyRemoved } = createReplayParties(restored)
  for (const who of [{}, { party: 'onbekend' }]) {
    expect(await partyRemoved(removed('party.removed', { ...who, actor: { did } }))).toEqual([])
    expect(await keyRemoved(removed('key.removed', { ...who, object: { key } }))).toEqual([])
  }
  expect(await restored.keyStore.listKeys()).toEqual([key])
  const again = await keyRemoved(removed('key.removed', { party: 'uitgever', object: { key } }))
  expect([again.length, await restored.keyStore.listKeys()]).toEqual([1, []])
})

test('a party that had ended before the backup stays ended since then', async () => {
  const { did, ...party } = await restored.parties.create({ subject: 'uitgever' })
  const key = signingKey({ did, ...party }).keyId
  await restored.parties.deactivate('uitgever')
  const { value: ended } = (await restored.store.records.get(partyRecords, ['uitgever'])) ?? {}
  restored.clock.move(60)
  const { partyRemoved, keyRemoved } = createReplayParties(restored)
  expect(await partyRemoved(removed('party.removed', { party: 'uitgever', actor: { did } }))).toEqual([])
  expect(await keyRemoved(removed('key.removed', { party: 'uitgever', object: { key } }))).toEqual([])
  const { value: after } = (await restored.store.records.get(partyRecords, ['uitgever'])) ?? {}
  expect(after).toEqual({ ...ended, deactivatedAt: '2026-11-24T09:00:00Z' })
})
