import { describe, expect, test } from '@jest/globals'
import { NodeError } from '../../../node/kernel/errors.js'
import { parseEntry } from '../../../node/stores/chain.js'
import { toStoreError } from '../../../node/stores/connection.js'
import { onlyNumber } from '../../../node/stores/contracts.js'
import { encodeEnvelope, parseEnvelope } from '../../../node/stores/envelope.js'
import { unseal } from '../../../node/stores/level.js'
import { checkTable } from '../../../node/stores/level-tables.js'
import { requireNext } from '../../../node/stores/listing.js'
import { parseClaim } from '../../../node/stores/operations.js'
import { toEnds } from '../../../node/stores/postgres-reading.js'
import { refusalOf } from '../../support/refusals.js'

describe('what a store finds in its own place and did not write', () => {
  test.each<[string, () => unknown]>([
    ['a record that is no JSON', () => parseEnvelope(Buffer.from('999990019'.padStart(20, 'x')))],
    ['a record that is no envelope', () => parseEnvelope(Buffer.from('{"bsn":"999990019"}'))],
    ['a record of another form', () => parseEnvelope(Buffer.from('["1",null,{},"999990019"]'))],
    ['a claim without an end', () => parseClaim(Buffer.from('"999990019"'))],
    ['an entry that is shorter than its hash', () => parseEntry(7, Buffer.alloc(32))],
    ['a value without its sum', () => unseal(Buffer.of(1), Buffer.of(1))],
    ['a value with another sum', () => unseal(Buffer.of(1), Buffer.from('abcd999990019'))],
    ['a table that is too short', () => checkTable(Buffer.alloc(10))],
    ['a table that does not end as one', () => checkTable(Buffer.alloc(100))],
    ['no head of the journal', () => toEnds([])],
  ])('is damage: %s, and nothing of it is repeated', (_what, read) => {
    const refusal = refusalOf(read)
    expect(refusal.code).toBe('store.damaged')
    expect(JSON.stringify([refusal.message, refusal.detail, refusal.notes])).not.toContain('999990019')
  })

  test('is no damage when it is what was written', () => {
    const envelope = { version: 3, expiresAt: undefined, indexes: { a: 'b' }, valueText: '{"c":1}' }
    expect(parseEnvelope(encodeEnvelope(envelope))).toEqual({
      version: 3,
      expiresAt: undefined,
      indexes: { a: 'b' },
      value: { c: 1 },
    })
    expect(parseClaim(Buffer.from('12'))).toBe(12)
  })

  test('is damage when an entry of the journal is missing, and none when retention moved its start meanwhile', () => {
    requireNext(8, 7, 0, 0)
    requireNext(8, undefined, 5, 7)
    // The start was read before the entries: retention was quicker.
    requireNext(6, undefined, 5, 9)
    for (const found of [7, 9]) expect(refusalOf(() => requireNext(found, 7, 0, 0)).code).toBe('store.damaged')
    expect(refusalOf(() => requireNext(9, undefined, 5, 7)).code).toBe('store.damaged')
  })

  test('is a fault when an append made no number', () => {
    expect(onlyNumber({ versions: [], numbers: [4] })).toBe(4)
    expect(refusalOf(() => onlyNumber({ versions: [], numbers: [] })).code).toBe('internal.fault')
  })
})

describe('the failure of a medium', () => {
  test.each<[string, unknown, string]>([
    ['its code', Object.assign(new Error('999990019'), { code: 'EIO' }), 'EIO'],
    ['its name where it has no code', new TypeError('999990019'), 'TypeError'],
    ['nothing where it has neither', {}, 'unknown'],
    ['nothing where it is no object', '999990019', 'unknown'],
    ['the codes of its causes', new Error('x', { cause: new NodeError('store.locked') }), 'Error, store.locked'],
    [
      'what a cause says',
      new Error('x', { cause: new NodeError('store.locked', { detail: 'twice' }) }),
      'Error, twice',
    ],
  ])('is named by %s', (_what, thrown, detail) => {
    expect(toStoreError(thrown)).toMatchObject({ code: 'store.unavailable', detail })
  })

  test('keeps its code when the store named it', () => {
    const named = new NodeError('store.damaged')
    expect(toStoreError(named)).toBe(named)
  })
})
