import { describe, expect, test } from '@jest/globals'
import { Permit } from '../../../node/policy/permit.js'
import type { Condition, Filter } from '../../../node/policy/question.js'
import { refusalOf } from '../../support/refusals.js'
import { decision, question } from './example.js'

const filter = (path: string, value: string): Filter => ({ path, operator: 'eq', value })
const condition = (path: string, value: string): Condition => ({
  kind: 'compare',
  path,
  field: `Ding.${path}`,
  operator: 'eq',
  value,
})
const permit = Permit.from([question()], [decision('VB-0001.v1')])
const read = {
  party: 'ciz',
  source: 'register',
  operation: 'ding',
  filters: [filter('dingID', '1')],
  where: undefined,
  nested: [],
  order: [],
  fields: ['Ding.dingID', 'Ding.naam'],
  paths: ['dingID', 'naam'],
}

describe('making a permit', () => {
  test('takes one permitted decision for every question, and names the rules in their order', () => {
    const { rules } = Permit.from([question(), question()], [decision('A-1.v1'), decision('B-2.v3')])
    expect(rules).toEqual(['A-1.v1', 'B-2.v3'])
  })

  test('is not possible with the constructor, which is private at run time too', () => {
    const made = refusalOf(() => Reflect.construct(Permit, [[question()], [decision('A-1.v1')]]) as Permit)
    expect(made.code).toBe('internal.fault')
  })

  test('refuses when nothing was asked', () => {
    expect(refusalOf(() => Permit.from([], [])).code).toBe('access.denied')
  })

  test.each([
    ['fewer decisions than questions', 2, 1],
    ['more decisions than questions', 1, 2],
    ['no decision', 1, 0],
    ['decisions about nothing', 0, 1],
  ])('refuses %s', (_, questions, decisions) => {
    const refusal = refusalOf(() =>
      Permit.from(
        Array.from({ length: questions }, () => question()),
        Array.from({ length: decisions }, () => decision('A-1.v1')),
      ),
    )
    expect(refusal.code).toBe('access.denied')
    expect(refusal.notes).toEqual([])
  })

  test('refuses a place without a decision, whatever the type says', () => {
    const refusal = refusalOf(() => Permit.from([question()], [undefined as never]))
    expect(refusal).toMatchObject({ code: 'access.denied', detail: 'denied by none', notes: [] })
  })

  test('refuses one denial among permits, and says which rule denied and why', () => {
    const refusal = refusalOf(() =>
      Permit.from(
        [question(), question(), question()],
        [decision('A-1.v1'), decision('B-2.v1', ['wie: no', 'wat: no']), decision('C-3.v1')],
      ),
    )
    expect(refusal.code).toBe('access.denied')
    expect(refusal.notes).toEqual(['B-2.v1: wie: no', 'B-2.v1: wat: no'])
  })

  test('refuses for now what may be tried again, and never as if a rule had decided', () => {
    const unknown = { ...decision('B-2.v1', ['feit: unknown']), retry: true }
    expect(refusalOf(() => Permit.from([question()], [unknown])).code).toBe('policy.fact_unavailable')
  })

  test.each([
    ['a number that cannot exist alone', ['malformed'], 'source.bad_request'],
    ['one beside what a rule refuses', ['malformed', 'role'], 'access.denied'],
    ['what a rule refuses', ['role'], 'access.denied'],
  ] as const)('says of %s what it is', (_, kinds, code) => {
    const lacks = kinds.map((kind) => ({ kind, text: kind }))
    const denial = {
      ...decision('B-2.v1', ['no']),
      weighed: [
        { rule: 'A-1.v1', permitted: false, reasons: ['no'], lacks: [{ kind: 'role' as const, text: 'role' }] },
        { rule: 'B-2.v1', permitted: false, reasons: ['no'], lacks },
      ],
    }
    expect(refusalOf(() => Permit.from([question()], [denial])).code).toBe(code)
  })

  test('refuses a denial without reasons', () => {
    const denial = { ...decision('B-2.v1'), permitted: false }
    expect(refusalOf(() => Permit.from([question()], [denial])).code).toBe('access.denied')
  })
})

describe('a permit is sealed', () => {
  test('what was made by from is one', () => {
    expect(Permit.is(permit)).toBe(true)
  })

  test.each([
    ['an object with its prototype', Object.create(Permit.prototype) as unknown],
    ['an object that looks like it', { rules: ['A-1.v1'], covers: () => true }],
    ['a proxy of one', new Proxy(permit, {})],
    ['a copy', structuredClone({ ...permit })],
    ['nothing', undefined],
    ['null', null],
    ['a text', 'Permit'],
    ['the class', Permit],
  ])('%s is none', (_, value) => {
    expect(Permit.is(value)).toBe(false)
  })

  test('shows nothing of what it covers', () => {
    expect(Object.keys(permit)).toEqual([])
    expect(JSON.stringify(permit)).toBe('{}')
  })
})

describe('what a permit covers', () => {
  test('the read that was asked', () => {
    expect(permit.covers(read)).toBe(true)
  })

  test('fewer fields, in another order', () => {
    expect(permit.covers({ ...read, fields: ['Ding.naam'] })).toBe(true)
    expect(permit.covers({ ...read, fields: ['Ding.naam', 'Ding.dingID'] })).toBe(true)
  })

  test.each([
    ['of another party', { party: 'zorgkantoor' }],
    ['of another source', { source: 'ander' }],
    ['of another operation', { operation: 'dingen' }],
    ['of one field more', { fields: [...read.fields, 'Ding.bsn'] }],
    ['of a field of another type', { fields: ['Ander.naam'] }],
    ['of a name that every list has', { fields: ['length'] }],
    ['without a filter', { filters: [] }],
    ['with another value', { filters: [filter('dingID', '2')] }],
    ['with another filter', { filters: [filter('naam', '1')] }],
    ['with one filter more', { filters: [...read.filters, filter('naam', 'x')] }],
    ['of one path more', { paths: [...read.paths, 'eigenaar.naam'] }],
    ['with a condition', { where: condition('naam', 'x') }],
    ['with an order', { order: [{ path: 'naam', field: 'Ding.naam', direction: 'ASC' as const }] }],
    ['with a condition below the root', { nested: [{ path: 'delen', type: 'Deel', where: undefined, order: [] }] }],
    ['with a filter twice', { filters: [...read.filters, ...read.filters] }],
  ])('not a read %s', (_, change) => {
    expect(permit.covers({ ...read, ...change })).toBe(false)
  })

  test('the same conditions, and no other', () => {
    const where = { kind: 'or' as const, of: [condition('naam', 'x'), condition('naam', 'y')] }
    const both = Permit.from([question({ resource: { where } })], [decision('A-1.v1')])
    expect(both.covers({ ...read, where: structuredClone(where) })).toBe(true)
    expect(both.covers({ ...read, where: { kind: 'or', of: [...where.of, condition('naam', 'z')] } })).toBe(false)
    expect(both.covers({ ...read, where: undefined })).toBe(false)
  })

  test('the same filters in another order', () => {
    const [first, second] = [filter('a', '1'), filter('b', '2')]
    const both = Permit.from([question({ resource: { filters: [first, second] } })], [decision('A-1.v1')])
    expect(both.covers({ ...read, filters: [second, first] })).toBe(true)
    expect(both.covers({ ...read, filters: [filter('a', '2'), filter('b', '1')] })).toBe(false)
  })

  test('not filters that only look the same when they are joined', () => {
    const joined = Permit.from([question({ resource: { filters: [filter('a', 'b,eq,c')] } })], [decision('A-1.v1')])
    expect(joined.covers({ ...read, filters: [filter('a,eq,b', 'c')] })).toBe(false)
  })

  test('every question, but not a mixture of two', () => {
    const other = { operation: 'zaak', fields: ['Zaak.zaakID'] }
    const two = Permit.from([question(), question({ resource: other })], [decision('A-1.v1'), decision('B-2.v1')])
    expect(two.covers(read)).toBe(true)
    expect(two.covers({ ...read, ...other })).toBe(true)
    expect(two.covers({ ...read, fields: other.fields })).toBe(false)
  })
})
