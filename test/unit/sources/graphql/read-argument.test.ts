import { describe, expect, test } from '@jest/globals'
import { exampleId, notesOf, privateValue, read } from './example.js'

const byName = 'query ($n: String) { dossier(where: { naam: { eq: $n } }) { id } }'
const byId = 'query ($id: UUID!) { dossier(where: { id: { eq: $id } }) { id } }'
const byAny = 'query ($w: DossierFilter) { dossier(where: $w) { id } }'

describe('the filters of a request', () => {
  test('hold the values of variables', () => {
    expect(read(byName, { n: 'a' }).filters).toEqual([{ path: 'naam', operator: 'eq', value: 'a' }])
  })

  test('hold the values in the document', () => {
    expect(read('{ dossier(where: { naam: { eq: "a" } }) { id } }').filters).toEqual([
      { path: 'naam', operator: 'eq', value: 'a' },
    ])
  })

  test('are in the order of the schema, wherever they come from', () => {
    const query = 'query ($n: TextFilter) { dossier(where: { dag: { eq: "2026-01-31" }, naam: $n }) { id } }'
    expect(read(query, { n: { eq: 'a' } }).filters.map(({ path }) => path)).toEqual(['naam', 'dag'])
    expect(read(byAny, { w: { dag: { eq: '2026-01-31' }, naam: { eq: 'a' } } }).filters).toHaveLength(2)
  })

  test('hold a UUID in lower case', () => {
    expect(read(byId, { id: exampleId.toUpperCase() }).filters[0]?.value).toBe(exampleId)
  })

  test('take the default only when nothing is supplied', () => {
    const query = 'query ($n: String = "standaard") { dossier(where: { naam: { eq: $n } }) { id } }'
    expect(read(query).filters[0]?.value).toBe('standaard')
    expect(read(query, { n: 'gegeven' }).filters[0]?.value).toBe('gegeven')
  })

  test('are not replaced by a default when null is supplied', () => {
    const query = 'query ($n: String = "standaard") { dossier(where: { naam: { eq: $n } }) { id } }'
    expect(read(query, { n: null })).toMatchObject({ filters: [], where: { of: [{ operator: 'eq', value: null }] } })
  })

  test('are none without where', () => {
    expect(read('{ dossier { id } }').filters).toEqual([])
    expect(read(byAny, {}).filters).toEqual([])
  })

  test.each([
    ['an absent value', byName, {}, 'The argument "where" of "dossier" needs a value for "$n".'],
    ['null for a field that is never null', '{ dossier(where: { id: { eq: null } }) { id } }', {}, /is never null/],
    ['no operator', '{ dossier(where: { naam: {} }) { id } }', {}, 'The filter "naam" needs an operator with a value.'],
    ['a filter that is null', '{ dossier(where: { naam: null }) { id } }', {}, 'The filter "naam" cannot be null.'],
    ['where null', '{ dossier(where: null) { id } }', {}, 'The filter of "dossier" is null or of the wrong type.'],
    ['where null by variable', byAny, { w: null }, 'The filter of "dossier" is null or of the wrong type.'],
    ['an empty text', byName, { n: '' }, 'The filter "naam" needs a text of 1 to 512 characters.'],
    ['a long text', byName, { n: 'a'.repeat(513) }, 'The filter "naam" needs a text of 1 to 512 characters.'],
    ['U+0000', '{ dossier(where: { naam: { eq: "a\\u0000" } }) { id } }', {}, /a text of 1 to 512 characters/],
  ])('cannot have %s', (_what, query, variables, note) => {
    expect(notesOf(query, variables).join()).toMatch(note)
  })

  test('may have a text of 512 characters', () => {
    expect(read(byName, { n: 'a'.repeat(512) }).filters).toHaveLength(1)
  })

  test.each([
    [
      'another operator',
      '{ dossier(where: { naam: { neq: "a" } }) { id } }',
      'Field "neq" is not defined by type "TextFilter".',
    ],
    ['in', '{ dossier(where: { naam: { in: ["a"] } }) { id } }', 'Field "in" is not defined by type "TextFilter".'],
    [
      'or',
      '{ dossier(where: { or: [{ naam: { eq: "a" } }] }) { id } }',
      'Field "or" is not defined by type "DossierFilter".',
    ],
    [
      'the same filter twice',
      '{ dossier(where: { naam: { eq: "a" }, naam: { eq: "b" } }) { id } }',
      /only one input field named "naam"/,
    ],
    [
      'the same operator twice',
      '{ dossier(where: { naam: { eq: "a", eq: "b" } }) { id } }',
      /only one input field named "eq"/,
    ],
    ['where twice', '{ dossier(where: { naam: { eq: "a" } }, where: {}) { id } }', /only one argument named "where"/],
    ['another argument', '{ dossier(filter: {}) { id } }', /Unknown argument "filter"/],
    ['a where on a nested field', '{ dossier { deel(where: {}) { id } } }', /Unknown argument "where"/],
  ])('cannot have %s', (_what, query, note) => {
    expect(notesOf(query).join()).toMatch(note)
  })

  test.each([{ w: { naam: { neq: 'a' } } }, { w: { bsn: { eq: privateValue } } }, { w: [[]] }, { w: 'naam' }])(
    'cannot come from the variables %j',
    (variables) => {
      expect(notesOf(byAny, variables)).toEqual(['The variable "$w" must be of type "DossierFilter".'])
    },
  )

  test('have as many members as the limit says and no more', () => {
    const query = '{ dossier(where: { naam: { eq: "a" }, dag: { eq: "2026-01-01" } }) { id } }'
    expect(read(query, {}, { limits: { filterNodes: 2 } }).filters).toHaveLength(2)
    expect(notesOf(query, {}, { limits: { filterNodes: 1 } })).toEqual(['The filter has more than 1 members.'])
  })
})

describe('the variables of a request', () => {
  test('may be supplied without being declared, which changes nothing', () => {
    expect(read(byName, { n: 'a', where: {}, id: null })).toEqual(read(byName, { n: 'a' }))
  })

  test('must be supplied when they are required', () => {
    expect(notesOf(byId)).toEqual(['The variable "$id" of type "UUID!" is missing.'])
  })

  test('are not found in the prototype of what is supplied', () => {
    const query = 'query ($toString: String!) { dossier(where: { naam: { eq: $toString } }) { id } }'
    expect(notesOf(query, {})).toEqual(['The variable "$toString" of type "String!" is missing.'])
  })

  test.each([
    [byId, { id: null }, 'The variable "$id" must be of type "UUID!".'],
    [byId, { id: privateValue }, 'The variable "$id" must be of type "UUID!".'],
    [byId, { id: 999990019 }, 'The variable "$id" must be of type "UUID!".'],
    [byId, { id: [exampleId] }, 'The variable "$id" must be of type "UUID!".'],
    [byName, { n: 999990019 }, 'The variable "$n" must be of type "String".'],
    [byName, { n: { eq: privateValue } }, 'The variable "$n" must be of type "String".'],
  ])('of the wrong type are refused without their value: %s %j', (query, variables, note) => {
    expect(notesOf(query, variables)).toEqual([note])
  })

  test.each([
    ['a filter', `{ dossier(where: { id: { eq: "${privateValue}" } }) { id } }`, 'UUID'],
    ['a filter with a number', `{ dossier(where: { naam: { eq: ${privateValue} } }) { id } }`, 'String'],
    ['a filter with a date that is none', '{ dossier(where: { dag: { eq: "2026-02-30" } }) { id } }', 'Date'],
    ['where', `{ dossier(where: "${privateValue}") { id } }`, 'DossierFilter'],
    ['a default', `query ($id: UUID = "${privateValue}") { dossier(where: { id: { eq: $id } }) { id } }`, 'UUID'],
  ])('and values in %s of the wrong type are refused without their value', (_what, query, type) => {
    const notes = notesOf(query).join()
    expect(notes).toMatch(new RegExp(`^Expected a value of type "${type}" \\(line 1, column \\d+\\)\\.$`))
    expect(notes).not.toContain(privateValue)
  })

  test.each([
    'query ($a: Onbekend) { dossier { id } }',
    'query ($a: Dossier) { dossier { id } }',
    'query ($a: String) { dossier { id } }',
    '{ dossier(where: { naam: { eq: $weg } }) { id } }',
    'query ($a: Int) { dossier(where: { naam: { eq: $a } }) { id } }',
    'query ($a: String, $a: String) { dossier(where: { naam: { eq: $a } }) { id } }',
  ])('must be declared and used as the schema says: %s', (query) => {
    expect(notesOf(query).length).toBeGreaterThan(0)
  })
})
