import type { FhirRecord } from '../demo/fhir-search.js'

/** The patient of the file; the number is one for tests. */
export const filePatient = { id: 'p-1', bsn: '999990019', system: 'http://fhir.nl/fhir/NamingSystem/bsn' } as const
/** One of the problems in it. */
export const fileProblem = 'c-1'

const meta = { versionId: '1', lastUpdated: '2026-10-01T08:00:00Z' }
const listed = 'http://terminology.hl7.org/CodeSystem/condition-category'
const clinical = 'http://terminology.hl7.org/CodeSystem/condition-clinical'
const problems = 20

/** A made-up patient with a problem list as long as that of an old one. */
export function createPatientFile(): readonly FhirRecord[] {
  const patient = {
    resourceType: 'Patient',
    id: filePatient.id,
    meta,
    identifier: [{ system: filePatient.system, value: filePatient.bsn }],
    name: [{ family: 'Voorbeeld', given: ['Vera'] }],
    birthDate: '1941-03-02',
  }
  const conditions = Array.from({ length: problems }, (_, at) => ({
    resourceType: 'Condition',
    id: `c-${String(at + 1)}`,
    meta,
    identifier: [{ system: 'urn:praktijk:episode', value: String(4000 + at) }],
    clinicalStatus: { coding: [{ system: clinical, code: 'active' }] },
    category: [{ coding: [{ system: listed, code: 'problem-list-item' }] }],
    code: { coding: [{ system: 'http://hl7.org/fhir/sid/icpc-1-nl', code: 'K77' }], text: `Aandoening ${String(at)}` },
    subject: { reference: `Patient/${filePatient.id}` },
    onsetDateTime: '2021-05-10',
    recordedDate: '2021-05-11',
    note: [{ text: 'Een aantekening die de praktijk voor zichzelf heeft gemaakt, en die hier niet weggaat.' }],
  }))
  return [patient, ...conditions]
}
