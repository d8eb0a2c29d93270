import { catalogueContext, purposeList, roleList, selectorList } from '../../node/catalogue/vocabulary.js'

const base = 'https://node.voorbeeld.example/catalogus'
const publisher = 'https://identifier.overheid.nl/tooi/id/gemeente/gm9999'
const law = 'https://wetten.overheid.nl/jci1.3:c:BWBR0035362&artikel=2.3.5'
const model = 'https://modellen.example/wmo/3'
const spatial = 'https://identifier.overheid.nl/tooi/id/gemeente/gm9999'
const theme = 'data-theme:SOCI'
const times = { issued: '2026-01-05T09:00:00Z', modified: '2026-10-01T09:00:00Z' }
const nl = (text: string) => ({ nl: text })

/** The dataset of `exampleDocument`, by its key. */
export function exampleDataset(key: string) {
  const id = `${base}/datasets/${key}`
  return {
    id,
    type: 'Dataset',
    identifier: id,
    title: nl('Maatwerkvoorzieningen'),
    description: nl('Toegekende voorzieningen per inwoner.'),
    keyword: { nl: ['voorziening', 'Wmo'] },
    version: '1.2.0',
    ...times,
    accessRights: 'access-right:NON_PUBLIC',
    theme,
    language: 'lang:NLD',
    accrualPeriodicity: 'frequency:DAILY',
    publisher,
    creator: publisher,
    contactPoint: `${base}#contact`,
    conformsTo: [{ id: model, type: 'Standard' }],
    applicableLegislation: [{ id: law, type: 'LegalResource' }],
    legalBasis: ['eu-gdpr:A6-1-e'],
    purpose: [{ id: `${purposeList}WMO_UITVOERING`, type: 'Concept', prefLabel: nl('Uitvoeren van de Wmo') }],
    subjectSelector: `${selectorList}bsn-at-source`,
    hasPolicy: [examplePolicy(key)],
    distribution: [
      {
        id: `${id}#api`,
        type: 'Distribution',
        title: nl('Bevraging'),
        accessURL: 'https://node.voorbeeld.example/wmo/graphql',
        accessService: `${base}/services/${key}`,
        license: 'lic:niet_open',
        conformsTo: [{ id: 'https://node.voorbeeld.example/schemas/wmo.graphql', type: 'Standard' }],
        applicableLegislation: [law],
      },
    ],
  }
}

function examplePolicy(key: string) {
  return {
    id: `${base}/policies/${key}/v1`,
    type: 'Offer',
    permission: [
      {
        action: 'odrl:use',
        constraint: [
          {
            leftOperand: 'odrl:purpose',
            operator: 'odrl:isAnyOf',
            rightOperandReference: [`${purposeList}WMO_UITVOERING`],
          },
          {
            leftOperand: 'kat:recipientRole',
            operator: 'odrl:isAnyOf',
            rightOperandReference: [`${roleList}CIZ`, `${roleList}GEMEENTE`],
          },
        ],
      },
    ],
    enforcedBy: `${base}/policies/${key}/v1/rules`,
    policyDigest: 'sha-256:47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU',
  }
}

export function exampleService(key: string) {
  const id = `${base}/services/${key}`
  return {
    id,
    type: 'DataService',
    identifier: id,
    title: nl('Bevraging van maatwerkvoorzieningen'),
    description: nl('Alleen met een geldige autorisatie.'),
    endpointURL: 'https://node.voorbeeld.example/wmo/graphql',
    endpointDescription: 'https://node.voorbeeld.example/schemas/wmo.graphql',
    conformsTo: [{ id: 'https://spec.graphql.org/October2021/', type: 'Standard' }],
    accessRights: 'access-right:NON_PUBLIC',
    license: 'lic:niet_open',
    theme,
    publisher,
    creator: publisher,
    contactPoint: `${base}#contact`,
    servesDataset: [`${base}/datasets/${key}`],
  }
}

/** A catalogue of an imaginary gemeente with the given datasets, as another implementation could write it. */
export function exampleDocument(keys: readonly string[] = ['wmo']) {
  return {
    '@context': catalogueContext,
    id: base,
    type: 'Catalog',
    identifier: base,
    title: nl('Catalogus van Gemeente Voorbeeld'),
    description: nl('Gegevens uit het sociaal domein.'),
    publisher: {
      id: publisher,
      type: 'Agent',
      name: nl('Gemeente Voorbeeld'),
      identifier: 'did:web:node.voorbeeld.example',
    },
    creator: publisher,
    contactPoint: {
      id: `${base}#contact`,
      type: 'Kind',
      fn: nl('Gegevensbeheer'),
      hasEmail: 'mailto:gegevens@voorbeeld.example',
    },
    language: 'lang:NLD',
    license: 'lic:cc0',
    spatial: { id: spatial, type: 'Location' },
    ...times,
    version: '2026-10-01.1',
    conformsTo: [{ id: 'https://docs.geostandaarden.nl/dcat/dcat-ap-nl30/', type: 'Standard' }],
    dataset: keys.map(exampleDataset),
    service: keys.map(exampleService),
  }
}
