import { afterEach, beforeEach, expect, test } from '@jest/globals'
import type { AuditEvent } from '../../../../node/audit/event.js'
import { createReplayStatus } from '../../../../node/credentials/status/replay-status.js'
import { listRecords } from '../../../../node/credentials/status/records.js'
import { put } from '../../../../node/stores/contracts.js'
import { createTestIdentity, type TestIdentity } from '../../../support/credentials.js'
import { rejectionOf } from '../../../support/refusals.js'

const issuer = 'did:web:node.example:iam:uitgever'
const list = `https://node.example/statuslist/${issuer}/1`
const place = { list, type: 'StatusList2021', index: 7, purpose: 'revocation' }

let restored: TestIdentity
beforeEach(async () => {
  restored = await createTestIdentity()
})
afterEach(() => restored.end())

const event = (object: AuditEvent['object']): AuditEvent => ({
  code: 'credential.revoked',
  action: 'update',
  outcome: 'success',
  ...(object === undefined ? {} : { object }),
})

test('a credential without a status changes no list, and one with a status does', async () => {
  const { issued, withdrawn, resumed } = createReplayStatus(restored)
  for (const replay of [issued, withdrawn, resumed]) {
    expect(await replay(event(undefined))).toEqual([])
    expect(await replay(event({ credential: 'urn:a' }))).toEqual([])
    expect(await replay(event({ credential: 'urn:a', status: [place] }))).toHaveLength(2)
  }
})

test('a list of the backup that is damaged stops the replay: it is not begun anew with nobody revoked', async () => {
  const { withdrawn } = createReplayStatus(restored)
  const again = () => withdrawn(event({ credential: 'urn:a', status: [place] }))
  await restored.store.write(await again())
  const stored = await restored.store.records.get(listRecords, [issuer, '1'])
  if (stored === undefined) throw new Error('no list was written')
  const damaged = { ...stored.value, packed: stored.value.packed.slice(0, 10) }
  await restored.store.write([put(listRecords, stored.key, damaged)])
  const { code, detail } = await rejectionOf(again())
  expect([code, detail]).toEqual(['store.damaged', 'a status list'])
  await restored.store.write([put(listRecords, stored.key, stored.value)])
  expect(await again()).toHaveLength(2)
})
