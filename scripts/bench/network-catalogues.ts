import { catalogueContext, purposeList, roleList, selectorList } from '../../node/catalogue/vocabulary.js'

/** A party of a network of the size of the country, with the catalogue that it publishes. */
export interface BenchParty {
  readonly did: string
  readonly url: string
  readonly organization: Readonly<Record<string, string>>
  document(version: number): object
}

interface Kind {
  readonly role: string
  readonly idType: string
  readonly name: string
  readonly theme: string
  readonly law: string
  /** Key, title and description of each dataset. */
  readonly datasets: readonly (readonly [key: string, title: string, description: string])[]
}

const gemeente: Kind = {
  role: 'gemeente',
  idType: 'gemeentecode',
  name: 'Gemeente',
  theme: 'SOCI',
  law: 'BWBR0035362&artikel=2.3.5',
  datasets: [
    [
      'wmo-voorzieningen',
      'Maatwerkvoorzieningen Wmo',
      'Toegekende maatwerkvoorzieningen per inwoner, met ingang en einde.',
    ],
    ['jeugdhulp', 'Jeugdhulpvoorzieningen', 'Verwijzingen en beschikkingen voor jeugdhulp.'],
    ['schuldhulp', 'Schuldhulptrajecten', 'Lopende trajecten van schuldhulpverlening.'],
  ],
}
const huisarts: Kind = {
  role: 'huisarts',
  idType: 'agb',
  name: 'Huisartsenpraktijk',
  theme: 'HEAL',
  law: 'BWBR0023864&artikel=15a',
  datasets: [
    ['patientsamenvatting', 'Patiëntsamenvatting', 'Samenvatting van het dossier van ingeschreven patiënten.'],
  ],
}
const zorgaanbieder: Kind = {
  role: 'zorgaanbieder',
  idType: 'agb',
  name: 'Zorgaanbieder',
  theme: 'HEAL',
  law: 'BWBR0035917&artikel=3.2.3',
  datasets: [['zorglevering', 'Leveringen van Wlz-zorg', 'Begin, mutatie en einde van geleverde zorg per cliënt.']],
}

const places = [
  'Noordstad',
  'Zuidstad',
  'Oostdorp',
  'Westwijk',
  'Voorbeeldstad',
  'Middenmeer',
  'Bovenkerk',
  'Onderdijk',
]
const nl = (text: string) => ({ nl: text })

/** In the proportions of the country: of each 8350 parties 350 gemeenten, 5000 huisartsen and 3000 zorgaanbieders. */
export function createBenchParties(count: number): readonly BenchParty[] {
  return Array.from({ length: count }, (_, number) => {
    const place = number % 167
    return createParty(number, place < 7 ? gemeente : place < 107 ? huisarts : zorgaanbieder)
  })
}

function createParty(number: number, kind: Kind): BenchParty {
  const host = `node${String(number)}.netwerk.example`
  const did = `did:web:${host}`
  const url = `https://${host}/catalogus`
  const city = places[number % places.length] ?? ''
  const name = `${kind.name} ${city} ${String(number)}`
  const id =
    kind.idType === 'agb' ? String(1_000_000 + number).padStart(8, '0') : String(number % 10_000).padStart(4, '0')
  const region = `https://identifier.overheid.nl/tooi/id/gemeente/gm${String(number % 10_000).padStart(4, '0')}`
  const law = `https://wetten.overheid.nl/jci1.3:c:${kind.law}`
  const common = {
    language: 'lang:NLD',
    publisher: did,
    creator: did,
    contactPoint: `${url}#contact`,
    issued: '2026-01-05T09:00:00Z',
    modified: '2026-10-01T09:00:00Z',
  }
  const keyed = kind.datasets.map(([key, title, description]) => {
    const dataset = `${url}/datasets/${key}`
    const service = `${url}/services/${key}`
    return {
      dataset: {
        ...common,
        id: dataset,
        type: 'Dataset',
        identifier: dataset,
        title: nl(title),
        description: nl(description),
        keyword: { nl: [key, kind.role] },
        version: '1.0.0',
        accessRights: 'access-right:NON_PUBLIC',
        theme: `data-theme:${kind.theme}`,
        accrualPeriodicity: 'frequency:DAILY',
        spatial: { id: region, type: 'Location' },
        conformsTo: [{ id: `https://modellen.netwerk.example/${key}/1`, type: 'Standard' }],
        applicableLegislation: [{ id: law, type: 'LegalResource' }],
        legalBasis: ['eu-gdpr:A6-1-e', 'eu-gdpr:A9-2-h'],
        purpose: [{ id: `${purposeList}ZORG`, type: 'Concept', prefLabel: nl('Toewijzen en leveren van zorg') }],
        subjectSelector: `${selectorList}bsn-at-source`,
        hasPolicy: [offerFor(url, key)],
        distribution: [
          {
            id: `${dataset}#api`,
            type: 'Distribution',
            title: nl('Bevraging'),
            accessURL: `https://${host}/${key}/graphql`,
            accessService: service,
            license: 'lic:niet_open',
            conformsTo: [{ id: `https://modellen.netwerk.example/${key}/1/schema.graphql`, type: 'Standard' }],
            applicableLegislation: [law],
          },
        ],
      },
      service: {
        ...common,
        id: service,
        type: 'DataService',
        identifier: service,
        title: nl(`Bevraging van ${title}`),
        description: nl('Bevraging bij de bron, met een geldige autorisatie.'),
        endpointURL: `https://${host}/${key}/graphql`,
        endpointDescription: `https://${host}/${key}/schema.graphql`,
        conformsTo: [{ id: 'https://spec.graphql.org/October2021/', type: 'Standard' }],
        accessRights: 'access-right:NON_PUBLIC',
        license: 'lic:niet_open',
        theme: `data-theme:${kind.theme}`,
        servesDataset: [dataset],
      },
    }
  })
  return {
    did,
    url,
    organization: { name, city, role: kind.role, id_type: kind.idType, id },
    document: (version) => ({
      '@context': catalogueContext,
      ...common,
      id: url,
      type: 'Catalog',
      identifier: url,
      title: nl(`Catalogus van ${name}`),
      description: nl('Gegevens die bij de bron bevraagd kunnen worden.'),
      publisher: { id: did, type: 'Agent', name: nl(name), identifier: did },
      contactPoint: {
        id: `${url}#contact`,
        type: 'Kind',
        fn: nl('Gegevensbeheer'),
        hasEmail: `mailto:catalogus@${host}`,
      },
      license: 'lic:cc0',
      spatial: { id: region, type: 'Location' },
      version: String(version),
      conformsTo: [{ id: 'https://docs.geostandaarden.nl/dcat/dcat-ap-nl30/', type: 'Standard' }],
      dataset: keyed.map(({ dataset }) => dataset),
      service: keyed.map(({ service }) => service),
    }),
  }
}

function offerFor(url: string, key: string): object {
  const constraint = (leftOperand: string, value: string) => ({
    leftOperand,
    operator: 'odrl:isAnyOf',
    rightOperandReference: [value],
  })
  return {
    id: `${url}/policies/${key}/v1`,
    type: 'Offer',
    permission: [
      {
        action: 'odrl:use',
        constraint: [
          constraint('odrl:purpose', `${purposeList}ZORG`),
          constraint('kat:recipientRole', `${roleList}ZORGKANTOOR`),
        ],
      },
    ],
    enforcedBy: `${url}/policies/${key}/v1/rules`,
    policyDigest: 'sha-256:47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU',
  }
}
