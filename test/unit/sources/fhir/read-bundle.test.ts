import { describe, expect, test } from '@jest/globals'
import { readBundle, requireMatch } from '../../../../node/sources/fhir/read-bundle.js'
import { parseCall, readCall } from '../../../../node/sources/fhir/read-call.js'
import { bsnOf, exampleTemplate, firstBsn } from '../../../support/fhir-example.js'
import { refusalOf } from '../../../support/refusals.js'

const base = 'https://dossier.intern/fhir'
const { plan } = readCall(
  parseCall({
    type: 'Condition',
    parameters: [
      ['patient.identifier', bsnOf(firstBsn)],
      ['clinical-status', 'active'],
      ['_include', 'Condition:asserter'],
      ['_revinclude', 'Provenance:target'],
    ],
    base: 'https://node.example.nl/fhir',
    reader: 'did:web:a',
  }),
  [exampleTemplate({ revinclude: [{ value: 'Provenance:target', type: 'Provenance', elements: ['recorded'] }] })],
  'dossier',
)

const match = (changes: object = {}) => ({
  resource: {
    resourceType: 'Condition',
    id: 'c-1',
    subject: { reference: 'Patient/p-1' },
    category: [{ coding: [{ code: 'problem-list-item' }] }],
    clinicalStatus: { coding: [{ system: 'urn:x', code: 'active' }] },
    asserter: { reference: 'Practitioner/d-1' },
    ...changes,
  },
  search: { mode: 'match' },
})
const included = (resource: object) => ({ resource, search: { mode: 'include' } })
const bundle = (entry: unknown, changes: object = {}) => ({
  resourceType: 'Bundle',
  type: 'searchset',
  total: 1,
  entry,
  ...changes,
})
const read = (answer: object) => readBundle(answer as ReturnType<typeof bundle>, plan, 'Patient/p-1', base)

describe('a searchset of the server', () => {
  test('is taken when everything in it was asked and belongs to the person', () => {
    const found = read(
      bundle([
        match(),
        match({ id: 'c-2', subject: { reference: `${base}/Patient/p-1` } }),
        match({ id: 'c-3', subject: { reference: 'Patient/p-1/_history/2' } }),
        included({ resourceType: 'Practitioner', id: 'd-1' }),
        included({
          resourceType: 'Provenance',
          id: 'v-1',
          target: [{ reference: 'Condition/c-1' }],
          patient: { reference: 'Patient/p-1' },
        }),
        { resource: { resourceType: 'OperationOutcome', id: 'o', issue: [] }, search: { mode: 'outcome' } },
      ]),
    )
    expect(found.entries.map(({ resource, mode }) => `${mode} ${resource.resourceType}/${resource.id}`)).toEqual([
      'match Condition/c-1',
      'match Condition/c-2',
      'match Condition/c-3',
      'include Practitioner/d-1',
      'include Provenance/v-1',
    ])
    expect([found.total, found.next]).toEqual([1, undefined])
    expect(read(bundle(undefined)).entries).toEqual([])
  })

  test.each<readonly [string, object]>([
    ['is no Bundle', { resourceType: 'Condition' }],
    ['is another kind of Bundle', bundle([], { type: 'batch-response' })],
    ['has entries that are no list', bundle({ resource: match().resource })],
    ['has an entry without a resource', bundle([{ search: { mode: 'match' } }])],
    ['has an entry without an id', bundle([match({ id: undefined })])],
    ['has an entry with an id with a path', bundle([match({ id: '../x' })])],
    ['has an entry in another mode', bundle([{ ...match(), search: { mode: 'other' } }])],
    ['has a match of another type', bundle([match({ resourceType: 'Observation' })])],
    ['has a match about somebody else', bundle([match(), match({ subject: { reference: 'Patient/p-2' } })])],
    ['has a match about somebody whose id begins alike', bundle([match({ subject: { reference: 'Patient/p-11' } })])],
    ['has a match about nobody', bundle([match({ subject: undefined })])],
    ['has a match about a group', bundle([match({ subject: { reference: 'Group/p-1' } })])],
    [
      'has a match about a Patient at another server',
      bundle([match({ subject: { reference: 'https://elders.example/fhir/Patient/p-1' } })]),
    ],
    [
      'has a match about a Patient inside it',
      bundle([match({ subject: { reference: '#p' }, contained: [{ resourceType: 'Patient', id: 'p' }] })]),
    ],
    ['has a match about a person by number only', bundle([match({ subject: { identifier: { value: '1' } } })])],
    ['has a match of another category', bundle([match({ category: [{ coding: [{ code: 'encounter-diagnosis' }] }] })])],
    ['has a match with another status', bundle([match({ clinicalStatus: { coding: [{ code: 'resolved' }] } })])],
    ['has a match without what was asked', bundle([match({ clinicalStatus: undefined })])],
    ['includes a type that was not asked', bundle([match(), included({ resourceType: 'Organization', id: 'd-1' })])],
    ['includes one that nothing refers to', bundle([match(), included({ resourceType: 'Practitioner', id: 'd-2' })])],
    [
      'includes another person',
      bundle([match({ note: { reference: 'Patient/p-2' } }), included({ resourceType: 'Patient', id: 'p-2' })]),
    ],
    ...['subject', 'patient'].map((element): readonly [string, object] => [
      `includes what is about another person by its ${element}`,
      bundle([
        match(),
        included({
          resourceType: 'Provenance',
          id: 'v',
          target: [{ reference: 'Condition/c-1' }],
          [element]: { reference: `${base}/Patient/p-2` },
        }),
      ]),
    ]),
    ['includes more matches', bundle([match(), included(match({ id: 'c-9' }).resource)])],
    [
      'includes what refers to another',
      bundle([match(), included({ resourceType: 'Provenance', id: 'v', target: [{ reference: 'Condition/c-9' }] })]),
    ],
  ])('is not used at all when it %s', (_what, answer) => {
    const refusal = refusalOf(() => read(answer))
    expect([refusal.code, refusal.notes]).toEqual(['source.failed', []])
  })

  test('is a number alone where that was asked, and not used when resources come with it', () => {
    const search = { ...plan.search, countOnly: true }
    const count = (answer: object) =>
      readBundle(answer as ReturnType<typeof bundle>, { ...plan, search }, 'Patient/p-1', base)
    expect(count(bundle(undefined, { total: 7 }))).toMatchObject({ entries: [], total: 7 })
    expect(refusalOf(() => count(bundle([match()]))).code).toBe('source.failed')
  })

  test('goes on below the base of the server only', () => {
    const next = (url: unknown) =>
      read(
        bundle([], {
          link: [
            { relation: 'self', url: 'x' },
            { relation: 'next', url },
          ],
        }),
      ).next
    expect(next(`${base}?_getpages=a-b&_count=20`)).toBe('?_getpages=a-b&_count=20')
    expect(next(`${base}/Condition?patient=Patient/p-1&page=2`)).toBe('/Condition?patient=Patient/p-1&page=2')
    expect(next('?page=2')).toBe('?page=2')
    for (const url of [
      'https://elders.example/fhir?page=2',
      `${base}.elders.example/x`,
      `${base}/../admin`,
      `${base}//elders.example/`,
      `${base}/x?a=\r\nb`,
      `${base}?${'x'.repeat(3000)}`,
      'file:///etc/passwd',
      base,
      42,
    ])
      expect(refusalOf(() => next(url)).code).toBe('source.failed')
  })
})

describe('a record of the server', () => {
  const named = (interaction: 'read' | 'vread', resource: object, version?: string) => {
    const call = parseCall({
      type: 'Condition',
      interaction,
      id: 'c-1',
      ...(version === undefined ? {} : { versionId: version }),
      base: 'https://node.example.nl/fhir',
      reader: 'did:web:a',
    })
    const template = exampleTemplate({ interaction, parameters: {}, sort: {}, include: [] })
    const read = readCall(call, [template], 'dossier').plan
    return () => requireMatch({ ...match(resource).resource }, read, 'Patient/p-1', base)
  }

  test('is the one that was asked, in the version that was asked', () => {
    for (const good of [named('read', {}), named('vread', {}, '3'), named('vread', { meta: { versionId: '3' } }, '3')])
      expect(good).not.toThrow()
  })

  test.each([
    ['another id', named('read', { id: 'c-2' })],
    ['no id', named('read', { id: undefined })],
    ['another version', named('vread', { meta: { versionId: '4' } }, '3')],
    ['another person', named('read', { subject: { reference: 'Patient/p-2' } })],
  ])('is not used with %s', (_what, attempt) => {
    expect(refusalOf(attempt).code).toBe('source.failed')
  })
})
