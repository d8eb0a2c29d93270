import { describe, expect, test } from '@jest/globals'
import { renderPolicy } from '../../../node/web/policy-page.js'
import { discoveryDefinitionSchema } from '../../../schemas/wire/discovery.js'
import { discoveryDefinition } from '../../../scripts/demo/discovery-definition.js'
import { exampleCatalogue, exampleView } from '../../support/catalogue-view.js'

/** The page without markup and white space. */
const textOf = (page: string): string => page.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ')

describe('the page of a policy', () => {
  test.each([
    [
      'nl',
      [
        'Iedereen',
        'Een aanmelding geldt hoogstens 14 dagen',
        'did:web',
        'Soort bewijs',
        'organization_role ( ^[a-z]+$ )',
      ],
    ],
    ['en', ['Everybody', 'A registration counts at most 14 days', 'Issued by did:web:stelsel.example']],
  ] as const)('of a discovery list says who can be on it (%s)', async (language, wanted) => {
    const catalogue = await exampleCatalogue()
    const [dataset] = catalogue.datasets
    const [policy] = dataset?.policies ?? []
    if (dataset === undefined || policy === undefined) throw new Error('the example is empty')
    const asked = {
      id: 'leden',
      endpoint: 'https://node.voorbeeld.example/discovery/leden',
      issuer: 'did:web:stelsel.example',
    }
    const definition = discoveryDefinitionSchema.parse(discoveryDefinition(asked))
    const view = exampleView(catalogue, language)
    const text = textOf(renderPolicy(view, policy, { ...dataset, roles: [] }, { definition }))
    for (const words of wanted) expect(text).toContain(words)
  })
})
