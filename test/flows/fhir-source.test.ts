import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { RegistryError } from '../../registry-client/client.js'
import { bsnOf, firstBsn } from '../support/fhir-example.js'
import { fhirScope, idsOf, person, startFhirWorld, type FhirWorld } from '../support/fhir-world.js'
import { journalOf } from '../support/journal.js'

let world: FhirWorld
beforeAll(async () => {
  world = await startFhirWorld()
}, 60_000)
afterAll(() => world.end())

describe('a search with consent', () => {
  test('gives what the template has of that person, with an account of it', async () => {
    world.asked.length = 0
    let answer: Awaited<ReturnType<FhirWorld['search']>> | undefined
    const events = await world.account(async () => {
      answer = await world.search('Condition', [person, ['clinical-status', 'active']])
    })
    expect(answer?.text).not.toContain('127.0.0.1')
    expect([answer?.status, answer?.headers.get('content-type')]).toEqual([200, 'application/fhir+json; charset=utf-8'])
    expect(answer && idsOf(answer.body)).toEqual(['Condition/c-1', 'Condition/c-2'])
    const [first] = answer?.body.entry ?? []
    expect(first?.fullUrl).toBe(`${world.url}/Condition/c-1`)
    expect(first?.resource).not.toHaveProperty('note')
    // The template has it and the rule leaves it out.
    expect(first?.resource).not.toHaveProperty('identifier')
    expect(events.filter(({ code }) => code.startsWith('read.'))).toMatchObject([
      { code: 'read.decided', outcome: 'success', rule: 'PROBLEMEN.v1', checks: { consent: true } },
      {
        code: 'read.answered',
        outcome: 'success',
        object: { operation: 'problemen', recordCount: 2, withheld: ['identifier'] },
      },
    ])
    expect(events.find(({ code }) => code === 'read.decided')?.persons).toHaveLength(1)
    // The number of the person is in no URL, not even on the way to the own server.
    expect(world.asked.filter((line) => line.includes(firstBsn))).toEqual([
      expect.stringMatching(/^POST \/fhir\/Patient\/_search /),
    ])
    expect(world.asked.at(-1)).toContain('patient=Patient%2Fp-1&category=')
  })

  test('brings what was asked to come with it, and decimals as they were', async () => {
    const { body, text } = await world.search('MedicationRequest', [
      person,
      ['status', 'active'],
      ['_include', 'MedicationRequest:medication'],
    ])
    expect(idsOf(body)).toEqual(['MedicationRequest/r-1', 'Medication/m-1'])
    expect(body.entry?.[1]?.resource).toMatchObject({ code: { text: 'Furosemide 40 mg' } })
    expect(text).not.toContain('lotNumber')
  })

  test('goes on by links of this source, for who asked and within the time', async () => {
    const first = await world.search('Condition', [person, ['_count', '2'], ['_sort', 'recorded-date']])
    expect(first.body.total).toBe(3)
    const next = first.body.link?.find(({ relation }) => relation === 'next')?.url ?? ''
    expect(next.startsWith(`${world.url}?_page=`)).toBe(true)
    const page = next.slice(world.url.length)
    const events = await world.account(async () => {
      const second = await world.call(page)
      expect(idsOf(second.body)).toHaveLength(1)
      expect(idsOf(first.body)).not.toContain(idsOf(second.body)[0])
    })
    expect(events.map(({ code }) => code).filter((code) => code.startsWith('read.'))).toEqual([
      'read.decided',
      'read.answered',
    ])
    expect((await world.call(page, { as: 'zorgkantoor-noord' })).status).toBe(400)
    expect((await world.call(`${page.slice(0, -4)}AAAA`)).status).toBe(400)
    expect((await world.call(`${page}&_count=500`)).status).toBe(501)
  })

  test('is asked by the registry client, through all pages', async () => {
    const client = world.region.application('zorgaanbieder')
    const source = { url: world.url, authorizationServer: world.huisarts.authorizationServer, scope: fhirScope }
    const found: string[] = []
    const parameters = { [person[0]]: person[1], _count: '1' }
    for await (const each of client.fhir.search(source, { type: 'Condition', parameters })) found.push(each.id ?? '')
    expect(found.sort()).toEqual(['c-1', 'c-2', 'c-3'])
    expect(await client.fhir.read(source, { type: 'Condition', id: 'c-1' })).toMatchObject({ id: 'c-1' })
    const refused: unknown = await client.fhir
      .read(source, { type: 'Condition', id: 'c-5' })
      .catch((error: unknown) => error)
    expect(refused instanceof RegistryError && [refused.code, refused.status]).toEqual(['not_found', 404])
  })

  test('names the person by the id of the Patient as well, also by GET', async () => {
    const { body } = await world.search('Patient', [['identifier', bsnOf(firstBsn)]])
    expect(idsOf(body)).toEqual(['Patient/p-1'])
    expect(body.entry?.[0]?.resource).not.toHaveProperty('telecom')
    const found = await world.call('/Condition?patient=Patient/p-1&clinical-status=active&_format=json')
    expect(idsOf(found.body)).toEqual(['Condition/c-1', 'Condition/c-2'])
  })

  test('hears the same by id about somebody without consent and somebody whom the practice does not have', async () => {
    const [without, unknown] = [await world.call('/Condition?patient=p-2'), await world.call('/Condition?patient=p-99')]
    expect([without.status, unknown.status]).toEqual([403, 403])
    expect(without.text).toContain('there is no such Patient, or you may not read it')
    expect(unknown.text).toBe(without.text)
    const decided = (await journalOf(world.huisarts)).filter(({ event }) => event.code === 'read.decided')
    expect(decided.at(-2)?.event.reasons).not.toEqual(decided.at(-1)?.event.reasons)
  })
})

describe('a read with consent', () => {
  test('gives the record with its version, and 304 for who has it', async () => {
    world.asked.length = 0
    const found = await world.call('/Condition/c-1')
    // What is looked at to know whose it is, is what leaves.
    expect(world.asked).toEqual(['GET /fhir/Condition/c-1', 'GET /fhir/Patient/p-1'])
    expect([found.status, found.headers.get('etag'), found.headers.get('last-modified')]).toEqual([
      200,
      'W/"3"',
      'Mon, 12 Oct 2026 09:30:00 GMT',
    ])
    expect(found.body).not.toHaveProperty('note')
    expect((await world.call('/Condition/c-1', { headers: { 'if-none-match': 'W/"3"' } })).status).toBe(304)
    expect((await world.call('/Condition/c-1', { headers: { 'if-none-match': 'W/"2"' } })).status).toBe(200)
    expect(
      (await world.call('/Condition/c-1', { headers: { 'if-modified-since': 'Tue, 13 Oct 2026 00:00:00 GMT' } }))
        .status,
    ).toBe(304)
  })

  test('says the same of what is not there, is somebody else’s, is no list item, and may not be read', async () => {
    const [missing, foreign, other] = [
      await world.call('/Condition/c-99'),
      await world.call('/Condition/c-5'),
      await world.call('/Condition/c-4'),
    ]
    const outsider = await world.call('/Condition/c-1', { as: 'zorgkantoor-noord' })
    expect([missing, foreign, other, outsider].map(({ status }) => status)).toEqual([404, 404, 404, 404])
    expect(new Set([missing, foreign, other, outsider].map(({ text }) => text)).size).toBe(1)
    const decided = (await journalOf(world.huisarts)).filter(({ event }) => event.code === 'read.decided').at(-1)?.event
    expect(decided?.outcome).toBe('refused')
  })
})
