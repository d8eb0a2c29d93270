import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { membershipOf, problem, service, startComposedNode, type ComposedNode } from './composed.js'

const scope = 'registers/wlzindicatieregister/indicaties/indicatie:read'
const form = { 'content-type': 'application/x-www-form-urlencoded' }

let running: ComposedNode
beforeAll(async () => {
  running = await startComposedNode()
})
afterAll(() => running.end())

const wallet = '/internal/vcr/v2/holder/noord/vc'
const issuing = '/internal/vcr/v2/issuer/vc'
const requesting = '/internal/auth/v2/noord/request-service-access-token'
const introspecting = '/internal/auth/v2/accesstoken/introspect'

describe('tokens', () => {
  const authorizationServer = () => `${running.publicUrl}/oauth2/ciz`
  const ask = (changes: object = {}) =>
    running.inside('POST', requesting, { authorization_server: authorizationServer(), scope, ...changes })

  test('are not had without a credential, and it says which', async () => {
    expect(problem(await ask())).toMatchObject({
      status: 412,
      code: 'no-matching-credential',
      errors: [expect.stringContaining('lidmaatschap')],
    })
  })

  describe('with a membership', () => {
    let token: string
    beforeAll(async () => {
      const { json } = await running.inside('POST', issuing, membershipOf(running.dids))
      await running.inside('POST', wallet, JSON.stringify(json), { 'content-type': 'application/json' })
      const reply = await ask({ token_type: 'Bearer' })
      expect(reply.status).toBe(200)
      token = (reply.json as { access_token: string }).access_token
    })

    test('are had, and introspection says what they hold', async () => {
      const { status, json } = await running.inside('POST', introspecting, `token=${token}`, form)
      expect(status).toBe(200)
      expect(json).toMatchObject({
        active: true,
        iss: authorizationServer(),
        client_id: `${running.publicUrl}/oauth2/noord`,
        scope,
        organization_role: 'zorgkantoor',
        organization_id: '5999',
      })
    })

    test('open the source, once they are sent', async () => {
      const query = { query: '{ wlzIndicatie(where: {}) { wlzindicatieID } }' }
      const path = '/sources/ciz/indicatieregister/graphql'
      const without = await running.outside('POST', path, query)
      expect([without.status, without.headers.get('www-authenticate')]).toEqual([
        401,
        'Bearer, DPoP algs="ES256 EdDSA"',
      ])
      const denied = await running.outside('POST', path, query, { authorization: `Bearer ${token}` })
      expect(denied.status).toBe(403)
      expect(denied.json).toMatchObject({ errors: [{ extensions: { code: 'access-denied' } }] })
    })

    test('graphql-http malformed JSON is 400 in both media types, an invalid query 200 as plain JSON', async () => {
      const path = '/sources/ciz/indicatieregister/graphql'
      const send = (body: string, accept: string) =>
        running.outside('POST', path, body, {
          accept,
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
        })
      for (const accept of ['application/json', 'application/graphql-response+json']) {
        const { status, headers, json } = await send('{', accept)
        expect(status).toBe(400)
        expect(headers.get('content-type')).toContain(accept)
        expect(json).toMatchObject({ errors: [{ extensions: { code: 'json-malformed' } }] })
      }
      expect((await send('{"query":"{ nothing }"}', 'application/json')).status).toBe(200)
      expect((await send('{"query":"{ nothing }"}', '*/*')).status).toBe(400)
    })
  })

  test.each<[string, object]>([
    ['no scope', { scope: '' }],
    ['no URL', { authorization_server: 'ciz' }],
    ['another scheme', { authorization_server: 'file:///etc/passwd' }],
    ['another token type', { token_type: 'MAC' }],
    ['an unknown member', { credential: [] }],
    ['an empty name of a service provider', { service_provider_subject_id: '' }],
  ])('are not asked for with %s', async (_, changes) => {
    expect(problem(await ask(changes))).toMatchObject({ status: 400, code: 'bad-body' })
  })

  test('are not asked for by a stranger', async () => {
    const path = '/internal/auth/v2/vreemd/request-service-access-token'
    const reply = await running.inside('POST', path, { authorization_server: authorizationServer(), scope })
    expect(problem(reply)).toMatchObject({ status: 404, code: 'party-unknown' })
  })

  test('are not had from a server that is not there', async () => {
    const reply = await ask({ authorization_server: 'http://localhost:1/oauth2/x' })
    expect(problem(reply)).toMatchObject({ status: 502, code: 'peer-unreachable' })
  })

  test.each(['', 'token=', 'token=unknown', 'token_type_hint=access_token'])(
    'that are %p are inactive and nothing more',
    async (body) => {
      const { status, json } = await running.inside('POST', introspecting, body, form)
      expect([status, json]).toEqual([200, { active: false }])
    },
  )

  test('are introspected as a form only, with one token', async () => {
    expect(problem(await running.inside('POST', introspecting, { token: 'x' }))).toMatchObject({ status: 415 })
    expect(problem(await running.inside('POST', introspecting, 'token=a&token=b', form))).toMatchObject({ status: 400 })
  })
})

describe('the public listener', () => {
  test('has metadata for every name, known or not', async () => {
    for (const subject of ['ciz', 'vreemd']) {
      const path = `/.well-known/oauth-authorization-server/oauth2/${subject}`
      const { status, json } = await running.outside('GET', path)
      expect(status).toBe(200)
      expect(json).toMatchObject({ issuer: `${running.publicUrl}/oauth2/${subject}` })
      expect((await running.outside('GET', `/oauth2/${subject}/.well-known/oauth-authorization-server`)).json).toEqual(
        json,
      )
    }
  })

  test('gives the definition of a scope, by its alias too, and the same refusal for every other question', async () => {
    const ask = (subject: string, text: string) =>
      running.outside('GET', `/oauth2/${subject}/presentation_definition?scope=${encodeURIComponent(text)}`)
    const { status, json } = await ask('ciz', scope)
    expect([status, json]).toEqual([200, expect.objectContaining({ id: 'indicatieregister-lid' })])
    expect((await ask('ciz', 'registers/wlzindicatieregister/indicaties:read')).json).toEqual(json)
    const refusals = await Promise.all([ask('ciz', 'x'), ask('noord', scope), ask('vreemd', scope)])
    for (const refusal of refusals) {
      expect([refusal.status, refusal.headers.get('cache-control')]).toEqual([400, 'no-store'])
      expect(refusal.json).toMatchObject({ error: 'invalid_scope' })
    }
  })

  test('refuses a token request in the words of OAuth', async () => {
    const ask = (body: string) => running.outside('POST', '/oauth2/ciz/token', body, form)
    expect((await ask('grant_type=client_credentials')).json).toMatchObject({ error: 'unsupported_grant_type' })
    expect((await ask('a=1&a=2')).json).toMatchObject({ error: 'invalid_request', code: 'bad-parameters' })
    expect((await ask('')).json).toMatchObject({ error: 'invalid_request' })
    const json = await running.outside('POST', '/oauth2/ciz/token', { grant_type: 'x' })
    expect([json.status, json.json]).toEqual([415, expect.objectContaining({ error: 'invalid_request' })])
  })

  test('says at the source how to get access, and takes no query in a URL', async () => {
    const path = '/sources/ciz/indicatieregister/graphql'
    expect((await running.outside('GET', path)).json).toMatchObject({
      authorizationServer: `${running.publicUrl}/oauth2/ciz`,
      scopes: expect.arrayContaining([scope]),
    })
    expect(problem(await running.outside('GET', `${path}?query={x}`))).toMatchObject({ status: 400 })
    expect(problem(await running.outside('GET', '/sources/ciz/ander/graphql'))).toMatchObject({ status: 404 })
    expect((await running.outside('POST', '/sources/ciz/ander/graphql', {})).json).toMatchObject({
      errors: [{ extensions: { code: 'source-unknown' } }],
    })
  })

  test('has no DID document of a stranger', async () => {
    expect(problem(await running.outside('GET', '/iam/vreemd/did.json'))).toMatchObject({ status: 404 })
  })
})

describe('the two listeners share nothing', () => {
  test.each([
    '/internal/vdr/v2/subject',
    '/internal/discovery/v1',
    introspecting,
    '/internal/bronnet/v1/audit',
    '/health',
    '/health/live',
    '/health/ready',
    '/metrics',
  ])('%s is not public', async (path) => {
    expect(problem(await running.outside('GET', path))).toMatchObject({ status: 404 })
    expect((await running.inside('GET', path)).status).not.toBe(404)
  })

  test.each([
    '/.well-known/oauth-authorization-server/oauth2/ciz',
    '/sources/ciz/indicatieregister/graphql',
    `/discovery/${service}`,
    '/oauth2/ciz/token',
  ])('%s is not internal', async (path) => {
    expect(problem(await running.inside('GET', path))).toMatchObject({ status: 404 })
    expect((await running.outside('GET', path)).status).not.toBe(404)
  })
})
