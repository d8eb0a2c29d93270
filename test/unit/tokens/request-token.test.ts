import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { decodeJwt } from '../../../node/credentials/jwt.js'
import { rejectionOf } from '../../support/refusals.js'
import { createRequesterWorld, definitionPath, metadataPath, tokenPath } from '../../support/requester-world.js'
import type { RequesterWorld } from '../../support/requester-world.js'
import { autorisatieScope, scope } from '../../support/token-world.js'

let world: RequesterWorld

beforeEach(async () => {
  world = await createRequesterWorld()
})

afterEach(() => world.close())

/** What reached the other node beside the first look at its metadata. */
const metadata = () => ({
  issuer: world.authorizationServer,
  token_endpoint: `${world.authorizationServer}/token`,
  presentation_definition_endpoint: `${world.authorizationServer}/presentation_definition`,
  did_methods_supported: ['web'],
  vp_formats_supported: { jwt_vp_json: { alg_values_supported: ['ES256'] } },
})

const lastEvent = async () => (await world.requester.journal()).at(-1)

describe('a token of another node', () => {
  test('is asked for with a presentation, and counts there', async () => {
    const obtained = await world.requestToken()
    expect(obtained).toEqual({
      accessToken: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
      tokenType: 'Bearer',
      expiresInSeconds: 900,
      scope,
    })
    expect(world.seen()).toEqual([metadataPath, definitionPath, tokenPath])
    const { record } = await world.peer.tokenStore.get(obtained.accessToken, 'ciz')
    expect(record).toMatchObject({ requester: world.party.did, clientId: 'https://lid.example.nl/oauth2/lid' })
  })

  test('is in the journals of both', async () => {
    await world.requestToken()
    expect(await lastEvent()).toEqual({
      code: 'token.requested',
      action: 'execute',
      outcome: 'success',
      party: 'lid',
      object: { scope },
      trace: expect.anything(),
    })
    expect((await world.peer.node.journal()).at(-1)).toMatchObject({ code: 'token.granted', outcome: 'success' })
  })

  test('leaves neither itself nor the presentation in the store of who asked', async () => {
    const { accessToken } = await world.requestToken()
    const assertion = new URLSearchParams(world.server.requests.at(-1)?.body).get('assertion') ?? ''
    const dump = await world.dump()
    expect(dump).toContain('token.requested')
    expect(assertion.length).toBeGreaterThan(100)
    for (const secret of [accessToken, assertion]) expect(dump).not.toContain(secret)
  })

  test('is asked for with a presentation of five seconds that began a second ago', async () => {
    await world.requestToken()
    const request = world.server.requests.at(-1)
    const form = Object.fromEntries(new URLSearchParams(request?.body))
    expect([request?.headers['accept'], request?.headers['content-type']]).toEqual([
      'application/json',
      'application/x-www-form-urlencoded',
    ])
    expect(Object.keys(form).sort()).toEqual([
      'assertion',
      'client_id',
      'grant_type',
      'presentation_submission',
      'scope',
    ])
    const now = world.clock.now() / 1000
    const { claims } = decodeJwt(form['assertion'] ?? '', 'presentation.malformed')
    expect(claims).toMatchObject({ aud: world.authorizationServer, nbf: now - 1, iat: now - 1, exp: now + 4 })
  })

  test('without a lifetime is taken to live for 900 s, and without a scope to be for the one that was asked', async () => {
    world.script.set(tokenPath, { json: { access_token: 't', token_type: 'bearer' } })
    expect(await world.requestToken()).toEqual({
      accessToken: 't',
      tokenType: 'bearer',
      expiresInSeconds: 900,
      scope,
    })
  })

  test('is not handed over when the journal cannot be written', async () => {
    await world.requester.store.close()
    expect((await rejectionOf(world.requestToken())).code).toBe('audit.unavailable')
  })
})

describe('the metadata of the other node', () => {
  test('is also found after the path', async () => {
    world.script.set(metadataPath, { status: 404, text: '' })
    const appended = 'GET /oauth2/ciz/.well-known/oauth-authorization-server'
    world.script.set(appended, { json: metadata() })
    expect((await world.requestToken()).scope).toBe(scope)
    expect(world.seen()).toEqual([metadataPath, appended, definitionPath, tokenPath])
  })

  test('is found without the slash that ends an issuer', async () => {
    const authorizationServer = `${world.authorizationServer}/`
    world.script.set(metadataPath, { json: { ...metadata(), issuer: authorizationServer } })
    // The other node knows itself without the slash, so it is not the audience.
    const refusal = await rejectionOf(world.requestToken({ authorizationServer }))
    expect(refusal.notes).toEqual(['the other node answered invalid_request', 'presentation.audience'])
    expect(world.seen()).toEqual([metadataPath, definitionPath, tokenPath])
  })

  test('is found for an issuer without a path', async () => {
    const authorizationServer = new URL(world.authorizationServer).origin
    const path = 'GET /.well-known/oauth-authorization-server'
    world.script.set(path, { json: { ...metadata(), issuer: authorizationServer } })
    world.script.set(tokenPath, { json: { access_token: 't', token_type: 'Bearer' } })
    await world.requestToken({ authorizationServer })
    expect(world.seen()[0]).toBe(path)
  })

  test.each([
    ['another issuer', () => ({ ...metadata(), issuer: 'https://ander.example.nl/oauth2/ciz' })],
    ['an issuer with a slash', () => ({ ...metadata(), issuer: `${world.authorizationServer}/` })],
    ['no issuer', () => ({ ...metadata(), issuer: undefined })],
    ['no token endpoint', () => ({ ...metadata(), token_endpoint: undefined })],
    ['a token endpoint that is no URL', () => ({ ...metadata(), token_endpoint: '/token' })],
    ['no definitions', () => ({ ...metadata(), presentation_definition_endpoint: undefined })],
    ['no did:web', () => ({ ...metadata(), did_methods_supported: ['key'] })],
    ['no DID methods', () => ({ ...metadata(), did_methods_supported: undefined })],
    ['no formats', () => ({ ...metadata(), vp_formats_supported: undefined })],
    ['other formats only', () => ({ ...metadata(), vp_formats_supported: { ldp_vp: {} } })],
    [
      'other algorithms only',
      () => ({ ...metadata(), vp_formats_supported: { jwt_vp_json: { alg_values_supported: ['EdDSA'] } } }),
    ],
    [
      'other algorithms only, under the old name',
      () => ({ ...metadata(), vp_formats_supported: { jwt_vp: { alg_values_supported: ['EdDSA'] } } }),
    ],
    ['the shape of a list', () => [metadata()]],
    ['the shape of nothing', () => null],
  ])('with %s is refused, and nothing is shown', async (_what, json) => {
    world.script.set(metadataPath, { json: json() })
    expect((await rejectionOf(world.requestToken())).code).toBe('token.peer_unsupported')
    expect(world.seen()).not.toContain(definitionPath)
    expect(await lastEvent()).toMatchObject({ outcome: 'refused', error: 'token.peer_unsupported' })
  })

  test.each([{ jwt_vp_json: {} }, { jwt_vp: { alg_values_supported: ['ES256'] } }])(
    'with the formats %j will do',
    async (formats) => {
      world.script.set(metadataPath, { json: { ...metadata(), vp_formats_supported: formats } })
      expect((await world.requestToken()).tokenType).toBe('Bearer')
    },
  )

  test.each([
    { text: '<html>Welkom</html>', headers: { 'content-type': 'text/html' } },
    { text: '{"issuer":"a","issuer":"b"}' },
    { text: '{' },
    { status: 500, json: {} },
    { status: 302, headers: { location: 'http://localhost/elsewhere' }, text: '' },
  ])('that is %j is refused', async (scripted) => {
    world.script.set(metadataPath, scripted)
    expect((await rejectionOf(world.requestToken())).code).toBe('token.peer_unsupported')
  })

  test('is not looked for where no URL points', async () => {
    const refusal = await rejectionOf(world.requestToken({ authorizationServer: 'ciz' }))
    expect(refusal.code).toBe('token.peer_unsupported')
  })

  test('that cannot be had is a failure, and accounted for as one', async () => {
    const closed = await world.serve(() => {})
    await closed.close()
    const authorizationServer = `http://localhost:${String(closed.port)}/oauth2/ciz`
    expect((await rejectionOf(world.requestToken({ authorizationServer }))).code).toBe('outbound.failed')
    expect(await lastEvent()).toMatchObject({ code: 'token.requested', outcome: 'failed', error: 'outbound.failed' })
  })
})

describe('the definition of the other node', () => {
  const definition = (changes: Record<string, unknown>) => ({
    ...world.peer.profiles.get(scope).definitions.organization.data,
    ...changes,
  })

  test.each([
    [
      'submission requirements',
      { submission_requirements: [{ rule: 'all', from: 'A' }] },
      'presentation.definition_unsupported',
    ],
    ['no descriptors', { input_descriptors: [] }, 'presentation.definition_unsupported'],
    [
      'linked-data presentations only',
      { format: { ldp_vp: { proof_type: [] }, jwt_vc: { alg: ['ES256'] } } },
      'token.peer_unsupported',
    ],
    [
      'other algorithms only',
      { format: { jwt_vp: { alg: ['EdDSA'] }, jwt_vc: { alg: ['ES256'] } } },
      'token.peer_unsupported',
    ],
  ])('with %s is refused, and nothing is shown', async (_what, changes, expected) => {
    world.script.set(definitionPath, { json: definition(changes) })
    expect((await rejectionOf(world.requestToken())).code).toBe(expected)
    expect(world.seen()).not.toContain(tokenPath)
    expect(await lastEvent()).toMatchObject({ outcome: 'refused', error: expected })
  })

  test.each([
    ['no format', { format: undefined }],
    ['the newer name', { format: { jwt_vp_json: { alg: ['ES256'] }, jwt_vc: { alg: ['ES256'] } } }],
    ['formats of credentials only', { format: { jwt_vc: { alg: ['ES256'] } } }],
  ])('with %s will do', async (_what, changes) => {
    world.script.set(definitionPath, { json: definition(changes) })
    expect((await world.requestToken()).tokenType).toBe('Bearer')
  })

  test('that is refused comes with the words of the other node', async () => {
    const refusal = await rejectionOf(world.requestToken({ scope: 'onbekend' }))
    expect([refusal.code, refusal.notes]).toEqual([
      'token.peer_refused',
      ['the other node answered invalid_request', 'token.unknown_scope'],
    ])
  })

  test('that asks what the wallet does not hold says so for each descriptor, and nothing is shown', async () => {
    const refusal = await rejectionOf(world.requestToken({ scope: autorisatieScope }))
    expect(refusal.code).toBe('token.no_matching_credential')
    expect(refusal.notes).toEqual(['autorisatie: LedenadministratieCredential: field $.type does not match'])
    expect(world.seen()).not.toContain(tokenPath)
    expect(await lastEvent()).toMatchObject({ outcome: 'refused', error: 'token.no_matching_credential' })
  })

  test('finds nothing in an empty wallet, and nothing in one of which the credential has expired', async () => {
    world.clock.move(3600)
    const refusal = await rejectionOf(world.requestToken())
    expect([refusal.code, refusal.notes]).toEqual([
      'token.no_matching_credential',
      ['lidmaatschap: there is no credential'],
    ])
  })
})

describe('the refusal of the other node', () => {
  test('is passed on with code and description, without runs of digits', async () => {
    world.script.set(tokenPath, {
      status: 400,
      json: { error: 'invalid_request', error_description: 'burger 123456782 is unknown since 2026', code: 'x' },
    })
    const refusal = await rejectionOf(world.requestToken())
    expect([refusal.code, refusal.notes]).toEqual([
      'token.peer_refused',
      ['the other node answered invalid_request', 'burger ••• is unknown since 2026'],
    ])
    expect(await lastEvent()).toMatchObject({ outcome: 'refused', error: 'token.peer_refused' })
  })

  test('is cut short only after its numbers went', async () => {
    const description = `${'x'.repeat(995)}123456782`
    world.script.set(tokenPath, { status: 400, json: { error: 'e', error_description: description } })
    expect((await rejectionOf(world.requestToken())).notes[1]).toBe(`${'x'.repeat(995)}•••`)
  })

  test.each([
    [{ status: 502, text: '<html>', headers: { 'content-type': 'text/html' } }, 502],
    [{ status: 400, json: { message: 'no' } }, 400],
    [{ status: 400, json: { error: 17 } }, 400],
    [{ status: 200, text: '' }, 200],
    [{ status: 200, json: { access_token: '', token_type: 'Bearer' } }, 200],
    [{ status: 200, json: { access_token: 't' } }, 200],
    [{ status: 200, json: { access_token: 't', token_type: 'Bearer', expires_in: '900' } }, 200],
    [{ status: 200, json: { access_token: 't', token_type: 'Bearer', expires_in: 0 } }, 200],
    [{ status: 201, json: { access_token: 't', token_type: 'Bearer' } }, 201],
  ])('of another form, %j, is told by its status', async (scripted, status) => {
    world.script.set(tokenPath, scripted)
    const refusal = await rejectionOf(world.requestToken())
    expect([refusal.code, refusal.notes]).toEqual([
      'token.peer_refused',
      [`the other node answered with status ${status}`],
    ])
  })

  test.each([301, 302, 307, 308])('as redirect %d is not followed', async (status) => {
    const elsewhere = await world.serve((_request, response) =>
      response.end('{"access_token":"t","token_type":"Bearer"}'),
    )
    const location = `http://localhost:${String(elsewhere.port)}/token`
    world.script.set(tokenPath, { status, headers: { location }, text: '' })
    expect((await rejectionOf(world.requestToken())).code).toBe('token.peer_refused')
    expect(elsewhere.requests).toEqual([])
  })
})

describe('metadata and definitions', () => {
  test('are kept for five minutes by the clock', async () => {
    await world.requestToken()
    world.clock.move(299.999)
    await world.requestToken()
    expect(world.seen()).toEqual([metadataPath, definitionPath, tokenPath, tokenPath])
    world.clock.move(0.001)
    await world.requestToken()
    expect(world.seen().slice(4)).toEqual([metadataPath, definitionPath, tokenPath])
  })

  test('are kept for each scope by itself', async () => {
    await world.requestToken()
    await rejectionOf(world.requestToken({ scope: autorisatieScope }))
    expect(world.seen().slice(3)).toEqual([definitionPath])
  })

  test('are asked again after a failure', async () => {
    world.script.set(metadataPath, { status: 500, text: '' })
    await rejectionOf(world.requestToken())
    world.script.delete(metadataPath)
    world.script.set(definitionPath, { status: 500, text: '' })
    await rejectionOf(world.requestToken())
    world.script.delete(definitionPath)
    expect((await world.requestToken()).tokenType).toBe('Bearer')
  })
})
