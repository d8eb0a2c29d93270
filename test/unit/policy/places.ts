import { compileRule } from '../../../node/policy/rule.js'
import type { ComparisonOperator, Condition, FilterValue, NestedSelection } from '../../../node/policy/question.js'
import type { RuleOutcome } from '../../../node/policy/decision.js'
import type { RuleData } from '../../../schemas/pack.js'
import { question, ruleData, type Changes } from './example.js'

/** A rule about places: an own period at the root, a list of visits below it, and people below those. */
export function placesRule(wat: Partial<RuleData['wat']> = {}): RuleData {
  return ruleData(
    { grondslag: { text: 'Voorbeeldwet', status: 'geldend', from: '2024-01-01' } },
    {
      filterRequired: ['dingID', 'begin', 'eind'],
      own: { start: 'begin', end: 'eind', open: false },
      fields: undefined,
      paths: {
        '': ['dingID', 'begin', 'eind'],
        zaak: ['nummer'],
        'zaak.bezoek': ['start', 'stop', 'soort'],
        'zaak.bezoek.mens': ['naam'],
      },
      nested: { 'zaak.bezoek': { overlaps: { start: 'start', end: 'stop', window: 'others' }, equals: {} } },
      ...wat,
    },
  )
}

export const compare = (path: string, operator: ComparisonOperator, value: FilterValue, type = 'Ding'): Condition => ({
  kind: 'compare',
  path,
  field: `${type}.${path}`,
  operator,
  value,
})
export const and = (...of: readonly Condition[]): Condition => ({ kind: 'and', of })
export const or = (...of: readonly Condition[]): Condition => ({ kind: 'or', of })

export const root = [
  compare('dingID', 'eq', '1'),
  compare('begin', 'eq', '2024-03-01'),
  compare('eind', 'eq', '2024-09-30'),
]
export const window = and(
  or(compare('stop', 'eq', null, 'Bezoek'), compare('stop', 'gte', '2024-03-01', 'Bezoek')),
  compare('start', 'ngt', '2025-05-31', 'Bezoek'),
)
export const bezoek = (where: Condition | undefined, path = 'zaak.bezoek'): NestedSelection => ({
  path,
  type: 'Bezoek',
  where,
  order: [],
})
export const selected = ['dingID', 'zaak', 'zaak.bezoek', 'zaak.bezoek.soort']

/** What the question is: everything that the rule asks, or what `resource` makes of it. */
export function asking(resource: NonNullable<Changes['resource']> = {}, time = '2025-05-31T12:00:00Z'): Changes {
  const where = resource.where ?? and(...root)
  const filters = (where.kind === 'and' ? where.of : []).flatMap((each) =>
    each.kind === 'compare' && each.operator === 'eq' && typeof each.value === 'string'
      ? [{ path: each.path, operator: 'eq' as const, value: each.value }]
      : [],
  )
  const nested = [bezoek(window)]
  return { resource: { filters, nested, paths: selected, fields: [], ...resource, where }, time: Date.parse(time) }
}

export const weigh = (rule: RuleData, changes: Changes): RuleOutcome => compileRule(rule).weigh(question(changes))
export const reasons = (rule: RuleData, changes: Changes): readonly string[] => weigh(rule, changes).reasons
