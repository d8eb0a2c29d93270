import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { startComposedNode, type ComposedNode } from './composed.js'

let composed: ComposedNode
const keys = '/internal/bronnet/v1/subjects/noord/keys'
const services = '/internal/vdr/v2/subject/noord/service'

beforeAll(async () => {
  composed = await startComposedNode()
})

afterAll(() => composed.end())

const idOf = (value: unknown): string => encodeURIComponent((value as { keyId: string }).keyId)
const listed = async (): Promise<readonly string[]> => {
  const { json } = await composed.outside('GET', `/iam/${composed.dids.noord.split(':').at(-1) ?? ''}/did.json`)
  return (json as { assertionMethod: string[] }).assertionMethod
}

describe('the keys of a subject', () => {
  test('go from added over promoted to removed, and the document follows at once', async () => {
    const added = await composed.inside('POST', keys, { algorithm: 'EdDSA' })
    expect([added.status, added.json]).toEqual([
      201,
      expect.objectContaining({
        state: 'added',
        algorithm: 'EdDSA',
        publicKeyJwk: expect.objectContaining({ kty: 'OKP' }),
      }),
    ])
    expect(await listed()).toHaveLength(2)
    const early = await composed.inside('POST', `${keys}/${idOf(added.json)}/promote`)
    expect([early.status, early.json]).toEqual([409, expect.objectContaining({ code: 'key-state' })])
    expect((await composed.inside('POST', `${keys}/${idOf(added.json)}/promote?force=true`)).status).toBe(200)
    const { keys: all } = (await composed.inside('GET', keys)).json as { keys: { state: string }[] }
    expect(all.map(({ state }) => state)).toEqual(['retired', 'signing'])
    expect((await listed())[0]).toBe(decodeURIComponent(idOf(added.json)))
    expect((await composed.inside('DELETE', `${keys}/${idOf(added.json)}?force=true`)).status).toBe(409)
    expect((await composed.inside('DELETE', `${keys}/${idOf(all[0])}?force=true`)).status).toBe(204)
    expect(await listed()).toHaveLength(1)
  })

  test('grow by the path of nuts-node v6, which answers with the new method', async () => {
    const path = '/internal/vdr/v2/subject/noord/verificationmethod'
    const { status, json } = await composed.inside('POST', path, { assertionKey: true, encryptionKey: false })
    const [method] = json as { id: string; type: string; controller: string }[]
    expect([status, method?.type, method?.controller]).toEqual([200, 'JsonWebKey2020', composed.dids.noord])
    expect(await listed()).toContain(method?.id)
    expect((await composed.inside('POST', path, { encryptionKey: true })).status).toBe(400)
    expect((await composed.inside('POST', path)).status).toBe(200)
  })

  test.each([
    ['GET', '/internal/bronnet/v1/subjects/nobody/keys', undefined, 404, 'party-unknown'],
    ['POST', keys, { algorithm: 'RS256' }, 400, 'bad-body'],
    ['POST', keys, { key: 'mine' }, 400, 'bad-body'],
    ['POST', `${keys}/nobody/promote`, undefined, 404, 'key-not-found'],
    ['POST', `${keys}/nobody/promote?force=perhaps`, undefined, 400, 'bad-parameters'],
    ['POST', `${keys}/nobody/retire`, undefined, 404, 'key-not-found'],
    ['DELETE', `${keys}/nobody`, undefined, 404, 'key-not-found'],
  ])('%s %s with %j is refused', async (method, path, body, status, code) => {
    const reply = await composed.inside(method, path, body)
    expect([reply.status, reply.json]).toEqual([status, expect.objectContaining({ code })])
  })
})

describe('the services of a subject', () => {
  test('are added, found by type and kind of endpoint, replaced and removed', async () => {
    const [one] = (await composed.inside('POST', services, { type: 'api', serviceEndpoint: 'https://a.example' }))
      .json as { id: string }[]
    await composed.inside('POST', services, { type: 'api', serviceEndpoint: { fhir: 'https://b.example' } })
    const count = async (query: string): Promise<number> =>
      ((await composed.inside('GET', `${services}${query}`)).json as unknown[]).length
    expect([
      await count(''),
      await count('?type=api'),
      await count('?type=api&endpointType=object'),
      await count('?type=api&endpointType=array'),
      await count('?type=other'),
    ]).toEqual([0, 2, 1, 0, 0])
    const path = `${services}/${encodeURIComponent(one?.id ?? '')}`
    const replaced = await composed.inside('POST', path, { type: 'api', serviceEndpoint: ['https://c.example'] })
    const [two] = replaced.json as { id: string }[]
    expect([replaced.status, await count('?type=api&endpointType=array')]).toEqual([200, 1])
    const removed = await composed.inside('DELETE', `${services}/${encodeURIComponent(two?.id.split('#')[1] ?? '')}`)
    expect([removed.status, await count('?type=api')]).toEqual([204, 1])
  })

  test.each([
    ['POST', services, { type: 'api' }, 400, 'bad-body'],
    ['POST', services, { type: 'api', serviceEndpoint: 1 }, 400, 'bad-body'],
    ['POST', services, { type: '', serviceEndpoint: 'x' }, 400, 'bad-body'],
    ['DELETE', `${services}/nothing`, undefined, 404, 'did-service-unknown'],
    ['GET', `${services}?type=api&endpointType=number`, undefined, 400, 'bad-parameters'],
    ['GET', '/internal/vdr/v2/subject/nobody/service?type=api', undefined, 404, 'party-unknown'],
  ])('%s %s with %j is refused', async (method, path, body, status, code) => {
    const reply = await composed.inside(method, path, body)
    expect([reply.status, reply.json]).toEqual([status, expect.objectContaining({ code })])
  })
})

describe('a subject that is deactivated', () => {
  test('has no document any more and is not listed', async () => {
    const made = (await composed.inside('POST', '/internal/vdr/v2/subject', { subject: 'ending' })).json
    const did = (made as { documents: { id: string }[] }).documents[0]?.id ?? ''
    const document = `/iam/${did.split(':').at(-1) ?? ''}/did.json`
    expect((await composed.outside('GET', document)).status).toBe(200)
    expect((await composed.inside('DELETE', '/internal/vdr/v2/subject/ending')).status).toBe(204)
    expect([
      (await composed.outside('GET', document)).status,
      (await composed.inside('GET', '/internal/vdr/v2/subject/ending')).status,
      (await composed.inside('DELETE', '/internal/vdr/v2/subject/ending')).status,
      (await composed.inside('GET', `/internal/vdr/v2/did/${encodeURIComponent(did)}`)).status,
      (await composed.inside('POST', '/internal/vdr/v2/subject', { subject: 'ending' })).status,
    ]).toEqual([404, 404, 404, 404, 409])
  })
})
