import { describe, expect, test } from '@jest/globals'
import { describeComparisons, listComparisons } from '../../../node/access/comparisons.js'
import type { Condition, Reading } from '../../../node/policy/question.js'

const compare = (path: string, operator: 'eq' | 'gte' | 'in', value: string | readonly string[]): Condition => ({
  kind: 'compare',
  path,
  field: `Ding.${path}`,
  operator,
  value,
})
const relation = (path: string, where: Condition | boolean): Condition => ({
  kind: 'relation',
  path,
  field: `Ding.${path}`,
  quantifier: typeof where === 'boolean' ? 'any' : 'some',
  where,
})
const reading: Pick<Reading, 'filters' | 'where' | 'nested' | 'order'> = {
  filters: [{ path: 'dingID', operator: 'eq', value: '1' }],
  where: {
    kind: 'and',
    of: [
      compare('dingID', 'eq', '1'),
      { kind: 'or', of: [relation('delen', relation('eigenaar', compare('bsn', 'in', ['a', 'b'])))] },
      relation('resten', true),
    ],
  },
  nested: [
    {
      path: 'delen.eigenaar',
      type: 'Persoon',
      where: compare('bsn', 'eq', 'c'),
      order: [{ path: 'naam', field: 'Persoon.naam', direction: 'ASC' }],
    },
  ],
  order: [{ path: 'dag', field: 'Ding.dag', direction: 'DESC' }],
}

describe('the comparisons of a request', () => {
  test('are those of every level, with the path from the record that is compared', () => {
    expect(listComparisons(reading)).toEqual([
      { at: '', path: 'dingID', operator: 'eq', value: '1' },
      { at: '', path: 'delen.eigenaar.bsn', operator: 'in', value: ['a', 'b'] },
      { at: '', path: 'resten', operator: 'any', value: true },
      { at: 'delen.eigenaar', path: 'bsn', operator: 'eq', value: 'c' },
    ])
  })

  test('are none without conditions', () => {
    expect(listComparisons({ where: undefined, nested: [] })).toEqual([])
  })

  test('are described without values, beside the filters, with the order', () => {
    expect(describeComparisons(reading, listComparisons(reading))).toEqual([
      'delen.eigenaar.bsn in',
      'delen.eigenaar: bsn eq',
      'delen.eigenaar: order naam ASC',
      'order dag DESC',
      'resten any',
    ])
  })
})
