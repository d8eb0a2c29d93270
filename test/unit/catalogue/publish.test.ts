import { beforeEach, describe, expect, test } from '@jest/globals'
import { createParseDocument } from '../../../node/catalogue/parse-document.js'
import { digestText } from '../../../node/catalogue/published-file.js'
import { createReadCatalogue } from '../../../node/catalogue/read-catalogue.js'
import { createFixedClock } from '../../../node/kernel/clock.js'
import {
  createCatalogueWorld,
  exampleContents,
  exampleSource,
  exampleUrl,
  type CatalogueWorld,
} from '../../support/catalogue-world.js'
import { moment } from '../../support/node-parts.js'

const read = createReadCatalogue({ loopback: false })
const parse = createParseDocument()
const day = 86_400

let world: CatalogueWorld

beforeEach(() => {
  world = createCatalogueWorld()
})

async function current(of = world, subject = 'gemeente') {
  await of.published.refresh()
  const version = of.published.current(subject)
  if (version === undefined) throw new Error('nothing is published')
  return version
}

describe('a catalogue that is published', () => {
  test('reads the same from both forms, and has its digest', async () => {
    await world.publish('gemeente', exampleContents())
    const { jsonLd, turtle, digest, catalogue } = await current()
    const [one, other] = [await read(jsonLd, 'application/ld+json'), await read(turtle, 'text/turtle')]
    expect(one).toEqual({ conforms: true, digest, catalogue })
    expect(other).toEqual(one)
  })

  test('holds nothing that could be put in two orders', async () => {
    await world.publish('gemeente', exampleContents())
    const statements = await parse((await current()).jsonLd, 'application/ld+json')
    expect(
      statements.flatMap(({ subject, object }) => [subject, object]).filter(({ termType }) => termType === 'BlankNode'),
    ).toEqual([])
  })

  test('describes its publisher, and what and whom its sources are for', async () => {
    await world.publish('gemeente', exampleContents())
    expect((await current()).catalogue).toMatchObject({
      id: `${exampleUrl}/catalogus`,
      publisher: {
        id: 'https://identifier.overheid.nl/tooi/id/gemeente/gm9999',
        did: 'did:web:node.voorbeeld.example:iam:1',
        name: { nl: 'Gemeente Voorbeeld' },
      },
      contact: { address: 'mailto:gegevens@voorbeeld.example' },
      datasets: [
        {
          id: `${exampleUrl}/catalogus/datasets/wmo`,
          title: { nl: 'Maatwerkvoorzieningen', en: 'Provisions' },
          roles: ['https://catalogus.example/rol/ciz', 'https://catalogus.example/rol/gemeente'],
          purposes: [{ id: 'https://catalogus.example/doel/WMO_UITVOERING', label: { nl: 'Uitvoeren van de Wmo' } }],
          policies: [
            {
              id: `${exampleUrl}/catalogus/policies/wmo/v1`,
              enforcedBy: `${exampleUrl}/catalogus/policies/wmo/v1/rules`,
              digest: digestText('{"id":"wmo"}'),
            },
          ],
        },
      ],
      services: [{ endpointURL: `${exampleUrl}/sources/gemeente/wmo/graphql` }],
    })
  })

  test('has its DID as publisher when it has no other name', async () => {
    const { identifier: _, ...settings } = exampleContents().settings
    await world.publish('gemeente', exampleContents({ settings }))
    expect((await current()).catalogue.publisher.id).toBe('did:web:node.voorbeeld.example:iam:1')
  })

  test('is accounted for', async () => {
    await world.publish('gemeente', exampleContents())
    const { version, digest } = await current()
    expect(await world.accounts()).toMatchObject([
      { action: 'create', outcome: 'success', party: 'gemeente', reasons: [`version ${version}`, digest] },
    ])
  })
})

describe('the version of a catalogue', () => {
  test('stays the same as long as the catalogue does, whatever the time', async () => {
    await world.publish('gemeente', exampleContents())
    const first = await current()
    world.clock.move(40 * day)
    await world.publish('gemeente', exampleContents())
    expect(await current()).toEqual(first)
    expect(await world.accounts()).toHaveLength(1)
  })

  test('is the day and the second of it', async () => {
    await world.publish('gemeente', exampleContents())
    expect(await current()).toMatchObject({ version: `2026-11-24.${String(9 * 3600)}`, seq: moment / 1000 })
  })

  test('goes up with every change, also when the clock goes back', async () => {
    const seen: number[] = []
    for (const name of ['Een', 'Twee', 'Drie']) {
      await world.publish('gemeente', exampleContents({ settings: { ...exampleContents().settings, name } }))
      seen.push((await current()).seq)
      world.clock.move(-day)
    }
    expect(seen).toEqual([moment / 1000, moment / 1000 + 1, moment / 1000 + 2])
  })

  test('is kept for thirty days and more after it was replaced, and not for ever', async () => {
    await world.publish('gemeente', exampleContents())
    const first = await current()
    world.clock.move(100 * day)
    await world.publish('gemeente', exampleContents({ sources: [exampleSource({ version: '1.3.0' })] }))
    world.clock.move(31 * day)
    expect(await world.published.findVersion('gemeente', first.version)).toEqual(first)
    expect((await world.published.listVersions('gemeente')).map(({ version }) => version)).toContain(first.version)
    world.clock.move(60 * day)
    expect(await world.published.findVersion('gemeente', first.version)).toBeUndefined()
    await world.publish('gemeente', exampleContents({ sources: [exampleSource({ version: '1.4.0' })] }))
    expect((await world.published.listVersions('gemeente')).map(({ version }) => version)).not.toContain(first.version)
  })

  test('is one for replicas that start together', async () => {
    const other = createCatalogueWorld({ store: world.store, clock: world.clock })
    await Promise.all([world.publish('gemeente', exampleContents()), other.publish('gemeente', exampleContents())])
    expect(await current(other)).toEqual(await current())
    expect(await world.accounts()).toHaveLength(1)
  })

  test('reaches a replica that did not publish it', async () => {
    const other = createCatalogueWorld({ store: world.store, clock: world.clock })
    await world.publish('gemeente', exampleContents())
    expect(other.published.current('gemeente')).toBeUndefined()
    expect((await current(other)).seq).toBe((await current()).seq)
  })

  test('is a new one after a restore: others may have seen a later one than the store has', async () => {
    await world.publish('gemeente', exampleContents())
    const { seq, digest } = await current()
    world.clock.move(3600)
    const restored = createCatalogueWorld({ store: world.store, clock: world.clock, restoredAt: world.clock.now() })
    await restored.publish('gemeente', exampleContents())
    const after = await current(restored)
    expect(after.seq).toBe(seq + 3600)
    expect(after.digest).not.toBe(digest)
    await restored.publish('gemeente', exampleContents())
    expect((await current(restored)).seq).toBe(after.seq)
  })

  test('of a dataset changes its time only when that dataset changes', async () => {
    const [wmo, jeugd] = [exampleSource(), exampleSource({ key: 'jeugd' })]
    await world.publish('gemeente', exampleContents({ sources: [wmo, jeugd] }))
    world.clock.move(day)
    await world.publish('gemeente', exampleContents({ sources: [wmo, { ...jeugd, version: '2.0.0' }] }))
    const { catalogue } = await current()
    expect(catalogue.modified).toBe('2026-11-25T09:00:00Z')
    expect(catalogue.datasets.map(({ id, modified }) => [id.split('/').at(-1), modified])).toEqual([
      ['jeugd', '2026-11-25T09:00:00Z'],
      ['wmo', '2026-11-24T09:00:00Z'],
    ])
  })
})

describe('an offer and a schema', () => {
  test('get the next number when they change, and only then; what was published stays', async () => {
    await world.publish('gemeente', exampleContents())
    world.clock.move(day)
    const rules = { text: '{"id":"wmo","version":2}', mediaType: 'application/json' }
    await world.publish('gemeente', exampleContents({ sources: [exampleSource({ rules })] }))
    const { catalogue } = await current()
    expect(catalogue.datasets[0]?.policies).toMatchObject([
      { id: `${exampleUrl}/catalogus/policies/wmo/v2`, digest: digestText(rules.text) },
    ])
    expect(catalogue.services[0]?.endpointDescriptions).toEqual([`${exampleUrl}/catalogus/schemas/wmo/v1`])
    expect((await world.published.findOffer('gemeente', 'wmo', 1))?.rules.text).toBe('{"id":"wmo"}')
    expect((await world.published.findOffer('gemeente', 'wmo', 2))?.rules).toEqual(rules)
    expect(await world.published.findOffer('gemeente', 'wmo', 3)).toBeUndefined()
    expect(await world.published.findSchema('gemeente', 'wmo', 1)).toEqual(exampleSource().schema)
    expect(await world.published.findSchema('gemeente', 'wmo', 2)).toBeUndefined()
  })

  test('of a source that was away for a while go on where they were', async () => {
    const jeugd = exampleSource({ key: 'jeugd' })
    await world.publish('gemeente', exampleContents({ sources: [exampleSource(), jeugd] }))
    world.clock.move(day)
    await world.publish('gemeente', exampleContents())
    world.clock.move(day)
    const rules = { text: '{"id":"jeugd"}', mediaType: 'application/json' }
    await world.publish('gemeente', exampleContents({ sources: [exampleSource(), { ...jeugd, rules }] }))
    const policies = (await current()).catalogue.datasets.flatMap(({ policies: found }) => found.map(({ id }) => id))
    expect(policies).toContain(`${exampleUrl}/catalogus/policies/jeugd/v2`)
  })

  test('say what the catalogue says of them', async () => {
    await world.publish('gemeente', exampleContents())
    const all = new Set(
      (await parse((await current()).jsonLd, 'application/ld+json')).map((statement) => JSON.stringify(statement)),
    )
    const offer = await world.published.findOffer('gemeente', 'wmo', 1)
    const statements = await parse(offer?.jsonLd ?? '', 'application/ld+json')
    expect(statements.length).toBeGreaterThan(10)
    expect(statements.filter((statement) => !all.has(JSON.stringify(statement)))).toEqual([])
  })
})

describe('parties of one node', () => {
  test('each have their own catalogue', async () => {
    await world.publish('gemeente', exampleContents())
    const id = `${exampleUrl}/catalogus/of/ander`
    const did = 'did:web:node.voorbeeld.example:iam:2'
    await world.publish('ander', exampleContents({ id, did, sources: [exampleSource({ key: 'ander' })] }))
    expect((await current()).turtle).not.toMatch(/ander|iam:2/)
    const other = await current(world, 'ander')
    expect(other.catalogue).toMatchObject({ id, publisher: { did }, datasets: [{ id: `${id}/datasets/ander` }] })
    expect(other.turtle).not.toMatch(/datasets\/wmo|iam:1/)
  })

  test('have no catalogue any more once it is withdrawn, and go on with higher numbers', async () => {
    await world.publish('gemeente', exampleContents())
    const first = await current()
    await world.withdraw('gemeente')
    await world.withdraw('gemeente')
    await world.published.refresh()
    expect(world.published.current('gemeente')).toBeUndefined()
    expect((await world.accounts()).map(({ action }) => action)).toEqual(['create', 'delete'])
    await world.publish('gemeente', exampleContents())
    expect((await current()).seq).toBeGreaterThan(first.seq)
  })

  test('that never had one have nothing to withdraw', async () => {
    await createCatalogueWorld({ clock: createFixedClock(moment) }).withdraw('gemeente')
    expect(await world.accounts()).toEqual([])
  })
})
