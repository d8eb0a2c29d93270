import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  executeSync,
  getNamedType,
  getNullableType,
  isListType,
  isNonNullType,
  isObjectType,
  parse,
  validate,
} from 'graphql'
import type { GraphQLObjectType, GraphQLOutputType, GraphQLSchema } from 'graphql'
import { packageFile } from '../../../../node/kernel/package-root.js'
import { createQueryReader } from '../../../../node/sources/graphql/read-query.js'
import { describeSchema } from '../../../../node/sources/graphql/source-schema.js'
import { createRecordParser } from '../../../../node/sources/register/check-record.js'
import { loadRegisterDefinition } from '../../../../node/sources/register/definition.js'
import { parseSeed, readSeedFile } from '../../../../node/sources/register/seed.js'
import { createTables } from '../../../../node/sources/register/table.js'
import { refusalOf } from '../../../support/refusals.js'
import { answer, createExampleReader, exampleSchema } from './example.js'

const definition = loadRegisterDefinition('indicatieregister-2')
const tables = createTables({ name: 'indicatieregister', party: 'ciz', definition })
const seed = parseSeed(
  tables,
  definition.served.model,
  readSeedFile(packageFile('scripts', 'demo', 'seed', 'indicatieregister.json')),
)
const seedRecords = seed.map(({ record }) => record)

/**
 * Selection sets of `type` as text.
 *
 * @param aliases aliases for a field; where one alias stands for two fields, they cannot be merged
 */
function selections(
  type: GraphQLObjectType,
  depth: number,
  aliases: (field: string) => readonly string[] = (field) => [`een_${field}`, `twee_${field}`],
): fc.Arbitrary<string> {
  const field = fc.constantFrom(...Object.values(type.getFields())).chain(({ name, type: fieldType }) => {
    const named = getNamedType(fieldType)
    const key = fc.constantFrom(name, ...aliases(name).map((alias) => `${alias}: ${name}`))
    if (!isObjectType(named)) return key
    // Where no deeper level is left, the type stands for the fields.
    const below = depth === 0 ? fc.constant('{ __typename }') : selections(named, depth - 1, aliases)
    return fc.tuple(key, below).map((parts) => parts.join(' '))
  })
  const item = fc.oneof(
    { weight: 6, arbitrary: field },
    { weight: 1, arbitrary: fc.constant('__typename') },
    { weight: 1, arbitrary: field.map((text) => `... on ${type.name} { ${text} }`) },
    { weight: 1, arbitrary: field.map((text) => `... @include(if: $yes) { ${text} }`) },
    { weight: 1, arbitrary: field.map((text) => `... @skip(if: $yes) { ${text} }`) },
  )
  return fc.array(item, { minLength: 1, maxLength: 6 }).map((items) => `{ ${items.join(' ')} }`)
}

/** Records of `type` that the schema allows. */
function records(type: GraphQLObjectType, depth: number): fc.Arbitrary<unknown> {
  const members = Object.values(type.getFields()).map((field) => [field.name, values(field.type, depth)])
  return fc.record(Object.fromEntries(members))
}

function values(type: GraphQLOutputType, depth: number): fc.Arbitrary<unknown> {
  if (!isNonNullType(type)) {
    const present = depth === 0 && isObjectType(getNamedType(type)) ? fc.constant(null) : presentValues(type, depth)
    return fc.oneof({ weight: 1, arbitrary: fc.constantFrom(null, undefined) }, { weight: 3, arbitrary: present })
  }
  return presentValues(getNullableType(type), depth)
}

function presentValues(type: GraphQLOutputType, depth: number): fc.Arbitrary<unknown> {
  if (isListType(type)) return fc.array(values(type.ofType, depth), { maxLength: 2 })
  if (isObjectType(type)) return records(type, depth - 1)
  switch (String(type)) {
    case 'Int':
      return fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
    case 'Boolean':
      return fc.boolean()
    case 'UUID':
      return fc.uuid()
    case 'Date':
      return fc.constantFrom('2024-02-29', '1999-12-31')
    default:
      return fc.oneof(fc.string(), fc.string({ unit: 'grapheme' }), fc.constantFrom('"', '\\', '\n', '\u007f\u2028'))
  }
}

/** What graphql-js makes of the same query over the same records. */
function execute(schema: GraphQLSchema, query: string, root: string, found: readonly unknown[]): string {
  const variableValues = { yes: true }
  const result = executeSync({ schema, document: parse(query), rootValue: { [root]: found }, variableValues })
  if (result.errors) throw new Error(result.errors.map(({ message }) => message).join())
  return JSON.stringify(result.data)
}

function project(schema: GraphQLSchema, query: string, found: readonly unknown[]): string | undefined {
  const limits = { depth: 20, leafFields: 100_000, tokens: 1_000_000, documentBytes: 10_000_000 }
  const reader = createQueryReader({ served: describeSchema(schema), source: 'bron', limits })
  return reader.findPlan(reader.read({ query, variables: { yes: true } }))?.writer()(found)
}

const withVariable = (root: string, set: string): string =>
  `query ($yes: Boolean!) { ${root} ${set.replace('{', '{ ... @skip(if: $yes) { __typename }')} }`

describe('a projection', () => {
  test.each([
    ['the indicatieregister', definition.schema, 'wlzIndicatie', 'WlzIndicatie', 4],
    ['a schema whose types go round', exampleSchema, 'dossier', 'Dossier', 2],
  ] as const)('writes what graphql-js writes, for %s', (_name, schema, root, typeName, depth) => {
    const type = schema.getType(typeName)
    if (!isObjectType(type)) throw new Error('not an object type')
    const found = fc.array(records(type, depth), { maxLength: 2 })
    fc.assert(
      fc.property(selections(type, depth), found, (set, made) => {
        const query = withVariable(root, set)
        expect(project(schema, query, made)).toBe(execute(schema, query, root, made))
      }),
      { numRuns: 300 },
    )
  })

  test('writes what graphql-js writes, for the records of the demo', () => {
    const type = definition.schema.getType('WlzIndicatie')
    if (!isObjectType(type)) throw new Error('not an object type')
    fc.assert(
      fc.property(selections(type, 4), (set) => {
        const query = withVariable('wlzIndicatie', set)
        expect(project(definition.schema, query, seedRecords)).toBe(
          execute(definition.schema, query, 'wlzIndicatie', seedRecords),
        )
      }),
      { numRuns: 100 },
    )
  })

  test('is made exactly when graphql-js finds that the fields can be merged', () => {
    const type = exampleSchema.getType('Dossier')
    if (!isObjectType(type)) throw new Error('not an object type')
    const seen = { valid: 0, invalid: 0 }
    fc.assert(
      fc.property(
        selections(type, 2, () => ['a', 'b']),
        (set) => {
          const query = withVariable('dossier', set)
          const isValid = validate(exampleSchema, parse(query)).length === 0
          seen[isValid ? 'valid' : 'invalid'] += 1
          if (isValid) expect(project(exampleSchema, query, [])).toBe('{"dossier":[]}')
          else expect(refusalOf(() => project(exampleSchema, query, [])).code).toMatch(/^source\./)
        },
      ),
      { numRuns: 500 },
    )
    expect(Math.min(seen.valid, seen.invalid)).toBeGreaterThan(20)
  })

  test('takes every record that the record parser takes', () => {
    const type = definition.schema.getType('WlzIndicatie')
    if (!isObjectType(type)) throw new Error('not an object type')
    const parseRecord = createRecordParser(type)
    fc.assert(
      fc.property(records(type, 4), (record) => {
        expect(parseRecord(record, 'record')).toBe(record)
      }),
      { numRuns: 100 },
    )
  })

  test('writes null for what is absent, and null in lists', () => {
    const record = { id: 'a', delen: [null, { id: 'b' }] }
    expect(answer('{ dossier { id naam deel { naam } delen { id naam } } }', [record])).toEqual({
      dossier: [{ id: 'a', naam: null, deel: null, delen: [null, { id: 'b', naam: null }] }],
    })
  })

  test('writes an empty list for no records', () => {
    expect(answer('{ dossier { id } }', [])).toEqual({ dossier: [] })
  })

  test('keeps a place for an object of which nothing is left', () => {
    expect(answer('{ dossier { deel { id @skip(if: true) } } }', [{ deel: { id: 'a' } }])).toEqual({
      dossier: [{ deel: {} }],
    })
  })

  test.each([
    ['an object where a text belongs', { id: 'a', naam: { geheim: 'x' } }],
    ['a list where a text belongs', { id: 'a', naam: ['geheim'] }],
    ['an absent value that is required', { naam: 'a' }],
    ['a text where an object belongs', { id: 'a', deel: 'geheim' }],
    ['an object where a list belongs', { id: 'a', delen: { id: 'b' } }],
    ['no object', 'geheim'],
  ])('refuses a stored record that has %s', (_what, record) => {
    const reader = createExampleReader()
    const plan = reader.findPlan(reader.read({ query: '{ dossier { id naam deel { id } delen { id } } }' }))
    const refusal = refusalOf(() => plan?.writer()([record]))
    expect([refusal.code, refusal.message.includes('geheim')]).toEqual(['source.bad_record', false])
  })
})
