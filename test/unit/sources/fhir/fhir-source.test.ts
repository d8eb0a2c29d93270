import { expect, test } from '@jest/globals'
import { createFixedClock } from '../../../../node/kernel/clock.js'
import { Permit } from '../../../../node/policy/permit.js'
import { createCursors } from '../../../../node/sources/fhir/cursor.js'
import { createFhirSource } from '../../../../node/sources/fhir/fhir-source.js'
import type { Resource } from '../../../../node/sources/fhir/references.js'
import { bsnOf, exampleTemplate, firstBsn } from '../../../support/fhir-example.js'

const condition = (id: string, members: object) => ({
  resourceType: 'Condition',
  id,
  subject: { reference: 'Patient/p-1' },
  category: [{ coding: [{ code: 'problem-list-item' }] }],
  code: { text: 'code' },
  note: [{ text: 'note' }],
  ...members,
})
const answers: Readonly<Record<string, readonly object[]>> = {
  Patient: [{ resource: { resourceType: 'Patient', id: 'p-1', identifier: [identifierOf(firstBsn)] } }],
  Condition: [
    { resource: condition('c-1', { evidence: [{ detail: [{ reference: 'Condition/c-2' }] }] }) },
    { resource: condition('c-2', {}), search: { mode: 'include' } },
  ],
}

function identifierOf(bsn: string): object {
  const [system, value] = bsnOf(bsn).split('|')
  return { system, value }
}

test('what accompanies a match of its own type leaves with its own elements, and the match with those of matches', async () => {
  const source = createFhirSource({
    name: 'dossier',
    party: 'ciz',
    templates: [
      exampleTemplate({ include: [{ value: 'Condition:evidence-detail', type: 'Condition', elements: ['note'] }] }),
    ],
    base: 'https://dossier.intern/r4',
    cursors: createCursors({ clock: createFixedClock(0), key: Buffer.alloc(32, 1), context: 'x' }),
    ask: {
      read: () => Promise.resolve(undefined),
      search: (type): Promise<Resource> =>
        Promise.resolve({ resourceType: 'Bundle', type: 'searchset', entry: answers[type] }),
      page: () => Promise.reject(new Error('there are no pages')),
    },
  })
  const request = source.parse({
    type: 'Condition',
    parameters: [
      ['patient.identifier', bsnOf(firstBsn)],
      ['_include', 'Condition:evidence-detail'],
    ],
    base: 'https://node.example.nl/sources/ciz/dossier/fhir',
    reader: 'did:web:example.org',
  })
  const permit = Permit.from(
    [
      {
        requester: { did: 'did:web:example.org', claims: {} },
        action: 'QUERY',
        resource: { ...request, party: 'ciz' },
        context: { scopes: [], time: 0 },
      },
    ],
    [{ permitted: true, rule: 'x', reasons: [], purpose: 'x', grondslag: undefined, weighed: [] }],
  )
  const { data } = await source.read(permit, request)
  const { entry } = JSON.parse(data) as { entry: readonly { resource: Readonly<Record<string, unknown>> }[] }
  const elements = entry.map(({ resource }) => ['code', 'note'].filter((name) => name in resource))
  expect(elements).toEqual([['code'], ['note']])
})
