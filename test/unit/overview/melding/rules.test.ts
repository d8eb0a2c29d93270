import { describe, expect, test } from '@jest/globals'
import { isObjectType } from 'graphql'
import { createMeldingRules, loadMeldingRules } from '../../../../node/overview/melding/rules.js'
import { loadRegisterDefinition } from '../../../../node/sources/register/definition.js'
import type { MeldingCheck } from '../../../../schemas/melding/rule.js'
import { regionRows } from '../../../support/region-rows.js'
import { schemaOf } from '../../../support/register-schema.js'

const id = '6f2f0b0e-6f0c-4a57-9d0a-1c1f0a7d9b11'
const rules = loadMeldingRules()

function breaks(check: MeldingCheck, record: Readonly<Record<string, unknown>>): boolean {
  const rule = {
    code: 'XX1',
    kind: 'gegevensregel',
    register: 'een-register',
    type: 'Ding',
    key: 'dingID',
    omschrijving: 'Iets.',
    source: 'test',
    check,
  } as const
  return createMeldingRules([rule]).check('een-register', 'Ding', [{ dingID: id, ...record }]).length > 0
}

const order = { kind: 'order', first: 'van', then: 'tot' } as const
const within = { kind: 'within', list: 'delen', first: 'van', last: 'tot' } as const
const unique = { kind: 'unique', list: 'delen', field: 'nummer' } as const
const present = { kind: 'present', field: 'tot', when: 'reden' } as const
const year = { van: '2026-01-01', tot: '2026-12-31' }

test.each<[MeldingCheck, Readonly<Record<string, unknown>>, Readonly<Record<string, unknown>>]>([
  [order, { van: '2026-02-01', tot: '2026-01-31' }, { van: '2026-02-01', tot: '2026-02-01' }],
  [order, { van: '2026-02-01', tot: '2026-01-31' }, { van: '2026-02-01', tot: null }],
  [{ kind: 'form', field: 'nr', of: 'bsn' }, { nr: '999990018' }, { nr: '999990019' }],
  [{ kind: 'form', field: 'nr', of: 'agb' }, { nr: '0699990' }, { nr: '06999901' }],
  [{ kind: 'form', field: 'nr', of: 'uzovi' }, { nr: 'abcd' }, {}],
  [within, { ...year, delen: [{ van: '2025-12-31' }] }, { ...year, delen: [{ van: '2026-01-01', tot: null }] }],
  [within, { ...year, delen: [{ van: '2026-02-01', tot: '2027-01-01' }] }, { ...year, delen: [year] }],
  [within, { ...year, delen: [{ van: '2027-01-01' }] }, { ...year, tot: null, delen: [{ van: '2027-01-01' }] }],
  [unique, { delen: [{ nummer: 1 }, { nummer: 1 }] }, { delen: [{ nummer: 1 }, { nummer: 2 }, {}, {}] }],
  [present, { reden: '01', tot: null }, { reden: '01', tot: '2026-01-01' }],
  [present, { reden: '01', tot: null }, { reden: '01' }],
])('%j is broken by %j and not by %j', (check, bad, good) => {
  expect(breaks(check, bad)).toBe(true)
  expect(breaks(check, good)).toBe(false)
})

describe('a record that breaks a rule', () => {
  test('is named, and nothing else of it is told', () => {
    const record = { wlzindicatieID: id, bsn: '999990018', ingangsdatum: '2026-05-01', einddatum: '2026-04-01' }
    const found = rules.check('indicatieregister-2', 'WlzIndicatie', [record])
    expect(found.map(({ rule, recordID }) => [rule.code, recordID])).toEqual([
      ['NETIR1', `WlzIndicatie/${id}`],
      ['NETIR3', `WlzIndicatie/${id}`],
    ])
  })

  test('is passed over without a name, or when it is no record', () => {
    const nameless = { ingangsdatum: '2026-05-01', einddatum: '2026-04-01' }
    expect(rules.check('indicatieregister-2', 'WlzIndicatie', [nameless, null, 'x', [nameless]])).toEqual([])
    expect(rules.check('elders', 'WlzIndicatie', [{ ...nameless, wlzindicatieID: id }])).toEqual([])
  })
})

describe('the rules that are shipped', () => {
  test.each(rules.all.map((rule) => [rule.code, rule] as const))('%s names fields that its type has', (_code, rule) => {
    const schema = schemaOf({ schema: rule.register })
    const type = schema.getType(rule.type)
    const fields = isObjectType(type) ? Object.keys(type.getFields()) : []
    const { check } = rule
    const named = [
      rule.key,
      ...('list' in check ? [check.list] : []),
      ...(check.kind === 'within' ? [check.first, check.last] : []),
      ...(check.kind === 'order' ? [check.first, check.then] : []),
      ...(check.kind === 'form' || check.kind === 'present' ? [check.field] : []),
      ...(check.kind === 'present' ? [check.when] : []),
    ]
    expect(named.filter((name) => !fields.includes(name))).toEqual([])
    expect(loadRegisterDefinition(rule.register).served.model.get(rule.type)?.key).toBe(rule.key)
  })

  test('find nothing wrong in a made-up region, in which nothing is', () => {
    const region = regionRows('bemiddelingsregister', { seed: 7, persons: 50 })
    const found = Object.entries(region).flatMap(([type, records]) =>
      rules.check('bemiddelingsregister-1', type, records),
    )
    expect(found.map(({ rule }) => rule.code)).toEqual([])
  })
})
