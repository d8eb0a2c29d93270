import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { getNamedType, isObjectType } from 'graphql'
import type { z } from 'zod'
import { createTrust } from '../../node/credentials/trust.js'
import { credentialTypeNames } from '../../node/credentials/types/table.js'
import { packageFile } from '../../node/kernel/package-root.js'
import { decideOne } from '../../node/policy/decide.js'
import { compilePack, readPacks, type Pack } from '../../node/policy/pack.js'
import type { AccessQuestion } from '../../node/policy/question.js'
import { loadRegisterDefinition } from '../../node/sources/register/definition.js'
import { memberRoles } from '../../schemas/credentials/ledenadministratie.js'
import { packCasesSchema, type PackData } from '../../schemas/pack.js'

type Case = z.output<typeof packCasesSchema>[number]

const directory = packageFile('policies')
const packs = [...(await readPacks(directory)).values()]
const trust = createTrust(Object.fromEntries(credentialTypeNames.map((type) => [type, ['did:web:stelsel.example']])))
const compile = (data: PackData) => compilePack(data, { bronhouder: 'did:web:bron.example', trust })

function readCases({ id }: PackData): readonly Case[] {
  return packCasesSchema.parse(JSON.parse(readFileSync(join(directory, id, 'cases.json'), 'utf8')))
}

function toQuestion({ claims, operation, filters, fields, scopes, time }: Case): AccessQuestion {
  return {
    requester: { did: 'did:web:vrager.example', claims },
    action: 'QUERY',
    resource: {
      party: 'bron',
      source: 'register',
      operation,
      filters: Object.entries(filters).map(([path, value]) => ({ path, operator: 'eq', value })),
      where: undefined,
      nested: [],
      order: [],
      fields,
      // What a case names as a field is selected; a filter stands beside it.
      paths: fields.map((field) => field.slice(field.indexOf('.') + 1)),
    },
    context: { scopes, time: Date.parse(time) },
  }
}

/** What the descriptors of a pack ask of the issuer. */
function issuerFilters({ profiles }: Pack) {
  return profiles
    .flatMap(({ definitions }) => definitions.organization.data.input_descriptors)
    .map(({ constraints }) => constraints.fields.find(({ path }) => path.join() === '$.issuer')?.filter)
}

/** Every field of a register, as `Type.field`. */
function fieldsOf({ schema: name }: PackData): readonly string[] {
  const { schema } = loadRegisterDefinition(name)
  return Object.values(schema.getTypeMap())
    .filter((type) => isObjectType(type) && !type.name.startsWith('__') && type !== schema.getQueryType())
    .flatMap((type) =>
      isObjectType(type) ? Object.keys(type.getFields()).map((field) => `${type.name}.${field}`) : [],
    )
}

/** The fields that a rule lists itself, as `Type.field`; none when a credential lists them. */
function listedFields({ wat }: PackData['rules'][number]): readonly string[] {
  return Object.entries(wat.fields ?? {}).flatMap(([type, names]) =>
    Array.isArray(names) ? names.map((name) => `${type}.${name}`) : [],
  )
}

test('there are packs, and every folder of policies is one', () => {
  const folders = readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  expect(packs.map(({ id }) => id)).toEqual(folders.map(({ name }) => name))
  expect(packs.length).toBeGreaterThan(0)
})

describe.each(packs)('pack $id', (data) => {
  const cases = readCases(data)
  const pack = compile(data)

  test.each(cases)('$case', (entry) => {
    const { permitted, rule, reasons } = decideOne(toQuestion(entry), pack)
    expect({ permitted, rule, reasons }).toEqual(entry.expect)
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
    const schema = loadRegisterDefinition(data.schema).schema
    const root = schema.getQueryType()?.getFields()[rule.wat.operation]

    test('asks a root field of the register, which is of the type it says', () => {
      expect(root === undefined ? undefined : getNamedType(root.type).name).toBe(rule.wat.type)
    })

    test('reads only fields of the register, and none twice', () => {
      const known = fieldsOf(data)
      const listed = listedFields(rule)
      expect(listed.filter((field) => !known.includes(field))).toEqual([])
      expect(new Set(listed).size).toBe(listed.length)
    })

    test('demands only filters that the register has', () => {
      const where = root?.args.find(({ name }) => name === 'where')
      const filter = where === undefined ? undefined : getNamedType(where.type)
      const known = filter !== undefined && 'getFields' in filter ? Object.keys(filter.getFields()) : []
      const asked = [...rule.wat.filterRequired, ...Object.keys(rule.wat.filterEquals)]
      expect(asked.length).toBeGreaterThan(0)
      expect(asked.filter((name) => !known.includes(name))).toEqual([])
    })

    test('is for roles that a member can have', () => {
      expect(rule.wie.role.filter((role) => !memberRoles.some((known) => known === role))).toEqual([])
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
