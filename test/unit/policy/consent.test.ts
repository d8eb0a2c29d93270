import { describe, expect, test } from '@jest/globals'
import {
  compileConsent,
  decideConsent,
  type ConsentQuestion,
  type NamedStatement,
} from '../../../node/policy/consent.js'
import { question as example } from './example.js'

const question: ConsentQuestion = {
  party: 'ciz',
  source: 'indicatieregister',
  operation: 'wlzIndicatie',
  purpose: 'AANMELDING',
  person: '999990019',
  requester: {
    did: 'did:web:vrager.example',
    claims: { organization_role: 'zorgaanbieder', organization_id_type: 'agb', organization_id: '41411111' },
  },
  day: '2026-11-24',
}

let made = 0
const said = (changes: Partial<NamedStatement> = {}): NamedStatement => ({
  id: String((made += 1)),
  effect: 'permit',
  recipient: 'anyone',
  from: '2026-01-01',
  ...changes,
})
const isGiven = (...statements: readonly NamedStatement[]): boolean => decideConsent(statements, question).given

describe('whose consent is looked for', () => {
  const { ask } = compileConsent({ person: 'eigenaar' }, 'AANMELDING')
  const naming = (...persons: readonly string[]) =>
    ask(example({ resource: { filters: persons.map((value) => ({ path: 'eigenaar', operator: 'eq', value })) } }))

  test('is that of the person whom the request names, also when it does so twice', () => {
    expect(naming('999990019')).toMatchObject({ person: '999990019', purpose: 'AANMELDING', day: '2026-11-24' })
    expect(naming('999990019', '999990019')).toEqual(naming('999990019'))
  })

  test("is nobody's when it names two persons, or none", () => {
    expect(naming('999990019', '999990020')).toBeUndefined()
    expect(naming()).toBeUndefined()
  })
})

describe('a statement that is about the question', () => {
  test.each<[string, Partial<NamedStatement>]>([
    ['of anyone', {}],
    ['of a role', { recipient: 'role:zorgaanbieder' }],
    ['of a number', { recipient: 'agb:41411111' }],
    ['of a DID', { recipient: 'did:web:vrager.example' }],
    ['for the purpose', { purpose: 'AANMELDING' }],
    ['about the source', { source: 'indicatieregister' }],
    ['about the root field', { source: 'indicatieregister', operation: 'wlzIndicatie' }],
    ['on its first day', { from: '2026-11-24' }],
    ['on its last day', { until: '2026-11-24' }],
  ])('%s counts', (_, changes) => {
    const statement = said(changes)
    expect(decideConsent([statement], question)).toEqual({ given: true, statement: statement.id })
    expect(isGiven({ ...statement, effect: 'deny' })).toBe(false)
  })

  test.each<[string, Partial<NamedStatement>]>([
    ['of another role', { recipient: 'role:huisarts' }],
    ['of another number', { recipient: 'agb:41411112' }],
    ['of the same number of another kind', { recipient: 'kvk:41411111' }],
    ['of another DID', { recipient: 'did:web:vrager.example:2' }],
    ['for another purpose', { purpose: 'BEHANDELING' }],
    ['about another source', { source: 'bemiddelingen' }],
    ['about another root field', { source: 'indicatieregister', operation: 'client' }],
    ['of tomorrow', { from: '2026-11-25' }],
    ['of yesterday', { until: '2026-11-23' }],
  ])('%s does not', (_, changes) => {
    expect(decideConsent([said(changes)], question)).toEqual({ given: false })
    // Nor does it stand in the way of another.
    expect(isGiven(said(), said({ ...changes, effect: 'deny' }))).toBe(true)
  })

  test('nothing said is no consent', () => {
    expect(decideConsent([], question)).toEqual({ given: false })
  })

  test('who proved no role and no number is meant by nobody but anyone', () => {
    const nobody = { ...question, requester: { did: 'did:web:vrager.example', claims: {} } }
    const statements = [said({ recipient: 'role:zorgaanbieder' }), said({ recipient: 'agb:41411111' })]
    expect(decideConsent(statements, nobody).given).toBe(false)
    expect(decideConsent([said()], nobody).given).toBe(true)
  })
})

describe('of several statements', () => {
  const specific: readonly Partial<NamedStatement>[] = [
    { recipient: 'role:zorgaanbieder' },
    { recipient: 'agb:41411111' },
    { purpose: 'AANMELDING' },
    { source: 'indicatieregister' },
    { source: 'indicatieregister', operation: 'wlzIndicatie' },
  ]

  test.each(specific)('the one that says more goes before: %j', (changes) => {
    expect(isGiven(said({ effect: 'deny' }), said(changes))).toBe(true)
    expect(isGiven(said(), said({ ...changes, effect: 'deny' }))).toBe(false)
  })

  test('an organisation goes before its role, and a root field before its source', () => {
    expect(
      isGiven(said({ recipient: 'role:zorgaanbieder', effect: 'deny' }), said({ recipient: 'agb:41411111' })),
    ).toBe(true)
    const source = { source: 'indicatieregister' }
    expect(isGiven(said({ ...source, effect: 'deny' }), said({ ...source, operation: 'wlzIndicatie' }))).toBe(true)
  })

  test('an objection goes before what says as much', () => {
    expect(isGiven(said(), said({ effect: 'deny' }))).toBe(false)
    expect(isGiven(said({ effect: 'deny' }), said())).toBe(false)
  })

  test('what says more in one way and less in another goes before nothing', () => {
    const one = { recipient: 'agb:41411111' }
    const other = { purpose: 'AANMELDING' }
    expect(isGiven(said(one), said({ ...other, effect: 'deny' }))).toBe(false)
    expect(isGiven(said({ ...one, effect: 'deny' }), said(other))).toBe(false)
    expect(isGiven(said(one), said({ ...other, effect: 'deny' }), said({ ...one, ...other }))).toBe(true)
  })
})
