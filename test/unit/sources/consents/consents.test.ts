import { beforeEach, describe, expect, test } from '@jest/globals'
import { createReplayConsent } from '../../../../node/sources/consents/replay-consent.js'
import { createConsents, consentRecords, type Consents } from '../../../../node/sources/consents/consents.js'
import { put } from '../../../../node/stores/contracts.js'
import { readAll } from '../../../../node/stores/read-all.js'
import type { ConsentStatement } from '../../../../schemas/consent.js'
import { createNodeParts, type NodeParts } from '../../../support/node-parts.js'
import { rejectionOf } from '../../../support/refusals.js'

const bsn = '999990019'
const trace = { traceId: '1'.repeat(32), spanId: '2'.repeat(16) }
const acting = { by: 'balie', trace }
const statement: ConsentStatement = {
  effect: 'permit',
  recipient: 'agb:41411111',
  purpose: 'AANMELDING',
  from: '2026-11-01',
}
const objection: ConsentStatement = { effect: 'deny', recipient: 'role:huisarts', from: '2026-11-01' }

let node: NodeParts
let consents: Consents
beforeEach(() => {
  node = createNodeParts()
  consents = createConsents(node)
})

describe('what a person says', () => {
  test('counts at once, for that person and that party', async () => {
    const { id } = await consents.add('ciz', bsn, statement, acting)
    expect(await consents.statementsOf('ciz', bsn)).toEqual([{ ...statement, id }])
    expect(await consents.statementsOf('ciz', '999990020')).toEqual([])
    expect(await consents.statementsOf('ander', bsn)).toEqual([])
  })

  test('counts no more once it is withdrawn, and is still listed', async () => {
    const { id } = await consents.add('ciz', bsn, statement, acting)
    node.clock.move(1)
    const withdrawn = await consents.withdraw('ciz', id, acting)
    expect(await consents.statementsOf('ciz', bsn)).toEqual([])
    expect(await consents.list('ciz', bsn, acting)).toEqual([
      { id, statement, registeredAt: '2026-11-24T09:00:00.000Z', withdrawnAt: '2026-11-24T09:00:01.000Z' },
    ])
    node.clock.move(1)
    expect(await consents.withdraw('ciz', id, acting)).toEqual(withdrawn)
  })

  test('is withdrawn by its own party alone', async () => {
    const { id } = await consents.add('ciz', bsn, statement, acting)
    expect((await rejectionOf(consents.withdraw('ander', id, acting))).code).toBe('consent.unknown')
    expect((await rejectionOf(consents.withdraw('ciz', 'x', acting))).code).toBe('consent.unknown')
    expect(await consents.statementsOf('ciz', bsn)).toHaveLength(1)
  })

  test('is not kept for a number that nobody has', async () => {
    const refusal = await rejectionOf(consents.add('ciz', '999990018', statement, acting))
    expect([refusal.code, refusal.notes.join()]).toEqual([
      'request.bad_parameters',
      'bsn: is not a number that a person can have',
    ])
    expect(await node.journal()).toEqual([])
  })

  test('is in the journal with every look and every change, and the number is nowhere', async () => {
    const { id } = await consents.add('ciz', bsn, statement, acting)
    await consents.list('ciz', bsn, acting)
    await consents.withdraw('ciz', id, acting)
    const events = await node.journal()
    expect(events).toMatchObject([
      {
        code: 'consent.changed',
        action: 'create',
        party: 'ciz',
        actor: { user: { id: 'balie' } },
        object: { selection: { consent: id, effect: 'permit', recipient: 'agb:41411111', purpose: 'AANMELDING' } },
      },
      { code: 'consent.read', action: 'read' },
      { code: 'consent.changed', action: 'delete', object: { selection: { consent: id } } },
    ])
    expect(new Set(events.map(({ persons }) => persons?.join())).size).toBe(1)
    const stored = JSON.stringify([events, await readAll(node.store.records, consentRecords)])
    expect(stored).not.toContain(bsn)
  })
})

describe('a restored node', () => {
  /** Does again in `to` what the journal of the node knows. */
  async function replay(to: NodeParts): Promise<void> {
    const again = createReplayConsent(to)
    for (const event of await node.journal()) {
      const operations = event.code === 'consent.changed' ? await again(event) : []
      if (operations.length > 0) await to.store.write(operations)
    }
  }

  test('has the objections of after the backup, and not the consents', async () => {
    await consents.add('ciz', bsn, statement, acting)
    const { id } = await consents.add('ciz', bsn, objection, acting)
    const restored = createNodeParts()
    await replay(restored)
    await replay(restored)
    const found = await readAll(restored.store.records, consentRecords)
    expect(found.map(({ value }) => value)).toMatchObject([{ id, statement: objection }])
  })

  test('withdraws again what was withdrawn after the backup', async () => {
    const kept = await consents.add('ciz', bsn, statement, acting)
    const [stored] = await readAll(node.store.records, consentRecords)
    const restored = createNodeParts()
    await restored.store.write([put(consentRecords, stored?.key ?? [], kept)])
    await consents.withdraw('ciz', kept.id, acting)
    await replay(restored)
    const [again] = await readAll(restored.store.records, consentRecords)
    expect(again?.value.withdrawnAt).toBeDefined()
  })
})
