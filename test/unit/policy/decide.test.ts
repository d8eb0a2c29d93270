import { describe, expect, test } from '@jest/globals'
import { createDecide, decideOne } from '../../../node/policy/decide.js'
import type { Pack } from '../../../node/policy/pack.js'
import { compileRule } from '../../../node/policy/rule.js'
import { question, ruleData } from './example.js'

const pack: Pack = {
  id: 'voorbeeld',
  version: '1.0.0',
  title: 'Voorbeeld',
  schema: 'voorbeeld-1',
  profiles: [],
  rules: [
    compileRule(ruleData({ id: 'EERSTE', wie: { role: ['huisarts'] } }, { operation: 'ander' })),
    compileRule(ruleData({ id: 'TWEEDE' })),
    compileRule(ruleData({ id: 'DERDE', scope: 'zaak:read' })),
    compileRule(ruleData({ id: 'VIERDE' })),
  ],
}

describe('one decision', () => {
  test('is made by the first rule that permits, and carries its purpose and ground', () => {
    expect(decideOne(question(), pack)).toEqual({
      permitted: true,
      rule: 'TWEEDE.v1',
      reasons: [],
      purpose: 'VOORBEELD',
      grondslag: 'Voorbeeldwet (geldend)',
      weighed: [
        {
          rule: 'EERSTE.v1',
          permitted: false,
          reasons: ['wie: your role must be huisarts', 'wat: only ander may be asked'],
        },
        { rule: 'TWEEDE.v1', permitted: true, reasons: [] },
      ],
    })
  })

  test('gives the reasons of the nearest rule when none permits, and keeps all that was weighed', () => {
    const decision = decideOne(question({ resource: { filters: [] } }), pack)
    expect(decision).toMatchObject({
      permitted: false,
      rule: 'TWEEDE.v1',
      reasons: ['wat: a filter dingID with eq is required'],
      purpose: undefined,
      grondslag: undefined,
    })
    expect(decision.weighed.map(({ rule }) => rule)).toEqual(['EERSTE.v1', 'TWEEDE.v1', 'VIERDE.v1'])
  })

  test('weighs only rules of a scope that was granted', () => {
    const decision = decideOne(question({ scopes: ['zaak:read'] }), pack)
    expect(decision.weighed.map(({ rule }) => rule)).toEqual(['DERDE.v1'])
  })

  test.each([
    ['without a scope', []],
    ['with a scope that no rule has', ['ander:read']],
    ['with a part of a scope', ['ding']],
    ['with two scopes in one text', ['ding:read zaak:read']],
  ])('denies %s, by no rule', (_, scopes) => {
    expect(decideOne(question({ scopes }), pack)).toEqual({
      permitted: false,
      rule: 'none',
      reasons: ['no rule applies to the scopes of your token'],
      purpose: undefined,
      grondslag: undefined,
      weighed: [],
    })
  })

  test('denies without a pack', () => {
    expect(decideOne(question(), undefined)).toMatchObject({ permitted: false, rule: 'none' })
  })

  test('denies with a pack without rules', () => {
    expect(decideOne(question(), { ...pack, rules: [] })).toMatchObject({ permitted: false, rule: 'none' })
  })
})

describe('deciding questions', () => {
  const decide = createDecide({
    packFor: (party, source) => (`${party}/${source}` === 'ciz/register' ? pack : undefined),
  })

  test('gives as many decisions in the same order', async () => {
    const decisions = await decide([question(), question({ scopes: [] }), question({ scopes: ['zaak:read'] })])
    expect(decisions.map(({ rule }) => rule)).toEqual(['TWEEDE.v1', 'none', 'DERDE.v1'])
  })

  test('uses the pack that guards the source, and denies where none does', async () => {
    const [here, elsewhere, other] = await decide([
      question(),
      question({ resource: { party: 'zorgkantoor' } }),
      question({ resource: { source: 'ander' } }),
    ])
    expect([here?.permitted, elsewhere?.permitted, other?.permitted]).toEqual([true, false, false])
  })

  test('decides nothing when nothing is asked', async () => {
    expect(await decide([])).toEqual([])
  })
})
