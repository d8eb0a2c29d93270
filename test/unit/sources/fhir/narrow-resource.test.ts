import { describe, expect, test } from '@jest/globals'
import { parseResource, writeResource } from '../../../../node/sources/fhir/decimals.js'
import { narrowResource } from '../../../../node/sources/fhir/narrow-resource.js'
import { writeOut } from '../../../../node/sources/fhir/write-answer.js'
import { refusalOf } from '../../../support/refusals.js'

const leaving = new Map([
  ['Condition', new Set(['code', 'birthDate', 'contained'])],
  ['Medication', new Set(['code'])],
])

describe('what leaves of a resource', () => {
  test('are the elements that may, with what stands beside their values, and a mark that there is more', () => {
    const resource = {
      resourceType: 'Condition',
      id: 'c-1',
      meta: { versionId: '3', lastUpdated: '2026-01-01T00:00:00Z', source: 'http://intern', tag: [{ code: 'eigen' }] },
      text: { div: '<div>naam</div>' },
      code: { text: 'a' },
      birthDate: '1941',
      _birthDate: { extension: [] },
      _note: { extension: [] },
      extension: [{ url: 'x' }],
      modifierExtension: [{ url: 'y' }],
      doNotPerform: true,
      note: [{ text: 'b' }],
    }
    expect(narrowResource(resource, leaving)).toEqual({
      resourceType: 'Condition',
      id: 'c-1',
      meta: {
        versionId: '3',
        lastUpdated: '2026-01-01T00:00:00Z',
        tag: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'SUBSETTED' }],
      },
      code: { text: 'a' },
      birthDate: '1941',
      _birthDate: { extension: [] },
      modifierExtension: [{ url: 'y' }],
      doNotPerform: true,
    })
    expect(narrowResource({ resourceType: 'Condition', id: 'c', code: 1 }, leaving)).toEqual({
      resourceType: 'Condition',
      id: 'c',
      code: 1,
    })
  })

  test('is what it contains as its own type leaves, and never a person', () => {
    const holding = (each: unknown) => ({ resourceType: 'Condition', id: 'c', contained: [each] })
    const kept = narrowResource(holding({ resourceType: 'Medication', id: 'm', code: 1, batch: 2 }), leaving)
    expect(kept['contained']).toMatchObject([{ id: 'm', code: 1 }])
    expect(JSON.stringify(kept)).not.toContain('batch')
    for (const each of [{ resourceType: 'Patient', id: 'p' }, { resourceType: 'Group', id: 'g' }, 'x'])
      expect(refusalOf(() => narrowResource(holding(each), leaving)).code).toBe('source.failed')
  })

  test('keeps its decimals as they were written', () => {
    const text = '{"a":1.50,"b":-0.10e3,"c":123456789012345678901234,"d":"1.50","e":[1,2.0],"f":"x\\"1.5"}'
    expect(writeResource(parseResource(text))).toBe(text)
    for (const one of ['{"a":1.0}', '{"a":[ 1e2]}', '{"a":\n-100000000000000000}', '[0, 9007199254740993]', '1.50'])
      expect(writeResource(parseResource(one))).toBe(one.replaceAll(/\s/g, ''))
    for (const one of ['{"a":12,"b":"1.50"}', '{"a":"x, 1.50"}', '[0,-1,true]'])
      expect(writeResource(parseResource(one))).toBe(one)
    expect(refusalOf(() => parseResource('{"a":"\ue0001.5"}')).code).toBe('json.forbidden_text')
    expect(refusalOf(() => parseResource('{"a":"\\ue0001.5"}')).code).toBe('json.forbidden_text')
    expect(refusalOf(() => parseResource('{"a":1.5.1}')).code).toBe('json.malformed')
  })

  test('names no address of the server', () => {
    const value = { a: 'http://10.0.0.5:8080/fhir/Patient/p-1', b: 'zie http://10.0.0.5:8080/bijlage/1 en verder' }
    const text = writeOut(value, 'http://10.0.0.5:8080/fhir', 'https://node.example.nl/sources/h/d/fhir')
    expect(text).not.toContain('10.0.0.5')
    expect(text).toContain('https://node.example.nl/sources/h/d/fhir/Patient/p-1')
  })
})
