import { describe, expect, test } from '@jest/globals'
import { compileOnly, provesOwn } from '../../../node/policy/only.js'
import type { RuleData } from '../../../schemas/pack.js'
import { refusalOf } from '../../support/refusals.js'
import { question, ruleData } from './example.js'

const own = { way: ['Ding.kantoor'], value: 'claim.kantoor' as const }
const claims = { kantoor: '5999' }

describe('what a requester proved to be its own', () => {
  test('is demanded in words, with the kind of number where it is one', () => {
    const text = 'wie: you must prove the one your authorization names (kantoor)'
    expect(provesOwn(own)(question())).toEqual([{ kind: 'identifier', text }])
    expect(provesOwn({ ...own, value: 'requester.agb' })(question())).toEqual([
      { kind: 'identifier', text: 'wie: you must prove your own agb', identifier: 'agb' },
    ])
    expect(provesOwn(own)(question({ claims }))).toEqual([])
  })

  test('narrows the answer to it, and nothing is given when there is nothing to narrow to', () => {
    const narrow = compileOnly(ruleData({}, { only: { equals: [own] } }).wat)
    expect(narrow(question({ claims }))).toEqual([
      { kind: 'compare', path: 'kantoor', field: 'Ding.kantoor', operator: 'eq', value: '5999' },
    ])
    expect(refusalOf(() => narrow(question())).code).toBe('internal.fault')
  })
})

test('what stands under an own record is not given when the request names none', () => {
  const under: NonNullable<RuleData['wat']['only']>['under'] = {
    way: ['Ding.zaak', 'Zaak.dingen'],
    type: 'Ding',
    key: 'dingID',
    holder: { filter: 'houder', value: 'requester.uzovi' },
    overlaps: { start: 'begin', end: 'eind', window: 'others' },
  }
  const narrow = compileOnly(
    ruleData({}, { own: { start: 'begin', end: 'eind', open: true }, only: { equals: [], under } }).wat,
  )
  const filters = ['dingID', 'begin'].map((path) => ({ path, operator: 'eq' as const, value: '2024-03-01' }))
  expect(narrow(question({ resource: { filters } }))).toHaveLength(2)
  expect(refusalOf(() => narrow(question())).code).toBe('internal.fault')
})
