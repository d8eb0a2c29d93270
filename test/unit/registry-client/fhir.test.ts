import { afterEach, describe, expect, test } from '@jest/globals'
import type { AccessToken, FhirResource } from '../../../registry-client/client.js'
import { createClientWorlds, failureOf, json, type Answering } from '../../support/client-world.js'

const worlds = createClientWorlds()
afterEach(() => worlds.close())

const fhir = { 'content-type': 'application/fhir+json' }
const token: AccessToken = { token: 'abc', type: 'Bearer', expiresInSeconds: 900 }
const observation = (id: string): FhirResource => ({ resourceType: 'Observation', id })

function bundle(entry: readonly object[], next?: string, more: object = {}): Answering {
  const link =
    next === undefined
      ? []
      : [
          { relation: 'self', url: 'x' },
          { relation: 'next', url: next },
        ]
  return json(200, { resourceType: 'Bundle', type: 'searchset', link, entry, ...more }, fhir)
}

async function collect<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

describe('reading a resource', () => {
  test('asks for it by its id, as FHIR', async () => {
    const { client, url, server } = await worlds.start(json(200, observation('a.1'), fhir))
    const resource = await client.fhir.read({ url: `${url}/fhir/`, token }, { type: 'Observation', id: 'a.1' })
    expect(resource).toEqual(observation('a.1'))
    expect(server.requests).toMatchObject([
      {
        method: 'GET',
        path: '/fhir/Observation/a.1',
        headers: { accept: 'application/fhir+json', authorization: 'Bearer abc' },
      },
    ])
  })

  test('gets a proof for the method and the address when the token is bound to a key', async () => {
    const { client, url, server } = await worlds.start((response, seen) =>
      json(200, seen.path.startsWith('/internal') ? { dpop: 'proof' } : observation('a'))(response, seen),
    )
    const source = { url: `${url}/fhir`, token: { ...token, type: 'DPoP', keyId: 'k' } }
    await client.fhir.read(source, { type: 'Observation', id: 'a' })
    expect(JSON.parse(server.requests[0]?.body ?? '')).toMatchObject({ htm: 'GET', htu: `${url}/fhir/Observation/a` })
    expect(server.requests[1]?.headers).toMatchObject({ authorization: 'DPoP abc', dpop: 'proof' })
  })

  test('fails in the words of the OperationOutcome', async () => {
    const issue = [
      { severity: 'error', code: 'forbidden', diagnostics: 'Not allowed.' },
      { severity: 'error', code: 'forbidden', details: { text: 'Zie de regel.' } },
    ]
    const { client, url } = await worlds.start(json(403, { resourceType: 'OperationOutcome', issue }, fhir))
    const read = client.fhir.read({ url, token }, { type: 'Patient', id: 'a' })
    expect(await failureOf(read)).toMatchObject({
      code: 'refused',
      problem: 'forbidden',
      message: 'Not allowed.',
      reasons: ['Zie de regel.'],
    })
  })

  test.each([
    ['another type', observation('a')],
    ['no resource', { id: 'a' }],
  ])('fails when the source answers with %s', async (_, body) => {
    const { client, url } = await worlds.start(json(200, body, fhir))
    expect((await failureOf(client.fhir.read({ url, token }, { type: 'Patient', id: 'a' }))).code).toBe('protocol')
  })

  test.each([
    ['an id that is a number of a person', 'Patient', '999990019'],
    ['an id that is a path', 'Patient', 'a/b'],
    ['an id that walks up', 'Patient', '..'],
    ['a type that is a path', 'Patient/a', 'b'],
  ])('asks nothing for %s', async (_, type, id) => {
    const { client, url, server } = await worlds.start(json(200, {}))
    expect(await failureOf(client.fhir.read({ url, token }, { type, id }))).toMatchObject({
      code: 'invalid_request',
      from: 'client',
    })
    expect(server.requests).toEqual([])
  })
})

describe('searching', () => {
  test('sends the parameters in the body, also the number of a person, and never in the address', async () => {
    const { client, url, server } = await worlds.start(bundle([]))
    const parameters = { identifier: 'http://fhir.nl/fhir/NamingSystem/bsn|999990019', date: ['ge2026', 'lt2027'] }
    expect(await collect(client.fhir.search({ url, token }, { type: 'Patient', parameters }))).toEqual([])
    const [seen] = server.requests
    expect([seen?.method, seen?.path]).toEqual(['POST', '/Patient/_search'])
    expect(seen?.headers['content-type']).toBe('application/x-www-form-urlencoded')
    expect([...new URLSearchParams(seen?.body)]).toEqual([
      ['identifier', 'http://fhir.nl/fhir/NamingSystem/bsn|999990019'],
      ['date', 'ge2026'],
      ['date', 'lt2027'],
    ])
  })

  test('asks nothing before the first item is wanted, and the next page only when it is needed', async () => {
    const { client, url, server } = await worlds.start([
      bundle([{ resource: observation('1') }], 'Observation?page=2'),
      bundle([{ resource: observation('2') }]),
    ])
    const search = client.fhir.search({ url: `${url}/fhir`, token }, { type: 'Observation' })
    expect(server.requests).toEqual([])
    for await (const { id } of search) {
      expect(id).toBe('1')
      break
    }
    expect(server.requests).toHaveLength(1)
    expect((await search.first()).items).toEqual([observation('2')])
  })

  test('goes through all pages', async () => {
    const { client, url, server } = await worlds.start([
      bundle([{ resource: observation('1') }], 'Observation?page=2'),
      bundle([{ resource: observation('2') }]),
    ])
    const found = await collect(client.fhir.search({ url: `${url}/fhir`, token }, { type: 'Observation' }))
    expect(found.map(({ id }) => id)).toEqual(['1', '2'])
    expect(server.requests[1]).toMatchObject({ method: 'GET', path: '/fhir/Observation?page=2' })
  })

  test('keeps apart what matched, what goes with it, and what the source says of the search', async () => {
    const outcome = { resourceType: 'OperationOutcome', issue: [] }
    const entry = [
      { resource: observation('1'), search: { mode: 'match' } },
      { resource: { resourceType: 'Patient', id: 'p' }, search: { mode: 'include' } },
      { resource: outcome, search: { mode: 'outcome' } },
    ]
    const { client, url } = await worlds.start(bundle(entry, undefined, { total: 1 }))
    const [page] = await collect(client.fhir.search({ url, token }, { type: 'Observation' }).pages())
    expect(page).toEqual({
      items: [observation('1')],
      included: [{ resourceType: 'Patient', id: 'p' }],
      outcomes: [outcome],
      total: 1,
    })
  })

  test.each([
    ['at another host', 'https://elders.voorbeeld.nl/fhir/Observation?page=2'],
    ['outside the source', '/andere/Observation?page=2'],
    ['beside the source', '/fhir2/Observation?page=2'],
  ])('does not take the token to a next page %s', async (_, next) => {
    const { client, url, server } = await worlds.start(bundle([], next))
    const search = client.fhir.search({ url: `${url}/fhir`, token }, { type: 'Observation' })
    expect((await failureOf(collect(search))).code).toBe('protocol')
    expect(server.requests).toHaveLength(1)
  })

  test('ends when the pages go in a circle', async () => {
    const { client, url, server } = await worlds.start(bundle([{ resource: observation('1') }], 'Observation?page=2'))
    const search = client.fhir.search({ url: `${url}/fhir`, token }, { type: 'Observation' })
    expect((await failureOf(collect(search))).message).toContain('circle')
    expect(server.requests).toHaveLength(2)
  })

  test('does not follow a next page that names a person', async () => {
    const { client, url } = await worlds.start(bundle([], 'Observation?patient=999990019'))
    const search = client.fhir.search({ url, token }, { type: 'Observation' })
    expect((await failureOf(collect(search))).code).toBe('invalid_request')
  })

  test('ends with the signal of the application, between pages too', async () => {
    const stop = new AbortController()
    const { client, url } = await worlds.start(bundle([{ resource: observation('1') }], 'Observation?page=2'))
    const search = client.fhir.search({ url, token }, { type: 'Observation' }, { signal: stop.signal })
    await expect(
      (async () => {
        for await (const { id } of search) if (id === '1') stop.abort(new Error('genoeg'))
      })(),
    ).rejects.toThrow('genoeg')
  })
})
