import { describe, expect, test } from '@jest/globals'
import { lintPack, testPack } from '../../../node/access/check-pack.js'
import type { PackCase, PackData, RuleData } from '../../../schemas/pack.js'
import { compileForTest, findPack, readCases } from '../../support/pack-questions.js'

const original = findPack('bemiddelingsregister')
const cases = readCases(original)

/** The pack with a rule that is another than it was. */
function withRule(id: string, change: (rule: RuleData) => RuleData): PackData {
  return { ...original, rules: original.rules.map((rule) => (rule.id === id ? change(rule) : rule)) }
}

function withWat(id: string, wat: Partial<RuleData['wat']>): PackData {
  return withRule(id, (rule) => ({ ...rule, wat: { ...rule.wat, ...wat } }))
}

async function faultsOf(data: PackData, asked: readonly PackCase[] = cases): Promise<readonly string[]> {
  const compile = (sandbox: boolean) => compileForTest(data, sandbox)
  const results = await testPack({ data, cases: asked, compile })
  return results.flatMap(({ name, faults }) => faults.map((fault) => `${name}: ${fault}`))
}

describe('the cases of a pack', () => {
  test('of ours all get what they expect', async () => {
    expect(await faultsOf(original)).toEqual([])
  })

  test.each<[string, PackData]>([
    [
      'asks less',
      withWat('QBR-0001-ZA', { filterEquals: {}, filterRequired: ['bemiddelingspecificatieID', 'instelling'] }),
    ],
    ['forgets its window', withWat('QBR-0002-ZA', { nested: {} })],
    ['is for another role', withRule('QBR-0010-CIZ', (rule) => ({ ...rule, wie: { role: ['cak'] } }))],
    [
      'allows a comparison too many',
      withWat('QBR-0010-CIZ', { filterRequired: [], compare: { wlzIndicatieID: ['in', 'gte'] } }),
    ],
  ])('find a rule that %s', async (_, data) => {
    expect((await faultsOf(data)).length).toBeGreaterThan(0)
  })

  test('name a query that the register does not take, and another decision than they expect', async () => {
    const [first] = cases
    if (first === undefined) throw new Error('no cases')
    expect(await faultsOf(original, [{ ...first, query: '{ weg { id } }' }])).toEqual([
      expect.stringContaining('the source does not take the question'),
    ])
    const expected = { ...first.expect, permitted: false }
    expect(await faultsOf(original, [{ ...first, expect: expected }])).toEqual([
      expect.stringContaining('a refusal by QBR-0001-ZA.v1 was expected, and it is a permit by QBR-0001-ZA.v1'),
    ])
    expect(await faultsOf(original, [{ ...first, expect: { ...first.expect, retry: true } }])).toEqual([
      expect.stringContaining('retry is false'),
    ])
  })
})

describe('a case in the language of another source', () => {
  const dossier = findPack('patientsamenvatting')
  const called = readCases(dossier).find(({ fhir }) => fhir !== undefined)
  const queried = cases.find(({ query }) => query !== undefined)

  test('is told what the source is asked by, and one in its own is not', async () => {
    if (called === undefined || queried === undefined) throw new Error('no cases')
    expect(await faultsOf(original, [{ ...called, case: 'een' }])).toEqual([
      'een: the source does not take the question: this source is asked by GraphQL: give query or operation',
    ])
    expect(await faultsOf(dossier, [{ ...queried, case: 'twee' }])).toEqual([
      'twee: the source does not take the question: this source is asked by FHIR: give fhir or operation',
    ])
    expect([await faultsOf(original, [queried]), await faultsOf(dossier, [called])]).toEqual([[], []])
  })

  test('may say instead what it comes to', async () => {
    if (called === undefined) throw new Error('no cases')
    const listed: PackCase = {
      ...called,
      fhir: undefined,
      operation: 'problemen',
      filters: { bsn: '999990019' },
      fields: ['Condition.code'],
      consents: { '999990019': [{ effect: 'permit', recipient: 'anyone', from: '2026-01-01' }] },
      expect: { permitted: true, rule: 'PROBLEMEN.v1', reasons: [], retry: false },
    }
    expect(await faultsOf(dossier, [listed])).toEqual([])
    expect(await faultsOf(dossier, [{ ...listed, consents: {} }])).not.toEqual([])
  })
})

describe('lint', () => {
  const lint = (data: PackData, known = cases) => lintPack(data, known)

  test('says nothing of ours', () => {
    expect(lint(original)).toEqual([])
  })

  test.each<[string, PackData, string]>([
    [
      'a place',
      withWat('QBR-0010-CIZ', { paths: { client: ['naam'] } }),
      'QBR-0010-CIZ: there is no place client.naam',
    ],
    [
      'a place below a value',
      withWat('QBR-0010-CIZ', { paths: { 'client.bsn': ['naam'] } }),
      'QBR-0010-CIZ: there is no place client.bsn.naam',
    ],
    [
      'a field',
      withWat('QBR-0010-CIZ', { fields: { Client: ['naam'] } }),
      'QBR-0010-CIZ: there is no field Client.naam',
    ],
    [
      'a filter',
      withWat('QBR-0010-CIZ', { filterRequired: ['client.naam'] }),
      'QBR-0010-CIZ: the register cannot be filtered on client.naam',
    ],
    ['a root', withWat('QBR-0010-CIZ', { operation: 'weg' }), 'QBR-0010-CIZ: the register has no root field weg'],
    [
      'a role',
      withRule('QBR-0010-CIZ', (rule) => ({ ...rule, wie: { role: ['tandarts'] } })),
      'QBR-0010-CIZ: no member can have the role tandarts',
    ],
  ])('finds %s that does not exist', (_, data, fault) => {
    expect(lint(data)).toContain(fault)
  })

  test('finds a root field of another type than the rule is about', () => {
    expect(lint(withWat('QBR-0010-CIZ', { type: 'Client' }))).toContainEqual(
      expect.stringMatching(/^QBR-0010-CIZ: \w+ is of type \w+, not Client$/),
    )
  })

  test('finds an authorization of a FHIR source, which hears of no changes', () => {
    const dossier = findPack('patientsamenvatting')
    const { authorizations } = findPack('indicatieregister')
    expect(lint({ ...dossier, authorizations }, readCases(dossier))).toEqual(
      authorizations.map(({ id }) => `${id}: a FHIR source gives none`),
    )
  })

  test('finds rules without a case that permits, or that refuses', () => {
    expect(lint(original, [])).toHaveLength(2 * original.rules.length)
  })
})
