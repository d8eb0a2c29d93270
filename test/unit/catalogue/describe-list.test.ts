import { beforeEach, describe, expect, test } from '@jest/globals'
import { describeList } from '../../../node/catalogue/describe-list.js'
import { digestText } from '../../../node/catalogue/published-file.js'
import type { DiscoveryDefinition } from '../../../node/catalogue/definition.js'
import { viewCatalog } from '../../../node/catalogue/dsp-view.js'
import { compileDefinition } from '../../../node/credentials/exchange/definition.js'
import type { KeptList } from '../../../schemas/catalogue.js'
import { discoveryDefinition } from '../../../scripts/demo/discovery-definition.js'
import {
  createCatalogueWorld,
  exampleContents,
  exampleSource,
  exampleUrl,
  type CatalogueWorld,
} from '../../support/catalogue-world.js'

const endpoint = `${exampleUrl}/discovery/leden`
const kept: KeptList = {
  service: 'leden',
  theme: 'HEAL',
  grondslag: { text: 'Afspraak over wie lid is', status: 'geldend' },
  legislation: ['https://wetten.overheid.nl/jci1.3:c:BWBR0035917&artikel=9.1.2'],
  legalBasis: ['A6-1-e'],
  purposes: { ADRESSERING: { nl: 'Vinden wie lid is' } },
}

/** The definition of a list as a node has it after it read the file; `words` say what it is called and for what. */
function definitionOf(words: { readonly name?: string; readonly purpose?: string } = {}): DiscoveryDefinition {
  const data = discoveryDefinition({ id: 'leden', endpoint, issuer: 'did:web:stelsel.example' })
  const { name: _, purpose: __, ...asked } = data.presentation_definition
  const presentation = { ...asked, ...words }
  return {
    id: 'leden',
    endpoint,
    didMethods: ['web'],
    maxValiditySeconds: data.presentation_max_validity,
    presentation: compileDefinition(presentation),
    text: JSON.stringify({ ...data, presentation_definition: presentation }),
  }
}

const describedAs = (definition: DiscoveryDefinition) =>
  describeList({
    definition,
    kept,
    endpointURL: endpoint,
    schema: { text: '{"openapi":"3.1.0"}', mediaType: 'application/json' },
  })

let world: CatalogueWorld
beforeEach(() => {
  world = createCatalogueWorld()
})

async function publish(definition: DiscoveryDefinition) {
  await world.publish('gemeente', exampleContents({ sources: [exampleSource(), describedAs(definition)] }))
  await world.published.refresh()
  const catalogue = world.published.current('gemeente')?.catalogue
  const dataset = catalogue?.datasets.find(({ id }) => id.endsWith('/leden'))
  if (catalogue === undefined || dataset === undefined) throw new Error('the list is not published')
  return { catalogue, dataset }
}

describe('a list in the catalogue of who keeps it', () => {
  test('stands beside a source behind rules, each with its own ground and readers', async () => {
    const { catalogue, dataset } = await publish(definitionOf({ name: 'Leden', purpose: 'Vinden wie lid is' }))
    expect(dataset).toMatchObject({
      title: { nl: 'Leden' },
      description: { nl: 'Vinden wie lid is' },
      grondslag: { text: 'Afspraak over wie lid is', status: 'geldend' },
      roles: [],
      policies: [{ permissions: [{ roles: [] }] }],
    })
    const serviceOf = (key: string) => catalogue.services.find(({ id }) => id.endsWith(`/${key}`))
    const [source, list] = [serviceOf('wmo'), serviceOf('leden')]
    expect(list?.endpointURL).toBe(endpoint)
    expect([source, list].map((service) => service?.description['nl']?.includes('zonder token'))).toEqual([false, true])
  })

  test('has a name and a description when its definition has none', async () => {
    const { dataset } = await publish(definitionOf())
    expect(dataset.title['nl']).toBe('Deelnemerslijst leden')
    expect(dataset.description['nl']).toContain('leden')
  })

  test('gets an offer and a version of its own when its definition changes, and not before', async () => {
    const first = definitionOf({ name: 'Leden' })
    expect((await publish(first)).dataset.version).toBe('1.0.0')
    await publish(first)
    const changed = definitionOf({ name: 'Leden van het netwerk' })
    const { dataset } = await publish(changed)
    expect(dataset.version).toBe('2.0.0')
    expect(dataset.policies).toMatchObject([
      { id: expect.stringMatching(/\/policies\/leden\/v2$/), digest: digestText(changed.text) },
    ])
    expect((await world.published.findOffer('gemeente', 'leden', 1))?.rules.text).toBe(first.text)
  })

  test('limits nobody in the view for data spaces either', async () => {
    const { catalogue } = await publish(definitionOf())
    const shown = viewCatalog(catalogue, 'https://node.voorbeeld.example/dsp').dataset?.find((each) =>
      each['@id'].endsWith('/leden'),
    )
    const left = shown?.hasPolicy[0]?.permission[0]?.constraint.map(({ leftOperand }) => leftOperand)
    expect(left).toEqual(['http://www.w3.org/ns/odrl/2/purpose'])
  })
})
