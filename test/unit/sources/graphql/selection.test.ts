import { describe, expect, test } from '@jest/globals'
import { describeSchema, parseSourceSchema } from '../../../../node/sources/graphql/source-schema.js'
import { answer, createExampleReader, exampleId, notesOf, read } from './example.js'

describe('fragments', () => {
  test('are inlined before anything is judged', () => {
    const request = read(`
      { dossier { ...Gewoon ... on Dossier { open } ... { dag } } }
      fragment Gewoon on Dossier { deel { ...Dieper } }
      fragment Dieper on Dossier { id }
    `)
    expect(request.fields).toEqual(['Dossier.dag', 'Dossier.deel', 'Dossier.id', 'Dossier.open'])
  })

  test('cannot go round', () => {
    const notes = notesOf('{ dossier { ...A } } fragment A on Dossier { deel { ...B } } fragment B on Dossier { ...A }')
    expect(notes).toEqual(['Cannot spread fragment "A" within itself via "B".'])
  })

  test('cannot be of another type', () => {
    expect(notesOf('{ dossier { ...A } } fragment A on Persoon { naam }')).toHaveLength(1)
  })

  test('cannot put two fields in one place of the answer', () => {
    const query = '{ dossier { x: naam ...A } } fragment A on Dossier { x: dag }'
    expect(notesOf(query)).toEqual(['Fields of "Dossier" have the same name in the answer but are not the same.'])
  })

  test('are merged with fields of the same name', () => {
    const query = '{ dossier { deel { id } ...A } } fragment A on Dossier { deel { naam } }'
    expect(answer(query, [{ id: exampleId, deel: { id: exampleId, naam: 'a' } }])).toEqual({
      dossier: [{ deel: { id: exampleId, naam: 'a' } }],
    })
  })
})

describe('@skip and @include', () => {
  const query = `query ($a: Boolean!, $b: Boolean = true) {
    dossier { id naam @include(if: $a) dag @skip(if: $b) ... @include(if: $a) { open } }
  }`

  test.each([
    [{ a: false }, ['Dossier.id']],
    [{ a: true }, ['Dossier.id', 'Dossier.naam', 'Dossier.open']],
    [{ a: false, b: false }, ['Dossier.dag', 'Dossier.id']],
    [{ a: true, b: false }, ['Dossier.dag', 'Dossier.id', 'Dossier.naam', 'Dossier.open']],
  ])('are resolved with the variables %j', (variables, fields) => {
    expect(read(query, variables).fields).toEqual(fields)
  })

  test('are resolved for each request, also when the document is known', () => {
    const reader = createExampleReader()
    const fields = [true, false, true].map((a) => reader.read({ query, variables: { a } }).fields.length)
    expect(fields).toEqual([3, 1, 3])
  })

  test('decide what is in the answer', () => {
    const record = { id: exampleId, naam: 'a', dag: '2026-01-01', open: true }
    expect(answer(query, [record], { a: true })).toEqual({ dossier: [{ id: exampleId, naam: 'a', open: true }] })
    expect(answer(query, [record], { a: false })).toEqual({ dossier: [{ id: exampleId }] })
  })

  test('may be constant', () => {
    expect(read('{ dossier { id naam @skip(if: true) dag @include(if: true) } }').fields).toEqual([
      'Dossier.dag',
      'Dossier.id',
    ])
  })

  test('count together', () => {
    expect(read('{ dossier { id naam @include(if: true) @skip(if: true) } }').fields).toEqual(['Dossier.id'])
  })

  test('cannot leave nothing to ask', () => {
    expect(notesOf('{ dossier @skip(if: true) { naam } }')).toEqual(['The query asks nothing.'])
  })

  test('do not make a second root field welcome', () => {
    const both = '{ dossier @skip(if: true) { naam } persoon { naam } }'
    expect(notesOf(both)).toEqual(['The query must ask exactly one root field.'])
  })

  test('cannot depend on null', () => {
    expect(notesOf(query, { a: true, b: null })).toEqual(['The variable "$b" must be true or false.'])
  })

  test.each(['@defer', '@deprecated', '@specifiedBy(url: "a")', '@export(as: "a")'])('%s is refused', (directive) => {
    expect(notesOf(`{ dossier { naam ${directive} } }`)).toHaveLength(1)
  })

  test('are the only directives, also when the schema has more', () => {
    const sdl = 'directive @masker on FIELD type Query { persoon: [P!]! } type P { naam: String }'
    const served = describeSchema(parseSourceSchema(sdl))
    expect(notesOf('{ persoon { naam @masker } }', {}, { served })).toEqual(['The directive "@masker" is not served.'])
    expect(read('{ persoon { naam } }', {}, { served }).fields).toEqual(['P.naam'])
  })

  test('are refused on the operation', () => {
    expect(notesOf('query @include(if: true) { dossier { naam } }')).toHaveLength(1)
  })
})
