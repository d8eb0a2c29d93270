import { describe, expect, test } from '@jest/globals'
import type { SourceRequest } from '../../../../node/sources/data-source.js'
import { createQueryReader } from '../../../../node/sources/graphql/read-query.js'
import type { QueryReaderDeps } from '../../../../node/sources/graphql/read-query.js'
import { loadRegisterDefinition } from '../../../../node/sources/register/definition.js'
import { refusalOf } from '../../../support/refusals.js'

const { served } = loadRegisterDefinition('bemiddelingsregister-1')
const id = '0d9a4f2e-6c3b-4b1f-9a7e-2f1c8b7d6e5a'

function read(query: string, variables: unknown = {}, limits: QueryReaderDeps['limits'] = {}): SourceRequest {
  return createQueryReader({ served, source: 'br', limits }).read({ query, variables })
}

const notesOf = (query: string, variables: unknown = {}, limits: QueryReaderDeps['limits'] = {}): string =>
  refusalOf(() => read(query, variables, limits)).notes.join()

/** The request for bemiddelingspecificaties (what care a provider may deliver) that meet `where`. */
const where = (text: string): SourceRequest => read(`{ bemiddelingspecificatie(where: ${text}) { zzpCode } }`)

describe('the filters that a rule sees', () => {
  test.each([
    ['at the top', `{ instelling: { eq: "a" } }`],
    ['in an and', `{ and: [{ instelling: { eq: "a" } }] }`],
    ['in an and of the comparison', `{ instelling: { and: [{ eq: "a" }] } }`],
    ['beside another operator', `{ instelling: { eq: "a", startsWith: "a" } }`],
  ])('hold a comparison %s', (_where, text) => {
    expect(where(text).filters).toEqual([{ path: 'instelling', operator: 'eq', value: 'a' }])
  })

  test.each([
    ['in an or', `{ or: [{ instelling: { eq: "a" } }] }`],
    ['in an or of the comparison', `{ instelling: { or: [{ eq: "a" }, { eq: "b" }] } }`],
    ['with in', `{ instelling: { in: ["a"] } }`],
    ['with neq', `{ instelling: { neq: "a" } }`],
    ['with null', `{ instelling: { eq: null } }`],
    ['with a number', `{ percentage: { eq: 1 } }`],
    ['of one of several', `{ bemiddeling: { bemiddelingspecificatie: { some: { instelling: { eq: "a" } } } } }`],
    ['of none', `{ bemiddeling: { bemiddelingspecificatie: { none: { instelling: { eq: "a" } } } } }`],
  ])('do not hold one %s', (_where, text) => {
    expect(where(text).filters).toEqual([])
  })

  test('hold what is asked of the one record that a field leads to', () => {
    expect(where(`{ bemiddeling: { client: { bsn: { eq: "a" } } } }`).filters).toEqual([
      { path: 'bemiddeling.client.bsn', operator: 'eq', value: 'a' },
    ])
  })
})

describe('the condition that a rule sees', () => {
  test('holds every comparison with its field', () => {
    expect(where(`{ or: [{ percentage: { gte: 1, lt: 5 } }, { instelling: { nin: ["a", null] } }] }`).where).toEqual({
      kind: 'and',
      of: [
        {
          kind: 'or',
          of: [
            {
              kind: 'and',
              of: [
                {
                  kind: 'compare',
                  path: 'percentage',
                  field: 'Bemiddelingspecificatie.percentage',
                  operator: 'gte',
                  value: 1,
                },
                {
                  kind: 'compare',
                  path: 'percentage',
                  field: 'Bemiddelingspecificatie.percentage',
                  operator: 'lt',
                  value: 5,
                },
              ],
            },
            {
              kind: 'and',
              of: [
                {
                  kind: 'compare',
                  path: 'instelling',
                  field: 'Bemiddelingspecificatie.instelling',
                  operator: 'nin',
                  value: ['a', null],
                },
              ],
            },
          ],
        },
      ],
    })
  })

  test('holds a moment in UTC and a UUID in lower case', () => {
    const text = `{ vaststellingMoment: { gt: "2026-01-01T00:00:00.50+01:00" }, bemiddeling: { clientID: { eq: "${id.toUpperCase()}" } } }`
    expect(JSON.stringify(where(text).where)).toContain('"2025-12-31T23:00:00.5Z"')
    expect(where(text).filters).toEqual([{ path: 'bemiddeling.clientID', operator: 'eq', value: id }])
  })

  test('cannot be changed', () => {
    const request = where(`{ or: [{ bemiddeling: { client: { bsn: { in: ["a"] } } } }] }`)
    const parts: unknown[] = []
    JSON.stringify(request, (_name, value: unknown) => {
      parts.push(value)
      return value
    })
    expect(parts.filter((part) => !Object.isFrozen(part))).toEqual([])
  })

  test('spells out a member that stands for a way over several fields', () => {
    const request = read('{ regiehouder(where: { client: { bsn: { eq: "a" } } }) { instelling } }')
    expect(request.filters).toEqual([{ path: 'bemiddeling.client.bsn', operator: 'eq', value: 'a' }])
    expect(request.fields).toEqual([
      'Bemiddeling.client',
      'Client.bsn',
      'Regiehouder.bemiddeling',
      'Regiehouder.instelling',
    ])
  })

  test.each([
    ['some', 'some(regiehouder some)'],
    ['all', 'all(regiehouder all)'],
    ['none', 'none(regiehouder some)'],
  ])('spells out %s over two lists as one list of all', (quantifier, expected) => {
    const { where: condition } = read(
      `{ client(where: { regiehouder: { ${quantifier}: { instelling: { eq: "a" } } } }) { clientID } }`,
    )
    const [outer] = condition !== undefined && 'of' in condition ? condition.of : []
    const inner = outer?.kind === 'relation' && typeof outer.where !== 'boolean' ? outer.where : undefined
    if (outer?.kind !== 'relation' || inner?.kind !== 'relation') throw new Error('no relation')
    expect(`${outer.quantifier}(${inner.path} ${inner.quantifier})`).toBe(expected)
  })
})

describe('what a request reads', () => {
  test('is also what it compares and orders by, and what leads there', () => {
    const request = read(`{ client {
      bemiddeling(where: { overdracht: { verhuisDatum: { gt: "2026-01-01" } } }, order: [{ client: { bsn: DESC } }, { wlzIndicatieID: ASC }]) { bemiddelingID }
    } }`)
    expect(request.fields).toEqual([
      'Bemiddeling.bemiddelingID',
      'Bemiddeling.client',
      'Bemiddeling.overdracht',
      'Bemiddeling.wlzIndicatieID',
      'Client.bemiddeling',
      'Client.bsn',
      'Overdracht.verhuisDatum',
    ])
    expect(request.paths).toEqual(['bemiddeling', 'bemiddeling.bemiddelingID'])
    expect(request.nested).toMatchObject([
      {
        path: 'bemiddeling',
        type: 'Bemiddeling',
        order: [
          { path: 'client.bsn', field: 'Client.bsn', direction: 'DESC' },
          { path: 'wlzIndicatieID', field: 'Bemiddeling.wlzIndicatieID', direction: 'ASC' },
        ],
      },
    ])
  })

  test('names a list that has no conditions beside the same list that has', () => {
    const request = read(`{ bemiddeling {
      a: regiehouder(where: { instelling: { eq: "a" } }) { instelling }
      b: regiehouder { instelling }
    } }`)
    expect(request.nested.map(({ path, where: condition }) => [path, condition !== undefined])).toEqual([
      ['regiehouder', true],
      ['regiehouder', false],
    ])
  })

  test('has one template whatever the values, and another for another comparison', () => {
    const [one, same, other] = ['eq: "a"', 'eq: "b"', 'neq: "a"'].map(
      (text) => where(`{ instelling: { ${text} } }`).template,
    )
    expect([one === same, one === other]).toEqual([true, false])
  })
})

describe('a condition is refused', () => {
  test.each([
    ['that is empty', `{ and: [{}] }`, /asks nothing/],
    ['without parts', `{ or: [] }`, /asks nothing/],
    ['that is null', `{ or: null }`, /cannot be null/],
    ['with a part that is empty', `{ instelling: { eq: "a" }, or: [{ instelling: { eq: "a" } }, {}] }`, /asks nothing/],
    ['on a record without saying what', `{ bemiddeling: {} }`, /asks nothing/],
    ['on a list without saying how', `{ bemiddeling: { bemiddelingspecificatie: {} } }`, /asks nothing/],
    ['on a list that is null', `{ bemiddeling: { bemiddelingspecificatie: { some: null } } }`, /cannot be null/],
    ['with any that is null', `{ bemiddeling: { bemiddelingspecificatie: { any: null } } }`, /true or false/],
    ['with null where order counts', `{ percentage: { gt: null } }`, /null by "gt"/],
    ['with null for what is never null', `{ zzpCode: { in: ["a", null] } }`, /never null/],
    ['with an empty text to look for', `{ instelling: { contains: "" } }`, /1 to 512 characters/],
  ])('%s', (_what, text, note) => {
    expect(notesOf(`{ bemiddelingspecificatie(where: ${text}) { zzpCode } }`)).toMatch(note)
  })

  test('with a list of more than 100 values, and not of 100', () => {
    const query = 'query ($l: [String]) { bemiddelingspecificatie(where: { instelling: { in: $l } }) { zzpCode } }'
    expect(read(query, { l: Array(100).fill('a') }).where).toBeDefined()
    expect(notesOf(query, { l: Array(101).fill('a') })).toMatch(/more than 100 values/)
  })

  test('when a part of it is a variable without a value, on every level', () => {
    const root =
      'query ($a: String) { bemiddelingspecificatie(where: { zzpCode: { eq: "1", contains: $a } }) { zzpCode } }'
    expect(notesOf(root)).toMatch(/needs a value for "\$a"/)
    const nested = 'query ($a: Date) { bemiddeling { regiehouder(where: { einddatum: { gt: $a } }) { instelling } } }'
    expect(notesOf(nested)).toMatch(/needs a value for "\$a"/)
    expect(read(nested, { a: '2026-01-01' }).nested[0]?.where).toBeDefined()
  })

  test('when all conditions of the request together have more members than the limit', () => {
    const query = `{ bemiddeling(where: { or: [{ verantwoordelijkZorgkantoor: { eq: "1" } }, { overdracht: { verhuisDatum: { lt: "2026-01-01" } } }] }) {
      regiehouder(where: { instelling: { eq: "a" } }) { instelling }
    } }`
    expect(read(query, {}, { filterNodes: 5 }).nested).toHaveLength(1)
    expect(notesOf(query, {}, { filterNodes: 4 })).toMatch(/more than 4 members/)
  })
})

describe('an order is refused', () => {
  test.each([
    ['with two fields in one element', '[{ instelling: ASC, regiehouderID: ASC }]', /exactly one field/],
    ['with an empty element', '[{}]', /exactly one field/],
    ['with a direction that is null', '[{ instelling: null }]', /ASC or DESC/],
    ['with more than 8 keys', `[${'{ instelling: ASC }'.repeat(9)}]`, /more than 8 keys/],
  ])('%s', (_what, order, note) => {
    expect(notesOf(`{ bemiddeling { regiehouder(order: ${order}) { instelling } } }`)).toMatch(note)
  })

  test('of null', () => {
    expect(notesOf('{ client { bemiddeling(order: [null]) { bemiddelingID } } }')).toMatch(/exactly one field/)
    expect(notesOf('{ client { bemiddeling(order: null) { bemiddelingID } } }')).toMatch(/cannot be null/)
  })

  test('and one with 8 keys is read', () => {
    const order = `[${'{ instelling: ASC }'.repeat(8)}]`
    expect(read(`{ bemiddeling { regiehouder(order: ${order}) { instelling } } }`).nested[0]?.order).toHaveLength(8)
  })
})
