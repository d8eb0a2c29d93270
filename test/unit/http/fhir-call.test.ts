import { describe, expect, test } from '@jest/globals'
import { parseWrittenCall } from '../../../node/http/fhir-call.js'
import { refusalOf } from '../../support/refusals.js'

const get = (url: string) => parseWrittenCall({ method: 'GET', url })

describe('a call that is written down', () => {
  test.each([
    ['Condition/c-1', { interaction: 'read', type: 'Condition', id: 'c-1', parameters: [], inUrl: true }],
    ['/Condition/c-1?_format=json', { interaction: 'read', id: 'c-1', parameters: [['_format', 'json']] }],
    ['Condition/c-1/_history/2', { interaction: 'vread', id: 'c-1', versionId: '2' }],
    [
      'Condition?patient=p-1&code=a%7Cb',
      {
        interaction: 'search-type',
        inUrl: true,
        parameters: [
          ['patient', 'p-1'],
          ['code', 'a|b'],
        ],
      },
    ],
  ])('as GET %s is what the routes make of it', (url, call) => {
    expect(get(url)).toMatchObject(call)
  })

  test('as a search by POST has its parameters in the body', () => {
    const body = 'patient.identifier=http://fhir.nl/fhir/NamingSystem/bsn|999990019&_count=1'
    expect(parseWrittenCall({ method: 'POST', url: 'Condition/_search', body })).toEqual({
      interaction: 'search-type',
      type: 'Condition',
      parameters: [
        ['patient.identifier', 'http://fhir.nl/fhir/NamingSystem/bsn|999990019'],
        ['_count', '1'],
      ],
      inUrl: false,
    })
  })

  test.each([
    ['', '?_id=1'],
    ['an operation', 'Patient/p-1/$everything'],
    ['an operation on a type', 'Condition/$lastn'],
    ['history', 'Condition/c-1/_history'],
    ['something below a version', 'Condition/c-1/_history/1/2'],
    ['a search below a resource', 'Patient/p-1/Condition'],
    ['_search by GET', 'Condition/_search?patient=p-1'],
  ])('is not offered as %s', (_what, url) => {
    expect(refusalOf(() => get(url)).code).toBe('request.not_offered')
  })

  test('is not offered as POST to anything but _search', () => {
    for (const url of ['Condition', '', 'Condition/c-1', 'Condition/_search/x'])
      expect(refusalOf(() => parseWrittenCall({ method: 'POST', url })).code).toBe('request.not_offered')
  })

  test.each([
    ['a URL of its own', { method: 'GET', url: 'https://huisarts.voorbeeld.nl/fhir/Condition/c-1' }],
    ['the link to a next page', { method: 'GET', url: '?_page=abc' }],
    ['a body with GET', { method: 'GET', url: 'Condition', body: 'code=1' }],
    ['parameters in two places', { method: 'POST', url: 'Condition/_search?code=1', body: 'code=2' }],
    ['what is no UTF-8', { method: 'GET', url: 'Condition/%ff' }],
  ] as const)('is a bad one with %s', (_what, call) => {
    expect(refusalOf(() => parseWrittenCall(call)).code).toBe('request.bad_parameters')
  })
})
