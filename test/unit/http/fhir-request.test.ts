import { describe, expect, test } from '@jest/globals'
import { chooseFhirType, isCurrent } from '../../../node/http/fhir-request.js'
import { refusalOf } from '../../support/refusals.js'

const fhir = 'application/fhir+json'

describe('the form of an answer', () => {
  test.each([
    [undefined, fhir],
    ['', fhir],
    ['*/*', fhir],
    ['application/fhir+json;fhirVersion=4.0', fhir],
    ['application/fhir+json; fhirVersion="4.0.1"', fhir],
    ['application/json', 'application/json'],
    ['application/fhir+xml, application/json;q=0.5', 'application/json'],
    ['application/fhir+json; fhirVersion=3.0, application/fhir+json; fhirVersion=4.0', fhir],
    ['application/fhir+xml; fhirVersion=5.0, */*;q=0.1', fhir],
  ])('for Accept %j is %s', (accept, type) => {
    expect(chooseFhirType(accept, [])).toBe(type)
  })

  test.each([
    'application/fhir+xml',
    'text/html',
    'application/fhir+json; fhirVersion=5.0',
    'application/fhir+json;q=0',
  ])('is none for Accept %j', (accept) => {
    expect(refusalOf(() => chooseFhirType(accept, [])).code).toBe('request.not_acceptable')
  })

  test.each(['json', 'application/json', 'application/fhir+json', 'application/fhir json; fhirVersion=4.0', 'JSON'])(
    'goes by _format=%s before the header',
    (format) => {
      expect(chooseFhirType('application/fhir+xml', [['_format', format]])).toBe(fhir)
    },
  )

  test.each(['xml', 'ttl', 'application/fhir+xml', 'application/fhir+json; fhirVersion=3.0', ''])(
    'is none for _format=%s',
    (format) => {
      expect(refusalOf(() => chooseFhirType(undefined, [['_format', format]])).code).toBe('request.not_acceptable')
    },
  )
})

describe('what a caller has of a record', () => {
  const version = { etag: 'W/"3"', lastModified: 'Mon, 12 Oct 2026 09:30:00 GMT' }
  const having = (headers: Readonly<Record<string, string>>, of: Parameters<typeof isCurrent>[1] = version) =>
    isCurrent({ header: (name) => headers[name] }, of)

  test('is still good by its tag, weak or not, and by any', () => {
    for (const known of ['W/"3"', '"3"', '"1", W/"3"', '*']) expect(having({ 'if-none-match': known })).toBe(true)
    for (const known of ['W/"2"', '3', '']) expect(having({ 'if-none-match': known })).toBe(false)
  })

  test('is judged by its time only where no tag is sent', () => {
    const since = { 'if-modified-since': 'Tue, 13 Oct 2026 00:00:00 GMT' }
    expect(having(since)).toBe(true)
    expect(having({ 'if-modified-since': 'Mon, 12 Oct 2026 09:29:59 GMT' })).toBe(false)
    expect(having({ 'if-modified-since': 'gisteren' })).toBe(false)
    expect(having({ ...since, 'if-none-match': 'W/"2"' })).toBe(false)
  })

  test('is not known to be good where the server says no version', () => {
    const none = { etag: undefined, lastModified: undefined }
    expect(having({ 'if-none-match': '*' }, none)).toBe(false)
    expect(having({ 'if-modified-since': 'Tue, 13 Oct 2026 00:00:00 GMT' }, none)).toBe(false)
  })
})
