import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { rejectionOf } from '../../support/refusals.js'
import { createRequesterWorld, definitionPath, metadataPath, tokenPath } from '../../support/requester-world.js'
import type { RequesterWorld } from '../../support/requester-world.js'
import { autorisatieScope, scope } from '../../support/token-world.js'

let world: RequesterWorld

beforeEach(async () => {
  world = await createRequesterWorld()
})

afterEach(() => world.close())

/** Metadata that will do. */
const metadata = () => ({
  issuer: world.authorizationServer,
  token_endpoint: `${world.authorizationServer}/token`,
  presentation_definition_endpoint: `${world.authorizationServer}/presentation_definition`,
  did_methods_supported: ['web'],
  vp_formats_supported: { jwt_vp_json: { alg_values_supported: ['ES256'] } },
})

const lastEvent = async () => (await world.requester.journal()).at(-1)

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
    ['other formats only', () => ({ ...metadata(), vp_formats_supported: { 'dc+sd-jwt': {} } })],
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
    expect((await world.requestToken()).tokenType).toBe('DPoP')
  })
})
