import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import type { Catalogue } from '../../../node/catalogue/catalogue.js'
import { createReadCatalogue } from '../../../node/catalogue/read-catalogue.js'
import { dspPath, dspRoutes } from '../../../node/http/routes/dsp.js'
import { exampleDocument } from '../../support/catalogue-documents.js'
import { createDspCheck, expandDsp } from '../../support/dsp-schemas.js'
import { describeWithShared } from '../../support/shared.js'
import { requestText, send, type WireAnswer } from './connection.js'
import { createServedWorld } from './served.js'

const context = ['https://w3id.org/dspace/2025/1/context.jsonld']
const places = [{ subject: 'gemeente' }, { subject: 'ander' }]
const request = { '@context': context, '@type': 'CatalogRequestMessage' }
const root = 'https://w3id.org/dspace/2025/1/'

const world = createServedWorld()
afterEach(() => world.close())

let large: Catalogue
let small: Catalogue
beforeAll(async () => {
  const read = async (keys: readonly string[]): Promise<Catalogue> => {
    const found = await createReadCatalogue({ loopback: false })(
      JSON.stringify(exampleDocument(keys)),
      'application/ld+json',
    )
    if (!found.conforms) throw new Error(found.violations.join('\n'))
    return found.catalogue
  }
  small = await read(['wmo'])
  large = await read(Array.from({ length: 5 }, (_, index) => `set-${String(index)}`))
}, 60_000)

let port: number
let published: Record<string, Catalogue | undefined>
beforeEach(async () => {
  published = { gemeente: large, ander: small }
  const routes = dspRoutes({
    places,
    url: 'https://node.voorbeeld.example',
    current: (subject) => {
      const catalogue = published[subject]
      return catalogue === undefined ? undefined : { digest: catalogue.digest, catalogue }
    },
  })
  ;({ port } = await world.serve(routes))
})

const get = (target: string): Promise<WireAnswer> => send(port, requestText('GET', target))
const post = (target: string, body: unknown, type = 'application/json'): Promise<WireAnswer> =>
  send(port, requestText('POST', target, [`Content-Type: ${type}`], JSON.stringify(body)))
const ask = (filter?: unknown, base = '/dsp/2025-1'): Promise<WireAnswer> =>
  post(`${base}/catalog/request`, filter === undefined ? request : { ...request, filter })
const json = ({ body }: WireAnswer) => JSON.parse(body) as { readonly dataset?: readonly { readonly '@id': string }[] }
const idsOf = (answer: WireAnswer): readonly string[] => (json(answer).dataset ?? []).map((dataset) => dataset['@id'])
const linkOf = (answer: WireAnswer, rel: string): string | undefined =>
  new RegExp(`<https://node\\.voorbeeld\\.example([^>]+)>; rel="${rel}"`).exec(answer.headers.get('link') ?? '')?.[1]

describe('a catalogue that a connector asks for', () => {
  test('has the datasets of the canonical one, and no others', async () => {
    const answer = await ask()
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8'])
    expect(idsOf(answer)).toEqual(large.datasets.map(({ id }) => id))
    expect(answer.headers.get('link')).toBeUndefined()
    expect(idsOf(await ask(undefined, '/dsp/2025-1/of/ander'))).toEqual(small.datasets.map(({ id }) => id))
  })

  test('is paged as the QuerySpec says, to its end', async () => {
    const seen: string[] = []
    for (let offset = 0; ; offset += 2) {
      const ids = idsOf(await ask({ '@type': 'QuerySpec', offset, limit: 2 }))
      seen.push(...ids)
      if (ids.length < 2) break
    }
    expect(seen).toEqual(large.datasets.map(({ id }) => id))
  })

  test('leads from page to page by links, with either method', async () => {
    const first = await ask({ limit: 2 })
    expect(linkOf(first, 'previous')).toBeUndefined()
    const second = await get(linkOf(first, 'next') ?? '')
    const third = await post(linkOf(second, 'next') ?? '', request)
    const all = [first, second, third].flatMap(idsOf)
    expect(all).toEqual(large.datasets.map(({ id }) => id))
    expect(linkOf(third, 'next')).toBeUndefined()
    expect(idsOf(await get(linkOf(third, 'previous') ?? ''))).toEqual(idsOf(second))
  })

  test('does not go on with the pages of another version', async () => {
    const next = linkOf(await ask({ limit: 2 }), 'next') ?? ''
    published['gemeente'] = small
    const gone = await get(next)
    expect([gone.status, json(gone)]).toEqual([
      410,
      expect.objectContaining({ '@type': 'CatalogError', code: 'page-gone' }),
    ])
  })

  test('is for everybody: an authorization is not looked at', async () => {
    const lines = ['Content-Type: application/ld+json', 'Authorization: Bearer eyJ']
    const { status } = await send(
      port,
      requestText('POST', '/dsp/2025-1/catalog/request', lines, JSON.stringify(request)),
    )
    expect(status).toBe(200)
  })

  test.each<[string, unknown, number]>([
    ['another filter', { ...request, filter: [{ keyword: 'wmo' }] }, 400],
    ['another message', { ...request, '@type': 'DatasetRequestMessage' }, 400],
    ['no type', { '@context': context }, 400],
    ['another context', { ...request, '@context': ['https://w3id.org/dspace/v0.8/context.json'] }, 400],
    ['a context that is no list', { ...request, '@context': context[0] }, 400],
    ['no object', [], 400],
  ])('is refused to who sends %s, in words of the protocol', async (_what, body, status) => {
    const answer = await post('/dsp/2025-1/catalog/request', body)
    expect([answer.status, json(answer)]).toEqual([
      status,
      { '@context': context, '@type': 'CatalogError', code: expect.any(String), reason: expect.any(Array) },
    ])
  })

  test('is refused to who sends another media type, in words of the protocol', async () => {
    const answer = await post('/dsp/2025-1/catalog/request', request, 'text/plain')
    expect([answer.status, json(answer)]).toEqual([415, expect.objectContaining({ '@type': 'CatalogError' })])
  })

  test('is not there while the party publishes none', async () => {
    published = { gemeente: undefined, ander: small }
    expect((await ask()).status).toBe(404)
    const versions = JSON.parse((await get('/.well-known/dspace-version')).body) as { protocolVersions: unknown[] }
    expect(versions.protocolVersions).toHaveLength(1)
    published = {}
    expect((await get('/.well-known/dspace-version')).status).toBe(404)
    expect(dspRoutes({ places: [], url: 'https://a.example', current: () => undefined })).toEqual([])
  })
})

describe('a dataset', () => {
  const id = 'https://node.voorbeeld.example/catalogus/datasets/set-3'

  test.each([
    ['encoded', encodeURIComponent(id)],
    ['as it is', id],
    ['as a proxy that merges slashes leaves it', id.replace('//', '/')],
  ])('is found by its name %s', async (_how, name) => {
    const answer = await get(`/dsp/2025-1/catalog/datasets/${name}`)
    expect([answer.status, json(answer)]).toEqual([200, expect.objectContaining({ '@id': id, '@type': 'Dataset' })])
  })

  test.each([
    ['one that is not there', `${id}0`],
    ['one of another party', 'https://node.voorbeeld.example/catalogus/datasets/wmo'],
    ['a part of its name', 'set-3'],
  ])('is not found by %s', async (_what, name) => {
    const answer = await get(`/dsp/2025-1/catalog/datasets/${name}`)
    expect([answer.status, json(answer)]).toEqual([
      404,
      expect.objectContaining({ '@type': 'CatalogError', code: 'dataset-unknown' }),
    ])
  })

  test.each(['https://a/../b', 'https://a/%2e%2e/b', 'a\\b', '%5c'])(
    'cannot be named by what programs read in two ways: %s',
    async (name) => {
      expect((await get(`/dsp/2025-1/catalog/datasets/${name}`)).status).toBe(400)
    },
  )

  test('is the only thing that may be named with two slashes in a path', async () => {
    expect((await get('/dsp//2025-1/catalog/datasets/x')).status).toBe(400)
  })
})

test('an offer has the purposes and roles of the canonical one, permission by permission', async () => {
  const wide = {
    ...small,
    datasets: small.datasets.map((dataset) => ({
      ...dataset,
      policies: dataset.policies.map((policy) => ({
        ...policy,
        permissions: [
          { purposes: ['https://doel.example/a'], roles: ['https://rol.example/x'] },
          { purposes: ['https://doel.example/b'], roles: [] },
        ],
      })),
    })),
  }
  published['ander'] = wide
  const answer = json(await ask(undefined, '/dsp/2025-1/of/ander')) as unknown as {
    dataset: { hasPolicy: { '@id': string; permission: unknown }[] }[]
  }
  expect(answer.dataset[0]?.hasPolicy).toEqual([
    {
      '@id': wide.datasets[0]?.policies[0]?.id,
      '@type': 'Offer',
      permission: [
        {
          action: 'use',
          constraint: [
            {
              leftOperand: 'http://www.w3.org/ns/odrl/2/purpose',
              operator: 'isAnyOf',
              rightOperand: ['https://doel.example/a'],
            },
            {
              leftOperand: 'https://catalogus.example/ns#recipientRole',
              operator: 'isAnyOf',
              rightOperand: ['https://rol.example/x'],
            },
          ],
        },
        {
          action: 'use',
          constraint: [
            {
              leftOperand: 'http://www.w3.org/ns/odrl/2/purpose',
              operator: 'isAnyOf',
              rightOperand: ['https://doel.example/b'],
            },
          ],
        },
      ],
    },
  ])
})

test('every party has a place of its own, the first the plain one', () => {
  expect(places.map(({ subject }) => dspPath(places, subject))).toEqual(['/dsp/2025-1', '/dsp/2025-1/of/ander'])
})

// As the suite of the protocol asks and judges. @see Eclipse Dataspace TCK, Metadata01Test and Catalog01Test
describeWithShared('the published schemas of the Dataspace Protocol', ['shapes', 'dsp-2025-1'], () => {
  const check = createDspCheck()
  const id = 'https://node.voorbeeld.example/catalogus/datasets/set-0'

  test('MET:01-01 the version says where and how', async () => {
    const answer = await get('/.well-known/dspace-version')
    expect([answer.status, check('common/protocol-version-schema.json', json(answer))]).toEqual([200, []])
    expect(json(answer)).toEqual({
      protocolVersions: [
        expect.objectContaining({ version: '2025-1', path: '/dsp/2025-1', binding: 'HTTPS' }),
        expect.objectContaining({ version: '2025-1', path: '/dsp/2025-1/of/ander', binding: 'HTTPS' }),
      ],
    })
  })

  test('CAT:01-01 the catalogue has the dataset', async () => {
    const message = { ...request, '@id': '0e3f5f6c-3a34-4a2b-9f35-4a5c5a4f5b6d' }
    expect(check('catalog/catalog-request-message-schema.json', message)).toEqual([])
    const answer = await post('/dsp/2025-1/catalog/request', message)
    expect(check('catalog/catalog-schema.json', json(answer))).toEqual([])
    const expanded = await expandDsp(json(answer))
    const datasets = expanded['http://www.w3.org/ns/dcat#dataset'] ?? []
    expect(datasets.map((dataset) => dataset['@id'])).toContain(id)
  })

  test('CAT:01-02 the dataset is served by its name', async () => {
    const answer = await get(`/dsp/2025-1/catalog/datasets/${id}`)
    expect([answer.status, check('catalog/dataset-schema.json', json(answer))]).toEqual([200, []])
    expect((await expandDsp(json(answer)))['@id']).toBe(id)
  })

  test('CAT:01-03 a dataset that does not exist is a CatalogError', async () => {
    const answer = await get('/dsp/2025-1/catalog/datasets/urn:uuid:0e3f5f6c-3a34-4a2b-9f35-4a5c5a4f5b6d')
    expect([answer.status, check('catalog/catalog-error-schema.json', json(answer))]).toEqual([404, []])
    expect((await expandDsp(json(answer)))['@type']).toEqual([`${root}CatalogError`])
  })

  test('an empty catalogue and every page are valid too', async () => {
    published['gemeente'] = { ...large, datasets: [] }
    expect(check('catalog/catalog-schema.json', json(await ask()))).toEqual([])
    published['gemeente'] = large
    for (const offset of [0, 4, 100])
      expect(check('catalog/catalog-schema.json', json(await ask({ offset, limit: 3 })))).toEqual([])
  })

  test('in whole names it has no left operand that the context does not know', async () => {
    const expanded = JSON.stringify(await expandDsp(json(await ask())))
    expect(expanded).toContain(
      '"http://www.w3.org/ns/odrl/2/leftOperand":[{"@id":"http://www.w3.org/ns/odrl/2/purpose"}]',
    )
    expect(expanded).toContain('{"@id":"https://catalogus.example/ns#recipientRole"}')
    expect(expanded).toContain('"http://purl.org/dc/terms/title":[{"@language":"nl","@value":"Maatwerkvoorzieningen"}]')
  })

  test('the schema can refuse: a catalogue without a participant is not valid', async () => {
    const { participantId: _participantId, ...rest } = json(await ask()) as Record<string, unknown>
    expect(check('catalog/catalog-schema.json', rest)).not.toEqual([])
  })
})
