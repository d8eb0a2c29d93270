import { readFileSync } from 'node:fs'
import { packageFile } from '../../node/kernel/package-root.js'
import { fhirTemplateSchema, type FhirTemplate } from '../../schemas/fhir/template.js'
import type { FhirRecord } from '../../scripts/demo/fhir-search.js'

/** What the practice of the demonstration has. */
export const fhirRecords = JSON.parse(
  readFileSync(packageFile('scripts', 'demo', 'seed', 'huisarts.json'), 'utf8'),
) as readonly FhirRecord[]

/** The numbers of its two patients. */
export const [firstBsn, secondBsn] = ['999990019', '999990135']
export const bsnOf = (bsn: string): string => `http://fhir.nl/fhir/NamingSystem/bsn|${bsn}`

/** A template of searches for Condition, with what a test changes. */
export function exampleTemplate(changes: Readonly<Record<string, unknown>> = {}): FhirTemplate {
  return fhirTemplateSchema.parse({
    name: 'problemen',
    interaction: 'search-type',
    type: 'Condition',
    person: { by: 'bsn', reference: true },
    elements: ['clinicalStatus', 'code', 'subject', 'recordedDate', 'category', 'asserter'],
    parameters: {
      'clinical-status': { element: 'clinicalStatus', type: 'token', alternatives: 2, modifiers: ['not'] },
      code: { element: 'code', type: 'token' },
      'recorded-date': { element: 'recordedDate', type: 'date', prefixes: ['ge', 'le'], repeats: 2 },
    },
    always: { category: { element: 'category', value: 'problem-list-item' } },
    include: [{ value: 'Condition:asserter', type: 'Practitioner', elements: ['name'] }],
    sort: { 'recorded-date': 'recordedDate' },
    count: { default: 20, max: 50 },
    ...changes,
  })
}
