import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { createAudit } from '../../../node/audit/audit.js'
import { toCanonical } from '../../../node/audit/canonical.js'
import type { AuditEvent } from '../../../node/audit/event.js'
import { createFixedClock } from '../../../node/kernel/clock.js'
import { createMemoryStore } from '../../../node/stores/memory.js'
import { auditCodes } from '../../../schemas/audit-codes.js'
import { auditEventSchema, auditRecordSchema } from '../../../schemas/audit-event.js'
import { moment, testNode } from '../../support/node-parts.js'

/** What the journal holds after `event` was recorded. */
async function written(event: AuditEvent): Promise<unknown> {
  const clock = createFixedClock(moment)
  const store = createMemoryStore({ clock })
  const audit = createAudit({ store, clock, node: testNode, pseudonymKey: Buffer.alloc(32) })
  await audit.record(event)
  return (await store.journal.read({ after: 0, limit: 1 }))[0]?.value
}

const read: AuditEvent = { code: 'read.decided', action: 'read', outcome: 'refused' }

describe('what is written in the journal', () => {
  test('is the event, where and when, in the shape of its schema', async () => {
    const value = await written(read)
    expect(value).toEqual({ event: read, node: testNode, time: '2026-11-24T09:00:00.000Z' })
    expect(auditRecordSchema.parse(value)).toEqual(value)
  })

  test('has its members in the order of RFC 8785', async () => {
    const value = await written({
      ...read,
      object: { source: 's', fields: ['b', 'a'] },
      actor: { role: 'r', did: 'd' },
    })
    expect(JSON.stringify(value)).toBe(
      '{"event":{"action":"read","actor":{"did":"d","role":"r"},"code":"read.decided",' +
        '"object":{"fields":["b","a"],"source":"s"},"outcome":"refused"},' +
        '"node":{"name":"test","version":"0.0.0"},"time":"2026-11-24T09:00:00.000Z"}',
    )
  })

  // Test numbers: no person has them.
  test.each(['999990019', 'bsn 999990019.', 'x:９９９９９００１９', '123456782/999990019'])(
    'holds nothing in the form of a BSN when an event has %p',
    async (text) => {
      const reasons = [text]
      const event: AuditEvent = { ...read, reasons, actor: { organization: text, did: text }, object: { scope: text } }
      const json = JSON.stringify(await written(event)).normalize('NFKC')
      expect(json).not.toMatch(/999990019|123456782/)
      expect(json).toContain('•••')
    },
  )

  test.each(['uzovi:5999', '12345678', '999990018', '00000003123456780000', 'ab12345678299', ''])(
    'keeps %p, which is no BSN',
    async (text) => {
      expect(await written({ ...read, reasons: [text] })).toMatchObject({ event: { reasons: [text] } })
    },
  )
})

describe('canonical JSON', () => {
  test('does not depend on the order of members and keeps every value', () => {
    const name = fc.string().filter((text) => !/^\d/.test(text) && text !== '__proto__')
    fc.assert(
      fc.property(
        fc.dictionary(
          name,
          fc.jsonValue().filter((value) => !/"\d|__proto__/.test(JSON.stringify(value))),
        ),
        (value) => {
          const turned = Object.fromEntries(Object.entries(value).reverse())
          const text = JSON.stringify(toCanonical(value))
          expect(JSON.stringify(toCanonical(turned))).toBe(text)
          expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)))
        },
      ),
    )
  })

  test('sorts by UTF-16 code units, as RFC 8785 section 3.2.3 shows', () => {
    const value = { '\u20ac': 1, '\r': 2, '\u05d3': 3, '\ud83d\ude00': 4, '\u0080': 5, '\u00f6': 6, '\ufb33': 7 }
    expect(Object.values(toCanonical(value) as object)).toEqual([2, 5, 6, 3, 1, 4, 7])
  })

  test('refuses a member name that JavaScript would move to the front', () => {
    expect(() => toCanonical({ a: { '1': 2 } })).toThrow('internal.fault')
  })
})

describe('the schema of an event', () => {
  test.each(Object.entries(auditCodes))('knows %s with its actions and no other', (code, { actions }) => {
    for (const action of ['create', 'read', 'update', 'delete', 'execute'] as const) {
      const parsed = auditEventSchema.safeParse({ code, action, outcome: 'success' })
      expect(parsed.success).toBe((actions as readonly string[]).includes(action))
    }
  })

  test.each([
    { ...read, code: 'read.guessed' },
    { ...read, outcome: 'maybe' },
    { ...read, bsn: '999990019' },
    { ...read, object: { filters: { '1': 'x' } } },
    { ...read, decision: -1 },
  ])('refuses %j', (event) => {
    expect(auditEventSchema.safeParse(event).success).toBe(false)
  })
})
