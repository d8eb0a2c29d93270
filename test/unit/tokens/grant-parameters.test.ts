import { beforeEach, describe, expect, test } from '@jest/globals'
import { rejectionOf } from '../../support/refusals.js'
import { alias, autorisatieScope, createTokenWorld, scope, tokenRequest } from '../../support/token-world.js'
import type { TokenWorld } from '../../support/token-world.js'

let world: TokenWorld

beforeEach(async () => {
  world = await createTokenWorld()
})

async function refusalFor(parameters: Readonly<Record<string, string | undefined>>): Promise<string> {
  return (await rejectionOf(world.grant(tokenRequest(world, { parameters })))).code
}

describe('a token request', () => {
  test('with a good presentation gets a bearer token for the scope', async () => {
    const answer = await world.grant(tokenRequest(world))
    expect(answer).toEqual({
      access_token: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
      token_type: 'Bearer',
      expires_in: 900,
      scope,
    })
  })

  test('gets a new token each time', async () => {
    const [first, second] = [await world.grant(tokenRequest(world)), await world.grant(tokenRequest(world))]
    expect(first.access_token).not.toBe(second.access_token)
  })

  test('gets a token that says who asked and what was proven', async () => {
    const { access_token } = await world.grant(tokenRequest(world))
    expect((await world.tokenStore.get(access_token, 'ciz')).record).toEqual({
      party: 'ciz',
      requester: world.member.did,
      clientId: 'https://lid.example.nl/oauth2/lid',
      scope,
      claims: {
        organization_name: 'Zorgkantoor Noord',
        organization_role: 'zorgkantoor',
        organization_id_type: 'uzovi',
        organization_id: '5999',
      },
      evidence: [expect.stringContaining(world.stelselbeheerder.did)],
      issuedAt: world.clock.now(),
      expiresAt: world.clock.now() + 900_000,
    })
  })

  test.each(['client_id', 'assertion', 'presentation_submission', 'scope', 'grant_type'])(
    'is refused without %s, which the note names',
    async (name) => {
      const refusal = await rejectionOf(world.grant(tokenRequest(world, { parameters: { [name]: undefined } })))
      expect([refusal.code, refusal.notes]).toEqual([
        'token.bad_request',
        [`missing, empty or not acceptable: ${name}`],
      ])
    },
  )

  test.each(['client_id', 'assertion', 'presentation_submission', 'scope'])(
    'is refused with an empty %s',
    async (name) => {
      expect(await refusalFor({ [name]: '' })).toBe('token.bad_request')
    },
  )

  test('is refused with a parameter that the grant does not know', async () => {
    const refusal = await rejectionOf(world.grant(tokenRequest(world, { parameters: { resource: 'x' } })))
    expect([refusal.code, refusal.notes]).toEqual(['token.bad_request', ['unknown parameter: resource']])
  })

  test.each(['authorization_code', 'client_credentials', 'VP_TOKEN-BEARER', ''])(
    'is refused with the grant type "%s"',
    async (grantType) => {
      expect(await refusalFor({ grant_type: grantType })).toBe('token.unsupported_grant')
    },
  )

  test.each(['https://lid.example.nl/\u0000', 'https://lid.example.nl/é', 'x'.repeat(2049)])(
    'is refused with a client_id outside printable ASCII or too long (%#)',
    async (clientId) => {
      expect(await refusalFor({ client_id: clientId })).toBe('token.bad_request')
    },
  )

  test('is granted with the longest client_id', async () => {
    const parameters = { client_id: 'x'.repeat(2048) }
    expect((await world.grant(tokenRequest(world, { parameters }))).token_type).toBe('Bearer')
  })

  test.each(['cak', 'onbekend', '__proto__', 'constructor', '../ciz', 'CIZ'])(
    'for the subject %s is refused alike',
    async (subject) => {
      const refusal = await rejectionOf(world.grant(tokenRequest(world, { subject })))
      expect([refusal.code, refusal.notes]).toEqual([
        'token.bad_request',
        ['this authorization server does not issue tokens'],
      ])
    },
  )
})

describe('a party that serves nothing', () => {
  test('answers like one that does not exist, so that nobody learns which parties exist', async () => {
    const answer = async () => {
      const { code, notes } = await rejectionOf(world.grant(tokenRequest(world, { subject: 'cak' })))
      return { code, notes }
    }
    const before = await answer()
    await world.node.parties.create({ subject: 'cak' })
    expect(await answer()).toEqual(before)
  })
})

describe('the scope of a token request', () => {
  test('asked by its alias is granted by its own name', async () => {
    const answer = await world.grant(tokenRequest(world, { parameters: { scope: alias } }))
    expect(answer.scope).toBe(scope)
    expect((await world.tokenStore.get(answer.access_token, 'ciz')).record.scope).toBe(scope)
  })

  test('may stand between spaces', async () => {
    expect((await world.grant(tokenRequest(world, { parameters: { scope: ` ${scope} ` } }))).scope).toBe(scope)
  })

  test.each([
    ['that nobody defined', 'registers/onbekend:read'],
    ['with another beside it', `${scope} openid`],
    ['and its alias', `${scope} ${alias}`],
    ['twice', `${scope} ${scope}`],
    ['of spaces only', '   '],
    ['in capitals', scope.toUpperCase()],
    ['named like a member of every object', 'constructor'],
    ['with a character that no scope has', `${scope}\u0000`],
  ])('%s is refused', async (_what, asked) => {
    expect(await refusalFor({ scope: asked })).toBe('token.unknown_scope')
  })

  test('that asks for more than was shown is refused, naming the descriptor', async () => {
    const refusal = await rejectionOf(world.grant(tokenRequest(world, { parameters: { scope: autorisatieScope } })))
    expect(refusal.code).toBe('presentation.unfulfilled')
    expect(refusal.notes).toEqual([expect.stringMatching(/^autorisatie: /)])
  })
})
