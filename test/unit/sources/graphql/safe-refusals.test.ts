import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { NodeError } from '../../../../node/kernel/errors.js'
import { createExampleReader, exampleId, privateValue } from './example.js'

/** Pieces of GraphQL, right and wrong, with a value that must not come back. */
const piece = fc.constantFrom(
  ...['{', '}', '(', ')', '[', ']', ':', '!', '=', '$', '@', '...', '&', '|', '"', '"""', '\\', '#', '\n', ','],
  ...[
    'query',
    'mutation',
    'subscription',
    'fragment',
    'on',
    'A',
    'F',
    'null',
    'true',
    'type',
    '__typename',
    '__schema',
  ],
  ...[
    'dossier',
    'persoon',
    'naam',
    'deel',
    'id',
    'where',
    'eq',
    'in',
    'skip',
    'include',
    'if',
    'String',
    'UUID',
    'Dossier',
  ],
  ...[privateValue, `"${privateValue}"`, `-${privateValue}.5e9`, `"${exampleId}"`, `x${privateValue}`],
  ...['query ($n: UUID = ', '{ dossier(where: { naam: { eq: ', '} }) {', 'fragment F on Dossier {'],
)
const soup = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(' '))
const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), soup)

const reader = createExampleReader()

/** What `read` says to `body`: nothing, or its notes. */
function refuse(body: unknown): readonly string[] {
  try {
    reader.read(body)
    return []
  } catch (error) {
    expect(NodeError.codeOf(error)).toMatch(/^source\.(bad_|un|no_|several_)/)
    const notes = NodeError.is(error) ? error.notes : []
    expect(notes.length).toBeGreaterThan(0)
    return notes
  }
}

describe('whatever text comes', () => {
  test('the query is read, or refused with notes that do not repeat a value', () => {
    fc.assert(
      fc.property(text, (query) => {
        expect(refuse({ query }).join()).not.toContain(privateValue)
      }),
      { numRuns: 2000 },
    )
  })

  test('the variables are read, or refused with notes that do not repeat a value', () => {
    const query = 'query ($w: DossierFilter, $id: UUID!, $n: String) { dossier(where: $w) { id } }'
    const used = 'query ($id: UUID!, $n: String) { dossier(where: { id: { eq: $id }, naam: { eq: $n } }) { id } }'
    const value = fc.oneof(fc.jsonValue(), fc.constantFrom(privateValue, exampleId, null, {}))
    const variables = fc.dictionary(fc.constantFrom('w', 'id', 'n'), value)
    fc.assert(
      fc.property(fc.constantFrom(query, used), variables, (document, supplied) => {
        expect(refuse({ query: document, variables: supplied }).join()).not.toContain(privateValue)
      }),
      { numRuns: 1000 },
    )
  })

  test('a body is read, or refused', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (body) => {
        expect(refuse(body).length).toBeGreaterThan(0)
      }),
    )
  })
})
