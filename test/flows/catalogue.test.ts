import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { compactVerify, importJWK, type JWK } from 'jose'
import { discoveryStandard } from '../../node/catalogue/describe-list.js'
import { createParseDocument } from '../../node/catalogue/parse-document.js'
import { digestText } from '../../node/catalogue/published-file.js'
import { createReadCatalogue } from '../../node/catalogue/read-catalogue.js'
import { selectorList } from '../../node/catalogue/vocabulary.js'
import { createFixedClock } from '../../node/kernel/clock.js'
import { catalogueProofSchema } from '../../schemas/wire/catalogue-proof.js'
import { catalogueOf } from '../../scripts/demo/catalogue-of.js'
import type { Member } from '../../scripts/demo/world.js'
import { participants } from '../../scripts/demo/participants.js'
import { countTargets, createCheckPublished, publishedShapes } from '../support/published-shapes.js'
import { startRegion, untilIndexed, type Region } from '../support/region.js'
import { describeWithShared } from '../support/shared.js'

const clock = createFixedClock(Date.parse('2026-11-24T09:00:00Z'))
const publishers = participants.filter((participant) => catalogueOf(participant) !== undefined).map(({ name }) => name)
const read = createReadCatalogue({ loopback: true })
const parse = createParseDocument()

let region: Region
beforeAll(async () => {
  region = await startRegion({ clock, whole: true })
}, 60_000)
afterAll(() => region.end())

const member = (name = 'ciz'): Member => region.world.member(name)
const get = (path: string, headers: Readonly<Record<string, string>> = {}, name = 'ciz') =>
  fetch(new URL(path, member(name).publicUrl), { headers, redirect: 'manual' })
const json = async (path: string): Promise<Record<string, unknown>> => (await get(path)).json() as never

describe.each(publishers)('the catalogue of %s', (name) => {
  test('is JSON-LD for who asks nothing else, and says the same as Turtle', async () => {
    const [one, other] = [await get('/catalogus', {}, name), await get('/catalogus', { accept: 'text/turtle' }, name)]
    expect([one.headers.get('content-type'), other.headers.get('content-type')]).toEqual([
      'application/ld+json',
      'text/turtle; charset=utf-8',
    ])
    const jsonLd = await read(await one.text(), 'application/ld+json')
    expect(jsonLd.conforms || jsonLd.violations).toBe(true)
    expect(await read(await other.text(), 'text/turtle')).toEqual(jsonLd)
  })

  test('is signed by its publisher: its proof names the same digest', async () => {
    const { digest } = await read(await (await get('/catalogus', {}, name)).text(), 'application/ld+json')
    const answer = await get('/catalogus/proof', {}, name)
    expect(answer.headers.get('content-type')).toBe('application/jwt')
    const proof = await answer.text()
    const { keys, did } = await keysOf(member(name))
    const { payload, protectedHeader } = await compactVerify(proof, ({ kid }) =>
      importJWK(keys.get(kid ?? '') as JWK, 'ES256'),
    )
    const claims = catalogueProofSchema.parse(JSON.parse(new TextDecoder().decode(payload)))
    expect(protectedHeader.typ).toBe('catalog-proof+jwt')
    expect(claims).toMatchObject({ iss: did, sub: `${member(name).publicUrl}/catalogus` })
    expect(claims.exp - claims.iat).toBeLessThanOrEqual(7 * 86_400)
    expect(`${claims.digest.alg}:${claims.digest.value}`).toBe(digest)
  })

  test('is in the listing of its publisher, by URL, digest and version', async () => {
    const { digest, ...rest } = await read(await (await get('/catalogus', {}, name)).text(), 'application/ld+json')
    const { parties } = await region
      .application('zorgkantoor-noord')
      .discover.listings('bronnet-demo', { 'credentialSubject.catalogURL': '*' })
    const listing = parties.find(({ did }) => did === member(name).did)
    expect(listing?.parameters).toMatchObject({
      catalogURL: `${member(name).publicUrl}/catalogus`,
      catalogDigest: digest,
      catalogVersion: rest.conforms ? rest.catalogue.version : '',
    })
  })
})

describeWithShared('the catalogue of every participant holds to the published shapes', ['shapes'], (file) => {
  const check = createCheckPublished(file)
  const rows = publishers.flatMap((name) =>
    Object.keys(publishedShapes).map((set) => [name, set as keyof typeof publishedShapes] as const),
  )

  test.each(rows)('%s: %s', async (name, set) => {
    const statements = await parse(await (await get('/catalogus', {}, name)).text(), 'application/ld+json')
    const participant = participants.find((candidate) => candidate.name === name)
    const held =
      (participant?.sources.length ?? 0) +
      (participant === undefined ? 0 : (catalogueOf(participant)?.lists.length ?? 0))
    expect(countTargets(statements)).toEqual({ Catalog: 1, Dataset: held, Distribution: held, DataService: held })
    expect(await check(set, statements)).toEqual([])
  })

  test('and the check would have found a fault', async () => {
    const statements = await parse(await (await get('/catalogus')).text(), 'application/ld+json')
    const without = statements.filter(({ predicate }) => predicate.value !== 'http://purl.org/dc/terms/title')
    expect(await check('DCAT-AP 3.0.1, base', without)).not.toEqual([])
    const inTheClear = statements.map(
      (statement) =>
        JSON.parse(JSON.stringify(statement).replaceAll('https://localhost', 'http://localhost')) as typeof statement,
    )
    expect(await check('the network profile', inTheClear)).not.toEqual([])
  })
})

describe('what a catalogue points at', () => {
  test('are datasets, services and offers in their own places, in three forms', async () => {
    for (const path of [
      '/catalogus/datasets/indicatieregister',
      '/catalogus/services/indicatieregister',
      '/catalogus/policies/indicatieregister/v1',
    ]) {
      const id = `${member().publicUrl}${path}`
      expect((await json(path))['id']).toBe(id)
      const whole = await parse(await (await get('/catalogus')).text(), 'application/ld+json')
      const about = whole.filter(({ subject }) => subject.value === id).map((statement) => JSON.stringify(statement))
      const turtle = await parse(await (await get(path, { accept: 'text/turtle' })).text(), 'text/turtle')
      const saysOfIt = turtle
        .filter(({ subject }) => subject.value === id)
        .map((statement) => JSON.stringify(statement))
      expect(saysOfIt.sort()).toEqual(about.sort())
      const page = await get(`${path}.html`)
      expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
      expect(await page.text()).toContain('<html lang="nl">')
    }
  })

  test('are the rules as they are enforced, and the schema: their digests can be recomputed', async () => {
    const [dataset] = (await json('/catalogus'))['dataset'] as readonly Record<string, never>[]
    const { hasPolicy, distribution } = dataset as unknown as {
      hasPolicy: readonly [{ enforcedBy: string; policyDigest: string }]
      distribution: readonly [{ conformsTo: readonly [{ id: string }]; schemaDigest: string }]
    }
    for (const [url, digest] of [
      [hasPolicy[0].enforcedBy, hasPolicy[0].policyDigest],
      [distribution[0].conformsTo[0].id, distribution[0].schemaDigest],
    ] as const) {
      const answer = await fetch(url)
      expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
      const bytes = Buffer.from(await answer.arrayBuffer())
      expect(`sha-256:${createHash('sha256').update(bytes).digest('base64url')}`).toBe(digest)
    }
  })

  test('are endpoints that say without a token how to get access', async () => {
    const [service] = (await json('/catalogus'))['service'] as readonly { endpointURL: string }[]
    const { pathname, protocol } = new URL(service?.endpointURL ?? '')
    expect(protocol).toBe('https:')
    const answer = await get(pathname)
    expect(answer.status).toBe(200)
    expect(await answer.json()).toMatchObject({ authorizationServer: member().authorizationServer })
    expect(answer.headers.get('link')).toBe(
      `<${member().publicUrl}/catalogus/services/indicatieregister>; rel="describedby"`,
    )
  })

  test('are roles and purposes that are those of the rules, all of them', async () => {
    const rules = (await json('/catalogus/policies/indicatieregister/v1/rules'))['rules'] as readonly {
      wie: { role: readonly string[] }
      waarvoor: { purpose: string }
    }[]
    const [dataset] = await datasets()
    const codes = (iris: readonly string[]) => iris.map((iri) => iri.split('/').at(-1)).sort()
    expect(codes(dataset?.roles ?? [])).toEqual([...new Set(rules.flatMap(({ wie }) => wie.role))].sort())
    expect(codes(dataset?.purposes.map(({ id }) => id) ?? [])).toEqual(
      [...new Set(rules.map(({ waarvoor }) => waarvoor.purpose))].sort(),
    )
  })
})

async function datasets() {
  const found = await read(await (await get('/catalogus')).text(), 'application/ld+json')
  return found.conforms ? found.catalogue.datasets : []
}

async function keysOf({ did, publicUrl }: Member) {
  const document = (await (await fetch(`${publicUrl}/iam/${did.split(':').at(-1) ?? ''}/did.json`)).json()) as {
    verificationMethod: readonly { id: string; publicKeyJwk: unknown }[]
    assertionMethod: readonly string[]
  }
  const usable = document.verificationMethod.filter(({ id }) => document.assertionMethod.includes(id))
  return { did, keys: new Map(usable.map(({ id, publicKeyJwk }) => [id, publicKeyJwk])) }
}

describe('the catalogue of who keeps the list of participants', () => {
  const keeper = 'stelselbeheerder'

  async function listDataset() {
    const found = await read(await (await get('/catalogus', {}, keeper)).text(), 'application/ld+json')
    const [dataset] = found.conforms ? found.catalogue.datasets : []
    if (dataset === undefined) throw new Error('the list is not in the catalogue')
    return dataset
  }

  test('says of the list what its definition says, and that everybody may read it and no persons are in it', async () => {
    const dataset = await listDataset()
    expect(dataset).toMatchObject({
      title: { nl: 'Deelnemers van het netwerk in de Voorbeeldregio' },
      conformsTo: [discoveryStandard],
      accessRights: 'http://publications.europa.eu/resource/authority/access-right/PUBLIC',
      subjectSelector: `${selectorList}no-persons`,
      roles: [],
      grondslag: { status: 'experiment' },
    })
  })

  test('points at the definition itself, by which who registers is judged', async () => {
    const [policy] = (await listDataset()).policies
    const published = await (await fetch(policy?.enforcedBy ?? '')).text()
    const file = join(member(keeper).dataDirectory, '..', 'discovery', 'bronnet-demo.json')
    expect(published).toBe(await readFile(file, 'utf8'))
    expect(policy?.digest).toBe(digestText(published))
  })

  test('points at the list, and at a description of it that the list holds to', async () => {
    const [distribution] = (await listDataset()).distributions
    expect(distribution?.accessURL).toBe(`${member(keeper).httpsUrl}/discovery/bronnet-demo`)
    const page = await get(new URL(distribution?.accessURL ?? '').pathname, {}, keeper)
    expect(Object.keys(((await page.json()) as { entries: object }).entries)).toHaveLength(participants.length)
    const described = (await (await fetch(distribution?.conformsTo[0] ?? '')).json()) as {
      servers: readonly { url: string }[]
      paths: object
    }
    expect(described.servers).toEqual([{ url: `${member(keeper).httpsUrl}/discovery` }])
    expect(Object.keys(described.paths)).toEqual(['/{service}'])
  })

  test('tells people who can be listed, and sends nobody for a token', async () => {
    const policy = await (await get('/catalogus/policies/bronnet-demo/v1.html', {}, keeper)).text()
    expect(policy).toContain('LedenadministratieCredential')
    expect(policy).toContain('Iedereen')
    const service = await (await get('/catalogus/services/bronnet-demo.html', {}, keeper)).text()
    expect(service).toContain('zonder token')
    expect(service).not.toContain('oauth2')
  })

  test('is how others find who keeps it, also when they look for what is for them', async () => {
    await untilIndexed(region, 'huisarts', keeper)
    const { did } = member(keeper)
    for (const query of [{ text: 'deelnemerslijst' }, { mayAsk: 'huisarts', publisher: did }]) {
      const { items } = await region.application('huisarts').discover.datasets(query).first()
      expect(items.map(({ id, publisher }) => [id.split('/').at(-1), publisher])).toEqual([['bronnet-demo', did]])
    }
  })
})

describe('every participant', () => {
  test('has a catalogue', () => {
    expect(publishers).toEqual(participants.map(({ name }) => name))
  })
})
