import { beforeEach, describe, expect, test } from '@jest/globals'
import type { CredentialProfile } from '../../../node/policy/pack.js'
import { createProfiles, type Profiles } from '../../../node/policy/profiles.js'
import { createIntrospect, type Introspection } from '../../../node/tokens/introspect.js'
import { authorizationServerMetadata } from '../../../node/tokens/metadata.js'
import { createTokenWorld, scope, tokenRequest } from '../../support/token-world.js'
import type { TokenWorld } from '../../support/token-world.js'

let world: TokenWorld
let introspect: (token: string) => Promise<Introspection>
let token: string

beforeEach(async () => {
  world = await createTokenWorld()
  introspect = createIntrospect({ ...world, parties: world.node.parties })
  token = (await world.grant(tokenRequest(world))).access_token
})

describe('introspection', () => {
  test('says what a token means, with the claims beside it and no aud, sub or jti', async () => {
    const issuedAt = world.clock.now() / 1000
    expect(await introspect(token)).toEqual({
      active: true,
      iss: 'https://node.example.nl/oauth2/ciz',
      client_id: 'https://lid.example.nl/oauth2/lid',
      scope,
      iat: issuedAt,
      exp: issuedAt + 900,
      organization_name: 'Zorgkantoor Noord',
      organization_role: 'zorgkantoor',
      organization_id_type: 'uzovi',
      organization_id: '5999',
    })
  })

  test('says for which resource a token is, when it is for one', async () => {
    const { record } = (await world.tokenStore.find(token)) ?? {}
    if (record === undefined) throw new Error('the token is not there')
    const audience = 'https://node.example.nl/sources/ciz/indicatieregister/graphql'
    await world.node.store.write(world.tokenStore.operations('een-ander-token', { ...record, audience }))
    expect(await introspect('een-ander-token')).toEqual({ ...(await introspect(token)), aud: audience })
  })

  test.each(['', 'onbekend', '\u0000', 'x'.repeat(100_000)])(
    'says of another text that it is not active, and no more (%#)',
    async (other) => {
      expect(JSON.stringify(await introspect(other))).toBe('{"active":false}')
    },
  )

  test('says of a token that has expired that it is not active, and no more', async () => {
    world.clock.move(899.999)
    expect((await introspect(token)).active).toBe(true)
    world.clock.move(0.001)
    expect(JSON.stringify(await introspect(token))).toBe('{"active":false}')
  })
})

describe('introspection after the packs were read anew', () => {
  type Policy = CredentialProfile['scopePolicy']
  const without = createProfiles([])
  const withPolicy = (scopePolicy: Policy, ...names: readonly string[]) =>
    createProfiles([
      {
        profiles: [scope, ...names].map((name) => ({
          ...world.profilesOf('ciz').get(scope),
          scope: name,
          aliases: [],
          scopePolicy,
        })),
      },
    ])
  const write = async (name: string, changes: object) => {
    const { record } = (await world.tokenStore.find(token)) ?? {}
    if (record === undefined) throw new Error('the token is not there')
    const shown = { submissions: {}, presentations: ['a.b.c'] }
    await world.node.store.write(world.tokenStore.operations(name, { ...record, ...changes }, shown))
  }
  const ask = (name: string, profiles: Profiles, extended = false) =>
    createIntrospect({ ...world, parties: world.node.parties, profilesOf: () => profiles })(name, { extended })

  test.each([false, true])(
    'says of a token whose scope is gone that it is not active, and no more (extended: %s)',
    async (extended) => {
      await write('kept', {})
      expect(JSON.stringify(await ask('kept', without, extended))).toBe('{"active":false}')
      expect(await ask('kept', withPolicy('profile-only'), extended)).toMatchObject({ active: true, scope })
    },
  )

  test('names no scope that its pack no longer lets count beside its own', async () => {
    await write('more', { scope: `${scope} lezen` })
    for (const extended of [false, true]) {
      expect(await ask('more', withPolicy('passthrough'), extended)).toMatchObject({ scope: `${scope} lezen` })
      expect(await ask('more', withPolicy('profile-only'), extended)).toMatchObject({ active: true, scope })
    }
  })

  test('names no scope that has become one of the party since: its credentials were not shown', async () => {
    await write('more', { scope: `${scope} lezen` })
    for (const extended of [false, true])
      expect(await ask('more', withPolicy('passthrough', 'lezen'), extended)).toMatchObject({ active: true, scope })
  })

  test('names of a token for one resource the scopes that are left', async () => {
    await write('several', { scope: `weg ${scope} lezen`, audience: 'https://node.example.nl/sources/ciz/x/graphql' })
    expect(await ask('several', withPolicy('profile-only', 'lezen'))).toMatchObject({ scope: `${scope} lezen` })
    expect(await ask('several', without)).toEqual({ active: false })
  })
})

describe('the metadata of an authorization server', () => {
  const issuer = 'https://node.example.nl/nuts/oauth2/ciz'
  const metadata = authorizationServerMetadata(issuer, ['web', 'key', 'jwk'], { serviceProviders: false })

  test('names itself exactly as it was announced, and what lies below', () => {
    expect(metadata).toMatchObject({
      issuer,
      token_endpoint: `${issuer}/token`,
      presentation_definition_endpoint: `${issuer}/presentation_definition`,
      presentation_definition_uri_supported: true,
      grant_types_supported: ['vp_token-bearer'],
      did_methods_supported: ['web', 'key', 'jwk'],
    })
  })

  test('names formats as nuts-node v6 reads them, twice', () => {
    const algorithms = { alg_values_supported: ['ES256', 'EdDSA', 'PS256', 'PS384', 'PS512'] }
    const proofs = { proof_type_values_supported: ['JsonWebSignature2020', 'DataIntegrityProof'] }
    const formats = { jwt_vp_json: algorithms, jwt_vc_json: algorithms, ldp_vp: proofs, ldp_vc: proofs }
    expect(metadata).toMatchObject({ vp_formats: formats, vp_formats_supported: formats })
  })

  test('does not offer what the node does not do', () => {
    for (const name of ['authorization_endpoint', 'introspection_endpoint', 'jwks_uri', 'scopes_supported']) {
      expect(metadata).not.toHaveProperty(name)
    }
  })
})
