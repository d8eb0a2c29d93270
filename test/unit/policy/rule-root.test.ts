import { describe, expect, test } from '@jest/globals'
import type { ComparisonOperator, Condition, FilterValue, NestedSelection } from '../../../node/policy/question.js'
import { compileRule } from '../../../node/policy/rule.js'
import { question, ruleData } from './example.js'
import { and, asking, bezoek, compare, or, placesRule, reasons, root, selected, weigh, window } from './places.js'

describe('the root', () => {
  test('cannot be asked with or, also not beside what the rule requires', () => {
    const wide = or(and(...root), compare('dingID', 'eq', '2'))
    expect(reasons(placesRule(), asking({ where: wide, filters: [] })).length).toBeGreaterThan(3)
    const beside = and(...root, or(compare('dingID', 'eq', '1'), compare('dingID', 'eq', '2')))
    expect(reasons(placesRule(), asking({ where: beside }))).toEqual([
      'wat: not allowed to filter on alternatives (or)',
    ])
  })

  test.each<[ComparisonOperator, FilterValue]>([
    ['in', ['1']],
    ['neq', '2'],
    ['startsWith', '1'],
    ['gte', '1'],
    ['eq', null],
  ])('with %s instead of eq lacks its filter', (operator, value) => {
    const where = and(...root.slice(1), compare('dingID', operator, value))
    expect(reasons(placesRule(), asking({ where }))).toContain('wat: a filter dingID with eq is required')
  })

  test('is found through a relation where the rule asks that', () => {
    const rule = placesRule({
      filterRequired: [],
      own: undefined,
      nested: {},
      filterEquals: { 'zaken.some.kantoor': 'requester.uzovi', 'zaak.nummer': 'requester.uzovi' },
    })
    const through = (path: string, quantifier: 'is' | 'some' | 'all' | 'none', where: Condition): Condition => ({
      kind: 'relation',
      path,
      field: `Ding.${path}`,
      quantifier,
      where,
    })
    const zaak = through('zaak', 'is', compare('nummer', 'eq', '5999', 'Zaak'))
    const some = through('zaken', 'some', and(compare('kantoor', 'eq', '5999', 'Zaak')))
    expect(reasons(rule, asking({ nested: [], where: and(zaak, some) }))).toEqual([])
    for (const quantifier of ['all', 'none'] as const) {
      const wrong = through('zaken', quantifier, compare('kantoor', 'eq', '5999', 'Zaak'))
      expect(reasons(rule, asking({ nested: [], where: and(zaak, wrong) }))).toContain(
        'wat: a filter zaken.some.kantoor with eq is required and must be your own uzovi',
      )
    }
    const other = through('zaken', 'some', or(compare('kantoor', 'eq', '5999', 'Zaak'), compare('kantoor', 'eq', '1')))
    expect(reasons(rule, asking({ nested: [], where: and(zaak, other) })).length).toBeGreaterThan(0)
  })
})

describe('a rule for what has no end', () => {
  const rule = placesRule({
    filterRequired: ['dingID', 'begin'],
    own: { start: 'begin', end: 'eind', open: true },
    nested: {},
  })
  const open = { nested: [], where: and(...root.slice(0, 2)) }

  test('narrows the answer to that', () => {
    expect(weigh(rule, asking(open)).narrowing).toEqual({ where: [compare('eind', 'eq', null)] })
  })

  test('narrows nothing where the request asks it itself', () => {
    const where = and(...root.slice(0, 2), compare('eind', 'eq', null))
    const outcome = weigh(rule, asking({ ...open, where }))
    expect([outcome.reasons, outcome.narrowing]).toEqual([[], undefined])
  })

  test('narrows it also when the request names its filters alone', () => {
    const filters = ['dingID', 'begin'].map((path) => ({ path, operator: 'eq' as const, value: '2024-03-01' }))
    const { resource, context } = question(asking({ nested: [] }))
    const asked = { ...question(), resource: { ...resource, filters, where: undefined }, context }
    expect(compileRule(rule).weigh(asked).narrowing).toEqual({ where: [compare('eind', 'eq', null)] })
  })

  test('refuses a request that says an end', () => {
    expect(reasons(rule, asking({ nested: [] }))).toEqual(['wat: a filter eind must be left out'])
  })
})

describe('a rule that narrows', () => {
  const rule = placesRule({ narrow: true })
  const paths = [...selected, 'zaak.geheim', 'zaak.bezoek.mens', 'zaak.bezoek.mens.bsn']

  test('lets less leave, instead of refusing', () => {
    const outcome = weigh(rule, asking({ paths }))
    expect(outcome.permitted).toBe(true)
    expect(outcome.narrowing).toEqual({ paths: [...selected, 'zaak.bezoek.mens'] })
  })

  test('names nothing when all may leave', () => {
    expect(weigh(rule, asking())).not.toHaveProperty('narrowing')
  })

  test('refuses what would leave nothing', () => {
    expect(weigh(rule, asking({ paths: ['zaak.geheim'], nested: [] })).permitted).toBe(false)
  })

  test('does not let what is left out be probed', () => {
    const where = and(...root, compare('geheim', 'eq', 'x'))
    expect(weigh(rule, asking({ paths, where })).permitted).toBe(false)
    const nested: NestedSelection[] = [
      { ...bezoek(window), order: [{ path: 'geheim', field: 'Bezoek.geheim', direction: 'ASC' }] },
    ]
    expect(weigh(rule, asking({ paths, nested })).permitted).toBe(false)
  })
})

describe('when a rule holds', () => {
  const grondslag = { text: 'Voorbeeldwet', status: 'geldend' as const, from: '2026-01-01', until: '2026-12-31' }
  const at = (time: string) => reasons(ruleData({ grondslag }), { time: Date.parse(time) })

  test('is from its first day until its last, in Amsterdam', () => {
    expect(at('2025-12-31T22:59:59Z')).toEqual(['wanneer: the rule holds from 2026-01-01 on'])
    expect(at('2025-12-31T23:00:00Z')).toEqual([])
    expect(at('2026-12-31T22:59:59Z')).toEqual([])
    expect(at('2026-12-31T23:00:00Z')).toEqual(['wanneer: the rule held until 2026-12-31'])
  })

  test('is never outside a sandbox while its law must change', () => {
    const data = ruleData({ grondslag: { ...grondslag, status: 'te-wijzigen' } })
    expect(compileRule(data).weigh(question()).reasons).toEqual([
      'waarvoor: grondslag ontbreekt (te-wijzigen); this rule waits for a change of law',
    ])
    expect(compileRule(data, { sandbox: true }).weigh(question()).permitted).toBe(true)
  })
})
