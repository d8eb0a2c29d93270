import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { systemClock } from '../../node/kernel/clock.js'
import { createDspCheck, expandDsp } from '../support/dsp-schemas.js'
import { startRegion, type Region } from '../support/region.js'
import { describeWithShared } from '../support/shared.js'

let region: Region
beforeAll(async () => {
  region = await startRegion({ clock: systemClock })
}, 60_000)
afterAll(() => region.end())

const request = {
  '@context': ['https://w3id.org/dspace/2025/1/context.jsonld'],
  '@type': 'CatalogRequestMessage',
}

interface Described {
  readonly '@id': string
  readonly service: readonly { readonly endpointURL: string }[]
  readonly dataset: readonly { readonly '@id': string; readonly hasPolicy: readonly { readonly '@id': string }[] }[]
}

/** Asks as a connector that knows a host and nothing else of it. */
async function readAsConnector(origin: string): Promise<Described> {
  const versions = (await (await fetch(`${origin}/.well-known/dspace-version`)).json()) as {
    protocolVersions: readonly { readonly version: string; readonly path: string }[]
  }
  const path = versions.protocolVersions.find(({ version }) => version === '2025-1')?.path ?? ''
  const headers = { 'content-type': 'application/json', authorization: 'Bearer of another network' }
  const body = JSON.stringify(request)
  const response = await fetch(`${origin}${path}/catalog/request`, { method: 'POST', headers, body })
  expect(response.status).toBe(200)
  return (await response.json()) as Described
}

describe('a connector of a data space', () => {
  test('lists the datasets of the canonical catalogue, with its offers, under the same names', async () => {
    const { publicUrl, httpsUrl } = region.world.member('ciz')
    const seen = await readAsConnector(publicUrl)
    const headers = { accept: 'application/ld+json' }
    const canonical = (await (await fetch(`${publicUrl}/catalogus`, { headers })).json()) as {
      readonly id: string
      readonly dataset: readonly { readonly id: string; readonly hasPolicy: unknown }[]
    }
    expect(seen['@id']).toBe(canonical.id)
    expect(seen.dataset.map((dataset) => dataset['@id'])).toEqual(canonical.dataset.map(({ id }) => id))
    expect(seen.dataset).toHaveLength(1)
    for (const dataset of seen.dataset) {
      const known = JSON.stringify(canonical.dataset.find(({ id }) => id === dataset['@id'])?.hasPolicy)
      for (const offer of dataset.hasPolicy) expect(known).toContain(`"${offer['@id']}"`)
    }
    expect(seen.service[0]?.endpointURL).toBe(`${httpsUrl}/dsp/2025-1`)
  })

  test('finds it in the DID document of the party', async () => {
    const { did, administrator, httpsUrl } = region.world.member('ciz')
    const resolved = await administrator.call('GET', `/1.0/identifiers/${encodeURIComponent(did)}`)
    expect(JSON.stringify(resolved)).toContain(
      `"type":"CatalogService","serviceEndpoint":"${httpsUrl}/dsp/2025-1/catalog"`,
    )
  })

  test('is told that a party without data has no catalogue', async () => {
    const { publicUrl } = region.world.member('zorgkantoor-noord')
    expect((await fetch(`${publicUrl}/.well-known/dspace-version`)).status).toBe(404)
  })
})

describeWithShared('the published schemas of the Dataspace Protocol', ['shapes', 'dsp-2025-1'], () => {
  test('take the catalogue and every dataset of it, by the names that it gives them', async () => {
    const check = createDspCheck()
    const { publicUrl } = region.world.member('ciz')
    const seen = await readAsConnector(publicUrl)
    expect(check('catalog/catalog-schema.json', seen)).toEqual([])
    for (const { '@id': id } of seen.dataset) {
      const response = await fetch(`${publicUrl}/dsp/2025-1/catalog/datasets/${id}`)
      const dataset: unknown = await response.json()
      expect([response.status, check('catalog/dataset-schema.json', dataset)]).toEqual([200, []])
      expect((await expandDsp(dataset))['@id']).toBe(id)
    }
  })
})
