import { beforeEach, describe, expect, test } from '@jest/globals'
import { createExplainRead, type ExplainRead } from '../../../node/access/explain-read.js'
import { openServedSources, type ServedSources } from '../../../node/access/served-sources.js'
import { createFixedClock } from '../../../node/kernel/clock.js'
import { packageFile } from '../../../node/kernel/package-root.js'
import { createNodeParts, type NodeParts } from '../../support/node-parts.js'
import { compileForTest, findPack } from '../../support/pack-questions.js'
import { rejectionOf } from '../../support/refusals.js'
import { bsnSystem } from '../../../schemas/fhir/template.js'
import { plainFace } from '../../support/source-face.js'

let node: NodeParts
let explain: ExplainRead
let servedSources: ServedSources

beforeEach(async () => {
  node = createNodeParts({ trust: { LedenadministratieCredential: ['did:web:stelsel.example.nl'] } })
  const source = {
    name: 'register',
    kind: 'register',
    schema: 'indicatieregister-2',
    ...plainFace,
    pack: 'indicatieregister',
  } as const
  const dossier = {
    name: 'dossier',
    kind: 'fhir',
    schema: 'fhir-r4',
    ...plainFace,
    pack: 'patientsamenvatting',
    // Nobody listens there: what is explained is asked of nobody.
    upstream: { url: 'http://127.0.0.1:9/fhir', headerName: 'authorization', timeoutSeconds: 1, maxBytes: 1000 },
  } as const
  servedSources = await openServedSources({
    ...node,
    policiesDirectory: packageFile('policies'),
    configured: [
      { subject: 'ciz', sources: [source] },
      { subject: 'huisarts', sources: [dossier] },
    ],
  })
  explain = createExplainRead({ clock: createFixedClock(Date.parse('2026-11-24T09:00:00Z')), servedSources })
})

const id = '6f2f0b0e-6f0c-4a57-9d0a-1c1f0a7d9b11'
const query =
  'query ($id: UUID!) { wlzIndicatie(where: { wlzindicatieID: { eq: $id } }) { ingangsdatum client { bsn } } }'
const member = (role: string, kind: string, number: string) => ({
  organization_role: role,
  organization_id_type: kind,
  organization_id: number,
})
const asked = { party: 'ciz', source: 'register', query, variables: { id } }

describe('an explanation', () => {
  test('of a refusal says the nearest rule, what it lacks, and what every rule said', async () => {
    const found = await explain({ ...asked, claims: member('zorgaanbieder', 'agb', '01019999'), facts: { x: true } })
    expect(found).toMatchObject({ permitted: false, rule: 'UCIR-0002.v1' })
    expect(found.weighed.length).toBeGreaterThan(5)
    expect(found.text[0]).toMatch(/^depends on facts, for UCIR-0002\.v1: De zorgaanbieder leest/)
    expect(found.text.at(-1)).toMatch(/^would be asked of others: een bemiddelingspecificatie/)
  })

  test('takes facts as they are said to be', async () => {
    const facts = { 'een bemiddelingspecificatie van deze zorgaanbieder onder deze indicatie': true }
    const claims = member('zorgaanbieder', 'agb', '01019999')
    expect(await explain({ ...asked, claims, facts })).toMatchObject({
      permitted: true,
      purpose: 'WLZ_UITVOERING',
      text: [
        expect.stringContaining('permitted by UCIR-0002.v1'),
        'purpose: WLZ_UITVOERING',
        expect.stringMatching(/^grondslag: /),
      ],
    })
  })

  test('of a rule that rests on consent says that it depends, and takes consent as it is said to be', async () => {
    const read = {
      ...asked,
      query: 'query ($bsn: String!) { wlzIndicatie(where: { bsn: { eq: $bsn } }) { ingangsdatum } }',
      variables: { bsn: '999990019' },
      claims: member('huisarts', 'agb', '01009999'),
    }
    const unknown = await explain(read)
    expect(unknown).toMatchObject({ permitted: false, rule: 'TOESTEMMING-HUISARTS.v1', consent: 'unknown' })
    expect(unknown.text[0]).toMatch(/^depends on consent, for TOESTEMMING-HUISARTS\.v1: /)
    expect(unknown.text.at(-1)).toMatch(/^would be looked for: consent of the person/)
    const given = await explain({ ...read, consent: true })
    expect(given).toMatchObject({ permitted: true, rule: 'TOESTEMMING-HUISARTS.v1', consent: 'given' })
    expect(given.text).toContain('basis: consent of the person, which is taken to be there')
    expect(await explain({ ...read, consent: false })).toMatchObject({ permitted: false, consent: 'none' })
  })

  test('says what would be left out', async () => {
    const found = await explain({ ...asked, claims: member('cak', 'kvk', '62253779') })
    expect(found).toMatchObject({ permitted: true, rule: 'CAK-INDICATIE.v1', leftOut: ['client', 'client.bsn'] })
    expect(found.text).toContain('left out of the answer: client, client.bsn')
  })

  test('looks at another moment and under other scopes', async () => {
    const claims = member('cak', 'kvk', '62253779')
    expect(await explain({ ...asked, claims, time: '2026-01-01T00:00:00Z' })).toMatchObject({ permitted: false })
    expect(await explain({ ...asked, claims, scopes: [] })).toMatchObject({ permitted: false, rule: 'none' })
  })

  test('leaves no trace, and never repeats a value', async () => {
    const before = (await node.journal()).length
    const found = await explain({ ...asked, claims: member('huisarts', 'agb', '01019997') })
    expect(await node.journal()).toHaveLength(before)
    expect(JSON.stringify(found)).not.toContain(id)
  })

  test('is refused for a source that is not there and a query that it does not take', async () => {
    const claims = {}
    expect((await rejectionOf(explain({ ...asked, source: 'weg', claims }))).code).toBe('source.unknown')
    expect((await rejectionOf(explain({ ...asked, query: '{ weg }', claims }))).code).toBe('source.unknown_operation')
  })
})

describe('an explanation of a FHIR call', () => {
  const bsn = '999990019'
  const claims = member('zorgaanbieder', 'agb', '06999901')
  const known = { party: 'huisarts', source: 'dossier', claims }
  const search = (...parameters: readonly (readonly [string, string])[]) => ({
    ...known,
    fhir: { type: 'Condition', parameters: [['patient.identifier', `${bsnSystem}|${bsn}`], ...parameters] },
  })
  const read = { ...known, fhir: { interaction: 'read', type: 'Condition', id: 'c-1' } }

  test('says the template, the rule that permits, and what is left out', async () => {
    expect(await explain({ ...search(['clinical-status', 'active']), consent: true })).toMatchObject({
      permitted: true,
      rule: 'PROBLEMEN.v1',
      template: { name: 'problemen', interaction: 'search-type', type: 'Condition' },
      person: 'named',
      consent: 'given',
      leftOut: ['identifier'],
      text: [
        expect.stringMatching(/^permitted by PROBLEMEN\.v1: Een zorgaanbieder leest/),
        'template: problemen (search-type Condition)',
        'purpose: ZORGVERLENING',
        expect.stringMatching(/^grondslag: /),
        'left out of the answer: identifier',
        'basis: consent of the person, which is taken to be there',
      ],
    })
  })

  test('of a refusal says what the nearest rule lacks, and names nobody', async () => {
    const found = await explain({ ...search(), claims: member('zorgkantoor', 'uzovi', '5999') })
    expect(found).toMatchObject({
      permitted: false,
      rule: 'PROBLEMEN.v1',
      reasons: ['wie: your role must be zorgaanbieder'],
      text: expect.arrayContaining([
        'refused: Een zorgaanbieder leest de probleemlijst, met toestemming van de patiënt',
      ]),
    })
    expect(JSON.stringify(found)).not.toContain(bsn)
    const nobody = await explain({ ...known, fhir: { type: 'Condition' } })
    expect(nobody).toMatchObject({
      permitted: false,
      person: 'none',
      reasons: ['wat: a filter bsn with eq is required'],
    })
    const compared = await explain(search(['code', 'K77,T90']))
    expect(compared).toMatchObject({ permitted: false, consent: 'unknown' })
    expect(compared.text[0]).toMatch(/^depends on consent, for PROBLEMEN/)
  })

  test('of a read by id says that it would be looked up whose it is, and takes it as it is said to be', async () => {
    const unknown = await explain({ ...read, consent: true })
    expect(unknown).toMatchObject({ permitted: true, rule: 'PROBLEEM.v1', person: 'unknown' })
    expect(unknown.text).toContain('would be looked up first: whose it is, at the FHIR server')
    const said = await explain({ ...read, consent: true, person: { bsn } })
    expect(said).toMatchObject({ permitted: true, person: 'assumed' })
    expect(said.text.join()).not.toContain('looked up')
    const wrong = await explain({ ...read, consent: true, person: { bsn: '999990010' } })
    expect(wrong).toMatchObject({ permitted: false, reasons: ['wat: the filter bsn is not a valid bsn'] })
    const byPatient = { ...known, fhir: { type: 'Condition', parameters: [['patient', 'p-1']] } }
    expect(await explain({ ...byPatient, consent: true })).toMatchObject({ permitted: true, person: 'unknown' })
  })

  test('by a rule about one person says that it depends on whose it is', async () => {
    const data = findPack('patientsamenvatting')
    const rules = data.rules.map((rule) => ({
      ...rule,
      wat: { ...rule.wat, filterRequired: [], filterEquals: { bsn: `value.${bsn}` as const } },
    }))
    const find: ServedSources['find'] = (party, source) => {
      const served = servedSources.find(party, source)
      return served && { ...served, pack: compileForTest({ ...data, rules }) }
    }
    const clock = createFixedClock(Date.parse('2026-11-24T09:00:00Z'))
    const narrow = createExplainRead({ clock, servedSources: { find } })
    const unknown = await narrow({ ...read, consent: true })
    expect(unknown).toMatchObject({ permitted: false, rule: 'PROBLEEM.v1', person: 'unknown' })
    expect(unknown.text[0]).toMatch(/^depends on whose it is, for PROBLEEM\.v1: /)
    expect(await narrow({ ...read, consent: true, person: { bsn } })).toMatchObject({ permitted: true })
    const other = await narrow({ ...read, consent: true, person: { bsn: '999990135' } })
    expect(other.text[0]).toMatch(/^refused: /)
  })

  test('under no scope has no nearest rule, so that it does not depend on whose it is', async () => {
    const found = await explain({ ...read, scopes: [] })
    expect(found).toMatchObject({ permitted: false, rule: 'none', person: 'unknown' })
    expect(found.text[0]).toBe('refused')
  })

  test.each([
    ['of a type that no template has', { type: 'Observation' }, 'source.type_unknown'],
    [
      'that no template of the type has',
      { interaction: 'vread', type: 'Condition', id: 'c-1', versionId: '1' },
      'request.not_offered',
    ],
    [
      'with a parameter that no template has',
      { type: 'Condition', parameters: [['severity', '1']] },
      'source.not_supported',
    ],
  ])('is refused for one %s, with the templates that there are', async (_what, fhir, code) => {
    const refusal = await rejectionOf(explain({ ...known, fhir }))
    expect(refusal.code).toBe(code)
    expect(refusal.notes.at(-1)).toContain('problemen (search-type Condition), probleem (read Condition)')
  })

  test('is refused for a number of a person in the URL, without repeating it', async () => {
    const { fhir } = search()
    const refusal = await rejectionOf(explain({ ...known, fhir: { ...fhir, inUrl: true } }))
    expect([refusal.code, refusal.notes.join()]).toEqual([
      'request.bad_parameters',
      expect.stringContaining('search with POST to _search'),
    ])
    expect(refusal.notes.join()).not.toContain(bsn)
  })

  test('is refused where the source is asked in another language, or the call says itself who it is about', async () => {
    for (const wrong of [
      { ...known, query },
      { ...asked, query: undefined, claims, fhir: read.fhir },
      { ...search(), person: { bsn } },
    ])
      expect((await rejectionOf(explain(wrong))).code).toBe('request.bad_parameters')
  })
})
