import { describe, expect, test } from '@jest/globals'
import { parseRequestBody } from '../../../../node/sources/graphql/request-body.js'
import { refusalOf } from '../../../support/refusals.js'

const query = '{ dossier { naam } }'
const badExtensions = '"extensions" must be an object or null, and "codes" in it true or false.'

describe('the body of a request', () => {
  test('may have a query alone', () => {
    expect(parseRequestBody({ query })).toEqual({ query, operationName: undefined, variables: {}, asksCodes: false })
  })

  test('may have null for everything but the query', () => {
    const body = { query, operationName: null, variables: null, extensions: null }
    expect(parseRequestBody(body)).toEqual({ query, operationName: undefined, variables: {}, asksCodes: false })
  })

  test.each([
    [{ codes: true }, true],
    [{ codes: false, other: 1 }, false],
  ])('may ask what codes mean: %j', (extensions, asksCodes) => {
    expect(parseRequestBody({ query, extensions })).toMatchObject({ asksCodes })
  })

  test('may have other extensions, which decide nothing', () => {
    const body = { query, operationName: 'Vraag', variables: { a: 1 }, extensions: { b: 2 } }
    expect(parseRequestBody(body)).toEqual({ query, operationName: 'Vraag', variables: { a: 1 }, asksCodes: false })
  })

  test.each([
    [{}, '"query" must be a string.'],
    [{ query: 1 }, '"query" must be a string.'],
    [{ query: null }, '"query" must be a string.'],
    [{ query: [query] }, '"query" must be a string.'],
    [{ query, operationName: 1 }, '"operationName" must be a string or null.'],
    [{ query, operationName: {} }, '"operationName" must be a string or null.'],
    [{ query, variables: 'a' }, '"variables" must be an object or null.'],
    [{ query, variables: [] }, '"variables" must be an object or null.'],
    [{ query, variables: 0 }, '"variables" must be an object or null.'],
    [{ query, extensions: [] }, badExtensions],
    [{ query, extensions: 'a' }, badExtensions],
    [{ query, extensions: { codes: 'yes' } }, badExtensions],
  ])('%j is refused', (body, note) => {
    const refusal = refusalOf(() => parseRequestBody(body))
    expect([refusal.code, ...refusal.notes]).toEqual(['source.bad_body', note])
  })

  test('a list of requests is refused', () => {
    expect(refusalOf(() => parseRequestBody([{ query }])).notes).toEqual([
      'The body must be one request, not a list of requests.',
    ])
  })

  test('a member that is not known is refused, without its name', () => {
    const { notes } = refusalOf(() => parseRequestBody({ query, claims: {} }))
    expect(notes).toHaveLength(1)
    expect(notes.join()).not.toContain('claims')
  })
})
