import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { systemClock } from '../../../node/kernel/clock.js'
import { membershipOf, problem, startComposedNode, type ComposedNode } from './composed.js'

const scope = 'registers/wlzindicatieregister/indicaties/indicatie:read'
const form = { 'content-type': 'application/x-www-form-urlencoded' }

let running: ComposedNode
let token: string

beforeAll(async () => {
  running = await startComposedNode()
  const issued = await running.inside('POST', '/internal/vcr/v2/issuer/vc', membershipOf(running.dids))
  const json = { 'content-type': 'application/json' }
  await running.inside('POST', '/internal/vcr/v2/holder/noord/vc', JSON.stringify(issued.json), json)
})

afterAll(() => running.end())

beforeEach(async () => {
  const reply = await running.inside(
    'POST',
    '/internal/auth/v2/noord/request-service-access-token',
    { authorization_server: `${running.publicUrl}/oauth2/ciz`, scope, token_type: 'Bearer' },
    { 'cache-control': 'no-cache' },
  )
  const answer = reply.json as { access_token: string; expires_in: number; expires_at: number }
  expect(answer.expires_at * 1000 - systemClock.now()).toBeGreaterThan((answer.expires_in - 10) * 1000)
  token = answer.access_token
})

const isActive = async (): Promise<unknown> => {
  const reply = await running.inside('POST', '/internal/auth/v2/accesstoken/introspect', `token=${token}`, form)
  return (reply.json as { active: boolean }).active
}

describe('revoking a token', () => {
  const revoke = (body: string) => running.outside('POST', '/oauth2/ciz/revoke', body, form)
  const clientId = () => encodeURIComponent(`${running.publicUrl}/oauth2/noord`)

  test('rfc7009-2.2 ends it for who has it and knows the client', async () => {
    const reply = await revoke(`token=${token}&client_id=${clientId()}&token_type_hint=access_token`)
    expect([reply.status, reply.text, await isActive()]).toEqual([200, '', false])
  })

  test.each([
    ['an unknown token', () => `token=onbekend&client_id=${clientId()}`],
    ['a token of another client', () => `token=${token}&client_id=https%3A%2F%2Fboef.example.nl`],
  ])('rfc7009-2.2 answers the same for %s, which stays as it is', async (_what, body) => {
    const reply = await revoke(body())
    expect([reply.status, reply.text, await isActive()]).toEqual([200, '', true])
  })

  test.each(['', 'token=a', 'client_id=a'])('is refused with the form "%s"', async (body) => {
    const reply = await revoke(body)
    expect([reply.status, reply.json]).toEqual([400, expect.objectContaining({ error: 'invalid_request' })])
  })

  test('is known to the metadata', async () => {
    const reply = await running.outside('GET', '/.well-known/oauth-authorization-server/oauth2/ciz')
    expect(reply.json).toMatchObject({ revocation_endpoint: `${running.publicUrl}/oauth2/ciz/revoke` })
  })

  test('by the operator says whether it was there', async () => {
    const ending = () => running.inside('POST', '/internal/bronnet/v1/tokens/revoke', `token=${token}`, form)
    expect([(await ending()).json, (await ending()).json]).toEqual([{ revoked: true }, { revoked: false }])
    expect(await isActive()).toBe(false)
  })
})

describe('the gateway call', () => {
  const url = 'https://fhir.voorbeeld.nl/Task'
  const check = (headers: Record<string, string>, query = `?scope=${encodeURIComponent(scope)}`) =>
    running.inside('GET', `/internal/bronnet/v1/gateway/ciz${query}`, undefined, {
      'x-original-method': 'GET',
      'x-original-url': url,
      ...headers,
    })

  test('answers 204 with what the token says', async () => {
    const reply = await check({ authorization: `Bearer ${token}` })
    expect([reply.status, reply.text]).toEqual([204, ''])
    expect(reply.headers.get('x-bronnet-requester')).toBe(running.dids.noord)
    expect(reply.headers.get('x-bronnet-scope')).toBe(scope)
    expect(reply.headers.get('x-bronnet-client-id')).toBe(`${running.publicUrl}/oauth2/noord`)
    const claims = Buffer.from(reply.headers.get('x-bronnet-claims') ?? '', 'base64url').toString()
    expect(JSON.parse(claims)).toMatchObject({ organization_name: 'Zorgkantoor Noord' })
  })

  test('answers 401 with a challenge without a token', async () => {
    const reply = await check({})
    expect([reply.status, reply.headers.get('www-authenticate')]).toEqual([401, 'Bearer, DPoP algs="ES256 EdDSA"'])
  })

  test('answers 403 for another scope, and says which is needed', async () => {
    const reply = await check({ authorization: `Bearer ${token}` }, '?scope=schrijven')
    expect(reply.status).toBe(403)
    expect(reply.headers.get('www-authenticate')).toContain('Bearer error="insufficient_scope"')
    expect(reply.json).toMatchObject({ errors: ['ask for: schrijven'] })
  })

  test.each([{ 'x-original-method': 'get a' }, { 'x-original-url': '/Task' }])(
    'answers with a status that a gateway understands when it does not say what is asked: %j',
    async (headers) => {
      expect((await check({ authorization: `Bearer ${token}`, ...headers })).status).toBe(403)
    },
  )
})

describe('what an authorization server says of itself', () => {
  const get = (path: string) => running.outside('GET', path)

  test.each(['ciz', 'vreemd'])('client metadata of %s is the same, so it tells nobody who exists', async (subject) => {
    const reply = await get(`/oauth2/${subject}/oauth-client`)
    expect(reply.status).toBe(200)
    expect(reply.headers.get('cache-control')).toBe('no-store')
    expect(reply.json).toMatchObject({
      token_endpoint_auth_method: 'none',
      grant_types: ['vp_token-bearer', 'urn:ietf:params:oauth:grant-type:jwt-bearer'],
    })
  })

  test.each([
    '/.well-known/oauth-authorization-server/oauth2/ciz',
    '/oauth2/ciz/.well-known/oauth-authorization-server',
  ])('nuts-19 metadata at %s has the issuer as announced, did:web, and the key algorithms', async (path) => {
    expect((await get(path)).json).toMatchObject({
      issuer: `${running.publicUrl}/oauth2/ciz`,
      did_methods_supported: expect.arrayContaining(['web']),
      dpop_signing_alg_values_supported: ['ES256', 'EdDSA'],
    })
  })

  test('nuts-19 a definition is that of the organization, and unknown query parameters are ignored', async () => {
    const path = `/oauth2/ciz/presentation_definition?scope=${encodeURIComponent(scope)}`
    const plain = await get(path)
    expect([plain.status, plain.json]).toEqual([200, expect.objectContaining({ id: 'indicatieregister-lid' })])
    expect((await get(`${path}&onbekend=x&wallet_owner_type=organization`)).json).toEqual(plain.json)
  })

  test.each([
    ['', 'invalid_scope'],
    ['?scope=onbekend', 'invalid_scope'],
    [`?scope=${encodeURIComponent(scope)}&wallet_owner_type=user`, 'invalid_request'],
  ])('nuts-19 a definition for "%s" is refused as JSON: %s', async (query, error) => {
    const reply = await get(`/oauth2/ciz/presentation_definition${query}`)
    expect(reply.headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect([reply.status, reply.json]).toEqual([400, expect.objectContaining({ error })])
  })
})

test('extended introspection says how to get it where it is not kept', async () => {
  const path = '/internal/auth/v2/accesstoken/introspect_extended'
  expect(problem(await running.inside('POST', path, `token=${token}`, form))).toMatchObject({
    status: 404,
    code: 'shown-not-kept',
  })
})

describe('proofs for applications', () => {
  test('are made for the key that the token is bound to, and validated once', async () => {
    const asked = { authorization_server: `${running.publicUrl}/oauth2/ciz`, scope, token_type: 'dpop' }
    const { json } = await running.inside('POST', '/internal/auth/v2/noord/request-service-access-token', asked)
    const bound = json as { access_token: string; dpop_kid: string; token_type: string }
    expect(bound.token_type).toBe('DPoP')
    const url = 'https://bron.example.nl/fhir/Task'
    const made = await running.inside('POST', `/internal/auth/v2/dpop/${encodeURIComponent(bound.dpop_kid)}`, {
      htm: 'GET',
      htu: url,
      token: bound.access_token,
    })
    const says = await running.inside(
      'POST',
      '/internal/auth/v2/accesstoken/introspect',
      `token=${bound.access_token}`,
      form,
    )
    const given = {
      dpop_proof: (made.json as { dpop: string }).dpop,
      method: 'GET',
      thumbprint: (says.json as { cnf: { jkt: string } }).cnf.jkt,
      token: bound.access_token,
      url,
    }
    const validate = () => running.inside('POST', '/internal/auth/v2/dpop/validate', given)
    expect((await validate()).json).toEqual({ valid: true })
    expect((await validate()).json).toEqual({ valid: false, reason: 'the proof was used before' })
  })

  test.each([
    ['did:web:vreemd.example.nl#1', { htm: 'GET', htu: 'https://a.example.nl', token: 'a' }, 'key-unknown'],
    ['x', { htm: 'get', htu: 'https://a.example.nl', token: 'a' }, 'bad-body'],
    ['x', { htm: 'GET', htu: 'a', token: 'a' }, 'bad-body'],
    ['x', { htm: 'GET', htu: 'https://a.example.nl' }, 'bad-body'],
  ])('are not made for %s and %j', async (kid, body, code) => {
    const reply = await running.inside('POST', `/internal/auth/v2/dpop/${encodeURIComponent(kid)}`, body)
    expect(problem(reply)).toMatchObject({ status: 400, code })
  })
})
