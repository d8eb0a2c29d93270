import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { toCanonical } from '../../../node/audit/canonical.js'
import { toEventText, type AuditRecord } from '../../../node/audit/event-text.js'
import { NodeError } from '../../../node/kernel/errors.js'
import { redactBsnShaped } from '../../../node/kernel/identifiers.js'

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('bsn 111222333', '１２３４５６７８２', 'a"\\\n', ''),
)
const name = fc.constantFrom('zaak', 'Zaak', '_a', 'a.b', 'a_1')
const part = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined })

const records: fc.Arbitrary<AuditRecord> = fc
  .record({
    outcome: fc.constantFrom('success' as const, 'refused' as const),
    actor: part(fc.record({ did: part(text), user: part(fc.record({ id: part(text) })) })),
    object: part(
      fc.record({
        filters: part(fc.dictionary(name, text)),
        fields: part(
          fc.oneof(
            fc.array(text),
            fc.array(text).map((list) => Object.freeze(list)),
          ),
        ),
        recordCount: part(fc.nat()),
        status: part(fc.array(fc.record({ purpose: text, list: text, index: fc.nat() }))),
      }),
    ),
    checks: part(fc.record({ authorization: part(fc.boolean()), consent: part(fc.boolean()) })),
    reasons: part(fc.array(text)),
    time: text,
  })
  .map(({ time, ...event }) => {
    const parts = { ...event, code: 'read.decided', action: 'read' } as const
    // Members that are absent and members that are undefined are the same here.
    return { event: parts as AuditRecord['event'], node: { version: '1', name: 'ciz' }, time }
  })

describe('the text of an event', () => {
  test('is the canonical JSON of the redacted event, whatever stands in it', () => {
    fc.assert(
      fc.property(records, (record) => {
        const expected = JSON.stringify(toCanonical(record, redactBsnShaped))
        // The second time a list that nobody can change was written before.
        expect([toEventText(record), toEventText(record)]).toEqual([expected, expected])
      }),
    )
  })

  test('does not depend on the order of the members', () => {
    const event = { code: 'read.decided', action: 'read', outcome: 'success' } as const
    const node = { name: 'ciz', version: '1' }
    const turned = {
      time: 't',
      node: { version: '1', name: 'ciz' },
      event: { outcome: event.outcome, action: event.action, code: event.code },
    } as const
    expect(toEventText(turned)).toBe(toEventText({ event, node, time: 't' }))
  })

  test('has what a list holds now, as long as somebody can change it', () => {
    const fields = ['a']
    const event = { code: 'read.decided', action: 'read', outcome: 'success', object: { fields } } as const
    const write = (): string => toEventText({ event, node: { name: 'ciz', version: '1' }, time: 't' })
    expect(write()).toContain('"fields":["a"]')
    fields.push('b')
    expect(write()).toContain('"fields":["a","b"]')
    Object.freeze(fields)
    expect(write()).toContain('"fields":["a","b"]')
  })

  test('is refused for a number that JSON cannot hold', () => {
    const event = { code: 'read.answered', action: 'read', outcome: 'success', object: { recordCount: NaN } } as const
    let code = ''
    try {
      toEventText({ event, node: { name: 'ciz', version: '1' }, time: 't' })
    } catch (error) {
      code = NodeError.codeOf(error)
    }
    expect(code).toBe('internal.fault')
  })
})
