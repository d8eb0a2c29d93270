import { createCursors } from '../../node/sources/fhir/cursor.js'
import { createFhirSource } from '../../node/sources/fhir/fhir-source.js'
import { createFixedClock } from '../../node/kernel/clock.js'
import { findResources } from '../../scripts/demo/fhir-search.js'
import type { Resource } from '../../node/sources/fhir/references.js'
import { bsnOf, exampleTemplate, fhirRecords, firstBsn, secondBsn } from '../support/fhir-example.js'
import { describeDataSource } from './data-source.js'

const base = 'https://dossier.intern/r4'
const ask = (bsn: string): unknown => ({
  type: 'Condition',
  parameters: [
    ['patient.identifier', bsnOf(bsn)],
    ['clinical-status', 'active'],
  ],
  base: 'https://node.example.nl/sources/ciz/dossier/fhir',
  reader: 'did:web:example.org',
})

describeDataSource('a FHIR server elsewhere', () => {
  let reads = 0
  const source = createFhirSource({
    name: 'dossier',
    party: 'ciz',
    templates: [
      exampleTemplate({ elements: ['category', 'clinicalStatus', 'code', 'recordedDate', 'subject'], include: [] }),
    ],
    base,
    cursors: createCursors({ clock: createFixedClock(0), key: Buffer.alloc(32, 1), context: 'x' }),
    ask: {
      read: () => Promise.resolve(undefined),
      search(type, parameters) {
        reads += 1
        return Promise.resolve(findResources({ base, type, parameters, records: fhirRecords })?.body as Resource)
      },
      page: () => Promise.reject(new Error('there are no pages')),
    },
  })
  return Promise.resolve({
    source,
    body: ask(firstBsn),
    otherBody: ask(secondBsn),
    place: 'entry.resource',
    cannotShow: true,
    badBody: 'source.bad_request',
    reads: () => reads,
  })
})
