import { describe, expect, test } from '@jest/globals'
import { parseCall, readCall } from '../../../../node/sources/fhir/read-call.js'
import { bsnOf, exampleTemplate, firstBsn, secondBsn } from '../../../support/fhir-example.js'
import { refusalOf } from '../../../support/refusals.js'

const templates = [
  exampleTemplate(),
  exampleTemplate({ name: 'probleem', interaction: 'read', parameters: {}, sort: {}, include: [] }),
]
type Pairs = readonly (readonly [string, string])[]
const person = ['patient.identifier', bsnOf(firstBsn)] as const

function read(parameters: Pairs, changes: Readonly<Record<string, unknown>> = {}) {
  const call = { type: 'Condition', parameters, base: 'https://node.example.nl/fhir', reader: 'did:web:a', ...changes }
  return readCall(parseCall(call), templates, 'dossier')
}

describe('a search that a template has', () => {
  test('is a reading: elements are fields, parameters compare, the person is a filter', () => {
    const { request } = read([
      person,
      ['clinical-status', 'active,recurrence'],
      ['recorded-date', 'ge2020-01-01'],
      ['recorded-date', 'le2026-12-31'],
      ['_include', 'Condition:asserter'],
      ['_sort', '-recorded-date'],
    ])
    expect(request).toMatchObject({
      source: 'dossier',
      operation: 'problemen',
      filters: [{ path: 'bsn', operator: 'eq', value: firstBsn }],
      where: {
        kind: 'and',
        of: [
          { path: 'bsn', operator: 'eq', value: firstBsn },
          {
            path: 'clinicalStatus',
            field: 'Condition.clinicalStatus',
            operator: 'in',
            value: ['active', 'recurrence'],
          },
          { path: 'recordedDate', operator: 'gte', value: '2020-01-01' },
          { path: 'recordedDate', operator: 'lte', value: '2026-12-31' },
        ],
      },
      order: [{ path: 'recordedDate', field: 'Condition.recordedDate', direction: 'DESC' }],
    })
    expect(request.fields).toEqual([...new Set(request.fields)].sort())
    expect(request.fields).toEqual(expect.arrayContaining(['Condition.bsn', 'Condition.code', 'Practitioner.name']))
    expect(request.paths).toEqual(expect.arrayContaining(['code', 'practitioner', 'practitioner.name']))
  })

  test('names the person by number or by the id of the Patient, in both spellings', () => {
    expect(read([person]).plan.person).toEqual({ bsn: firstBsn })
    expect(read([['patient', 'Patient/p-1']]).plan.person).toEqual({ patient: 'p-1' })
    expect(read([['patient', 'p-1']]).plan.person).toEqual({ patient: 'p-1' })
    expect(read([]).request.filters).toEqual([])
  })

  test('has the elements that it asks, and the number of resources that the template allows', () => {
    const { plan } = read([
      person,
      ['_elements', 'code,id'],
      ['_count', '4000'],
      ['_summary', 'false'],
      ['_format', 'json'],
    ])
    expect(plan.search).toMatchObject({ elements: ['code'], count: 50 })
    expect(read([person]).plan.search.count).toBe(20)
  })

  test('may say again what always holds', () => {
    expect(read([person, ['category', 'problem-list-item']]).plan.search.parameters).toEqual([])
  })

  test('is named by what it asks, without its values', () => {
    const one = read([person, ['code', 'K77']]).request.template
    expect(
      read([
        ['patient.identifier', bsnOf(secondBsn)],
        ['code', 'R95'],
      ]).request.template,
    ).toBe(one)
    expect(read([person]).request.template).not.toBe(one)
  })

  test('is read by a template that the token is for, when several have it', () => {
    const wide = exampleTemplate({
      name: 'ruim',
      elements: ['code', 'subject', 'note', 'clinicalStatus', 'recordedDate', 'category'],
    })
    const call = parseCall({ type: 'Condition', parameters: [person], base: 'b', reader: 'r', operations: ['ruim'] })
    expect(readCall(call, [...templates, wide], 'dossier').request.operation).toBe('ruim')
  })
})

describe('a search is refused', () => {
  const secret = '999990263'
  test.each<readonly [string, Pairs, string?]>([
    ['with a parameter that no template has', [person, ['severity', secret]]],
    ['with a chain', [person, ['asserter.name', 'x']]],
    ['with a chain to another person', [person, ['patient.name', 'x']]],
    ['with a chain of the person that is longer', [['patient.link.identifier', bsnOf(firstBsn)]]],
    ['with a typed chain', [['patient:Patient.identifier', bsnOf(firstBsn)]]],
    ['with a modifier on the person', [['patient:identifier', bsnOf(firstBsn)]]],
    ['with missing on the person', [['patient:missing', 'true']]],
    ['with a reverse chain', [person, ['_has:Observation:patient:code', '1']]],
    ['with _has', [person, ['_has', '1']]],
    ['with _filter', [person, ['_filter', 'code eq 1']]],
    ['with _query', [person, ['_query', 'all']]],
    ['with _text', [person, ['_text', 'x']]],
    ['with _content', [person, ['_content', 'x']]],
    ['with _list', [person, ['_list', '42']]],
    ['with _type', [person, ['_type', 'Patient,Observation']]],
    ['with _contained', [person, ['_contained', 'both']]],
    ['with _lastUpdated', [person, ['_lastUpdated', 'ge2020']]],
    ['with _id', [person, ['_id', 'c-5']]],
    ['with _profile', [person, ['_profile', 'http://x']]],
    ['with _security', [person, ['_security', 'x']]],
    ['with _include of everything', [person, ['_include', '*']]],
    ['with _include of another', [person, ['_include', 'Condition:subject']]],
    ['with _include that goes on', [person, ['_include:iterate', 'Condition:asserter']]],
    ['with _include that recurses', [person, ['_include:recurse', 'Condition:asserter']]],
    ['with _revinclude', [person, ['_revinclude', 'Provenance:target']]],
    ['with _revinclude of everything', [person, ['_revinclude', '*']]],
    ['with a modifier that the template has not', [person, ['code:not', 'x']]],
    ['with text', [person, ['code:text', 'x']]],
    ['with in', [person, ['code:in', 'http://x']]],
    ['with below', [person, ['code:below', 'x']]],
    ['with missing', [person, ['code:missing', 'true']]],
    ['with two modifiers', [person, ['clinical-status:not:not', 'active']]],
    ['with a name of every object', [person, ['constructor', 'x']]],
    ['with the name of a prototype', [person, ['hasOwnProperty:not', 'x']]],
    ['with an empty name', [person, ['', 'x']]],
    ['with a name in capitals', [person, ['CODE', 'x']]],
    ['with a name with a space behind it', [person, ['code ', 'x']]],
    ['with too many alternatives', [person, ['clinical-status', 'a,b,c']]],
    ['with alternatives where none may be', [person, ['code', 'a,b']]],
    ['with a parameter too often', [person, ['code', 'a'], ['code', 'b']]],
    ['with another value of what always holds', [person, ['category', 'encounter-diagnosis']]],
    ['with a modifier of what always holds', [person, ['category:not', 'problem-list-item']]],
    ['with a comparison that it has not', [person, ['recorded-date', 'sa2020-01-01']]],
    ['with a comparison that turns around', [person, ['recorded-date', 'ne2020-01-01']]],
    ['by another order', [person, ['_sort', 'code']]],
    ['by an order of many', [person, ['_sort', '-recorded-date,-_lastUpdated']]],
    ['with another element', [person, ['_elements', 'code,note']]],
    ['with every element', [person, ['_elements', '*']]],
    ['with a count of all', [person, ['_summary', 'count']]],
    ['with a summary', [person, ['_summary', 'true']]],
    ['with another system of the person', [['patient.identifier', `urn:x|${firstBsn}`]]],
    ['with any system of the person', [['patient.identifier', firstBsn]]],
    ['for persons with a comma', [['patient.identifier', `${bsnOf(firstBsn)},${bsnOf(secondBsn)}`]]],
    ['with alternatives for the system', [['patient.identifier', `${bsnOf(firstBsn)}|x`]]],
  ])('%s: not supported', (_what, parameters) => {
    const refusal = refusalOf(() => read(parameters))
    expect([refusal.code, refusal.notes.length]).toEqual(['source.not_supported', 1])
    expect(refusal.notes.join()).not.toMatch(/\d{6}/)
  })

  test.each<readonly [string, Pairs]>([
    ['for two persons', [person, ['patient.identifier', bsnOf(secondBsn)]]],
    ['for one person twice', [person, person]],
    ['for a person in two ways', [person, ['patient', 'p-2']]],
    ['for Patients with a comma', [['patient', 'p-1,p-2']]],
    ['for a number that cannot exist', [['patient.identifier', bsnOf('123456789')]]],
    ['for no number', [['patient.identifier', bsnOf('')]]],
    ['for a Patient elsewhere', [['patient', 'https://elders.example/Patient/p-1']]],
    ['for what is no Patient', [['patient', 'Group/1']]],
    ['for a Patient with a path', [['patient', 'Patient/p-1/../p-2']]],
    ['for a version of a Patient', [['patient', 'Patient/p-1/_history/1']]],
    ['with a Patient above the others', [['patient', 'Patient/..']]],
    ['with a day that is none', [person, ['recorded-date', 'ge2026-02-30']]],
    ['with a date with more behind it', [person, ['recorded-date', 'ge2026-02-03&patient=p-2']]],
    ['with a token with a backslash', [person, ['code', 'K77\\']]],
    ['with an empty token', [person, ['code', '']]],
    ['with an alternative that is empty', [person, ['clinical-status', 'active,']]],
    ['with a line break', [person, ['code', 'K77\nX-Header: 1']]],
    ['with a count of nothing', [person, ['_count', '0']]],
    ['with a count below nothing', [person, ['_count', '-1']]],
    ['with a count in words', [person, ['_count', 'all']]],
    ['with two counts', [person, ['_count', '1'], ['_count', '500']]],
    ['with two orders', [person, ['_sort', 'recorded-date'], ['_sort', '-recorded-date']]],
    ['with two formats', [person, ['_format', 'json'], ['_format', 'xml']]],
  ])('%s: malformed', (_what, parameters) => {
    const refusal = refusalOf(() => read(parameters))
    expect(refusal.code).toBe('source.bad_request')
    expect(refusal.notes.join()).not.toMatch(/\d{6}/)
  })

  test.each(['.', '..', 'a/b', 'c 1', ''])('of the id %j: malformed, because it would be another place', (id) => {
    for (const call of [{ id }, { id: 'c-1', versionId: id, interaction: 'vread' }]) {
      const versions = [
        ...templates,
        exampleTemplate({ name: 'v', interaction: 'vread', parameters: {}, sort: {}, include: [] }),
      ]
      const asked = parseCall({ interaction: 'read', type: 'Condition', base: 'b', reader: 'r', ...call })
      expect(refusalOf(() => readCall(asked, versions, 'dossier')).code).toBe('source.bad_request')
    }
  })

  test('without a parameter that is required, and not with it', () => {
    const strict = [exampleTemplate({ parameters: { code: { element: 'code', type: 'token', required: true } } })]
    const call = (parameters: Pairs) => parseCall({ type: 'Condition', parameters, base: 'b', reader: 'r' })
    expect(refusalOf(() => readCall(call([person]), strict, 's')).notes).toEqual(['code: is required'])
    expect(readCall(call([person, ['code', 'K77']]), strict, 's').request.operation).toBe('problemen')
  })

  test('with a value that is not one of those that may be', () => {
    const strict = [exampleTemplate({ parameters: { code: { element: 'code', type: 'token', values: ['K77'] } } })]
    const call = (code: string) =>
      parseCall({ type: 'Condition', parameters: [person, ['code', code]], base: 'b', reader: 'r' })
    expect(refusalOf(() => readCall(call('R95'), strict, 's')).code).toBe('source.not_supported')
    expect(readCall(call('K77'), strict, 's').request.operation).toBe('problemen')
  })

  test('by an id of a Patient where the template wants the number, and the other way round', () => {
    const [number, id] = [exampleTemplate({ person: { by: 'bsn' } }), exampleTemplate({ person: { by: 'patient' } })]
    const call = (parameters: Pairs) => parseCall({ type: 'Condition', parameters, base: 'b', reader: 'r' })
    expect(refusalOf(() => readCall(call([['patient', 'p-1']]), [number], 's')).code).toBe('source.not_supported')
    expect(refusalOf(() => readCall(call([person]), [id], 's')).code).toBe('source.not_supported')
    expect(readCall(call([['patient', 'p-1']]), [id], 's').request.filters).toEqual([
      { path: 'patient', operator: 'eq', value: 'p-1' },
    ])
  })

  test('with a number of a person in a URL, wherever it stands there', () => {
    for (const parameters of [[person], [['code', `x-${firstBsn}`]], [[firstBsn, 'x']]] as readonly Pairs[])
      expect(refusalOf(() => read(parameters, { inUrl: true })).code).toBe('request.bad_parameters')
    const inPath = { interaction: 'read', id: firstBsn, inUrl: true }
    expect(refusalOf(() => read([], inPath)).code).toBe('request.bad_parameters')
    expect(read([['patient', 'p-1']], { inUrl: true }).plan.person).toEqual({ patient: 'p-1' })
  })

  test('for a type that no template has, and for an interaction that no template of the type has', () => {
    expect(refusalOf(() => read([person], { type: 'Observation' })).code).toBe('source.type_unknown')
    expect(refusalOf(() => read([person], { type: 'condition' })).code).toBe('source.type_unknown')
    expect(refusalOf(() => read([], { interaction: 'vread', id: 'c-1', versionId: '1' })).code).toBe(
      'request.not_offered',
    )
  })

  test('when it is no call, or a very large one', () => {
    for (const body of [null, 'x', {}, { type: 1 }, { query: '{ a }' }])
      expect(refusalOf(() => parseCall(body)).code).toBe('source.bad_request')
    const many = Array.from({ length: 65 }, () => ['code', 'x'])
    expect(refusalOf(() => read(many as unknown as Pairs)).code).toBe('source.bad_request')
  })
})

describe('a read', () => {
  const one = { interaction: 'read', id: 'c-1', inUrl: true }
  test('is by a template of its own, and may ask fewer elements', () => {
    expect(read([], one).request).toMatchObject({ operation: 'probleem', filters: [] })
    expect(read([['_elements', 'code']], one).plan.search.elements).toEqual(['code'])
  })

  test.each<readonly [string, Pairs, Readonly<Record<string, unknown>>]>([
    ['with a search parameter', [['code', 'K77']], one],
    ['with a person', [['patient', 'p-1']], one],
    ['with an include', [['_include', 'Condition:asserter']], one],
    ['with a count', [['_count', '1']], one],
    ['with an id with a path', [], { ...one, id: '../Patient' }],
    ['with an id that is too long', [], { ...one, id: 'x'.repeat(65) }],
  ])('is refused %s', (_what, parameters, changes) => {
    expect(refusalOf(() => read(parameters, changes)).code).toMatch(/^source\.(not_supported|bad_request)$/)
  })
})
