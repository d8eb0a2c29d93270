import { describe, expect, test } from '@jest/globals'
import {
  buildSchema,
  findBreakingChanges,
  getIntrospectionQuery,
  isInputObjectType,
  isIntrospectionType,
  isObjectType,
  isScalarType,
  isSpecifiedScalarType,
} from 'graphql'
import type { GraphQLNamedType, GraphQLSchema } from 'graphql'
import { createFixedClock } from '../../node/kernel/clock.js'
import { isBsnShaped, parseAgb, parseUzovi } from '../../node/kernel/identifiers.js'
import { packageFile } from '../../node/kernel/package-root.js'
import { loadRegisterDefinition } from '../../node/sources/register/definition.js'
import { createRegister } from '../../node/sources/register/register.js'
import type { Register } from '../../node/sources/register/register.js'
import { readSeedFile } from '../../node/sources/register/seed.js'
import { createMemoryStore } from '../../node/stores/memory.js'
import { permitFor } from '../support/permits.js'
import { refusalOf } from '../support/refusals.js'
import { describeWithShared } from '../support/shared.js'

const definition = loadRegisterDefinition('indicatieregister-2')
const seed = readSeedFile(packageFile('scripts', 'demo', 'seed', 'indicatieregister.json'))

/** The record of Fedde Fictief, in the seed. */
const wlzIndicatieID = 'e270de39-253a-49ad-85e8-fbdf4e039d43'
const noord = '5999'
const zuid = '5998'

async function createIndicatieregister(introspection = false): Promise<Register> {
  const store = createMemoryStore({ clock: createFixedClock(0) })
  const register = createRegister({ name: 'indicatieregister', party: 'ciz', definition, store, introspection })
  await register.loadSeed(seed)
  return register
}

async function ask(register: Register, query: string, variables: unknown = {}): Promise<unknown> {
  const request = register.parse({ query, variables })
  const { data } = await register.read(permitFor(request), request)
  return JSON.parse(data)
}

/** What a schema says, without its descriptions and the reasons it gives. */
function outline(schema: GraphQLSchema): Record<string, unknown> {
  const types = Object.values(schema.getTypeMap()).filter(
    (type) => !isIntrospectionType(type) && !(isScalarType(type) && isSpecifiedScalarType(type)),
  )
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]
  return {
    roots: roots.map((type) => type?.name),
    types: Object.fromEntries(types.map((type) => [type.name, outlineType(type)])),
  }
}

function outlineType(type: GraphQLNamedType): unknown {
  if (isScalarType(type)) return { scalar: type.specifiedByURL }
  if (isInputObjectType(type)) {
    return Object.values(type.getFields()).map((field) => ['input', field.name, String(field.type), field.defaultValue])
  }
  if (!isObjectType(type)) return String(type)
  const fields = Object.values(type.getFields()).map((field) => ({
    name: field.name,
    type: String(field.type),
    arguments: field.args.map((argument) => [argument.name, String(argument.type), argument.defaultValue]),
    isDeprecated: field.deprecationReason !== undefined,
  }))
  return { fields, interfaces: type.getInterfaces().map(({ name }) => name) }
}

describeWithShared('the published indicatieregister', ['official', 'iwlz'], (readPublished) => {
  const published = buildSchema(readPublished('indicatieregister-2.graphql'))
  const query = readPublished('QIR-0001-ZKi.graphql')
  const variables = { wlzIndicatieID, initieelVerantwoordelijkZorgkantoor: noord }

  test('iwlz-ir2-sdl our schema says the same as the published schema, and can be asked by four fields more', () => {
    const more = outline(definition.schema)
    const types = more['types'] as Record<string, unknown[]>
    const { DateOperationFilterInput, IntOperationFilterInput, ...same } = types
    expect([DateOperationFilterInput, IntOperationFilterInput]).toEqual([
      [['input', 'eq', 'Date', undefined]],
      [['input', 'eq', 'Int', undefined]],
    ])
    const where = types['WlzIndicatieFilterInput'] ?? []
    expect(where.slice(2).map((member) => (member as unknown[])[1])).toEqual([
      'bsn',
      'besluitnummer',
      'afgiftedatum',
      'ingangsdatum',
    ])
    expect({ ...more, types: { ...same, WlzIndicatieFilterInput: where.slice(0, 2) } }).toEqual(outline(published))
    expect(findBreakingChanges(published, definition.schema)).toEqual([])
  })

  test('iwlz-ir2-sdl the outline sees a change of nullability', () => {
    const changed = readPublished('indicatieregister-2.graphql').replace('einddatum: Date', 'einddatum: Date!')
    expect(outline(definition.schema)).not.toEqual(outline(buildSchema(changed)))
  })

  test('iwlz-qir-0001 the published query is read unchanged', async () => {
    const request = (await createIndicatieregister()).parse({ query, variables })
    expect(request.operation).toBe('wlzIndicatie')
    expect(request.filters).toEqual([
      { path: 'wlzindicatieID', operator: 'eq', value: wlzIndicatieID },
      { path: 'initieelVerantwoordelijkZorgkantoor', operator: 'eq', value: noord },
    ])
    expect(request.fields).toContain('Client.agbcodeHuisarts')
  })

  test('iwlz-qir-0001 the answer to the published query is the record', async () => {
    const answer = await ask(await createIndicatieregister(), query, variables)
    const record = findSeedRecord(wlzIndicatieID)
    expect(answer).toMatchObject({ wlzIndicatie: [{ wlzindicatieID: wlzIndicatieID, bsn: record['bsn'] }] })
    expect(leaves({ wlzIndicatie: [record] })).toEqual(expect.objectContaining(leaves(answer)))
    expect(Object.keys(leaves(answer)).length).toBeGreaterThan(100)
  })

  test('iwlz-qir-0001 a zorgkantoor that is not the first to be responsible gets an empty list', async () => {
    const register = await createIndicatieregister()
    const other = { wlzIndicatieID, initieelVerantwoordelijkZorgkantoor: zuid }
    expect(await ask(register, query, other)).toEqual({ wlzIndicatie: [] })
  })

  test('iwlz-qir-0001 the published query does not run without its input', async () => {
    const register = await createIndicatieregister()
    const refusal = refusalOf(() => register.parse({ query, variables: { wlzIndicatieID } }))
    expect(refusal.notes).toEqual(['The variable "$initieelVerantwoordelijkZorgkantoor" of type "String!" is missing.'])
  })
})

/** Attacks of the kinds in iWlz RFC26242: what each must come to. */
describe('iwlz-6.7 an attack on the indicatieregister', () => {
  const mine = `initieelVerantwoordelijkZorgkantoor: { eq: "${noord}" }`

  test.each([
    ['an alias on the root', `{ wlzIndicatie: wlzIndicatie(where: { ${mine} }) { bsn } }`],
    ['the root twice under other names', `{ a: wlzIndicatie(where: { ${mine} }) { bsn } b: wlzIndicatie { bsn } }`],
    ['two operations', 'query A { wlzIndicatie { wlzindicatieID } } query B { wlzIndicatie { bsn } }'],
    ['a mutation', 'mutation { wlzIndicatie { bsn } }'],
    ['or', `{ wlzIndicatie(where: { or: [{ ${mine} }, {}] }) { bsn } }`],
    ['in', `{ wlzIndicatie(where: { initieelVerantwoordelijkZorgkantoor: { in: ["${noord}"] } }) { bsn } }`],
    ['neq', '{ wlzIndicatie(where: { initieelVerantwoordelijkZorgkantoor: { neq: "0" } }) { bsn } }'],
    ['startsWith', '{ wlzIndicatie(where: { initieelVerantwoordelijkZorgkantoor: { startsWith: "5" } }) { bsn } }'],
    ['eq null', '{ wlzIndicatie(where: { initieelVerantwoordelijkZorgkantoor: { eq: null } }) { bsn } }'],
    ['an empty filter', '{ wlzIndicatie(where: { initieelVerantwoordelijkZorgkantoor: {} }) { bsn } }'],
    ['a filter on another field', '{ wlzIndicatie(where: { commentaar: { eq: "999990019" } }) { wlzindicatieID } }'],
    ['a filter on a nested field', '{ wlzIndicatie { client(where: { bsn: { eq: "999990019" } }) { clientID } } }'],
    ['the same filter twice', `{ wlzIndicatie(where: { ${mine}, ${mine} }) { bsn } }`],
    ['fragments that go round', '{ wlzIndicatie { ...A } } fragment A on WlzIndicatie { bsn ...A }'],
    ['a directive of its own', '{ wlzIndicatie { bsn @defer } }'],
    ['the schema', '{ __schema { types { name } } }'],
    ['too many tokens', `{ wlzIndicatie { ${'bsn '.repeat(1001)} } }`],
    ['too many fields', `{ wlzIndicatie { ${Array.from({ length: 201 }, (_, at) => `a${at}: bsn`).join(' ')} } }`],
    ['brackets without end', '{'.repeat(60_000)],
  ])('with %s is refused', async (_what, query) => {
    const register = await createIndicatieregister()
    const refusal = refusalOf(() => register.parse({ query }))
    expect(refusal.code).toMatch(
      /^source\.(?:bad_request|unparsable|unknown_operation|several_operations|several_roots)$/,
    )
    expect(refusal.notes.join()).not.toMatch(/[0-9]{9}/)
  })

  test('with a list of requests is refused', async () => {
    const register = await createIndicatieregister()
    expect(refusalOf(() => register.parse([{ query: '{ wlzIndicatie { bsn } }' }])).code).toBe('source.bad_body')
  })

  test('that hides a field in a fragment, an alias or a condition is seen', async () => {
    const register = await createIndicatieregister()
    const query = `query ($ja: Boolean = true) {
      wlzIndicatie { ...A ... on WlzIndicatie { wlzindicatieID: bsn } ... @include(if: $ja) { client { id: bsn } } }
    }
    fragment A on WlzIndicatie { stoornis { volgorde: diagnoseCodelijst } }`
    expect(register.parse({ query }).fields).toEqual([
      'Client.bsn',
      'Stoornis.diagnoseCodelijst',
      'WlzIndicatie.bsn',
      'WlzIndicatie.client',
      'WlzIndicatie.stoornis',
    ])
  })

  test('that shows one value as default and supplies another is judged by what it supplies', async () => {
    const register = await createIndicatieregister()
    const query = `query ($k: String = "${noord}") {
      wlzIndicatie(where: { initieelVerantwoordelijkZorgkantoor: { eq: $k } }) { wlzindicatieID }
    }`
    expect(register.parse({ query, variables: { k: zuid } }).filters.map(({ value }) => value)).toEqual([zuid])
  })
})

describe('the indicatieregister of the demo', () => {
  test('has 4 indicaties for zorgkantoor Noord and 2 for zorgkantoor Zuid', async () => {
    const register = await createIndicatieregister()
    const query = `query ($k: String!) {
      wlzIndicatie(where: { initieelVerantwoordelijkZorgkantoor: { eq: $k } }) { wlzindicatieID }
    }`
    const counts = [noord, zuid].map(async (k) => Object.values(Object(await ask(register, query, { k })))[0])
    expect((await Promise.all(counts)).map((list) => (Array.isArray(list) ? list.length : list))).toEqual([4, 2])
  })

  test('holds only persons who do not exist, with numbers that have the right form', () => {
    for (const [path, value] of Object.entries(leaves(seed))) {
      if (/\.bsn$/.test(path))
        expect([path, /^9999/.test(String(value)) && isBsnShaped(String(value))]).toEqual([path, true])
      if (/agbcodeHuisarts$/.test(path)) expect(parseAgb(value)).toBe(value)
      if (/Zorgkantoor$/.test(path)) expect(parseUzovi(value)).toBe(value)
      if (/emailadres$/.test(path)) expect(value).toMatch(/@example\.org$/)
    }
  })

  test('says the same of a person on both places', () => {
    const found = leaves(seed)
    const own = Object.keys(found).filter((path) => /^\.wlzIndicatie\.\d+\.bsn$/.test(path))
    expect(own).toHaveLength(6)
    expect(new Set(own.map((path) => found[path])).size).toBe(6)
    for (const path of own) expect(found[path.replace('.bsn', '.client.bsn')]).toBe(found[path])
  })

  test('names no two things with one UUID, unless one refers to the other', () => {
    const ids = Object.entries(leaves(seed)).filter(([path]) => path.endsWith('ID'))
    // A contactPersoon and contactGegevens refer to whom they belong to with a field that has the name of its key.
    const named = ids.filter(
      ([path]) => !/(?:contactGegevens|contactPersoon)\.\d+\.(?:clientID|contactPersoonID)$/.test(path),
    )
    expect(new Set(named.map(([, id]) => id)).size).toBe(named.length)
  })

  test('tells common tools about its schema when introspection is on', async () => {
    const register = await createIndicatieregister(true)
    expect(await ask(register, getIntrospectionQuery())).toHaveProperty('__schema.queryType.name', 'Query')
  })
})

function findSeedRecord(id: string): Record<string, unknown> {
  const records: unknown = Object(seed).wlzIndicatie
  const record: unknown = Array.isArray(records)
    ? records.find((each) => Object(each).wlzindicatieID === id)
    : undefined
  return Object(record)
}

/** Every value in `value` that holds no other, by its path. */
function leaves(value: unknown, path = ''): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return { [path]: value }
  return Object.assign({}, ...Object.entries(value).map(([name, member]) => leaves(member, `${path}.${name}`)))
}
