import { readdirSync } from 'node:fs'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { isObjectType } from 'graphql'
import { lintPack, testPack, type CaseResult } from '../../node/access/check-pack.js'
import { createTrust } from '../../node/credentials/trust.js'
import { ownLists } from '../../node/policy/pack-fields.js'
import { compilePack, type Pack } from '../../node/policy/pack.js'
import type { PackData } from '../../schemas/pack.js'
import { compileForTest, packs, packsDirectory, readCases } from '../support/pack-questions.js'
import { schemaOf } from '../support/register-schema.js'

/** What the descriptors of a pack ask of the issuer. */
function issuerFilters({ profiles }: Pack) {
  return profiles
    .flatMap(({ definitions }) => definitions.organization.data.input_descriptors)
    .map(({ constraints }) => constraints.fields.find(({ path }) => path.join() === '$.issuer')?.filter)
}

/** Every field of a register, as `Type.field`. */
function fieldsOf({ schema: name, fhir }: PackData): readonly string[] {
  if (fhir !== undefined)
    return fhir.templates.flatMap(({ type, elements }) => elements.map((each) => `${type}.${each}`))
  const schema = schemaOf({ schema: name })
  return Object.values(schema.getTypeMap())
    .filter((type) => isObjectType(type) && !type.name.startsWith('__') && type !== schema.getQueryType())
    .flatMap((type) =>
      isObjectType(type) ? Object.keys(type.getFields()).map((field) => `${type.name}.${field}`) : [],
    )
}

/** The fields that a rule lists itself, as `Type.field`; none when a credential lists them. */
function listedFields({ wat }: PackData['rules'][number]): readonly string[] {
  return Object.entries(ownLists(wat.fields) ?? {}).flatMap(([type, names]) => names.map((name) => `${type}.${name}`))
}

test('there are packs, and every folder of policies is one', () => {
  const folders = readdirSync(packsDirectory, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  expect(packs.map(({ id }) => id)).toEqual(folders.map(({ name }) => name))
  expect(packs.length).toBeGreaterThan(0)
})

describe.each(packs)('pack $id', (data) => {
  const cases = readCases(data)
  const pack = compileForTest(data)

  const results = new Map<string, CaseResult>()
  beforeAll(async () => {
    const found = await testPack({ data, cases, compile: (sandbox) => compileForTest(data, sandbox) })
    for (const result of found) results.set(result.name, result)
  })

  test.each(cases)('$case', ({ case: name, expect: { permitted } }) => {
    const result = results.get(name)
    expect(result?.faults).toEqual([])
    // Each that is permitted was also asked a little too much, and refused every time.
    expect(result?.mutations ?? 0).toBeGreaterThanOrEqual(permitted ? 6 : 0)
  })

  test('says nothing of places, filters and roles that do not exist', () => {
    expect(lintPack(data, cases)).toEqual([])
  })

  test('has different cases, and a permitting and a refusing one for every rule', () => {
    expect(new Set(cases.map((entry) => entry.case)).size).toBe(cases.length)
    const seen = new Set(cases.map(({ expect: { rule, permitted } }) => `${rule} ${permitted}`))
    expect([...seen]).toEqual(
      expect.arrayContaining(pack.rules.flatMap(({ name }) => [`${name} true`, `${name} false`])),
    )
  })

  test('has cases without any scope and with a scope of another register', () => {
    const outside = cases.filter((entry) => entry.expect.rule === 'none').map(({ scopes }) => scopes)
    expect(outside).toContainEqual([])
    expect(outside.some((scopes) => scopes.length > 0)).toBe(true)
  })

  test('names the issuers of every descriptor: who is trusted, or the bronhouder, and nobody else', () => {
    const filters = issuerFilters(pack)
    expect(filters.length).toBeGreaterThan(0)
    for (const filter of filters) {
      expect([
        { type: 'string', enum: ['did:web:stelsel.example'] },
        { type: 'string', const: 'did:web:bron.example' },
      ]).toContainEqual(filter)
    }
  })

  test('takes credentials and presentations as JWT and as linked data, as our metadata says', () => {
    for (const { definitions } of pack.profiles) {
      expect(definitions.organization.data.format).toEqual({
        jwt_vp: { alg: ['ES256', 'EdDSA'] },
        jwt_vc: { alg: ['ES256', 'EdDSA'] },
        ldp_vp: { proof_type: ['JsonWebSignature2020'] },
        ldp_vc: { proof_type: ['JsonWebSignature2020'] },
      })
    }
  })

  test('lets nobody in where nobody is trusted', () => {
    const filters = issuerFilters(compilePack(data, { bronhouder: 'did:web:bron.example', trust: createTrust({}) }))
    expect(filters.map((filter) => filter?.enum ?? [])).toEqual(filters.map(() => []))
  })

  test('serves definitions without words that only packs know', () => {
    const served = JSON.stringify(pack.profiles.map(({ definitions }) => definitions.organization.data))
    expect(served).toContain('"$.issuer"')
    expect(served).not.toMatch(/issuersOf|"issuer"/)
  })

  describe.each(data.rules)('rule $id', (rule) => {
    test('reads only fields of the register, and none twice', () => {
      const known = fieldsOf(data)
      const listed = listedFields(rule)
      expect(listed.filter((field) => !known.includes(field))).toEqual([])
      expect(new Set(listed).size).toBe(listed.length)
    })

    test('rests on a grondslag and says which text it follows', () => {
      expect(rule.grondslag.text).toMatch(/[Ww]et|[Rr]egeling|[Tt]oestemming/)
      expect(rule.source).not.toBe('')
    })
  })
})

describe('the indicatieregister', () => {
  const data = packs.find(({ id }) => id === 'indicatieregister')
  const rule = data?.rules.find(({ id }) => id === 'UCIR-0001')

  test('has a table of at least 25 cases', () => {
    expect(data === undefined ? 0 : readCases(data).length).toBeGreaterThanOrEqual(25)
  })

  test('UCIR-0001 gives every field of the register, as the autorisatiematrix has it', () => {
    if (data === undefined || rule === undefined) throw new Error('the rule is gone')
    expect([...listedFields(rule)].sort()).toEqual([...fieldsOf(data)].sort())
  })
})
