import { describe, expect, test } from '@jest/globals'
import { expandSets, faultsOfReading } from '../../../node/policy/pack-fields.js'
import type { FactData, RuleData } from '../../../schemas/pack.js'
import { packData, ruleData } from './example.js'

const faults = (wat: Partial<RuleData['wat']>, changes: Partial<RuleData> = {}) =>
  faultsOfReading(ruleData(changes, wat))

describe('the sets of a pack', () => {
  test('stand for their fields, each once', () => {
    const rule = ruleData({}, { fields: { Ding: ['@naam', 'dingID'] }, paths: { '': ['dingID'], zaak: ['@naam'] } })
    const data = packData({ sets: { naam: ['naam', 'dingID'] }, rules: [rule] })
    expect(expandSets(data).rules[0]?.wat).toMatchObject({
      fields: { Ding: ['naam', 'dingID'] },
      paths: { '': ['dingID'], zaak: ['naam', 'dingID'] },
    })
  })

  test('leave the fields that a credential lists alone', () => {
    const rule = ruleData({}, { fields: { listedIn: 'velden' } })
    expect(expandSets(packData({ rules: [rule] })).rules[0]?.wat.fields).toEqual({ listedIn: 'velden' })
  })

  test('that do not exist are a fault', () => {
    const data = expandSets(packData({ rules: [ruleData({}, { fields: { Ding: ['@weg'] } })] }))
    expect(data.rules.flatMap(faultsOfReading)).toEqual(['VB-0001: names the unknown set @weg'])
  })
})

describe('what a rule says of fields is refused', () => {
  const own = { start: 'begin', end: 'eind', open: false }
  const paths = { '': ['dingID'], zaak: ['nummer'] }
  const under: NonNullable<RuleData['wat']['only']>['under'] = {
    way: ['Ding.zaak', 'Zaak.dingen'],
    type: 'Ding',
    key: 'dingID',
    holder: { filter: 'houder', value: 'requester.agb' },
    overlaps: { start: 'begin', end: 'eind', window: 'others' },
  }
  const fact: FactData = {
    name: 'iets',
    register: 'ander-1',
    at: 'network',
    scope: 'feit:read',
    operation: 'zaak',
    where: { nummer: 'filter.dingID' },
    not: {},
    select: 'nummer',
  }

  test('never for the good neighbour', () => {
    expect(faults({ filterRequired: ['dingID', 'begin', 'eind'], own, paths, matrix: { M1: ['', 'zaak'] } })).toEqual(
      [],
    )
    expect(faults({}, { facts: [fact] })).toEqual([])
    const filterRequired = ['dingID', 'begin', 'eind']
    const only = { equals: [], under }
    expect(faults({ filterRequired, filterEquals: { houder: 'requester.agb' }, own, only })).toEqual([])
  })

  test.each<[string, Partial<RuleData['wat']>, readonly string[]]>([
    ['without any', { fields: undefined }, ['says neither by type nor by place what may be read']],
    [
      'for an own period that nobody must say',
      { own },
      ['does not require the own begin', 'does not require the own eind'],
    ],
    ['for an open own period without its start', { own: { ...own, open: true } }, ['does not require the own begin']],
    [
      'for a list that overlaps nothing',
      { nested: { zaak: { overlaps: { start: 'a', end: 'b' }, equals: {} } }, paths },
      ['zaak overlaps an own period that is not named'],
    ],
    [
      'for a list that cannot be read',
      { nested: { ding: { equals: { nummer: 'requester.agb' } } }, paths },
      ['ding has conditions and cannot be read'],
    ],
    [
      'for a list that depends on a day that nobody must say',
      { nested: { zaak: { inForceOn: { start: 'a', end: 'b', day: 'dag' }, equals: {} } }, paths },
      ['does not require dag, which a list depends on'],
    ],
    [
      'for a column of the matrix without a place',
      { paths, matrix: { M1: ['weg'] } },
      ['weg stands in the matrix and cannot be read'],
    ],
    [
      'for what stands under an own record that nobody must say',
      { only: { equals: [], under } },
      [
        'stands under an own record whose period is not named',
        'does not require houder, which says whose the own record is',
      ],
    ],
  ])('%s', (_, wat, expected) => {
    expect(faults(wat)).toEqual(expected.map((fault) => `VB-0001: ${fault}`))
  })

  test('for a fact without a scope, or about a filter that nobody must give', () => {
    const { scope: _scope, ...scopeless } = fact
    expect(faults({}, { facts: [scopeless, { ...fact, where: { nummer: 'filter.zaakID' } }] })).toEqual([
      'VB-0001: the fact "iets" is asked of others without a scope',
      'VB-0001: a fact needs filter.zaakID, which is not required',
    ])
  })
})
