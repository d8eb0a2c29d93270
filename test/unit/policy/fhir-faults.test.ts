import { describe, expect, test } from '@jest/globals'
import { faultsOfFhir } from '../../../node/policy/fhir-faults.js'
import type { FhirParameter, FhirTemplate } from '../../../schemas/fhir/template.js'
import type { PackData, RuleData } from '../../../schemas/pack.js'
import { findPack } from '../../support/pack-questions.js'

const original = findPack('patientsamenvatting')

function withTemplate(name: string, change: (template: FhirTemplate) => Partial<FhirTemplate>): PackData {
  const { fhir } = original
  if (fhir === undefined) throw new Error('the pack has no templates')
  const templates = fhir.templates.map((each) => (each.name === name ? { ...each, ...change(each) } : each))
  return { ...original, fhir: { ...fhir, templates } }
}

/** The pack with another `code` among the search parameters of its problems. */
function withParameter(code: Pick<FhirParameter, 'element' | 'type' | 'alternatives'>): PackData {
  return withTemplate('problemen', ({ parameters }) => ({
    parameters: { ...parameters, code: { modifiers: [], prefixes: [], required: false, repeats: 1, ...code } },
  }))
}

function withWat(id: string, wat: Partial<RuleData['wat']>): PackData {
  const rules = original.rules.map((rule) => (rule.id === id ? { ...rule, wat: { ...rule.wat, ...wat } } : rule))
  return { ...original, rules }
}

describe('the templates of a pack', () => {
  test('of ours are good', () => {
    expect(faultsOfFhir(original)).toEqual([])
    expect(faultsOfFhir(findPack('indicatieregister'))).toEqual([])
  })

  test.each<readonly [string, PackData, string]>([
    [
      'that are not there',
      { ...original, fhir: undefined },
      'fhir: a pack has templates exactly when its schema is fhir-r4',
    ],
    [
      'for a register',
      { ...original, schema: 'indicatieregister-2' },
      'fhir: a pack has templates exactly when its schema is fhir-r4',
    ],
    ['with one name', withTemplate('patient', () => ({ name: 'medicatie' })), 'medicatie: template is defined twice'],
    [
      'that nobody can use',
      withTemplate('patient', () => ({ name: 'ander' })),
      'ander: no rule is about this template, so nobody can use it',
    ],
    [
      'that hide the person',
      withTemplate('problemen', ({ elements }) => ({ elements: elements.filter((each) => each !== 'subject') })),
      'problemen: gives no subject, by which a reader sees whom it is about',
    ],
    [
      'that search by what is hidden',
      withTemplate('problemen', ({ elements }) => ({ elements: elements.filter((each) => each !== 'code') })),
      'problemen: searches by code, which it does not give',
    ],
    [
      'with a second way to the person',
      withTemplate('problemen', ({ parameters, always }) => ({
        parameters,
        always: { ...always, patient: { element: 'subject', value: 'x' } },
      })),
      'problemen: patient names the person already',
    ],
    [
      'with searching in a read',
      withTemplate('probleem', () => ({ sort: { code: 'code' } })),
      'probleem: a read has no search parameters, order or includes',
    ],
    [
      'with pages above the largest',
      withTemplate('medicatie', () => ({ count: { default: 60, max: 50 } })),
      'medicatie: count.default is above count.max',
    ],
    [
      'with alternatives of a day',
      withParameter({ element: 'recordedDate', type: 'date', alternatives: 2 }),
      'problemen: code has alternatives, which only tokens and uris can have',
    ],
    [
      'that name who has no number by a reference',
      withTemplate('problemen', ({ person }) => ({ person: { ...person, by: 'patient' } })),
      'problemen: person.reference is for those who are named by number',
    ],
  ])('are refused: %s', (_what, data, fault) => {
    expect(faultsOfFhir(data)).toContain(fault)
  })

  test.each([['token'], ['uri']] as const)('may have alternatives of a %s', (type) => {
    expect(faultsOfFhir(withParameter({ element: 'code', type, alternatives: 2 }))).toEqual([])
  })

  test('may find the person by the id of the Patient, as the one way', () => {
    const person = { by: 'patient', parameter: 'patient', element: 'subject', reference: false } as const
    expect(faultsOfFhir(withTemplate('problemen', () => ({ person })))).toEqual([
      'PROBLEMEN: does not require patient: who it is about would not matter',
      'PROBLEMEN: a FHIR source has no filter bsn',
    ])
  })

  test.each<readonly [string, PackData, string]>([
    ['about nothing', withWat('PROBLEMEN', { operation: 'weg' }), 'PROBLEMEN: there is no template weg'],
    [
      'about another type',
      withWat('PROBLEMEN', { type: 'Observation' }),
      'PROBLEMEN: problemen is of type Condition, not Observation',
    ],
    [
      'about anybody',
      withWat('PROBLEMEN', { filterRequired: [], filterEquals: {} }),
      'PROBLEMEN: does not require bsn: who it is about would not matter',
    ],
    [
      'with a filter of a register',
      withWat('PROBLEMEN', { filterRequired: ['bsn', 'code'] }),
      'PROBLEMEN: a FHIR source has no filter code',
    ],
    [
      'with conditions of a register',
      withWat('PROBLEMEN', { only: { equals: [] } }),
      'PROBLEMEN: only, own and nested are about registers: a FHIR server cannot show them',
    ],
    [
      'about an element that is not given',
      withWat('PROBLEMEN', { paths: { '': ['note'] } }),
      'PROBLEMEN: the template gives no note',
    ],
    [
      'about an element that is not given, by type',
      withWat('PROBLEMEN', { paths: undefined, fields: { Condition: ['code', 'note'] } }),
      'PROBLEMEN: the template gives no note',
    ],
  ])('have no rules %s', (_what, data, fault) => {
    expect(faultsOfFhir(data)).toContain(fault)
  })
})
