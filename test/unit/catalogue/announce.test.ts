import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { announceServices, catalogServiceType } from '../../../node/catalogue/announce.js'
import { createPartyServices, type PartyServices } from '../../../node/identity/party-services.js'
import { didDocumentOf } from '../../../node/identity/party.js'
import { createTestIdentity, type TestIdentity } from '../../support/credentials.js'
import { createDspCheck } from '../../support/dsp-schemas.js'
import { describeWithShared } from '../../support/shared.js'

const base = 'https://node.example.nl'
const endpoint = `${base}/dsp/2025-1/catalog`

let identity: TestIdentity
let partyServices: PartyServices
let subject = ''
let count = 0
beforeAll(async () => {
  identity = await createTestIdentity()
  partyServices = createPartyServices(identity)
})
afterAll(() => identity.end())
beforeEach(async () => {
  count += 1
  subject = `party-${String(count)}`
  await identity.parties.create({ subject })
})

const announce = (wanted: string | undefined, baseUrls: readonly string[] = [base]): Promise<void> =>
  announceServices({
    type: catalogServiceType,
    parties: identity.parties,
    partyServices,
    endpoints: new Map(wanted === undefined ? [] : [[subject, wanted]]),
    baseUrls,
  })
const services = async () => didDocumentOf(await identity.parties.get(subject)).service
const endpoints = async (): Promise<readonly unknown[]> =>
  (await services()).map(({ serviceEndpoint }) => serviceEndpoint)

describe('the DID document of a party', () => {
  test('names where its catalogue is read, once, also when replicas say so at the same moment', async () => {
    await Promise.all([announce(endpoint), announce(endpoint)])
    await announce(endpoint)
    expect(await services()).toEqual([
      { id: expect.stringContaining('#'), type: 'CatalogService', serviceEndpoint: endpoint },
    ])
  })

  test('follows the URL of the node', async () => {
    await announce(endpoint)
    const secure = 'https://node.example.nl:8443'
    await announce(`${secure}/dsp/2025-1/catalog`, [base, secure])
    expect(await endpoints()).toEqual([`${secure}/dsp/2025-1/catalog`])
  })

  test('names it no longer when there is no catalogue, and keeps what others put there', async () => {
    const foreign = 'https://broker.example.nl/catalog'
    const lookalike = `${base}.example.com/catalog`
    for (const serviceEndpoint of [foreign, lookalike])
      await partyServices.add({ subject, service: { type: 'CatalogService', serviceEndpoint } })
    await partyServices.add({ subject, service: { type: 'other', serviceEndpoint: `${base}/other` } })
    await announce(endpoint)
    expect(await endpoints()).toHaveLength(4)
    await announce(undefined)
    expect(await endpoints()).toEqual([foreign, lookalike, `${base}/other`])
  })
})

describeWithShared('the published schema of services of the Dataspace Protocol', ['shapes', 'dsp-2025-1'], () => {
  test('takes the service', async () => {
    await announce(endpoint)
    const context = ['https://w3id.org/dspace/2025/1/context.jsonld', 'https://www.w3.org/ns/did/v1']
    const [service] = await services()
    expect(createDspCheck()('common/did-service-schema.json', { '@context': context, ...service })).toEqual([])
  })
})
