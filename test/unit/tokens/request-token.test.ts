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

const lastEvent = async () => (await world.requester.journal()).at(-1)

describe('a token of another node', () => {
  test('is asked for with a presentation, and counts there', async () => {
    const obtained = await world.requestToken()
    expect(obtained).toEqual({
      accessToken: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
      tokenType: 'DPoP',
      expiresAt: world.clock.now() + 900_000,
      scope,
      keyId: world.party.keys[0]?.keyId,
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
      object: { scope, peer: expect.stringMatching(/\/oauth2\/ciz$/) },
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
      expiresAt: world.clock.now() + 900_000,
      scope,
    })
  })

  test('is for the scope that the other node granted', async () => {
    world.script.set(tokenPath, {
      json: { access_token: 't', token_type: 'bearer', expires_in: 60.5, scope: 'minder' },
    })
    expect(await world.requestToken()).toMatchObject({
      scope: 'minder',
      expiresAt: world.clock.now() + 60_500,
    })
  })

  test('is not handed over when the journal cannot be written', async () => {
    await world.requester.store.close()
    expect((await rejectionOf(world.requestToken())).code).toBe('audit.unavailable')
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
    expect((await world.requestToken()).tokenType).toBe('DPoP')
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
      ['lidmaatschap: there is no credential', 'lidmaatschap: the LedenadministratieCredential has expired'],
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
