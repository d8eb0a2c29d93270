import { beforeEach, describe, expect, test } from '@jest/globals'
import { epochSeconds } from '../../../node/kernel/clock.js'
import { compileDefinition } from '../../../node/credentials/exchange/definition.js'
import { claimedActors } from '../../../node/tokens/account.js'
import { carryOver } from '../../../node/tokens/grant-jwt-bearer.js'
import { createIntrospect } from '../../../node/tokens/introspect.js'
import { createOutsider, type Outsider } from '../../support/outsider.js'
import { refusalOf, rejectionOf } from '../../support/refusals.js'
import {
  askServiceProvider,
  jwtBearer,
  jwtBearerRequest,
  presentAsProvider,
  serviceProviderCredentials,
} from '../../support/service-provider.js'
import { createTokenWorld, outcomeOf, scope, tokenRequest, type TokenWorld } from '../../support/token-world.js'

let world: TokenWorld
let provider: Outsider

beforeEach(async () => {
  world = await createTokenWorld({ changePack: askServiceProvider, trustedTypes: ['NutsOrganizationCredential'] })
  provider = createOutsider(world.clock)
})

const present = (
  ...given: Parameters<typeof presentAsProvider> extends [unknown, unknown, ...infer Rest] ? Rest : []
) => presentAsProvider(world, provider, ...given)
const organization = (changes: Record<string, unknown> = {}): string =>
  world.member.present({ audience: world.audience, credentials: [world.membership()], changes })
const now = (): number => epochSeconds(world.clock.now())

describe('two good presentations', () => {
  test('get a token that says for whom it is and who asked', async () => {
    const answer = await world.grant(jwtBearerRequest(world, provider))
    expect(answer).toMatchObject({ token_type: 'Bearer', expires_in: 900, scope })
    const { record } = (await world.tokenStore.find(answer.access_token)) ?? {}
    expect(record).toMatchObject({
      requester: world.member.did,
      serviceProvider: provider.did,
      clientId: provider.did,
      claims: {
        organization_id: '5999',
        organization_role: 'zorgkantoor',
        service_provider_name: 'Softwarehuis Voorbeeld',
      },
    })
    expect(record?.evidence).toHaveLength(3)
  })

  test('are accounted for as the service provider, on behalf of the organization', async () => {
    await world.grant(jwtBearerRequest(world, provider))
    expect((await world.node.journal()).at(-1)).toMatchObject({
      code: 'token.granted',
      actor: { did: provider.did, organization: 'Softwarehuis Voorbeeld' },
      onBehalfOf: { did: world.member.did, organization: 'Zorgkantoor Noord', identifier: 'uzovi:5999' },
    })
  })

  test('are told by introspection', async () => {
    const { node, tokenStore, profilesOf } = world
    const { access_token } = await world.grant(jwtBearerRequest(world, provider))
    expect(await createIntrospect({ tokenStore, parties: node.parties, profilesOf })(access_token)).toMatchObject({
      active: true,
      sub: world.member.did,
      act: { sub: provider.did },
      client_id: provider.did,
      organization_name: 'Zorgkantoor Noord',
    })
  })

  test('may be of one party that asks for itself', async () => {
    const own = serviceProviderCredentials(world, world.member)
    const request = jwtBearerRequest(world, provider, {
      client_assertion: world.member.present({ audience: world.audience, credentials: own }),
    })
    expect(await outcomeOf(world, request)).toBe('granted')
  })
})

describe('the parameters', () => {
  test.each([
    ['assertion', undefined, 'missing, empty or not acceptable: assertion'],
    ['client_assertion', undefined, 'missing, empty or not acceptable: client_assertion'],
    ['client_assertion', '', 'missing, empty or not acceptable: client_assertion'],
    ['client_assertion_type', undefined, 'missing, empty or not acceptable: client_assertion_type'],
    [
      'client_assertion_type',
      'urn:ietf:params:oauth:client-assertion-type:saml2-bearer',
      'missing, empty or not acceptable: client_assertion_type',
    ],
    ['scope', undefined, 'missing, empty or not acceptable: scope'],
    ['client_id', 'https://lid.example.nl', 'unknown parameter: client_id'],
    ['presentation_submission', '{}', 'unknown parameter: presentation_submission'],
    ['username', 'x', 'unknown parameter: username'],
  ])('%s cannot be %s', async (name, value, note) => {
    const refusal = await rejectionOf(world.grant(jwtBearerRequest(world, provider, { [name]: value })))
    expect(refusal).toMatchObject({ code: 'token.bad_request', notes: [note] })
  })

  test.each(['assertion', 'client_assertion'])('%s is one JWT, and no list and no object', async (name) => {
    for (const text of ['{}', `["${organization()}"]`, 'a.b', 'a.b.c.d']) {
      const refusal = await rejectionOf(world.grant(jwtBearerRequest(world, provider, { [name]: text })))
      expect(refusal).toMatchObject({ code: 'presentation.malformed', notes: [`${name} must be one JWT`] })
    }
  })
})

describe('what is refused in either presentation', () => {
  const defects: readonly [string, () => Record<string, unknown>, string][] = [
    ['made for another audience', () => ({ aud: 'https://elders.example/oauth2/ciz' }), 'presentation.audience'],
    ['over', () => ({ nbf: now() - 60, iat: now() - 60, exp: now() - 55 }), 'presentation.expired'],
    ['not valid yet', () => ({ nbf: now() + 60, iat: now() + 60, exp: now() + 65 }), 'presentation.not_yet_valid'],
    ['valid for too long', () => ({ exp: now() + 60 }), 'presentation.validity'],
    ['without a nonce', () => ({ nonce: undefined }), 'presentation.malformed'],
  ]
  test.each(defects)('one that is %s', async (_what, changes, code) => {
    for (const spoilt of [{ assertion: organization(changes()) }, { client_assertion: present(changes()) }]) {
      expect(await outcomeOf(world, jwtBearerRequest(world, provider, spoilt))).toBe(code)
    }
  })

  test('one whose signature is not good', async () => {
    for (const [name, good] of Object.entries({ assertion: organization(), client_assertion: present() })) {
      const forged = `${good.slice(0, -8)}AAAAAAAA`
      expect(await outcomeOf(world, jwtBearerRequest(world, provider, { [name]: forged }))).toBe(
        'presentation.signature',
      )
      // It spent nothing of the good one.
      expect(await outcomeOf(world, jwtBearerRequest(world, provider, { [name]: good }))).toBe('granted')
    }
  })

  test.each(['assertion', 'client_assertion'])(
    'one that was used before, the %s, and the other is not spent',
    async (name) => {
      const used = { assertion: organization(), client_assertion: present() }
      expect(await outcomeOf(world, jwtBearerRequest(world, provider, used))).toBe('granted')
      const other = name === 'assertion' ? { client_assertion: present() } : { assertion: organization() }
      expect(await outcomeOf(world, jwtBearerRequest(world, provider, { ...used, ...other }))).toBe('token.replayed')
      expect(await outcomeOf(world, jwtBearerRequest(world, provider, other))).toBe('granted')
    },
  )

  test('the same one twice', async () => {
    const credentials = [world.membership(), ...serviceProviderCredentials(world, world.member)]
    const both = world.member.present({ audience: world.audience, credentials })
    const request = jwtBearerRequest(world, provider, { assertion: both, client_assertion: both })
    expect(await outcomeOf(world, request)).toBe('token.replayed')
  })

  test('the two exchanged', async () => {
    const request = jwtBearerRequest(world, provider, { assertion: present(), client_assertion: organization() })
    expect(await outcomeOf(world, request)).toBe('presentation.unfulfilled')
  })

  test('a credential about another organization', async () => {
    const assertion = world.member.present({
      audience: world.audience,
      credentials: [world.membership({ of: provider.did })],
    })
    expect(await outcomeOf(world, jwtBearerRequest(world, provider, { assertion }))).toBe('presentation.signer')
    const borrowed = present({}, serviceProviderCredentials(world, provider, { of: world.member.did }))
    expect(await outcomeOf(world, jwtBearerRequest(world, provider, { client_assertion: borrowed }))).toBe(
      'presentation.signer',
    )
  })

  test('a service provider that acts for another organization', async () => {
    const elsewhere = present({}, serviceProviderCredentials(world, provider, { actsFor: '5998' }))
    const refusal = await rejectionOf(world.grant(jwtBearerRequest(world, provider, { client_assertion: elsewhere })))
    expect(refusal.code).toBe('presentation.unfulfilled')
    expect(refusal.notes.join()).toContain('field organization_id')
  })
})

test('of fifty that arrive together exactly one gets a token', async () => {
  const request = jwtBearerRequest(world, provider)
  const outcomes = await Promise.all(Array.from({ length: 50 }, () => outcomeOf(world, request)))
  expect(outcomes.filter((outcome) => outcome === 'granted')).toHaveLength(1)
})

test('a refusal names both, as they are said to be', async () => {
  await rejectionOf(world.grant(jwtBearerRequest(world, provider, { client_assertion: present({ aud: 'x' }) })))
  expect((await world.node.journal()).at(-1)).toMatchObject({
    code: 'token.refused',
    error: 'presentation.audience',
    actor: { did: provider.did },
    onBehalfOf: { did: world.member.did },
  })
})

test('a refusal names neither of the two when it is not even written as a DID', () => {
  const [did, other] = ['did:web:dienst.example', 'burger 999990019']
  expect(claimedActors({ organization: other, serviceProvider: did })).toEqual({ actor: { did } })
  expect(claimedActors({ organization: did, serviceProvider: other })).toEqual({ actor: { did } })
})

describe('what both must have in common', () => {
  const field = {
    id: 'organization_id',
    path: ['$.credentialSubject.registeredBy'],
    filter: { type: 'string' as const },
  }
  const both = compileDefinition({ id: 'd', input_descriptors: [{ id: 'opdracht', constraints: { fields: [field] } }] })

  test('is the value that the organization has', () => {
    expect(carryOver({ organization_id: '5999', organization_city: 'Noordstad' }, both)).toEqual({
      organization_id: '5999',
    })
  })

  test.each([
    ['several values', ['5999', '5998']],
    ['none', null],
  ])('cannot be %s: the service provider would choose', (_what, value) => {
    const refusal = refusalOf(() => carryOver({ organization_id: value }, both))
    expect(refusal.code).toBe('presentation.unfulfilled')
    expect(refusal.notes.join()).toContain('field organization_id of the organization has no single value')
  })
})

describe('the grant fits the scope', () => {
  test('a scope that asks for a service provider is not granted to an organization alone', async () => {
    const refusal = await rejectionOf(world.grant(tokenRequest(world)))
    expect(refusal).toMatchObject({
      code: 'token.unsupported_grant',
      notes: ['this scope asks for a service provider too'],
    })
  })

  test('a scope that asks for none is not granted to a service provider', async () => {
    const plain = await createTokenWorld()
    const refusal = await rejectionOf(plain.grant(jwtBearerRequest(plain, createOutsider(plain.clock))))
    expect(refusal).toMatchObject({
      code: 'token.unsupported_grant',
      notes: ['this scope asks for no service provider'],
    })
  })

  test.each(['urn:ietf:params:oauth:grant-type:saml2-bearer', 'client_credentials', `${jwtBearer} `])(
    'the grant type %s is not offered',
    async (grant_type) => {
      expect(await outcomeOf(world, jwtBearerRequest(world, provider, { grant_type }))).toBe('token.unsupported_grant')
    },
  )
})
