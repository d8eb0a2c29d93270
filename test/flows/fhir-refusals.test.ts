import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { bsnOf, firstBsn, secondBsn } from '../support/fhir-example.js'
import { fhirScope, person, startFhirWorld, type FhirWorld } from '../support/fhir-world.js'

const unknownBsn = '999990263'

let world: FhirWorld
beforeAll(async () => {
  world = await startFhirWorld()
}, 60_000)
afterAll(() => world.end())

describe('who may not', () => {
  test('reads nothing without consent, and hears the same about a person whom nobody knows', async () => {
    world.asked.length = 0
    const [one, other] = [
      await world.search('Condition', [['patient.identifier', bsnOf(secondBsn)]]),
      await world.search('Condition', [['patient.identifier', bsnOf(unknownBsn)]]),
    ]
    expect([one.status, one.body.issue?.[0]?.code]).toEqual([403, 'forbidden'])
    expect(one.text).toContain('has given no consent')
    expect(other.text).toBe(one.text)
    // Not even the own server heard of it.
    expect(world.asked).toEqual([])
  })

  test('sees no difference between a person with nothing and one whom the practice does not have', async () => {
    await world.consent(unknownBsn)
    const { status, body } = await world.search('Condition', [['patient.identifier', bsnOf(unknownBsn)]])
    expect([status, body.total, body.entry]).toEqual([200, 0, undefined])
  })

  test('is told which role is wanted, and what is missing', async () => {
    const answer = await world.search('Condition', [person], 'zorgkantoor-noord')
    expect(answer.status).toBe(403)
    expect(answer.text).toContain('wie: your role must be zorgaanbieder')
    expect((await world.search('Condition', [])).text).toContain('a filter bsn with eq is required')
  })

  test('gets nothing without a token, or with one of another party', async () => {
    const bare = await fetch(`${world.url}/Condition/c-1`)
    expect([bare.status, bare.headers.get('www-authenticate')]).toEqual([401, expect.stringContaining('Bearer')])
    expect(await bare.json()).toMatchObject({ resourceType: 'OperationOutcome', issue: [{ code: 'login' }] })
    const wrong = await fetch(`${world.url}/Condition/c-1`, { headers: { authorization: 'Bearer abc' } })
    expect(wrong.status).toBe(401)
  })
})

describe('what is not offered', () => {
  test.each<readonly [string, string, Parameters<FhirWorld['call']>[1], number, string]>([
    ['a search over all types', '?_id=1', {}, 501, 'not-supported'],
    ['an operation', '/Patient/p-1/$everything', {}, 501, 'not-supported'],
    ['an operation on a type', '/Condition/$lastn', {}, 501, 'not-supported'],
    ['an operation on everything', '/$export', {}, 501, 'not-supported'],
    ['history', '/Condition/c-1/_history', {}, 501, 'not-supported'],
    ['history of a type', '/Condition/_history', {}, 501, 'not-supported'],
    ['a version', '/Condition/c-1/_history/1', {}, 501, 'not-supported'],
    ['a search below a resource', '/Patient/p-1/Condition', {}, 501, 'not-supported'],
    ['_search by GET', '/Condition/_search?patient=p-1', {}, 501, 'not-supported'],
    ['a path that ends in a slash', '/Condition/c-1/', {}, 501, 'not-supported'],
    ['a type that ends in a slash', '/Condition/', {}, 501, 'not-supported'],
    ['an empty segment', '//Condition/c-1', {}, 501, 'not-supported'],
    ['a Patient that is another place', '/Condition?patient=Patient/..', {}, 400, 'invalid'],
    ['another type', '/Observation?patient=p-1', {}, 404, 'not-supported'],
    ['a read that no template has', '/Medication/m-1', {}, 404, 'not-supported'],
    ['a batch', '', { method: 'POST' }, 405, 'not-supported'],
    ['a create', '/Condition', { method: 'POST' }, 405, 'not-supported'],
    ['an update', '/Condition/c-1', { method: 'PUT' }, 405, 'not-supported'],
    ['a patch', '/Condition/c-1', { method: 'PATCH' }, 405, 'not-supported'],
    ['a delete', '/Condition/c-1', { method: 'DELETE' }, 405, 'not-supported'],
    ['an unknown parameter', '/Condition?patient=p-1&severity=1', {}, 400, 'not-supported'],
    ['XML', '/Condition?patient=p-1&_format=xml', {}, 406, 'not-supported'],
    ['XML by header', '/Condition?patient=p-1', { headers: { accept: 'application/fhir+xml' } }, 406, 'not-supported'],
    [
      'another release',
      '/Condition?patient=p-1',
      { headers: { accept: 'application/fhir+json; fhirVersion=3.0' } },
      406,
      'not-supported',
    ],
    [
      'a number of a person in a URL',
      `/Condition?patient.identifier=${encodeURIComponent(bsnOf(firstBsn))}`,
      {},
      400,
      'invalid',
    ],
    ['parameters in two places', '/Condition/_search?code=1', { form: [person] }, 400, 'invalid'],
    ['a body of another kind', '/Condition/_search', { json: '{}' }, 415, 'not-supported'],
  ])('%s', async (_what, path, options, status, issue) => {
    world.asked.length = 0
    const answer = await world.call(path, options)
    expect([answer.status, answer.body.resourceType, answer.body.issue?.[0]?.code]).toEqual([
      status,
      'OperationOutcome',
      issue,
    ])
    expect(answer.headers.get('content-type')).toContain('application/fhir+json')
    expect(answer.text).not.toContain(firstBsn)
    expect(world.asked).toEqual([])
  })

  test('GraphQL at a FHIR source, and FHIR at another', async () => {
    expect((await fetch(world.url.replace(/fhir$/, 'graphql'))).status).toBe(404)
    const other = world.region.world.member('ciz').sources['indicatieregister'] ?? ''
    expect((await fetch(`${other.replace(/graphql$/, 'fhir')}/metadata`)).status).toBe(404)
  })
})

describe('what everybody may know', () => {
  test('is what the source offers, and how to get access', async () => {
    const answer = await fetch(`${world.url}/metadata`, { headers: { accept: 'application/fhir+json' } })
    const statement = (await answer.json()) as {
      rest: readonly { resource: readonly { type: string; searchParam?: readonly { name: string }[] }[] }[]
    }
    expect(statement).toMatchObject({
      resourceType: 'CapabilityStatement',
      fhirVersion: '4.0.1',
      kind: 'instance',
      status: 'active',
    })
    const resources = statement.rest[0]?.resource ?? []
    expect(resources.map(({ type }) => type)).toEqual([
      'AllergyIntolerance',
      'Condition',
      'MedicationRequest',
      'Patient',
    ])
    expect(resources[1]?.searchParam?.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['patient', 'clinical-status', 'category']),
    )
    const access = await (await fetch(world.url)).json()
    expect(access).toMatchObject({
      source: 'dossier',
      scopes: [fhirScope],
      authorizationServer: world.huisarts.authorizationServer,
    })
    const head = await fetch(`${world.url}/metadata`, { method: 'HEAD' })
    expect(head.status).toBe(200)
  })
})

describe('when the server behind it fails', () => {
  test('it is 502 without anything that it said, and the account says so', async () => {
    await world.server.close()
    const events = await world.account(async () => {
      const answer = await world.search('Condition', [person])
      expect([answer.status, answer.body.issue?.length, answer.body.issue?.[0]?.code]).toEqual([502, 1, 'processing'])
      expect(answer.text).not.toMatch(/127\.0\.0\.1|ECONN/)
    })
    expect(events.map(({ code }) => code)).toContain('read.failed')
  })
})
