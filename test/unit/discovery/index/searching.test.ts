import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { createAuthority } from '../../../../node/discovery/index/authority.js'
import type { IndexQuery } from '../../../../node/discovery/index/search-index.js'
import { authorityTableSchema } from '../../../../schemas/authority.js'
import { createIndexWorld, documentFor, type IndexedMember, type IndexWorld } from '../../../support/index-world.js'
import { rejectionOf } from '../../../support/refusals.js'

const hour = 3600
let world: IndexWorld
let noord: IndexedMember
let ciz: IndexedMember

const nationwide = 'http://publications.europa.eu/resource/authority/country/NLD'
const region = 'https://identifier.overheid.nl/tooi/id/gemeente/gm9999'
const model = 'https://modellen.example/wmo/3'
const indicatieModel = 'https://modellen.example/indicatieregister/2'

/** A register of the whole country, under another data model. */
function registerOf(member: IndexedMember): object {
  const text = JSON.stringify(documentFor(member, ['indicatieregister']))
    .replaceAll(region, nationwide)
    .replaceAll(model, indicatieModel)
    .replaceAll('"Maatwerkvoorzieningen"', '"Indicatieregister Wlz"')
    .replaceAll('"Toegekende voorzieningen per inwoner."', '"Besluiten over zorg."')
    .replaceAll('"voorziening"', '"indicatie"')
    .replaceAll('data-theme:SOCI', 'data-theme:HEAL')
  return JSON.parse(text) as object // The example, with other words.
}

async function createWorld(): Promise<void> {
  world = createIndexWorld()
  noord = world.member('noord')
  ciz = world.member('ciz')
  await world.listRead()
  await noord.register(await noord.serve(documentFor(noord)))
  await ciz.register(await ciz.serve(registerOf(ciz)), {
    organization: { name: 'CIZ', role: 'ciz', id: '62253778', id_type: 'kvk', city: 'Utrecht' },
  })
  await world.settle()
}

const wmo = () => `${noord.url}/datasets/wmo`
const indicaties = () => `${ciz.url}/datasets/indicatieregister`

async function find(filters: IndexQuery['filters'], q?: string): Promise<readonly string[]> {
  const { found } = await world.index.search.find('dataset', { q, filters, limit: 10 })
  return found.map(({ dataset }) => dataset.id)
}

describe('a search for datasets', () => {
  // They only ask.
  beforeAll(createWorld)

  test.each<[string, readonly ('wmo' | 'indicaties')[]]>([
    ['voorziening', ['wmo']],
    ['indicaties', ['indicaties']],
    ['WLZ register', ['indicaties']],
    ['ciz', ['indicaties']],
    ['utrecht indicatie', ['indicaties']],
    ['indicatie voorzieningen maatwerk', []],
    ['gemeente', ['wmo']],
  ])('for %j finds %j', async (q, expected) => {
    const ids = { wmo: wmo(), indicaties: indicaties() }
    expect(await find({}, q)).toEqual(expected.map((name) => ids[name]))
  })

  test.each<[IndexQuery['filters'], readonly ('wmo' | 'indicaties')[]]>([
    [{ conformsTo: model }, ['wmo']],
    [{ conformsTo: 'https://modellen.example/indicatieregister/*' }, ['indicaties']],
    [{ conformsTo: 'https://modellen.example/indicatieregister' }, []],
    [{ theme: 'HEAL' }, ['indicaties']],
    [{ theme: 'http://publications.europa.eu/resource/authority/data-theme/SOCI' }, ['wmo']],
    [{ spatial: 'gm9999' }, ['indicaties', 'wmo']],
    [{ spatial: 'gm9998' }, ['indicaties']],
    [{ spatial: nationwide }, ['indicaties']],
    [{ purpose: 'WMO_UITVOERING' }, ['indicaties', 'wmo']],
    [{ grondslag: 'BWBR0035362' }, ['indicaties', 'wmo']],
    [{ grondslag: 'BWBR0035362&artikel=2.3.5' }, ['indicaties', 'wmo']],
    [{ grondslag: 'A6-1-e' }, ['indicaties', 'wmo']],
    [{ grondslag: 'BWBR0035917' }, []],
    [{ role: 'ciz' }, ['indicaties']],
    [{ recipient: 'GEMEENTE' }, ['indicaties', 'wmo']],
    [{ recipient: 'ZORGKANTOOR' }, []],
    [{ identifier: '62253778' }, ['indicaties']],
    [{ identifier: 'kvk:62253778' }, ['indicaties']],
    [{ identifier: 'agb:62253778' }, []],
    [{ service: 'proeflijst' }, ['indicaties', 'wmo']],
    [{ theme: 'HEAL', role: 'gemeente' }, []],
  ])('that has %j finds %j', async (filters, expected) => {
    const ids = { wmo: wmo(), indicaties: indicaties() }
    expect(await find(filters)).toEqual(expected.map((name) => ids[name]))
  })

  test('of one publisher finds what is of that DID', async () => {
    expect(await find({ publisher: ciz.did })).toEqual([indicaties()])
    expect(await find({ publisher: ciz.did.toUpperCase() })).toEqual([])
  })

  test('with nothing but signs, or with very many words, is refused', async () => {
    expect((await rejectionOf(find({}, '—'))).code).toBe('request.bad_parameters')
    expect((await rejectionOf(find({}, 'a b c d e f g h i'))).code).toBe('request.bad_parameters')
  })
})

describe('a search for services and parties', () => {
  beforeEach(createWorld)

  test('finds services by their words, and by what they serve', async () => {
    const { found } = await world.index.search.find('service', { filters: { conformsTo: indicatieModel }, limit: 10 })
    expect(found.map(({ service }) => service.id)).toEqual([`${ciz.url}/services/indicatieregister`])
  })

  test('finds parties by what credentials say of them', async () => {
    const { found } = await world.index.search.find('party', { q: 'ciz', filters: { role: 'ciz' }, limit: 10 })
    expect(found).toMatchObject([{ did: ciz.did, name: 'CIZ', city: 'Utrecht', catalogue: { url: ciz.url } }])
  })

  test('finds parties without a catalogue', async () => {
    const stil = world.member('stil')
    await stil.register()
    await world.settle()
    const { found } = await world.index.search.find('party', { q: 'stil', filters: {}, limit: 10 })
    expect(found).toMatchObject([{ did: stil.did, catalogue: undefined }])
  })

  test('does not find parties by what they say about themselves', async () => {
    await noord.register(undefined, { parameters: { name: 'Ziekenhuis', organization: 'Ziekenhuis' } })
    await world.settle()
    expect((await world.index.search.find('party', { q: 'ziekenhuis', filters: {}, limit: 10 })).total).toBe(0)
  })
})

describe('pages of a search', () => {
  beforeEach(createWorld)

  const page = (cursor?: string) => world.index.search.find('dataset', { filters: {}, limit: 1, cursor })

  test('belong together, whatever changes meanwhile', async () => {
    const first = await page()
    await noord.register(await noord.serve(documentFor(noord, ['wmo', 'aaa'])))
    await world.settle()
    const second = await page(first.next)
    expect([first.total, second.total, second.sequence]).toEqual([2, 2, first.sequence])
    expect([...first.found, ...second.found].map(({ dataset }) => dataset.id)).toEqual([indicaties(), wmo()])
    expect(second.next).toBeUndefined()
  })

  test('do not show who left meanwhile', async () => {
    const first = await page()
    await noord.withdraw()
    await world.settle()
    expect((await page(first.next)).found).toEqual([])
  })

  test('are of one search only', async () => {
    const { next } = await page()
    const other = world.index.search.find('dataset', { filters: { role: 'ciz' }, limit: 1, cursor: next })
    expect((await rejectionOf(other)).code).toBe('request.bad_parameters')
    const kind = world.index.search.find('service', { filters: {}, limit: 1, cursor: next })
    expect((await rejectionOf(kind)).code).toBe('request.bad_parameters')
  })

  test('cannot be gone on with after ten minutes of changes', async () => {
    const { next } = await page()
    for (const minutes of [0, 11, 11]) {
      world.clock.move(minutes * 60)
      await noord.register(await noord.serve(documentFor(noord, ['wmo', `k${String(minutes)}`])))
      await world.settle()
    }
    expect((await rejectionOf(page(next))).code).toBe('discovery.index_gone')
  })
})

describe('what an answer says of how fresh it is', () => {
  beforeEach(createWorld)

  const freshness = async () => (await world.index.search.find('dataset', { filters: {}, limit: 1 })).freshness

  test.each([
    [0.9, 'fresh'],
    [1.1, 'flagged'],
    [23.9, 'flagged'],
    [24.1, 'stale'],
  ])('%d hours after the list was read it is %s', async (hours, expected) => {
    world.clock.move(hours * hour)
    expect(await freshness()).toBe(expected)
  })

  test('it is stale when the list was never read', async () => {
    const other = createIndexWorld()
    const { asOf, freshness: found } = await other.index.search.find('dataset', { filters: {}, limit: 1 })
    expect([asOf, found]).toEqual([undefined, 'stale'])
  })
})

describe('a claim without authority', () => {
  beforeEach(createWorld)

  const table = authorityTableSchema.parse({
    version: 4,
    products: [
      {
        product: indicatieModel,
        credential: 'LedenadministratieCredential',
        where: { 'organization.role': 'ciz' },
      },
      { product: model, credential: 'LedenadministratieCredential', where: { 'organization.role': 'gemeente' } },
    ],
  })

  beforeEach(async () => {
    world.index = world.restart({ authority: createAuthority(table) })
    await noord.register(await noord.serve(registerOf(noord)))
    await world.settle()
  })

  test('is not found, and seen by who runs the node', async () => {
    expect(await find({})).toEqual([indicaties()])
    expect(world.index.live.refused()).toEqual([
      {
        did: noord.did,
        id: `${noord.url}/datasets/indicatieregister`,
        reason: 'authority.not_proven',
        product: indicatieModel,
      },
    ])
  })

  test('takes its service with it', async () => {
    const { found } = await world.index.search.find('service', { filters: {}, limit: 10 })
    expect(found.map(({ did }) => did)).toEqual([ciz.did])
  })

  test('is judged by the table of now, also for what was indexed before', async () => {
    world.index = world.restart({ authority: createAuthority(undefined) })
    expect(await find({})).toHaveLength(2)
  })
})

describe('a registration that holds a number that could be a BSN', () => {
  beforeEach(createWorld)

  test('leaves its party out of the index, with a reason that does not repeat it', async () => {
    await noord.register(undefined, { organization: { name: 'Gemeente 999990019' } })
    await world.settle()
    expect(await find({})).toEqual([indicaties()])
    const check = world.index.live.checkOf(noord.did)
    expect(check?.reason).toBe('catalogue.person_number')
    expect(JSON.stringify([check, world.logged, await world.index.readFeed(0, 500)])).not.toContain('999990019')
  })

  test('counts again once it does not', async () => {
    await noord.register(undefined, { organization: { name: 'Gemeente 999990019' } })
    await world.settle()
    await noord.register(await noord.serve(documentFor(noord)))
    await world.settle()
    expect(await find({})).toHaveLength(2)
    expect(world.index.live.checkOf(noord.did)?.reason).toBeUndefined()
  })
})
