import { describe, expect, test } from '@jest/globals'
import { codeOf, createExampleReader, exampleId, notesOf, privateValue, read } from './example.js'

const nested = (depth: number): string => `{ dossier ${'{ deel '.repeat(depth - 2)}{ naam }${' }'.repeat(depth - 2)} }`
const leaves = (count: number): string =>
  `{ dossier { ${Array.from({ length: count }, (_, index) => `a${index}: naam`).join(' ')} } }`

describe('a checked request', () => {
  test('names the source, the root field and every field, sorted and once', () => {
    const request = read('{ dossier { naam deel { naam id } naam } }')
    expect(request.source).toBe('voorbeeld')
    expect(request.operation).toBe('dossier')
    expect(request.filters).toEqual([])
    expect(request.fields).toEqual(['Dossier.deel', 'Dossier.id', 'Dossier.naam'])
  })

  test('holds no value in its template', () => {
    const query = 'query ($naam: String!) { dossier(where: { naam: { eq: $naam } }) { naam } }'
    const request = read(query, { naam: privateValue })
    expect(request.template).toMatch(/^[0-9a-f]{32}$/)
    expect(read(query, { naam: 'ander' }).template).toBe(request.template)
  })

  test('has the template of every request that reads and compares the same', () => {
    const { template } = read(`{ dossier(where: { naam: { eq: "a" } }) { naam deel { id dag } } }`)
    const other = read(
      `query Q($n: String) { dossier(where: { naam: { eq: $n } }) { x: deel { dag } ...F } }
       fragment F on Dossier { __typename n: naam x: deel { id } }`,
      { n: 'b' },
    )
    expect(other.template).toBe(template)
  })

  test.each([
    '{ dossier(where: { naam: { eq: "a" } }) { naam } }',
    '{ dossier(where: { dag: { eq: "2026-01-01" } }) { naam deel { id } } }',
    '{ dossier { naam deel { id } } }',
    '{ persoon { naam } }',
  ])('has another template than %s', (query) => {
    const { template } = read('{ dossier(where: { naam: { eq: "a" } }) { naam deel { id } } }')
    expect(read(query).template).not.toBe(template)
  })

  test('is known to the reader that made it, and to no other', () => {
    const [reader, other] = [createExampleReader(), createExampleReader()]
    const request = reader.read({ query: '{ dossier { naam } }' })
    expect(reader.findPlan(request)?.root?.name).toBe('dossier')
    expect(other.findPlan(request)).toBeUndefined()
    expect(reader.findPlan({ ...request })).toBeUndefined()
  })

  test('cannot be changed', () => {
    const request = read(`{ dossier(where: { id: { eq: "${exampleId}" } }) { naam } }`)
    const parts = [request, request.fields, request.filters, ...request.filters]
    expect(parts.map((part) => Object.isFrozen(part))).toEqual(parts.map(() => true))
  })

  test('comes out the same when its document is known already', () => {
    const reader = createExampleReader()
    const query = 'query ($n: String) { dossier(where: { naam: { eq: $n } }) { naam } }'
    const first = reader.read({ query, variables: { n: 'a' } })
    const second = reader.read({ query, variables: { n: 'b' } })
    const where = {
      kind: 'and',
      of: [{ kind: 'compare', path: 'naam', field: 'Dossier.naam', operator: 'eq', value: 'b' }],
    }
    expect(second).toEqual({ ...first, filters: [{ path: 'naam', operator: 'eq', value: 'b' }], where })
  })
})

describe('the document', () => {
  test('is not repeated when it is not GraphQL', () => {
    expect(notesOf(`{ dossier "${privateValue}" }`)).toEqual([
      'The query is not a GraphQL document (line 1, column 11).',
    ])
  })

  test.each(['', '#', '{', '{}', 'type A { a: Int }', 'fragment F on Dossier { naam }', 'schema { query: Query }'])(
    '%j is refused',
    (query) => {
      expect(notesOf(query)).toHaveLength(1)
    },
  )

  test('holds one operation, also when operationName chooses', () => {
    const query = 'query A { dossier { naam } } query B { persoon { naam } }'
    const note = 'The query must hold exactly one operation.'
    expect(notesOf(query)).toEqual([note])
    expect(() => createExampleReader().read({ query, operationName: 'A' })).toThrow('source.several_operations')
  })

  test('may have the name that operationName says, and no other', () => {
    const query = 'query A { dossier { naam } }'
    expect(createExampleReader().read({ query, operationName: 'A' }).operation).toBe('dossier')
    expect(() => createExampleReader().read({ query, operationName: 'B' })).toThrow('source.bad_request')
    expect(() => createExampleReader().read({ query, operationName: '' })).toThrow('source.bad_request')
  })

  test.each(['mutation { dossier { naam } }', 'subscription { dossier { naam } }'])('%s is refused', (query) => {
    expect(notesOf(query)).toEqual(['Only queries are served.'])
  })

  test('with an unknown field is refused by name, without suggestions', () => {
    expect(notesOf('{ dossier { nam } }')).toEqual(['Cannot query field "nam" on type "Dossier".'])
  })

  test('with an unknown root field is refused by name', () => {
    expect(notesOf('{ dosier { naam } }')).toEqual(['Cannot query field "dosier" on type "Query".'])
  })

  test('with a number in a name is refused without the number', () => {
    const notes = notesOf(`{ dossier { x${privateValue} } }`)
    expect(notes).toEqual(['Cannot query field "x•••" on type "Dossier".'])
  })

  test('with a very long name is refused in few words', () => {
    expect(notesOf(`{ dossier { ${'x'.repeat(5000)} } }`).every((note) => note.length <= 200)).toBe(true)
  })

  test('asks one root field', () => {
    expect(notesOf('{ dossier { naam } persoon { naam } }')).toEqual(['The query must ask exactly one root field.'])
  })

  test('may name its root field twice when both ask the same', () => {
    expect(read('{ dossier { naam } dossier { id } }').fields).toEqual(['Dossier.id', 'Dossier.naam'])
  })

  test('cannot name its root field twice with other filters', () => {
    const query = '{ dossier(where: { naam: { eq: "a" } }) { naam } dossier { id } }'
    expect(notesOf(query)).toEqual(['Fields of "Query" have the same name in the answer but are not the same.'])
  })

  test('cannot give its root field an alias', () => {
    expect(notesOf('{ d: dossier { naam } }')).toEqual(['The root field "dossier" cannot have an alias.'])
  })

  test('may give other fields an alias, and names what it reads', () => {
    expect(read('{ dossier { naam: id } }').fields).toEqual(['Dossier.id'])
  })

  test('cannot have an alias that looks like one of GraphQL itself', () => {
    expect(notesOf('{ dossier { __typename: naam } }')).toEqual(['An alias cannot start with two underscores.'])
    expect(notesOf('{ dossier { __proto__: naam } }')).toEqual(['An alias cannot start with two underscores.'])
  })

  test('may ask the type anywhere, which reads nothing', () => {
    const request = read('{ __typename dossier { __typename naam } }')
    expect([request.operation, request.fields]).toEqual(['dossier', ['Dossier.naam']])
  })

  test('may ask the type of the root alone', () => {
    const request = read('{ __typename }')
    expect([request.operation, request.fields, request.filters]).toEqual(['__typename', [], []])
  })

  test.each(['{ __schema { queryType { name } } }', '{ __type(name: "Dossier") { name } }'])(
    '%s is refused unless introspection is on',
    (query) => {
      expect(notesOf(query)).toEqual(['This source does not answer questions about its schema.'])
      expect(read(query, {}, { introspection: true }).operation).toMatch(/^__/)
    },
  )

  test('may be 8 levels deep and no deeper', () => {
    expect(read(nested(8)).operation).toBe('dossier')
    expect(notesOf(nested(9))).toEqual(['The query is deeper than 8 levels.'])
  })

  test('cannot hide its depth in fragments', () => {
    const fragments = Array.from(
      { length: 8 },
      (_, index) => `fragment F${index} on Dossier { deel { ...F${index + 1} } }`,
    )
    expect(notesOf(`{ dossier { ...F0 } } ${fragments.join(' ')} fragment F8 on Dossier { naam }`)).toEqual([
      'The query is deeper than 8 levels.',
    ])
  })

  test('may read 200 fields and no more', () => {
    expect(read(leaves(200)).operation).toBe('dossier')
    expect(notesOf(leaves(201))).toEqual(['The query reads more than 200 fields.'])
  })

  test('cannot hide its size in fragments that double', () => {
    const fragments = Array.from(
      { length: 5 },
      (_, index) =>
        `fragment F${index} on Dossier { ${'abcd'.replace(/./g, (key) => `${key}: deel { ...F${index + 1} } `)} }`,
    )
    expect(notesOf(`{ dossier { ...F0 } } ${fragments.join(' ')} fragment F5 on Dossier { naam }`)).toEqual([
      'The query reads more than 200 fields.',
    ])
  })

  test('may have 1000 tokens and no more', () => {
    // Five tokens are not `naam`: two pairs of braces and the root field.
    expect(read(`{ dossier { ${'naam '.repeat(995)} } }`).fields).toEqual(['Dossier.naam'])
    expect(notesOf(`{ dossier { ${'naam '.repeat(996)} } }`)).toEqual(['The query is too long.'])
  })

  test('may have 64 KiB and no more, in bytes', () => {
    const query = '{ dossier { naam } } #'
    expect(read(query + ' '.repeat(65_536 - query.length)).operation).toBe('dossier')
    expect(notesOf(query + ' '.repeat(65_537 - query.length))).toEqual(['The query is too large.'])
    expect(notesOf(query + 'é'.repeat(33_000))).toEqual(['The query is too large.'])
  })
})

describe('introspection, when it is on', () => {
  test('answers questions about types', () => {
    const reader = createExampleReader({ introspection: true })
    const request = reader.read({
      query: 'query ($naam: String!) { __type(name: $naam) { name } }',
      variables: { naam: 'Persoon' },
    })
    expect(reader.findPlan(request)?.writer()([])).toBe('{"__type":{"name":"Persoon"}}')
  })

  test('does not let records be asked beside it', () => {
    const notes = notesOf('{ __type(name: "Persoon") { name } dossier { naam } }', {}, { introspection: true })
    expect(notes).toEqual(['The query must ask exactly one root field.'])
  })
})

describe('what is wrong before the schema is looked at', () => {
  test.each([
    ['a text that is no document', '{ client(', 'source.unparsable'],
    ['a document without an operation', 'fragment A on Query { __typename }', 'source.no_operation'],
    ['several operations', 'query A { __typename } query B { __typename }', 'source.several_operations'],
    ['several fields at the root', '{ onbekend { naam } anders { naam } }', 'source.several_roots'],
    ['a field at the root that is not there', '{ onbekend { naam } }', 'source.unknown_operation'],
    ['a mutation', 'mutation { __typename }', 'source.unknown_operation'],
    ['a question about the schema', '{ __schema { description } }', 'source.unknown_operation'],
  ])('%s has a code of its own', (_what, query, code) => {
    expect(codeOf(query)).toBe(code)
  })
})
