import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createReadCatalogue } from '../../node/catalogue/read-catalogue.js'
import { didWebFor } from '../../node/identity/did-web.js'
import { createFixedClock, toRfc3339 } from '../../node/kernel/clock.js'
import { indexFeedSchema } from '../../schemas/wire/index-feed.js'
import { datasetAnswerSchema, indexProblemsSchema, type IndexProblem } from '../../schemas/wire/index-search.js'
import { discoveryService } from '../../scripts/demo/participants.js'
import { exampleDocument } from '../support/catalogue-documents.js'
import { createOutboundWorld } from '../support/outbound-world.js'
import { startRegion, type Region } from '../support/region.js'

/**
 * A node with parties of which one is honest, and the others are not: each is listed, and has its catalogue on a host of
 * its own that its DID document names. Another node of the region makes its index of all.
 */
const names = ['eerlijk', 'anders', 'oud', 'gif', 'traag', 'groot', 'elders', 'aanspraak', 'dief'] as const
type Name = (typeof names)[number]
type Handler = (request: IncomingMessage, response: ServerResponse) => void

const clock = createFixedClock(Date.parse('2026-11-24T09:00:00Z'))
const read = createReadCatalogue({ loopback: true })
const hosts = createOutboundWorld()
const ids = Object.fromEntries(names.map((name) => [name, randomUUID()])) as Readonly<Record<Name, string>> // One for each.
const handlers = new Map<Name, Handler>()
const urls = new Map<Name, string>()
let region: Region
let directory = ''

const urlOf = (name: Name): string => urls.get(name) ?? ''
const didOf = (name: Name): string => didWebFor(region.world.member('dorp').publicUrl, 'iam', ids[name])
const searcher = () => region.world.member('zorgkantoor-noord').administrator

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bronnet-index-flow-'))
  const authority = join(directory, 'authority.json')
  await writeFile(
    authority,
    JSON.stringify({
      version: 1,
      others: 'show',
      products: [
        {
          product: 'https://modellen.example/wmo/*',
          credential: 'LedenadministratieCredential',
          where: { 'organization.role': 'gemeente' },
        },
      ],
    }),
  )
  region = await startRegion({
    clock,
    extra: [
      {
        name: 'dorp',
        organization: { name: 'Gemeente Dorp', city: 'Dorp', id: '9998', id_type: 'gemeentecode', role: 'gemeente' },
        publicPort: 0,
        internalPort: 0,
        tlsPort: 0,
        desks: [],
        sources: [],
      },
    ],
    configure(name, settings) {
      if (name === 'zorgkantoor-noord')
        return { ...settings, discovery: { ...settings.discovery, index: { authority } } }
      if (name !== 'dorp') return settings
      return {
        ...settings,
        discovery: { ...settings.discovery, index: { public: true } },
        parties: [...(settings.parties ?? []), ...names.map((subject) => ({ subject, id: ids[subject] }))],
      }
    },
  })
  for (const name of names) await serve(name)
}, 120_000)

afterAll(async () => {
  await region.end()
  await hosts.close()
  await rm(directory, { recursive: true })
})

/** A host of its own, so that one that is slow is slow alone. */
async function serve(name: Name): Promise<void> {
  const server = await hosts.serve((request, response) => {
    const handle = handlers.get(name)
    if (handle !== undefined && request.url === '/catalogus') handle(request, response)
    else response.writeHead(404).end()
  })
  urls.set(name, `http://localhost:${String(server.port)}/catalogus`)
}

/** What an honest party would publish there. */
function documentOf(name: Name, keys?: readonly string[]): object {
  const text = JSON.stringify(exampleDocument(keys))
    .replaceAll('did:web:node.voorbeeld.example', didOf(name))
    .replaceAll('https://node.voorbeeld.example/catalogus', urlOf(name))
    .replaceAll('https://node.voorbeeld.example', new URL(urlOf(name)).origin)
  return JSON.parse(text) as object // The example, with other names.
}

function answerWith(document: object): Handler {
  return (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/ld+json' }).end(JSON.stringify(document))
  }
}

const digestOf = async (document: object): Promise<string> =>
  (await read(JSON.stringify(document), 'application/ld+json')).digest

/** The membership that the stelselbeheerder gives, and the host that the DID document names. */
async function enter(name: Name, organization: object): Promise<void> {
  const { world } = region
  const dorp = world.member('dorp').administrator
  const stelselbeheerder = world.member('stelselbeheerder')
  const credential = await stelselbeheerder.administrator.call('POST', '/internal/vcr/v2/issuer/vc', {
    type: 'LedenadministratieCredential',
    issuer: stelselbeheerder.did,
    expirationDate: toRfc3339(clock.now() + 300 * 86_400_000),
    credentialSubject: { id: didOf(name), organization },
  })
  await dorp.call('POST', `/internal/vcr/v2/holder/${name}/vc`, credential)
  if (name === 'dief') return
  await dorp.call('POST', `/internal/vdr/v2/subject/${name}/service`, {
    type: 'CatalogService',
    serviceEndpoint: urlOf(name),
  })
}

async function list(name: Name, catalogDigest: string, catalogURL = urlOf(name)): Promise<void> {
  await region.world.member('dorp').administrator.call('POST', `/internal/discovery/v1/${discoveryService}/${name}`, {
    registrationParameters: { catalogURL, catalogDigest, catalogVersion: '1' },
  })
}

const gemeente = {
  name: 'Gemeente Voorbeeld',
  city: 'Voorbeeldstad',
  id: '9999',
  id_type: 'gemeentecode',
  role: 'gemeente',
}

async function search(query: string) {
  return datasetAnswerSchema.parse(await searcher().call('GET', `/index/v1/datasets?${query}`))
}

async function problemOf(name: Name): Promise<IndexProblem | undefined> {
  const { problems } = indexProblemsSchema.parse(await searcher().call('GET', '/internal/bronnet/v1/index/problems'))
  return problems.find(({ did }) => did === didOf(name))
}

/** Waits for what the jobs of the node do. */
async function eventually<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

describe('a node of the region', () => {
  test('finds the dataset of an honest party, while others are hostile', async () => {
    for (const name of names) {
      const isHuisarts = name === 'aanspraak'
      await enter(name, isHuisarts ? { ...gemeente, role: 'huisarts', id: '01999901', id_type: 'agb' } : gemeente)
    }
    for (const name of ['eerlijk', 'aanspraak'] as const) handlers.set(name, answerWith(documentOf(name)))
    handlers.set('anders', answerWith({ ...documentOf('anders'), version: '2' }))
    handlers.set('oud', answerWith(documentOf('oud', ['wmo', 'jeugd'])))
    handlers.set('gif', answerWith(poison()))
    handlers.set('traag', () => undefined)
    handlers.set('groot', (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/ld+json' }).end(' '.repeat(300_000))
    })
    handlers.set('elders', (_request, response) => {
      response.writeHead(302, { location: urlOf('eerlijk') }).end()
    })
    const unknown = `rdfc-1.0+sha-256:${'A'.repeat(43)}`
    // The slow one first: whoever waited for it would wait longest.
    await list('traag', unknown)
    for (const name of ['gif', 'groot'] as const) await list(name, unknown)
    for (const name of ['anders', 'aanspraak', 'eerlijk'] as const) await list(name, await digestOf(documentOf(name)))
    await list('elders', await digestOf(documentOf('eerlijk')))
    await list('oud', await digestOf(documentOf('oud', ['wmo', 'jeugd'])))
    await list('dief', await digestOf(documentOf('eerlijk')), urlOf('eerlijk'))
    await region.world.syncDiscovery()

    const found = await eventually(async () => {
      const { records } = await search(`publisher=${encodeURIComponent(didOf('eerlijk'))}`)
      return records[0]
    })
    expect(found).toMatchObject({
      freshness: 'fresh',
      guarded: true,
      source: urlOf('eerlijk'),
      organization: { name: 'Gemeente Voorbeeld', role: 'gemeente' },
      primaryTopic: { publisher: didOf('eerlijk'), distribution: [{ accessService: { type: 'DataService' } }] },
    })
  }, 60_000)

  test.each<[Name, string]>([
    ['anders', 'catalogue.integrity'],
    ['gif', 'catalogue.too_large'],
    ['traag', 'outbound.timed_out'],
    ['groot', 'outbound.too_large'],
    ['elders', 'catalogue.redirected'],
    ['aanspraak', 'authority.not_proven'],
    ['dief', 'catalogue.foreign_host'],
  ])('does not show what %s says, and tells why: %s', async (name, reason) => {
    const problem = await eventually(() => problemOf(name))
    expect(problem).toMatchObject({ reason, did: didOf(name) })
    expect((await search(`publisher=${encodeURIComponent(didOf(name))}`)).total).toBe(0)
  })

  test('shows the last good version of a catalogue that goes back to an older one, flagged', async () => {
    await eventually(async () => {
      // A look that was too slow on a busy machine is made up for; time stands still here.
      await region.world.member('dorp').administrator.call('POST', '/internal/bronnet/v1/index/refresh')
      return (await search(`publisher=${encodeURIComponent(didOf('oud'))}`)).total === 2 ? true : undefined
    })
    handlers.set('oud', answerWith(documentOf('oud')))
    clock.move(20 * 3600)
    await region.world.syncDiscovery()
    const problem = await eventually(() => problemOf('oud'))
    expect(problem).toMatchObject({ reason: 'catalogue.integrity', lastGood: '2026-11-24T09:00:00Z' })
    const { records, stale } = await search(`publisher=${encodeURIComponent(didOf('oud'))}`)
    expect(records.map(({ freshness }) => freshness)).toEqual(['flagged', 'flagged'])
    expect(stale).toBe(false)
  }, 60_000)

  test('gives its changes to indexes of others only where its settings say so', async () => {
    const feedOf = (name: string) => fetch(`${region.world.member(name).publicUrl}/index/v1/entries`)
    const { entries } = indexFeedSchema.parse(await (await feedOf('dorp')).json())
    expect(entries.map(({ did }) => did)).toContain(didOf('eerlijk'))
    expect((await feedOf('zorgkantoor-noord')).status).toBe(404)
    const search = await fetch(`${region.world.member('dorp').publicUrl}/index/v1/datasets`)
    expect(search.status).toBe(404)
  })

  test('shows a party and its datasets no more once it left the list', async () => {
    await region.world.member('dorp').administrator.call('DELETE', `/internal/discovery/v1/${discoveryService}/eerlijk`)
    await region.world.syncDiscovery()
    await eventually(async () =>
      (await search(`publisher=${encodeURIComponent(didOf('eerlijk'))}`)).total === 0 ? true : undefined,
    )
  })
})

/** Things without names that all point at each other: the more there are, the more orders they could have. */
function poison(): object {
  const count = 60
  const links = Array.from({ length: count }, (_, number) => `_:b${String(number)}`)
  const dataset = links.map((id) => ({ id, type: 'Dataset', creator: links }))
  return { ...documentOf('gif'), dataset }
}
