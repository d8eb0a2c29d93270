import { describe, expect, test } from '@jest/globals'
import { createAudit } from '../../../node/audit/audit.js'
import type { AuditEvent } from '../../../node/audit/event.js'
import { createFixedClock } from '../../../node/kernel/clock.js'
import { put } from '../../../node/stores/contracts.js'
import { createMemoryStore } from '../../../node/stores/memory.js'
import { rejectionOf } from '../../support/refusals.js'
import { testNode } from '../../support/node-parts.js'

const pseudonymKey = Buffer.alloc(32, 7)
const started: AuditEvent = { code: 'node.started', action: 'execute', outcome: 'success' }
const created: AuditEvent = { code: 'party.created', action: 'create', outcome: 'success', party: 'ciz' }

function createExample() {
  const clock = createFixedClock(Date.parse('2026-11-24T09:00:00.250Z'))
  const store = createMemoryStore({ clock })
  return { clock, store, audit: createAudit({ store, clock, node: testNode, pseudonymKey }) }
}

describe('the audit journal', () => {
  test('numbers its events from 1 without gaps and tells when each was written', async () => {
    const { audit, clock } = createExample()
    expect(await audit.record(started)).toBe(1)
    clock.move(1.5)
    expect(await audit.record(created)).toBe(2)
    expect(await audit.read({ after: 0, limit: 10 })).toEqual([
      { number: 1, time: '2026-11-24T09:00:00.250Z', event: started },
      { number: 2, time: '2026-11-24T09:00:01.750Z', event: created },
    ])
  })

  test('is empty at first', async () => {
    const { audit } = createExample()
    expect([await audit.head(), await audit.read({ after: 0, limit: 10 })]).toEqual([0, []])
  })

  test('reads on from a number, no more than asked', async () => {
    const { audit } = createExample()
    for (let count = 0; count < 5; count += 1) await audit.record(started)
    const read = await audit.read({ after: 2, limit: 2 })
    expect([read.map(({ number }) => number), await audit.head()]).toEqual([[3, 4], 5])
  })

  test('holds an event of a batch when the batch was written', async () => {
    const { audit, store } = createExample()
    await store.write([put({ name: 'things' }, ['a'], 1), audit.operation(created)])
    expect((await audit.read({ after: 0, limit: 10 })).map(({ event }) => event)).toEqual([created])
  })

  test('holds nothing of a batch that was refused', async () => {
    const { audit, store } = createExample()
    await store.write([put({ name: 'things' }, ['a'], 1)])
    const batch = [put({ name: 'things' }, ['a'], 2, { expected: 'absent' }), audit.operation(created)]
    expect((await rejectionOf(store.write(batch))).code).toBe('store.conflict')
    expect(await audit.head()).toBe(0)
  })

  test('that cannot be written says so', async () => {
    const { audit, store } = createExample()
    await store.close()
    expect((await rejectionOf(audit.record(started))).code).toBe('audit.unavailable')
  })

  test('that cannot hold an event says so, and takes the next one', async () => {
    const { audit } = createExample()
    expect((await rejectionOf(audit.record({ ...created, party: 'a\0b' }))).code).toBe('audit.unavailable')
    expect(await audit.record(created)).toBe(1)
  })
})

describe('a pseudonym', () => {
  const { audit } = createExample()

  test('is the same for the same value, and 128 bits', () => {
    const pseudonym = audit.pseudonym('wlzindicatieID', '53089759-97a5-4a50-b1c9-bae97b8e73f0')
    expect(pseudonym).toBe(audit.pseudonym('wlzindicatieID', '53089759-97a5-4a50-b1c9-bae97b8e73f0'))
    expect(Buffer.from(pseudonym, 'base64url')).toHaveLength(16)
  })

  test('is the same for the number of an organisation that was seen before, and another one for another kind of it', () => {
    const [first, again] = [audit.pseudonym('uzovi', '5999'), audit.pseudonym('uzovi', '5999')]
    expect(again).toBe(first)
    expect(createExample().audit.pseudonym('uzovi', '5999')).toBe(first)
    expect(audit.pseudonym('agb', '5999')).not.toBe(first)
  })

  test.each([
    ['another value', 'bsn', '999990020'],
    ['another kind', 'clientID', '999990019'],
    ['a value that begins where the kind ends', 'bs', 'n999990019'],
  ])('differs for %s', (_, kind, value) => {
    expect(audit.pseudonym(kind, value)).not.toBe(audit.pseudonym('bsn', '999990019'))
  })

  test('differs for another node', () => {
    const { store, clock } = createExample()
    const other = createAudit({ store, clock, node: testNode, pseudonymKey: Buffer.alloc(32, 8) })
    expect(other.pseudonym('bsn', '999990019')).not.toBe(audit.pseudonym('bsn', '999990019'))
  })
})
