import { expect, test } from '@jest/globals'
import jsonld from 'jsonld'
import rdfCanonize from 'rdf-canonize'
import { loadContexts } from '../../../../node/credentials/contexts/load-contexts.js'
import type { JsonObject } from '../../../../node/credentials/credential.js'
import { describeWithShared } from '../../../support/shared.js'

const v1 = 'https://www.w3.org/2018/credentials/v1'
const nuts = 'https://nuts.nl/credentials/v1'
const nuts2024 = 'https://nuts.nl/credentials/2024'
const jws2020 = 'https://w3c-ccg.github.io/lds-jws2020/contexts/lds-jws2020-v1.json'
const own = await loadContexts({ examples: false })

async function statements(document: JsonObject, contexts: ReadonlyMap<string, unknown>): Promise<string> {
  const documentLoader = async (url: string) => {
    const found = contexts.get(url)
    if (found === undefined) throw new Error(`no context ${url}`)
    return { contextUrl: null, documentUrl: url, document: found, tag: 'static' as const }
  }
  // Inline, so that the library keeps nothing of the one for the other.
  const inlined = JSON.parse(JSON.stringify(document), (name, value: unknown) =>
    name === '@context' && Array.isArray(value)
      ? value.map((url: string) => (contexts.get(url) as { '@context': unknown })['@context'])
      : value,
  ) as JsonObject
  const options = {
    base: null,
    safe: true,
    produceGeneralizedRdf: false,
    rdfDirection: 'i18n-datatype',
    documentLoader,
  } as const
  const dataset = await jsonld.toRDF(inlined, options)
  return rdfCanonize.canonize(dataset, { algorithm: 'RDFC-1.0', format: 'application/n-quads', maxWorkFactor: 1 })
}

const did = 'did:web:node.example'
const credential = (contexts: readonly string[], type: string, subject: JsonObject): JsonObject => ({
  '@context': [v1, ...contexts],
  id: 'urn:uuid:1',
  type: ['VerifiableCredential', type],
  issuer: did,
  issuanceDate: '2026-08-19T10:00:00Z',
  credentialSubject: { id: did, ...subject },
})

describeWithShared('our writing of a published context', ['official', 'nuts', 'contexts'], (read) => {
  const parse = (file: string): unknown => {
    const context = JSON.parse(read(file)) as { readonly '@context': JsonObject }
    const { '@base': _, ...terms } = context['@context']
    return { '@context': terms }
  }
  const published = (): ReadonlyMap<string, unknown> =>
    new Map<string, unknown>([
      ...own,
      [nuts, parse('nuts.ldjson')],
      [nuts2024, parse('nuts-2024.ldjson')],
      [jws2020, parse('lds-jws2020-v1.ldjson')],
    ])

  test.each<[string, JsonObject]>([
    ['an organisation', credential([nuts], 'NutsOrganizationCredential', { organization: { name: 'A', city: 'B' } })],
    ['a URA', credential([nuts2024], 'NutsUraCredential', { organization: { ura: '1', name: 'A', city: 'B' } })],
    [
      'an employee',
      credential([nuts], 'NutsEmployeeCredential', {
        name: 'A',
        roleName: 'B',
        identifier: '1',
        member: { type: 'Person', initials: 'T' },
      }),
    ],
    [
      'a registration',
      credential([nuts], 'DiscoveryRegistrationCredential', {
        authServerURL: 'https://node.example',
        other: { deep: 1 },
      }),
    ],
    [
      'an authorization',
      credential([nuts], 'NutsAuthorizationCredential', {
        subject: 'urn:oid:1.2.3',
        purposeOfUse: 'eTransfer',
        resources: [{ path: '/a', operations: ['read'], userContext: true, assuranceLevel: 'low' }],
        localParameters: { a: [1, { b: 2 }] },
      }),
    ],
    [
      'a revocation',
      {
        '@context': [nuts, jws2020],
        id: 'urn:uuid:1',
        type: ['CredentialRevocation'],
        issuer: did,
        subject: `${did}#1`,
        date: '2022-03-01T16:26:44.021655+01:00',
      },
    ],
    [
      'a presentation',
      {
        '@context': [v1, nuts],
        id: 'urn:uuid:1',
        type: ['VerifiablePresentation', 'NutsSelfSignedPresentation'],
        holder: did,
      },
    ],
    [
      'a proof',
      {
        '@context': [jws2020],
        '@type': 'JsonWebSignature2020',
        created: '2026-08-19T10:00:00Z',
        expires: '2026-08-19T10:00:05Z',
        challenge: 'c',
        domain: 'https://node.example',
        nonce: 'n',
        proofPurpose: 'assertionMethod',
        verificationMethod: `${did}#1`,
        jws: 'a..b',
        proofValue: 'z',
      },
    ],
    [
      'a proof for signing in',
      {
        '@context': [jws2020],
        '@type': 'JsonWebSignature2020',
        proofPurpose: 'authentication',
        verificationMethod: `${did}#1`,
      },
    ],
  ])('gives %s the same statements', async (_, document) => {
    const ours = await statements(document, own)
    expect(ours).toBe(await statements(document, published()))
    expect(ours.split('\n').length).toBeGreaterThan(2)
  })
})
