/**
 * The names that catalogue documents are written in.
 *
 * @see W3C DCAT 3; DCAT-AP-NL 3; ODRL 2.2; DPV 2
 */
const dct = 'http://purl.org/dc/terms/'
const dcat = 'http://www.w3.org/ns/dcat#'
const dpv = 'https://w3id.org/dpv#'
const foaf = 'http://xmlns.com/foaf/0.1/'
const odrl = 'http://www.w3.org/ns/odrl/2/'
/** What the network profile adds. */
export const kat = 'https://catalogus.example/ns#'

const network = 'https://catalogus.example/'
/** Names of roles, purposes and ways to find a person: this, then the code exactly as packs and credentials write it. */
export const roleList = `${network}rol/`
export const purposeList = `${network}doel/`
export const selectorList = `${network}selector/`

/** The JSON-LD context under the name that the whole network knows; each node also serves it, and nobody fetches it. */
export const catalogueContext = `${network}contexts/catalogus-v1.jsonld`
/** Its text, in `schemas/contexts/`. */
export const catalogueContextFile = 'catalogus-v1.json'
/** Where a node serves the catalogue of its first party, below its public URL. */
export const cataloguePath = '/catalogus'
/** Where a node serves the context, below its public URL. */
export const catalogueContextPath = `${cataloguePath}/context/v1`

export const rdfType = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#type'
export const rdfLangString = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#langString'
export const xsdString = 'http://www.w3.org/2001/XMLSchema#string'

/** Classes. */
export const classes = { catalog: `${dcat}Catalog`, dataset: `${dcat}Dataset`, service: `${dcat}DataService` } as const

/** Properties, under the names that the JSON-LD context gives them. */
export const properties = {
  accessRights: `${dct}accessRights`,
  accessService: `${dcat}accessService`,
  accessURL: `${dcat}accessURL`,
  accrualPeriodicity: `${dct}accrualPeriodicity`,
  applicableLegislation: 'http://data.europa.eu/r5r/applicableLegislation',
  conformsTo: `${dct}conformsTo`,
  constraint: `${odrl}constraint`,
  contactName: 'http://www.w3.org/2006/vcard/ns#fn',
  contactPoint: `${dcat}contactPoint`,
  dataset: `${dcat}dataset`,
  description: `${dct}description`,
  distribution: `${dcat}distribution`,
  endpointDescription: `${dcat}endpointDescription`,
  endpointURL: `${dcat}endpointURL`,
  enforcedBy: `${kat}enforcedBy`,
  hasEmail: 'http://www.w3.org/2006/vcard/ns#hasEmail',
  hasPolicy: `${odrl}hasPolicy`,
  identifier: `${dct}identifier`,
  keyword: `${dcat}keyword`,
  leftOperand: `${odrl}leftOperand`,
  legalBasis: `${dpv}hasLegalBasis`,
  modified: `${dct}modified`,
  name: `${foaf}name`,
  permission: `${odrl}permission`,
  policyDigest: `${kat}policyDigest`,
  prefLabel: 'http://www.w3.org/2004/02/skos/core#prefLabel',
  publisher: `${dct}publisher`,
  purpose: `${dpv}hasPurpose`,
  /** As a left operand. */
  purposeOperand: `${odrl}purpose`,
  recipientRole: `${kat}recipientRole`,
  rightOperandReference: `${odrl}rightOperandReference`,
  servesDataset: `${dcat}servesDataset`,
  service: `${dcat}service`,
  spatial: `${dct}spatial`,
  subjectSelector: `${kat}subjectSelector`,
  theme: `${dcat}theme`,
  title: `${dct}title`,
  version: `${dcat}version`,
} as const
