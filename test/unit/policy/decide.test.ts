import { describe, expect, test } from '@jest/globals'
import { NodeError } from '../../../node/kernel/errors.js'
import { createDecide, decideWithFacts } from '../../../node/policy/decide.js'
import type { Pack } from '../../../node/policy/pack.js'
import { compileRule } from '../../../node/policy/rule.js'
import type { AskFact, FactQuestion } from '../../../node/policy/fact.js'
import type { FactData, RuleData } from '../../../schemas/pack.js'
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

/** Nobody can be asked. */
const unasked: AskFact = () => Promise.reject(new NodeError('policy.fact_unavailable'))

describe('one decision', () => {
  test('is made by the first rule that permits, and carries its purpose and ground', async () => {
    expect(await decideWithFacts(question(), pack, unasked)).toEqual({
      permitted: true,
      rule: 'TWEEDE.v1',
      reasons: [],
      purpose: 'VOORBEELD',
      grondslag: 'Voorbeeldwet (geldend)',
      weighed: [{ rule: 'TWEEDE.v1', permitted: true, reasons: [], lacks: [] }],
    })
  })

  test('gives the reasons of the nearest rule when none permits, and keeps all that was weighed', async () => {
    const decision = await decideWithFacts(question({ resource: { filters: [] } }), pack, unasked)
    expect(decision).toMatchObject({
      permitted: false,
      rule: 'TWEEDE.v1',
      reasons: ['wat: a filter dingID with eq is required'],
      purpose: undefined,
      grondslag: undefined,
    })
    expect(decision.weighed.map(({ rule }) => rule)).toEqual(['TWEEDE.v1', 'VIERDE.v1'])
  })

  test('weighs only rules of a scope that was granted', async () => {
    const decision = await decideWithFacts(question({ scopes: ['zaak:read'] }), pack, unasked)
    expect(decision.weighed.map(({ rule }) => rule)).toEqual(['DERDE.v1'])
  })

  test.each([
    ['without a scope', []],
    ['with a scope that no rule has', ['ander:read']],
    ['with a part of a scope', ['ding']],
    ['with two scopes in one text', ['ding:read zaak:read']],
  ])('denies %s, by no rule', async (_, scopes) => {
    expect(await decideWithFacts(question({ scopes }), pack, unasked)).toEqual({
      permitted: false,
      rule: 'none',
      reasons: ['no rule applies to the scopes of your token'],
      purpose: undefined,
      grondslag: undefined,
      weighed: [],
    })
  })

  test('denies without a pack', async () => {
    expect(await decideWithFacts(question(), undefined, unasked)).toMatchObject({ permitted: false, rule: 'none' })
  })

  test('denies with a pack without rules', async () => {
    expect(await decideWithFacts(question(), { ...pack, rules: [] }, unasked)).toMatchObject({
      permitted: false,
      rule: 'none',
    })
  })
})

describe('deciding questions', () => {
  const decide = createDecide({
    packFor: (party, source) => (`${party}/${source}` === 'ciz/register' ? pack : undefined),
    askFact: unasked,
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

describe('facts', () => {
  const factData = (name: string, changes: Partial<FactData> = {}): FactData => ({
    name,
    register: 'ander-1',
    at: 'network',
    scope: 'feit:read',
    operation: 'zaak',
    where: { 'dingen.some.dingID': 'filter.dingID', nummer: 'requester.uzovi' },
    not: {},
    select: 'zaakID',
    ...changes,
  })
  const waitingPack = (facts: readonly FactData[], more: readonly RuleData[] = []): Pack => ({
    ...pack,
    rules: [ruleData({ id: 'FEIT', facts: [...facts] }), ...more].map((rule) => compileRule(rule)),
  })
  const answering =
    (answers: Readonly<Record<string, boolean>>, asked: FactQuestion[] = []): AskFact =>
    (fact) => {
      asked.push(fact)
      const holds = answers[fact.name]
      if (holds === undefined) return Promise.reject(new Error('nobody answers'))
      return Promise.resolve({ holds, source: 'https://bron.example' })
    }

  test('are asked with the values of the request and of its requester', async () => {
    const asked: FactQuestion[] = []
    const found = await decideWithFacts(question(), waitingPack([factData('een')]), answering({ een: true }, asked))
    expect(found).toMatchObject({
      permitted: true,
      rule: 'FEIT.v1',
      facts: [{ name: 'een', outcome: 'true', source: 'https://bron.example' }],
    })
    expect(asked).toEqual([
      {
        name: 'een',
        party: 'ciz',
        register: 'ander-1',
        at: 'network',
        scope: 'feit:read',
        role: undefined,
        requester: 'did:web:vrager.example',
        operation: 'zaak',
        where: [
          { path: 'dingen.some.dingID', value: '1' },
          { path: 'nummer', value: '5999' },
        ],
        not: [],
        inForce: undefined,
        select: 'zaakID',
      },
    ])
  })

  test('that do not hold refuse, and are named', async () => {
    const found = await decideWithFacts(question(), waitingPack([factData('een')]), answering({ een: false }))
    expect(found).toMatchObject({ permitted: false, rule: 'FEIT.v1', reasons: ['feit: it is not established: een'] })
    expect(found).not.toHaveProperty('retry')
  })

  test('that cannot be had refuse, and say that it may be tried again', async () => {
    const found = await decideWithFacts(question(), waitingPack([factData('een')]), answering({}))
    expect(found).toMatchObject({
      permitted: false,
      retry: true,
      reasons: ['feit: it cannot be established at the moment: een; try again'],
    })
  })

  test('whose asking cannot be accounted for decide nothing at all', async () => {
    const unaccounted: AskFact = () => Promise.reject(new NodeError('audit.unavailable'))
    const deciding = decideWithFacts(question(), waitingPack([factData('een')]), unaccounted)
    await expect(deciding).rejects.toMatchObject({ code: 'audit.unavailable' })
  })

  test('must all hold, and no further one is asked after one that does not', async () => {
    const two = waitingPack([factData('een'), factData('twee')])
    expect(await decideWithFacts(question(), two, answering({ een: true, twee: true }))).toMatchObject({
      permitted: true,
    })
    const asked: FactQuestion[] = []
    expect(await decideWithFacts(question(), two, answering({ een: false, twee: true }, asked))).toMatchObject({
      permitted: false,
    })
    expect(asked.map(({ name }) => name)).toEqual(['een'])
  })

  test('are not asked when a condition is not met, or another rule permits without them', async () => {
    const asked: FactQuestion[] = []
    const ask = answering({ een: true }, asked)
    await decideWithFacts(question({ resource: { filters: [] } }), waitingPack([factData('een')]), ask)
    const other = await decideWithFacts(question(), waitingPack([factData('een')], [ruleData({ id: 'VRIJ' })]), ask)
    expect(other).toMatchObject({ permitted: true, rule: 'VRIJ.v1' })
    expect(asked).toEqual([])
  })

  test('of another rule count when those of the first cannot be had', async () => {
    const second = ruleData({ id: 'TWEEDE', facts: [factData('twee')] })
    const found = await decideWithFacts(question(), waitingPack([factData('een')], [second]), answering({ twee: true }))
    expect(found).toMatchObject({ permitted: true, rule: 'TWEEDE.v1' })
  })

  test('about a number that the requester did not prove do not hold, unasked', async () => {
    const asked: FactQuestion[] = []
    const facts = [factData('een', { where: { nummer: 'requester.agb' } })]
    const found = await decideWithFacts(question(), waitingPack(facts), answering({ een: true }, asked))
    expect(found).toMatchObject({ permitted: false })
    expect(asked).toEqual([])
  })

  test('about a filter that the request compares with two values do not hold, unasked', async () => {
    const asked: FactQuestion[] = []
    const filters = ['1', '2'].map((value) => ({ path: 'dingID', operator: 'eq' as const, value }))
    const ask = answering({ een: true }, asked)
    const found = await decideWithFacts(question({ resource: { filters } }), waitingPack([factData('een')]), ask)
    expect(found).toMatchObject({ permitted: false })
    expect(asked).toEqual([])
  })

  test('refuse where nobody can be asked', async () => {
    expect(await decideWithFacts(question(), waitingPack([factData('een')]), unasked)).toMatchObject({
      permitted: false,
      retry: true,
    })
  })
})

describe('a rule that rests on consent', () => {
  const grondslag = { text: 'Voorbeeldwet', status: 'toestemming' as const, from: '2026-01-01' }
  const rules = [compileRule(ruleData({ id: 'JA', grondslag, consent: { person: 'dingID' } }))]
  const ask = (persons: readonly string[]) => {
    const filters = persons.map((value) => ({ path: 'dingID', operator: 'eq' as const, value }))
    const given = () => Promise.resolve({ given: true, statement: '1' })
    return decideWithFacts(question({ resource: { filters } }), { ...pack, rules }, unasked, given)
  }
  test('permits what the person allows, and names the statement', async () => {
    expect(await ask(['1'])).toMatchObject({ permitted: true, consent: { given: true, statement: '1' } })
  })

  test('permits nothing to who names two persons, whatever they said', async () => {
    expect(await ask(['1', '2'])).toMatchObject({ permitted: false, consent: { given: false } })
  })

  test('permits nothing where nobody can be asked, and asking again would not help', async () => {
    const found = await decideWithFacts(question(), { ...pack, rules }, unasked)
    expect(found).toMatchObject({ permitted: false, rule: 'JA.v1', reasons: [expect.stringMatching(/^toestemming: /)] })
    expect(found).not.toHaveProperty('retry')
  })
})
