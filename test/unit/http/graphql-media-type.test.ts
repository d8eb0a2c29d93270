import { describe, expect, test } from '@jest/globals'
import { mediaTypeFor, requireAcceptable } from '../../../node/http/graphql-media-type.js'
import { refusalOf } from '../../support/refusals.js'
import { plainFace } from '../../support/source-face.js'

const graphql = 'application/graphql-response+json'
const json = 'application/json'

describe('the media type of an answer', () => {
  test.each([
    [undefined, graphql, json],
    ['', graphql, json],
    ['*/*', graphql, json],
    ['application/*', graphql, json],
    [json, json, json],
    [graphql, graphql, graphql],
    [`${graphql}, ${json};q=0.9`, graphql, graphql],
    [`${json}, ${graphql}`, graphql, graphql],
    [`${json}, ${graphql};q=0.5`, graphql, json],
    [`${graphql};q=0.5, */*;q=0.1`, graphql, graphql],
    [`${graphql};q=0, ${json}`, json, json],
    [`${json};q=0, */*`, graphql, graphql],
    ['text/html', graphql, json],
    [`${json};q=onzin`, graphql, json],
  ])('for who accepts %p is %s by RFC0040 and %s by the standard', (accept, iwlz, standard) => {
    expect([mediaTypeFor(accept, 'iwlz'), mediaTypeFor(accept, 'standard')]).toEqual([iwlz, standard])
  })
})

describe('strictAccept', () => {
  const face = { graphql: { ...plainFace.graphql, strictAccept: true } }

  test.each([json, 'text/html', `${graphql};q=0`, `${graphql};q=0, */*`])('refuses who accepts %s', (accept) => {
    expect(refusalOf(() => requireAcceptable(accept, face)).code).toBe('request.not_acceptable')
    expect(() => requireAcceptable(accept, plainFace)).not.toThrow()
  })

  test.each([undefined, '*/*', 'application/*;q=0.1', graphql])('lets who accepts %p through', (accept) => {
    expect(() => requireAcceptable(accept, face)).not.toThrow()
  })
})
