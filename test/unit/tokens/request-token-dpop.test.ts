import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createCachedRequestToken } from '../../../node/tokens/token-cache.js'
import type { RequestTokenOptions } from '../../../node/tokens/request-token.js'
import { claimsOf } from '../../support/credentials.js'
import { rejectionOf } from '../../support/refusals.js'
import { createRequesterWorld, definitionPath, metadataPath, tokenPath } from '../../support/requester-world.js'
import type { RequesterWorld } from '../../support/requester-world.js'
import { scope } from '../../support/token-world.js'

let world: RequesterWorld

beforeEach(async () => {
  world = await createRequesterWorld()
})

afterEach(() => world.close())

const proofs = () =>
  world.server.requests.filter(({ method }) => method === 'POST').map(({ headers }) => headers['dpop'])

describe('a token that is asked of a server that binds tokens to keys', () => {
  test('is bound to the key of the party, by a proof for the token endpoint that began two seconds ago', async () => {
    const { accessToken, tokenType, keyId } = await world.requestToken()
    expect([tokenType, keyId]).toEqual(['DPoP', world.party.keys[0]?.keyId])
    expect(claimsOf(String(proofs()[0]))).toEqual({
      jti: expect.any(String),
      htm: 'POST',
      htu: `${world.authorizationServer}/token`,
      iat: world.clock.now() / 1000 - 2,
    })
    expect((await world.peer.tokenStore.find(accessToken))?.record.thumbprint).toMatch(/^[\w-]{43}$/)
  })

  test('is a bearer token when that is asked', async () => {
    const obtained = await world.requestToken({ tokenType: 'Bearer' })
    expect(obtained.tokenType).toBe('Bearer')
    expect(obtained).not.toHaveProperty('keyId')
    expect(proofs()).toEqual([undefined])
  })

  test('is refused when the server bound it to a key that nobody showed', async () => {
    world.script.set(tokenPath, { json: { access_token: 't', token_type: 'DPoP' } })
    expect((await rejectionOf(world.requestToken({ tokenType: 'Bearer' }))).code).toBe('token.peer_unsupported')
  })

  test('is refused when a bound token was wanted and the server did not bind it', async () => {
    world.script.set(tokenPath, { json: { access_token: 't', token_type: 'Bearer' } })
    expect((await rejectionOf(world.requestToken({ tokenType: 'DPoP' }))).code).toBe('token.peer_unsupported')
    expect((await world.requestToken()).tokenType).toBe('Bearer')
  })
})

describe('a server that offers no bound tokens', () => {
  beforeEach(() => {
    world.script.set(metadataPath, {
      json: {
        issuer: world.authorizationServer,
        token_endpoint: `${world.authorizationServer}/token`,
        presentation_definition_endpoint: `${world.authorizationServer}/presentation_definition`,
        did_methods_supported: ['web'],
        vp_formats_supported: { jwt_vp_json: {} },
      },
    })
  })

  test('gives a bearer token to who does not mind', async () => {
    expect((await world.requestToken()).tokenType).toBe('Bearer')
    expect(proofs()).toEqual([undefined])
  })

  test('is shown nothing by who wants a bound one', async () => {
    expect((await rejectionOf(world.requestToken({ tokenType: 'DPoP' }))).code).toBe('token.peer_unsupported')
    expect(world.seen()).not.toContain(definitionPath)
  })
})

describe('a server that wants a nonce in the proof', () => {
  test('gets it in a second attempt with a new presentation, and at once the next time', async () => {
    world.script.set(tokenPath, {
      status: 400,
      headers: { 'dpop-nonce': 'van-de-server' },
      json: { error: 'use_dpop_nonce' },
    })
    const refusal = await rejectionOf(world.requestToken())
    expect([refusal.code, refusal.notes]).toEqual(['token.peer_refused', ['the other node answered use_dpop_nonce']])
    const [first, second, ...others] = world.server.requests.filter(({ method }) => method === 'POST')
    expect(others).toEqual([])
    expect(claimsOf(String(first?.headers['dpop']))).not.toHaveProperty('nonce')
    expect(claimsOf(String(second?.headers['dpop']))['nonce']).toBe('van-de-server')
    expect(second?.body).not.toBe(first?.body)
    world.script.delete(tokenPath)
    expect((await world.requestToken()).tokenType).toBe('DPoP')
    expect(claimsOf(String(proofs().at(-1)))['nonce']).toBe('van-de-server')
  })
})

describe('what an application says beside the wallet', () => {
  const draft = {
    '@context': ['https://www.w3.org/2018/credentials/v1'],
    type: ['VerifiableCredential', 'DiscoveryRegistrationCredential'],
    credentialSubject: { rol: 'verpleegkundige' },
  }
  const definition = {
    id: 'medewerker',
    input_descriptors: [
      {
        id: 'medewerker',
        constraints: {
          fields: [
            { path: ['$.type'], filter: { type: 'string', const: 'DiscoveryRegistrationCredential' } },
            { id: 'rol', path: ['$.credentialSubject.rol'] },
          ],
        },
      },
    ],
  }

  test('is shown as a credential that the node completed, without a proof', async () => {
    world.script.set(definitionPath, { json: definition })
    world.script.set(tokenPath, { json: { access_token: 't', token_type: 'DPoP' } })
    await world.requestToken({ credentials: [draft] })
    const form = new URLSearchParams(world.server.requests.at(-1)?.body)
    const { vp } = claimsOf(form.get('assertion') ?? '') as { vp: { verifiableCredential: unknown[] } }
    expect(vp.verifiableCredential).toEqual([
      {
        ...draft,
        id: expect.stringMatching(/^urn:uuid:/),
        issuer: world.party.did,
        issuanceDate: '2026-11-24T09:00:00Z',
        credentialSubject: { rol: 'verpleegkundige', id: world.party.did },
      },
    ])
    expect(JSON.parse(form.get('presentation_submission') ?? '')).toMatchObject({
      definition_id: 'medewerker',
      descriptor_map: [{ id: 'medewerker', format: 'ldp_vc', path: '$.verifiableCredential[0]' }],
    })
  })

  test('is narrowed by the selection, and a selection of nothing shows nothing', async () => {
    world.script.set(definitionPath, { json: definition })
    const credentials = ['arts', 'verpleegkundige'].map((rol) => ({ ...draft, credentialSubject: { rol } }))
    world.script.set(tokenPath, { json: { access_token: 't', token_type: 'DPoP' } })
    await world.requestToken({ credentials, selection: { rol: 'verpleegkundige' } })
    const body = new URLSearchParams(world.server.requests.at(-1)?.body).get('assertion') ?? ''
    expect(JSON.stringify(claimsOf(body))).toContain('"rol":"verpleegkundige"')
    expect(JSON.stringify(claimsOf(body))).not.toContain('"rol":"arts"')
    const refusal = await rejectionOf(world.requestToken({ credentials, selection: { rol: 'kok' } }))
    expect(refusal.code).toBe('token.no_matching_credential')
  })
})

describe('tokens that are kept', () => {
  const options = (changes: Partial<RequestTokenOptions> = {}): RequestTokenOptions => ({
    party: world.party,
    authorizationServer: world.authorizationServer,
    scope,
    trace: { traceId: 'a', spanId: 'b' },
    ...changes,
  })
  const caching = () =>
    createCachedRequestToken({
      clock: world.clock,
      wallet: world.requester.wallet,
      requestToken: (asked) => world.requestToken(asked),
    })
  const attempts = () => world.seen().filter((called) => called === tokenPath).length

  test('are given again until half a minute before their end', async () => {
    const request = caching()
    const first = await request(options(), { fresh: false })
    world.clock.move(869.999)
    expect(await request(options(), { fresh: false })).toBe(first)
    world.clock.move(0.001)
    expect((await request(options(), { fresh: false })).accessToken).not.toBe(first.accessToken)
    expect(attempts()).toBe(2)
  })

  test('are passed over and replaced when a fresh one is asked', async () => {
    const request = caching()
    const first = await request(options(), { fresh: false })
    const second = await request(options(), { fresh: true })
    expect(second.accessToken).not.toBe(first.accessToken)
    expect(await request(options(), { fresh: false })).toBe(second)
  })

  test('are not given again when the wallet lost a credential', async () => {
    const request = caching()
    await request(options(), { fresh: false })
    const [membership] = await world.requester.wallet.list(world.party)
    await world.requester.wallet.remove(world.party, membership?.id ?? '')
    expect((await rejectionOf(request(options(), { fresh: false }))).code).toBe('token.no_matching_credential')
  })

  test('are kept apart by whatever was asked', async () => {
    const request = caching()
    await request(options(), { fresh: false })
    await request(options({ tokenType: 'Bearer' }), { fresh: false })
    await request(options({ selection: {} }), { fresh: false })
    expect(attempts()).toBe(3)
  })

  test('are asked once for equal requests at one moment, and again after a failure', async () => {
    const request = caching()
    world.script.set(tokenPath, { status: 500, text: '' })
    const failed = await Promise.allSettled([
      request(options(), { fresh: false }),
      request(options(), { fresh: false }),
    ])
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    world.script.delete(tokenPath)
    const [first, second] = await Promise.all([
      request(options(), { fresh: false }),
      request(options(), { fresh: false }),
    ])
    expect(second).toBe(first)
    expect(attempts()).toBe(2)
  })

  test('metadata is asked once for many at one moment', async () => {
    await Promise.all(Array.from({ length: 10 }, () => world.requestToken()))
    expect(world.seen().filter((called) => called === metadataPath)).toHaveLength(1)
    expect(world.seen().filter((called) => called === definitionPath)).toHaveLength(1)
  })
})
