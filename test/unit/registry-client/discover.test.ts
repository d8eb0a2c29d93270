import { afterEach, describe, expect, test } from '@jest/globals'
import { createClientWorlds, failureOf, json } from '../../support/client-world.js'

const worlds = createClientWorlds()
afterEach(() => worlds.close())

const listing = { did: 'did:web:a', parameters: { authServerURL: 'https://a/oauth2/a' }, fields: { role: 'ciz' } }
const organization = { name: 'CIZ', role: 'ciz', identifiers: [{ kind: 'kvk', value: '62253778' }] }
const service = {
  id: 'https://ciz.nl/catalogus/services/a',
  type: 'DataService',
  title: { nl: 'Bevraging' },
  description: {},
  endpointURL: 'https://ciz.nl/a/graphql',
  endpointDescription: ['https://ciz.nl/a.graphql'],
  conformsTo: ['https://spec.graphql.org/October2021/'],
  servesDataset: ['https://ciz.nl/catalogus/datasets/a'],
}
const dataset = {
  id: 'https://ciz.nl/catalogus/datasets/a',
  type: 'Dataset',
  title: { nl: 'Indicatieregister' },
  description: { nl: 'Besluiten.' },
  keyword: ['Wlz'],
  version: '2.0.0',
  modified: '2026-10-01T09:00:00Z',
  publisher: 'did:web:ciz.nl',
  theme: ['t'],
  spatial: [],
  conformsTo: ['m'],
  purpose: [{ id: 'p', prefLabel: { nl: 'Zorg' } }],
  legalBasis: ['l'],
  applicableLegislation: ['w'],
  accessRights: 'n',
  accrualPeriodicity: 'c',
  subjectSelector: 's',
  recipientRole: ['r'],
  hasPolicy: [],
  distribution: [
    {
      id: 'd',
      type: 'Distribution',
      title: {},
      accessURL: 'https://ciz.nl/a/graphql',
      conformsTo: ['x'],
      accessService: service,
    },
  ],
}
const record = (primaryTopic: object) => ({
  type: 'CatalogRecord',
  modified: '2026-10-01T09:00:00Z',
  language: 'nl',
  source: 'https://ciz.nl/catalogus',
  digest: 'rdfc-1.0+sha-256:x',
  freshness: 'fresh',
  guarded: true,
  organization,
  primaryTopic,
  later: 'what a newer node adds',
})
const answer = (records: readonly object[], more: object = {}) =>
  json(200, {
    '@context': [],
    seed: 's',
    seq: 1,
    asOf: '2026-11-24T09:00:00Z',
    stale: false,
    freshness: 'fresh',
    total: 2,
    records,
    ...more,
  })

describe('searching the index of the own node', () => {
  test('sends what is looked for, and gives datasets with who publishes them', async () => {
    const { client, server } = await worlds.start(answer([record(dataset)]))
    const page = await client.discover
      .datasets({
        text: 'indicatie & zorg',
        region: 'gm9999',
        role: 'ciz',
        mayAsk: 'zorgkantoor',
        list: 'demo',
        pageSize: 5,
      })
      .first()
    expect(Object.fromEntries(new URL(server.requests[0]?.path ?? '', 'http://a').searchParams)).toEqual({
      q: 'indicatie & zorg',
      spatial: 'gm9999',
      role: 'ciz',
      recipient: 'zorgkantoor',
      service: 'demo',
      limit: '5',
    })
    expect(server.requests[0]?.path).toMatch(/^\/index\/v1\/datasets\?/)
    expect(page).toMatchObject({ total: 2, asOf: '2026-11-24T09:00:00Z', stale: false })
    expect(page.items).toMatchObject([
      {
        id: dataset.id,
        title: { nl: 'Indicatieregister' },
        publisher: 'did:web:ciz.nl',
        purposes: [{ id: 'p', label: { nl: 'Zorg' } }],
        mayAsk: ['r'],
        catalogue: { url: 'https://ciz.nl/catalogus', digest: 'rdfc-1.0+sha-256:x' },
        organization: { name: 'CIZ', identifiers: [{ kind: 'kvk', value: '62253778' }] },
        guarded: true,
        freshness: 'fresh',
        distributions: [{ url: 'https://ciz.nl/a/graphql', service: { url: 'https://ciz.nl/a/graphql' } }],
      },
    ])
  })

  test('goes through the pages as they are needed, by the cursor of the page before', async () => {
    const { client, server } = await worlds.start([
      answer([record(service)], { next: 'c1' }),
      answer([record({ ...service, id: 'https://b.nl/s' })]),
    ])
    const ids: string[] = []
    for await (const { id } of client.discover.services({ conformsTo: 'x' })) ids.push(id)
    expect(ids).toEqual([service.id, 'https://b.nl/s'])
    expect(server.requests.map(({ path }) => path)).toEqual([
      '/index/v1/services?conformsTo=x',
      '/index/v1/services?conformsTo=x&cursor=c1',
    ])
  })

  test('gives parties with what they say about themselves, and their catalogue where they have one', async () => {
    const party = {
      id: 'did:web:ciz.nl',
      type: 'Agent',
      organization,
      services: ['demo'],
      parameters: { authServerURL: 'x' },
    }
    const catalogue = { id: 'https://ciz.nl/catalogus', version: '1', digest: 'd', freshness: 'fresh' }
    const { client } = await worlds.start(answer([party, { ...party, catalogue }]))
    expect((await client.discover.parties().first()).items).toMatchObject([
      { did: 'did:web:ciz.nl', lists: ['demo'], parameters: { authServerURL: 'x' }, catalogue: undefined },
      { catalogue: { url: 'https://ciz.nl/catalogus', digest: 'd' } },
    ])
  })

  test('says that the copies are too old to rely on, also where nothing was found', async () => {
    const { client } = await worlds.start(answer([], { stale: true, asOf: undefined, total: 0 }))
    expect(await client.discover.datasets().first()).toEqual({ items: [], total: 0, stale: true, asOf: undefined })
  })

  test('sends no number that could be a burgerservicenummer', async () => {
    const { client, server } = await worlds.start(answer([]))
    expect((await failureOf(client.discover.datasets({ text: '999990019' }).first())).code).toBe('invalid_request')
    expect(server.requests).toEqual([])
  })
})

describe('how a source is asked', () => {
  test('is what the source itself says', async () => {
    const { client, url } = await worlds.start((response, seen) =>
      json(200, { source: 'a', authorizationServer: `${origin()}/oauth2/a`, scopes: ['s', 't'] })(response, seen),
    )
    const origin = (): string => url
    expect(await client.discover.access(`${url}/sources/a/b/graphql`)).toEqual({
      url: `${url}/sources/a/b/graphql`,
      authorizationServer: `${url}/oauth2/a`,
      scopes: ['s', 't'],
    })
  })

  test.each([
    ['an authorization server somewhere else', { authorizationServer: 'https://elders.nl/oauth2/a', scopes: ['s'] }],
    ['no scope', { authorizationServer: 'http://127.0.0.1/oauth2/a', scopes: [] }],
  ])('is not believed with %s', async (_, body) => {
    const { client, url } = await worlds.start(json(200, body))
    expect((await failureOf(client.discover.access(`${url}/graphql`))).code).toBe('protocol')
  })
})

describe('parties in one discovery list', () => {
  test('are asked of the own node, with how fresh its copy is', async () => {
    const { client, server } = await worlds.start(
      json(200, { asOf: '2026-11-24T09:00:00Z', stale: false, listings: [listing] }),
    )
    const found = await client.discover.listings('een lijst/1', { 'credentialSubject.organization.name': 'Zorg & co*' })
    expect(found).toEqual({ asOf: '2026-11-24T09:00:00Z', stale: false, parties: [listing] })
    expect(server.requests).toMatchObject([
      {
        method: 'GET',
        path: '/internal/bronnet/v1/discovery/een%20lijst%2F1/listings?credentialSubject.organization.name=Zorg+%26+co*',
      },
    ])
  })

  test('of a list that was never read are unknown', async () => {
    const { client } = await worlds.start(json(200, { stale: true, listings: [] }))
    expect(await client.discover.listings('a')).toEqual({ asOf: undefined, stale: true, parties: [] })
  })
})
