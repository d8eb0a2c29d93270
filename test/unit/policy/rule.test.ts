import { describe, expect, test } from '@jest/globals'
import { claimsOf, compileRule } from '../../../node/policy/rule.js'
import type { Claims, Filter } from '../../../node/policy/question.js'
import type { RuleData } from '../../../schemas/pack.js'
import { question, ruleData, type Changes } from './example.js'

const filter = (path: string, value: string): Filter => ({ path, operator: 'eq', value })

/** Why the rule does not permit the question; nothing when it does. */
function reasons(rule: RuleData, changes: Changes = {}): readonly string[] {
  const outcome = compileRule(rule).weigh(question(changes))
  expect(outcome.permitted).toBe(outcome.reasons.length === 0)
  return outcome.reasons
}

const member: Claims = { organization_role: 'zorgkantoor', organization_id_type: 'uzovi', organization_id: '5999' }

/** Claims whose own members carry names that every object has, as a hostile definition could yield them. */
const hostile = JSON.parse('{"__proto__": "5999", "constructor": "zorgkantoor", "toString": ["Ding.naam"]}') as Claims

describe('a compiled rule', () => {
  test('is named by id and version, and carries scope, purpose and ground with its status', () => {
    const rule = compileRule(ruleData({ id: 'VB-0007', version: 3 }))
    expect(rule).toMatchObject({
      name: 'VB-0007.v3',
      scope: 'ding:read',
      purpose: 'VOORBEELD',
      grondslag: 'Voorbeeldwet (geldend)',
    })
  })

  test('names every reason at once, in the order of the four questions', () => {
    const rule = ruleData({ wanneer: { until: 'geldigTot' } }, { filterEquals: { nummer: 'requester.uzovi' } })
    expect(
      reasons(rule, { claims: {}, resource: { operation: 'zaak', filters: [], fields: ['Ding.bsn', 'Zaak.naam'] } }),
    ).toEqual([
      'wie: your role must be zorgkantoor',
      'wat: only ding may be asked',
      'wat: a filter dingID with eq is required',
      'wat: a filter nummer with eq is required and must be your own uzovi',
      'wat: not allowed to read Ding.bsn, Zaak.naam',
      'wanneer: your authorization does not say until when it holds',
    ])
  })

  test('never repeats a value of the question or a claim', () => {
    const rule = ruleData({ wanneer: { until: 'geldigTot' } }, { filterEquals: { nummer: 'requester.uzovi' } })
    const secret = '999990019'
    const said = reasons(rule, {
      claims: { organization_role: secret, organization_id_type: secret, organization_id: secret, geldigTot: secret },
      resource: { filters: [filter('nummer', secret), filter('bsn', secret)] },
    })
    expect(said.length).toBeGreaterThan(3)
    expect(said.join()).not.toContain(secret)
  })
})

describe('wie: the role', () => {
  const rule = ruleData({ wie: { role: ['zorgkantoor', 'gemeente'] } })

  test.each(['zorgkantoor', 'gemeente'])('%s is let in', (organization_role) => {
    expect(reasons(rule, { claims: { ...member, organization_role } })).toEqual([])
  })

  test.each<[string, Claims]>([
    ['another role', { organization_role: 'huisarts' }],
    ['no role', {}],
    ['a list with the role', { organization_role: ['zorgkantoor'] }],
    ['a yes', { organization_role: true }],
    ['null', { organization_role: null }],
    ['a role in another claim', { role: 'zorgkantoor' }],
    ['names that every object has', hostile],
  ])('%s is not', (_, claims) => {
    expect(reasons(rule, { claims })).toEqual(['wie: your role must be zorgkantoor or gemeente'])
  })
})

describe('wat: the filters', () => {
  test('a filter on another path is not the required one', () => {
    expect(reasons(ruleData(), { resource: { filters: [filter('naam', '1')] } })).toEqual([
      'wat: a filter dingID with eq is required',
    ])
  })

  describe('that must be the own identifier', () => {
    const rule = ruleData({}, { filterEquals: { nummer: 'requester.uzovi' } })
    const asking = (...values: readonly string[]) => ({
      filters: [filter('dingID', '1'), ...values.map((value) => filter('nummer', value))],
    })

    test('it is', () => {
      expect(reasons(rule, { resource: asking('5999') })).toEqual([])
      expect(reasons(rule, { resource: asking('5999', '5999') })).toEqual([])
    })

    test.each<[string, Claims, readonly string[]]>([
      ['another number', member, ['5998']],
      ['an own and another number', member, ['5999', '5998']],
      ['the number with a space', member, ['5999 ']],
      ['a number of another kind', { ...member, organization_id_type: 'agb' }, ['5999']],
      ['a number of no kind', { organization_role: 'zorgkantoor', organization_id: '5999' }, ['5999']],
      ['a kind without a number', { organization_role: 'zorgkantoor', organization_id_type: 'uzovi' }, ['undefined']],
      ['a number that is a number', { ...member, organization_id: 5999 }, ['5999']],
      ['a list', { ...member, organization_id: ['5999'] }, ['5999']],
      ['null', { ...member, organization_id: null }, ['null']],
      ['no', { ...member, organization_id: false }, ['false']],
    ])('it is not when it is %s', (_, claims, values) => {
      expect(reasons(rule, { claims, resource: asking(...values) })).toEqual([
        'wat: the filter nummer must be your own uzovi',
      ])
    })

    test('two kinds of number are not mixed up', () => {
      const agb = ruleData({}, { filterEquals: { nummer: 'requester.agb' } })
      expect(reasons(agb, { resource: asking('5999') })).toEqual(['wat: the filter nummer must be your own agb'])
      expect(reasons(agb, { claims: { ...member, organization_id_type: 'agb' }, resource: asking('5999') })).toEqual([])
    })
  })

  describe('that must be what the authorization names', () => {
    const rule = ruleData({}, { filterRequired: [], filterEquals: { dingID: 'claim.machtiging_dingID' } })

    test('it is', () => {
      expect(reasons(rule, { claims: { ...member, machtiging_dingID: '1' } })).toEqual([])
    })

    test.each<[string, Claims]>([
      ['another', { ...member, machtiging_dingID: '2' }],
      ['absent', member],
      ['a list with it', { ...member, machtiging_dingID: ['1'] }],
      ['a number', { ...member, machtiging_dingID: 1 }],
    ])('it is not when the claim is %s', (_, claims) => {
      expect(reasons(rule, { claims })).toEqual([
        'wat: the filter dingID must be the one your authorization names (machtiging_dingID)',
      ])
    })

    test.each(['constructor', 'toString', 'valueOf', 'hasOwnProperty'])('it is not when the claim is %s', (name) => {
      const inherited = ruleData({}, { filterRequired: [], filterEquals: { dingID: `claim.${name}` } })
      const function_ = String(Object.prototype[name as 'toString'])
      const resource = { filters: [filter('dingID', function_)] }
      expect(reasons(inherited, { resource })).toHaveLength(1)
      expect(reasons(inherited, { claims: { ...member, [name]: function_ }, resource })).toEqual([])
    })
  })
})

describe('wat: the fields', () => {
  test('every listed field may be read, and none also', () => {
    expect(reasons(ruleData(), { resource: { fields: ['Ding.naam'] } })).toEqual([])
    expect(reasons(ruleData(), { resource: { fields: [] } })).toEqual([])
  })

  test.each([
    'Ding.bsn',
    'Zaak.naam',
    'naam',
    'Ding',
    'Ding.naam.naam',
    'ding.naam',
    'Ding.constructor',
    '__proto__.naam',
    'constructor.name',
    '',
  ])('%p may not', (field) => {
    expect(reasons(ruleData(), { resource: { fields: ['Ding.naam', field] } })).toEqual([
      `wat: not allowed to read ${field}`,
    ])
  })

  test('names at most twenty fields that may not be read', () => {
    const fields = Array.from({ length: 30 }, (_, index) => `Ding.veld${index}`)
    const [reason] = reasons(ruleData(), { resource: { fields } })
    expect(reason?.split(', ')).toHaveLength(20)
  })

  test('a list of fields that was let through once is weighed for every rule anew', () => {
    const fields = ['Ding.naam']
    const [wide, narrow] = [compileRule(ruleData()), compileRule(ruleData({}, { fields: { Ding: ['dingID'] } }))]
    expect(wide.weigh(question({ resource: { fields } })).permitted).toBe(true)
    expect(narrow.weigh(question({ resource: { fields } })).permitted).toBe(false)
    expect(wide.weigh(question({ resource: { fields } })).permitted).toBe(true)
  })

  describe('that a claim lists', () => {
    const rule = ruleData({}, { fields: { listedIn: 'velden' } })

    test('may be read', () => {
      expect(reasons(rule, { claims: { ...member, velden: ['Ding.dingID', 'Ding.naam'] } })).toEqual([])
    })

    test.each<[string, Claims]>([
      ['absent', member],
      ['a text', { ...member, velden: 'Ding.dingID, Ding.naam' }],
      ['empty', { ...member, velden: [] }],
      ['null', { ...member, velden: null }],
      ['of lists', { ...member, velden: [['Ding.dingID', 'Ding.naam']] }],
      ['of numbers', { ...member, velden: [1, 2] }],
    ])('may not when the list is %s', (_, claims) => {
      expect(reasons(rule, { claims })).toEqual(['wat: not allowed to read Ding.dingID, Ding.naam'])
    })

    test.each(['constructor', 'toString'])('may not when the claim is %s, which every object has', (listedIn) => {
      expect(reasons(ruleData({}, { fields: { listedIn } }))).toHaveLength(1)
    })

    test('are those of this question, whatever an earlier one listed', () => {
      const compiled = compileRule(rule)
      const fields = ['Ding.naam']
      const weigh = (velden: readonly string[]) =>
        compiled.weigh(question({ claims: { ...member, velden }, resource: { fields } })).permitted
      expect([weigh(['Ding.naam']), weigh(['Ding.dingID']), weigh(['Ding.naam'])]).toEqual([true, false, true])
    })
  })

  test('a filter on a field that may be read is allowed', () => {
    const filters = [filter('dingID', '1'), filter('naam', 'x')]
    expect(reasons(ruleData(), { resource: { filters } })).toEqual([])
  })

  test.each(['bsn', 'zaak.naam', 'Ding.naam', 'constructor', '__proto__'])('a filter on %s probes', (path) => {
    const filters = [filter('dingID', '1'), filter(path, 'x')]
    expect(reasons(ruleData(), { resource: { filters } })).toEqual([`wat: not allowed to filter on ${path}`])
  })

  test('a filter that the rule asks for does not make the field readable', () => {
    const rule = ruleData({}, { fields: { Ding: ['naam'] } })
    expect(reasons(rule)).toEqual(['wat: not allowed to read Ding.dingID'])
    expect(reasons(rule, { resource: { fields: ['Ding.naam'] } })).toEqual([])
  })
})

describe('wanneer: until', () => {
  const rule = ruleData({ wanneer: { until: 'geldigTot' } })
  const at = (time: string, geldigTot?: Claims[string]) =>
    reasons(rule, {
      claims: geldigTot === undefined ? member : { ...member, geldigTot },
      time: Date.parse(time),
    })

  test.each([
    ['2026-12-31T23:00:00Z', '2026-12-31T22:59:59.999Z'],
    ['2026-12-31T23:00:00.5Z', '2026-12-31T23:00:00.499Z'],
    ['2027-01-01T00:00:00+01:00', '2026-12-31T22:59:59Z'],
  ])('%s is not reached at %s', (until, now) => {
    expect(at(now, until)).toEqual([])
  })

  test.each([
    ['2026-12-31T23:00:00Z', '2026-12-31T23:00:00Z'],
    ['2027-01-01T00:00:00+01:00', '2026-12-31T23:00:00Z'],
    ['0001-01-01T00:00:00Z', '2026-12-31T23:00:00Z'],
  ])('%s is reached at %s', (until, now) => {
    expect(at(now, until)).toEqual(['wanneer: your authorization has expired'])
  })

  test.each([
    ['absent', undefined],
    ['a day', '2099-12-31'],
    ['without time zone', '2099-12-31T00:00:00'],
    ['a year', '2099'],
    ['in words', 'Thu, 31 Dec 2099 00:00:00 GMT'],
    ['a month too many', '2099-13-01T00:00:00Z'],
    ['a number', 4_102_444_800_000],
    ['a list', ['2099-12-31T00:00:00Z']],
    ['null', null],
    ['empty', ''],
  ])('an end that is %s lets nobody in', (_, until) => {
    expect(at('2026-11-24T09:00:00Z', until)).toEqual(['wanneer: your authorization does not say until when it holds'])
  })
})

describe('the claims that a rule looks at', () => {
  test('are the role, and what its conditions name, each once', () => {
    expect(claimsOf(ruleData())).toEqual(['organization_role'])
    expect(
      claimsOf(
        ruleData(
          { wanneer: { until: 'geldigTot' } },
          {
            filterEquals: { a: 'requester.uzovi', b: 'requester.agb', c: 'claim.machtiging' },
            fields: { listedIn: 'velden' },
          },
        ),
      ),
    ).toEqual(['organization_role', 'organization_id_type', 'organization_id', 'machtiging', 'velden', 'geldigTot'])
  })
})
