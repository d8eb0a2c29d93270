import { afterEach, describe, expect, test } from '@jest/globals'
import { createReadCatalogue } from '../../../node/catalogue/read-catalogue.js'
import { digestOf } from '../../../registry-client/catalogue-digest.js'
import { exampleDocument } from '../../support/catalogue-documents.js'
import { createClientWorlds, failureOf, json, type Answering } from '../../support/client-world.js'
import { describeWithShared } from '../../support/shared.js'

const worlds = createClientWorlds()
afterEach(() => worlds.close())

const document = exampleDocument(['wmo', 'jeugd'])
const changed = { ...document, title: { nl: 'Een andere catalogus' } }
const digest = await digestOf(document)

function serve(body: object, headers: Readonly<Record<string, string>> = {}): Answering {
  return json(200, body, { 'content-type': 'application/ld+json', ...headers })
}
const unchanged: Answering = (response) => void response.writeHead(304).end()
const busy = json(503, {})

describe('the digest of a catalogue', () => {
  test('is the one that the node makes', async () => {
    const read = createReadCatalogue({ loopback: true })
    for (const some of [document, changed, exampleDocument(['een'])]) {
      const { digest: ofNode } = await read(JSON.stringify(some), 'application/ld+json')
      expect(await digestOf(some)).toBe(ofNode)
    }
  })

  test('does not change with the order of what is said', async () => {
    const [first, second] = document.dataset
    const turned = { ...Object.fromEntries(Object.entries(document).reverse()), dataset: [second, first] }
    expect(await digestOf(turned)).toBe(digest)
  })

  test.each<[string, Record<string, unknown>]>([
    ['a word', changed],
    ['a number of a version', { ...document, version: '2026-10-01.2' }],
    ['something that is left out', { ...document, description: undefined }],
  ])('changes with %s', async (_, other) => {
    expect(await digestOf(JSON.parse(JSON.stringify(other)))).not.toBe(digest)
  })

  test.each<[string, Record<string, unknown>]>([
    ['of another network', { ...document, '@context': 'https://elders.nl/context' }],
    ['with a context of its own', { ...document, '@context': { title: 'https://elders.nl/titel' } }],
    ['with two contexts', { ...document, '@context': [document['@context'], { a: 'https://elders.nl/a' }] }],
    ['with a context inside', { ...document, publisher: { '@context': {}, id: 'https://a.nl' } }],
    ['with a term that means nothing', { ...document, lievelingskleur: 'blauw' }],
    ['with a name that is not absolute', { ...document, publisher: 'gemeente' }],
    ['with a keyword that hides something', { ...document, '@included': [] }],
    [
      'that is too deep',
      { ...document, dataset: [Array.from({ length: 30 }).reduce((value) => ({ dataset: value }), {})] },
    ],
    [
      'that nobody can put in order',
      {
        ...document,
        service: Array.from({ length: 2 }, () => ({ servesDataset: Array.from({ length: 10 }, () => ({})) })),
      },
    ],
  ])('is not made of a document %s', async (_, other) => {
    await expect(digestOf(other)).rejects.toThrow(expect.objectContaining({ name: 'Undigestible' }))
  })
})

describeWithShared('the published examples of catalogues', ['shapes', 'examples'], (read) => {
  test.each(['ciz', 'gemeente', 'huisarts'])('of %s is read, with the digest that the node makes', async (name) => {
    const text = read(`${name}.catalogus.jsonld`)
    const { digest: ofNode } = await createReadCatalogue({ loopback: true })(text, 'application/ld+json')
    const { client, url } = await worlds.start(serve(JSON.parse(text)))
    const { catalogue } = await client.catalogue(`${url}/catalogus`, { digest: ofNode })
    expect(catalogue.datasets.length).toBeGreaterThan(0)
    expect(catalogue.publisher.did).toMatch(/^did:web:/)
  })
})

describe('reading a catalogue', () => {
  test('gives what it says under plain names, and the document itself', async () => {
    const { client, url, server } = await worlds.start(serve(document))
    const { catalogue, document: read, digest: compared, stale } = await client.catalogue(`${url}/catalogus`)
    expect(server.requests).toMatchObject([
      { method: 'GET', path: '/catalogus', headers: { accept: 'application/ld+json' } },
    ])
    expect([compared, stale]).toEqual([undefined, false])
    expect(read).toEqual(JSON.parse(JSON.stringify(document)))
    expect(catalogue).toMatchObject({
      id: document.id,
      title: { nl: 'Catalogus van Gemeente Voorbeeld' },
      publisher: { did: 'did:web:node.voorbeeld.example', name: { nl: 'Gemeente Voorbeeld' } },
      contact: { name: { nl: 'Gegevensbeheer' }, address: 'mailto:gegevens@voorbeeld.example' },
    })
    expect(catalogue.datasets[0]).toMatchObject({
      id: `${document.id}/datasets/wmo`,
      purposes: [{ label: { nl: 'Uitvoeren van de Wmo' } }],
      policies: [{ id: `${document.id}/policies/wmo/v1`, rules: `${document.id}/policies/wmo/v1/rules` }],
      distributions: [{ url: 'https://node.voorbeeld.example/wmo/graphql', service: `${document.id}/services/wmo` }],
    })
    expect(catalogue.services[1]).toMatchObject({
      url: 'https://node.voorbeeld.example/wmo/graphql',
      datasets: [`${document.id}/datasets/jeugd`],
    })
  })

  test('takes single things where others write lists', async () => {
    const single = { ...document, dataset: document.dataset[0], service: document.service[0] }
    const { client, url } = await worlds.start(serve(single))
    expect((await client.catalogue(`${url}/catalogus`)).catalogue.datasets).toHaveLength(1)
  })

  test('asks again with the ETag, and reads nothing when nothing changed', async () => {
    const { client, url, server } = await worlds.start([serve(document, { etag: '"een"' }), unchanged])
    const first = await client.catalogue(`${url}/catalogus`)
    const second = await client.catalogue(`${url}/catalogus`)
    expect(server.requests.map(({ headers }) => headers['if-none-match'])).toEqual([undefined, '"een"'])
    expect(second.catalogue).toBe(first.catalogue)
  })

  test('does not ask within the time that the answer allows, and never longer than an hour', async () => {
    const { client, url, server, clock } = await worlds.start(
      serve(document, { 'cache-control': 'public, max-age=99999' }),
    )
    await client.catalogue(`${url}/catalogus`)
    clock.move(3_599_000)
    await client.catalogue(`${url}/catalogus`)
    expect(server.requests).toHaveLength(1)
    clock.move(2_000)
    await client.catalogue(`${url}/catalogus`)
    await client.catalogue(`${url}/catalogus`, { fresh: true })
    expect(server.requests).toHaveLength(3)
  })

  test('keeps as many as it may', async () => {
    const cached = serve(document, { 'cache-control': 'max-age=600' })
    const { client, url, server } = await worlds.start(cached, { keptCatalogues: 1 })
    for (const path of ['a', 'a', 'b', 'a']) await client.catalogue(`${url}/${path}`)
    expect(server.requests.map(({ path }) => path)).toEqual(['/a', '/b', '/a'])
  })

  test.each<[string, Answering]>([
    ['another kind of document', serve({ ...document, type: 'Dataset' })],
    ['a page', (response) => void response.writeHead(200).end('<html>')],
    ['more than a catalogue may be', serve({ ...document, description: { nl: 'x'.repeat(300_000) } })],
    ['that nothing changed, to who had nothing', unchanged],
  ])('fails when the answer is %s', async (_, answer) => {
    const { client, url } = await worlds.start(answer)
    expect((await failureOf(client.catalogue(`${url}/catalogus`))).code).toBe('protocol')
  })

  test('asks nothing at an address without TLS', async () => {
    const { client } = await worlds.start(serve(document))
    expect((await failureOf(client.catalogue('http://ciz.voorbeeld.nl/catalogus'))).code).toBe('invalid_request')
  })
})

describe('reading a catalogue that was signed', () => {
  test('compares it with what was signed, and then needs to ask no more', async () => {
    const { client, url, server, clock } = await worlds.start(serve(document))
    expect((await client.catalogue(`${url}/catalogus`, { digest })).digest).toBe(digest)
    clock.move(86_400_000)
    await client.catalogue(`${url}/catalogus`, { digest })
    expect(server.requests).toHaveLength(1)
  })

  test('asks past all caches once for the right one', async () => {
    const { client, url, server } = await worlds.start([serve(changed, { etag: '"oud"' }), serve(document)])
    expect((await client.catalogue(`${url}/catalogus`, { digest })).digest).toBe(digest)
    expect(server.requests[1]?.headers).toMatchObject({ 'cache-control': 'no-cache' })
    expect(server.requests[1]?.headers).not.toHaveProperty('if-none-match')
  })

  test('refuses another document, however often it is asked', async () => {
    const { client, url, server } = await worlds.start(serve(changed))
    const failure = await failureOf(client.catalogue(`${url}/catalogus`, { digest }))
    expect([failure.code, failure.from]).toEqual(['protocol', 'catalogue'])
    expect(server.requests).toHaveLength(2)
  })

  test('refuses a document of which the digest cannot be made', async () => {
    const { client, url } = await worlds.start(serve({ ...document, lievelingskleur: 'blauw' }))
    expect((await failureOf(client.catalogue(`${url}/catalogus`, { digest }))).message).toContain(
      'digest cannot be made',
    )
  })
})

describe('a catalogue that does not answer', () => {
  test('is no catalogue, unless the application takes what is kept, and for how long', async () => {
    const { client, url, clock } = await worlds.start([serve(document), busy], { patience: { attempts: 1 } })
    const first = await client.catalogue(`${url}/catalogus`)
    expect((await failureOf(client.catalogue(`${url}/catalogus`))).code).toBe('unavailable')
    clock.move(59_000)
    const kept = await client.catalogue(`${url}/catalogus`, { acceptStaleSeconds: 60 })
    expect(kept).toMatchObject({ stale: true, seenAt: first.seenAt })
    clock.move(1_000)
    expect((await failureOf(client.catalogue(`${url}/catalogus`, { acceptStaleSeconds: 60 }))).code).toBe('unavailable')
  })

  test('is not replaced by what is kept when something else was signed', async () => {
    const { client, url } = await worlds.start([serve(changed), busy], { patience: { attempts: 1 } })
    await client.catalogue(`${url}/catalogus`)
    const options = { digest, acceptStaleSeconds: 3600 }
    expect((await failureOf(client.catalogue(`${url}/catalogus`, options))).code).toBe('unavailable')
  })

  test('that is gone is gone', async () => {
    const { client, url } = await worlds.start([serve(document), json(404, { title: 'No.' })])
    await client.catalogue(`${url}/catalogus`)
    const failure = await failureOf(client.catalogue(`${url}/catalogus`, { acceptStaleSeconds: 3600 }))
    expect(failure.code).toBe('not_found')
  })
})
