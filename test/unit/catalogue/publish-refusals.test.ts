import { beforeEach, describe, expect, test } from '@jest/globals'
import {
  createCatalogueWorld,
  exampleContents,
  exampleSource,
  type CatalogueWorld,
} from '../../support/catalogue-world.js'
import { rejectionOf } from '../../support/refusals.js'

let world: CatalogueWorld

beforeEach(() => {
  world = createCatalogueWorld()
})

describe('a catalogue that may not be published', () => {
  const settings = exampleContents().settings
  const about = exampleSource().about

  test.each([
    [
      'a BSN in the description',
      { settings: { ...settings, description: 'Van 999990019 en anderen' } },
      /could be a BSN/,
    ],
    [
      'a BSN in a name',
      { settings: { ...settings, homepage: 'https://voorbeeld.example/999990019' } },
      /could be a BSN/,
    ],
    [
      'nine digits in a text',
      { sources: [exampleSource({ about: { ...about, title: { nl: 'Besluit 123456789' } } })] },
      /nine digits/,
    ],
    ['a contact that is no address', { settings: { ...settings, contact: 'gegevens' } }, /e-mail address/],
    ['an IRI that is none', { settings: { ...settings, identifier: 'gm 9999' } }, /name that is not absolute/],
    [
      'a purpose without a name',
      { sources: [exampleSource({ about: { ...about, purposes: {} } })] },
      /gives purpose WMO_UITVOERING no name/,
    ],
    [
      'a name of a purpose that no rule has',
      { sources: [exampleSource({ purposes: [] })] },
      /no rule of the pack has purpose/,
    ],
    [
      'a BSN in its rules',
      { sources: [exampleSource({ rules: { text: '"999990019"', mediaType: 'application/json' } })] },
      /in its rules or its schema/,
    ],
    [
      'an endpoint without TLS',
      { sources: [exampleSource({ endpointURL: 'http://node.voorbeeld.example/wmo' })] },
      /no https URL/,
    ],
    ['no source', { sources: [] }, /nothing to publish/],
    [
      'too much',
      { sources: Array.from({ length: 120 }, (_, index) => exampleSource({ key: `set-${String(index)}` })) },
      /too many/,
    ],
  ])('because of %s is refused, and says so', async (_, change, words) => {
    const { code, notes } = await rejectionOf(world.publish('gemeente', exampleContents(change)))
    expect(code).toBe('catalogue.refused')
    expect(notes.join('\n')).toMatch(words)
    expect(notes.join('\n')).toMatch(/^catalogue of gemeente: /)
    expect(JSON.stringify(notes)).not.toContain('999990019')
    await world.published.refresh()
    expect(world.published.current('gemeente')).toBeUndefined()
    const [account] = await world.accounts()
    expect(account).toMatchObject({ outcome: 'refused', error: 'catalogue.refused', party: 'gemeente' })
    expect(JSON.stringify(account)).not.toContain('999990019')
  })

  test('leaves the last good one published', async () => {
    await world.publish('gemeente', exampleContents())
    await world.published.refresh()
    const good = world.published.current('gemeente')
    expect(good).toBeDefined()
    world.clock.move(86_400)
    await rejectionOf(
      world.publish('gemeente', exampleContents({ settings: { ...settings, description: '999990019' } })),
    )
    await world.published.refresh()
    expect(world.published.current('gemeente')).toEqual(good)
  })
})
