import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import jsonld from 'jsonld'
import { catalogueContext } from '../../../node/catalogue/vocabulary.js'
import { createAuthority } from '../../../node/discovery/index/authority.js'
import { indexFeedRoutes } from '../../../node/http/routes/index-feed.js'
import { indexSearchRoutes } from '../../../node/http/routes/index-search.js'
import { indexStatusRoutes } from '../../../node/http/routes/index-status.js'
import { authorityTableSchema } from '../../../schemas/authority.js'
import { indexFeedSchema } from '../../../schemas/wire/index-feed.js'
import {
  datasetAnswerSchema,
  indexProblemsSchema,
  indexStatusSchema,
  partyAnswerSchema,
  serviceAnswerSchema,
} from '../../../schemas/wire/index-search.js'
import { createIndexWorld, documentFor, type IndexedMember, type IndexWorld } from '../../support/index-world.js'
import { createServedWorld, type Served } from './served.js'

const bsn = '999990019'
const listeners = createServedWorld()
let world: IndexWorld
let served: Served
let noord: IndexedMember
let zuid: IndexedMember

const ask = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`http://127.0.0.1:${String(served.port)}${path}`, { headers })
const read = async (path: string): Promise<unknown> => (await ask(path)).json()

beforeAll(async () => {
  const authority = createAuthority(
    authorityTableSchema.parse({
      version: 2,
      products: [
        {
          product: 'https://modellen.example/*',
          credential: 'LedenadministratieCredential',
          where: { 'organization.role': 'gemeente' },
        },
      ],
    }),
  )
  world = createIndexWorld({ authority })
  noord = world.member('noord')
  zuid = world.member('zuid')
  const valsspeler = world.member('valsspeler')
  const kapot = world.member('kapot')
  await world.listRead()
  await noord.register(await noord.serve(documentFor(noord, ['wmo', 'jeugd'])))
  await zuid.register(await zuid.serve(documentFor(zuid)))
  await valsspeler.register(await valsspeler.serve(documentFor(valsspeler)), {
    organization: { role: 'huisarts', id_type: 'agb', id: '01999901' },
  })
  await kapot.register(`rdfc-1.0+sha-256:${'A'.repeat(43)}`)
  await world.settle()
  const { clock, index } = world
  served = await listeners.serve([
    ...indexSearchRoutes({ clock, index }),
    ...indexFeedRoutes(index),
    ...indexStatusRoutes({ index }),
  ])
})
afterAll(() => listeners.close())

describe('the search', () => {
  test('answers in the shapes that it promises', async () => {
    const datasets = datasetAnswerSchema.parse(await read('/index/v1/datasets?q=maatwerk'))
    expect(datasets).toMatchObject({ total: 3, stale: false, freshness: 'fresh', asOf: '2026-11-24T09:00:00Z' })
    expect(datasets.records[0]).toMatchObject({ freshness: 'fresh', guarded: true, organization: { role: 'gemeente' } })
    const services = serviceAnswerSchema.parse(await read('/index/v1/services?role=gemeente'))
    expect(services.total).toBe(3)
    const parties = partyAnswerSchema.parse(await read('/index/v1/parties'))
    expect(parties.total).toBe(4)
  })

  test('leads from a dataset to where it can be asked for', async () => {
    const [record] = datasetAnswerSchema.parse(await read(`/index/v1/datasets?publisher=${zuid.did}`)).records
    const service = record?.primaryTopic.distribution[0]?.accessService
    expect(service).toMatchObject({ type: 'DataService', endpointURL: `https://${zuid.host}/wmo/graphql` })
  })

  test('answers linked data of which no member gets lost', async () => {
    const context: unknown = JSON.parse(await readFile('schemas/contexts/catalogus-v1.json', 'utf8'))
    const documentLoader = async (url: string) => {
      if (url !== catalogueContext) throw new Error('another context')
      return { contextUrl: null, documentUrl: url, document: context, tag: 'static' as const }
    }
    const answer = (await read('/index/v1/datasets?limit=1')) as object // What the node made.
    const expanded = await jsonld.expand(answer, { base: null, safe: true, documentLoader })
    const text = JSON.stringify(expanded)
    for (const name of [
      'http://www.w3.org/ns/dcat#record',
      'http://www.w3.org/ns/dcat#CatalogRecord',
      'http://xmlns.com/foaf/0.1/primaryTopic',
      'http://purl.org/dc/terms/source',
      'http://purl.org/dc/terms/language',
      'http://www.w3.org/ns/dcat#Dataset',
    ])
      expect(text).toContain(`"${name}"`)
  })

  test('has pages, with a link to the next', async () => {
    const first = await ask('/index/v1/datasets?limit=2&theme=SOCI')
    const link = /<([^>]+)>; rel="next"/.exec(first.headers.get('link') ?? '')?.[1] ?? ''
    const seen = datasetAnswerSchema.parse(await first.json()).records
    const rest = datasetAnswerSchema.parse(await read(link))
    expect(rest.next).toBeUndefined()
    expect(new Set([...seen, ...rest.records].map(({ primaryTopic }) => primaryTopic.id)).size).toBe(3)
  })

  test('says by 304 that nothing is different', async () => {
    const first = await ask('/index/v1/datasets?q=maatwerk')
    const etag = first.headers.get('etag') ?? ''
    expect((await ask('/index/v1/datasets?q=maatwerk', { 'if-none-match': etag })).status).toBe(304)
    expect((await ask('/index/v1/datasets?q=jeugd', { 'if-none-match': etag })).status).toBe(200)
  })

  test.each([
    ['an unknown parameter', 'vraag=x'],
    ['a limit of nothing', 'limit=0'],
    ['a limit of very many', 'limit=101'],
    ['a cursor that it did not give', 'cursor=abc'],
    ['a parameter twice', 'q=a&q=b'],
    ['an empty question', 'q='],
  ])('refuses %s', async (_, query) => {
    expect((await ask(`/index/v1/datasets?${query}`)).status).toBe(400)
  })
})

describe('a number that could be a BSN', () => {
  test.each([
    ['alone', `q=${bsn}`],
    ['in a longer text', `q=indicatie+van+${bsn}+graag`],
    ['against other signs', `q=bsn:${bsn};`],
    ['in digits of full width', `q=${encodeURIComponent('９９９９９００１９')}`],
    ['with points', 'q=9999.90.019'],
    ['with spaces', 'q=999+990+019'],
    ['with dashes', 'q=zoek+999-990-019+op'],
    ['in a filter', `identifier=${bsn}`],
    ['in an IRI', `conformsTo=https://a.example/${bsn}/b`],
    ['as a publisher', `publisher=did:web:a.example:${bsn}`],
    ['as a cursor', `cursor=${bsn}`],
    ['as the name of a parameter', `${bsn}=1`],
    ['in the feed', `since=${bsn}`, 'entries'],
    ['in a search for parties', `q=${bsn}`, 'parties'],
    ['in a search for services', `spatial=${bsn}`, 'services'],
  ])('is refused %s, in words that do not repeat it', async (_, query, path = 'datasets') => {
    const answer = await ask(`/index/v1/${path}?${query}`)
    const text = await answer.text()
    expect(answer.status).toBe(400)
    expect(text).not.toMatch(/9990019|990\.?019|990-019/)
    expect(JSON.stringify(served.lines())).not.toContain(bsn)
  })

  test.each([
    ['nine digits that cannot be one', 'q=123456789'],
    ['eight digits', 'identifier=62253778'],
    ['an OIN', 'identifier=00000099000000001000'],
    ['a year and a month', 'q=indicaties+2026-11'],
    ['a DID with a UUID', 'publisher=did:web:a.example:iam:2a9d5f7c-1234-4234-8234-123456789abc'],
  ])('is not seen in %s', async (_, query) => {
    expect((await ask(`/index/v1/datasets?${query}`)).status).toBe(200)
  })
})

describe('the feed', () => {
  test('is in the shape that it promises', async () => {
    const page = indexFeedSchema.parse(await read('/index/v1/entries?since=0&limit=3'))
    expect(page).toMatchObject({ more: true })
    const rest = indexFeedSchema.parse(await read(`/index/v1/entries?since=${String(page.seq)}`))
    expect(rest.more).toBe(false)
    expect(new Set([...page.entries, ...rest.entries].map(({ did }) => did)).size).toBe(4)
  })

  test.each(['since=-1', 'since=x', 'limit=501', 'limit=0'])('refuses %s', async (query) => {
    expect((await ask(`/index/v1/entries?${query}`)).status).toBe(400)
  })
})

describe('what is seen by who runs the node', () => {
  test('how far the index is', async () => {
    const status = indexStatusSchema.parse(await read('/internal/bronnet/v1/index'))
    expect(status).toMatchObject({ parties: 4, catalogues: 3, datasets: 3, failing: 1, refused: 1, freshness: 'fresh' })
    expect(status.authority).toEqual({ version: 2 })
  })

  test('why a catalogue does not count, and why a dataset is not shown', async () => {
    const { problems } = indexProblemsSchema.parse(await read('/internal/bronnet/v1/index/problems'))
    expect(problems).toMatchObject([
      { did: world.member('kapot').did, reason: 'catalogue.not_served', failures: 1, since: '2026-11-24T09:00:00Z' },
      {
        did: world.member('valsspeler').did,
        reason: 'authority.not_proven',
        dataset: `${world.member('valsspeler').url}/datasets/wmo`,
        product: 'https://modellen.example/wmo/3',
      },
    ])
    expect(problems.every(({ words }) => words.length > 0)).toBe(true)
  })
})
