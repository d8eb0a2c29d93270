import { describe, expect, test } from '@jest/globals'
import { checkConfiguration } from '../../../node/config.js'
import { refusalOf } from '../../support/refusals.js'

const base = { strictmode: false, url: 'http://localhost:8080' }
const hosting = { definitions: './discovery', server: ['leden'] }
const keeper = {
  subject: 'stelsel',
  catalogue: {
    name: 'Stelsel',
    contact: 'gegevens@stelsel.example',
    spatial: ['http://publications.europa.eu/resource/authority/country/NLD'],
    lists: [
      {
        service: 'leden',
        theme: 'HEAL',
        grondslag: { text: 'Afspraak', status: 'experiment' },
        legislation: ['https://wetten.overheid.nl/jci1.3:c:BWBR0035917'],
        legalBasis: ['A6-1-e'],
        purposes: { ADRESSERING: { nl: 'Vinden wie deelneemt' } },
      },
    ],
  },
}
const place = 'parties[0].catalogue.lists[0].service'

describe('a list in the catalogue of a party', () => {
  test('is one that the node hosts, kept by one party', () => {
    const { configuration } = checkConfiguration({ ...base, parties: [keeper], discovery: hosting })
    expect(configuration.parties[0]?.catalogue?.lists.map(({ service }) => service)).toEqual(['leden'])
  })

  test.each([
    [
      'is hosted elsewhere',
      { parties: [keeper], discovery: { ...hosting, server: [] } },
      `${place}: this node does not host it (discovery.server)`,
    ],
    [
      'is kept by two',
      { parties: [keeper, { ...keeper, subject: 'b' }], discovery: hosting },
      'parties[1].catalogue.lists[0].service: a list is kept by one party, once',
    ],
    [
      'has the name of a source',
      {
        parties: [
          {
            ...keeper,
            sources: [{ name: 'leden', kind: 'register', schema: 'indicatieregister-2', pack: 'indicatieregister' }],
          },
        ],
        discovery: hosting,
      },
      `${place}: a source of the party has this name, and both would be one dataset`,
    ],
  ])('is refused when it %s', (_, changes, fault) => {
    const { code, notes } = refusalOf(() => checkConfiguration({ ...base, ...changes }))
    expect([code, notes]).toEqual(['config.invalid', [fault]])
  })
})
