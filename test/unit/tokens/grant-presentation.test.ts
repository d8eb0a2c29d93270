import { beforeEach, describe, expect, test } from '@jest/globals'
import { epochSeconds } from '../../../node/kernel/clock.js'
import { createTestHolder } from '../../support/credentials.js'
import { createOutsider } from '../../support/outsider.js'
import { rejectionOf } from '../../support/refusals.js'
import { createTokenWorld, outcomeOf as outcomeOfRequest, tokenRequest } from '../../support/token-world.js'
import type { TokenWorld } from '../../support/token-world.js'

let world: TokenWorld
let now: number

beforeEach(async () => {
  world = await createTokenWorld()
  now = epochSeconds(world.clock.now())
})

type Changes = Parameters<typeof tokenRequest>[1]

const outcomeOf = (changes: Changes): Promise<string> => outcomeOfRequest(world, tokenRequest(world, changes))

describe('the period of a presentation', () => {
  test.each([
    ['of five seconds', -1, 4, 'granted'],
    ['of six seconds', -1, 5, 'presentation.validity'],
    ['that starts when five seconds have passed', 5, 10, 'granted'],
    ['that starts when six seconds have passed', 6, 11, 'presentation.not_yet_valid'],
    ['that ended five seconds ago', -10, -5, 'granted'],
    ['that ended six seconds ago', -11, -6, 'presentation.expired'],
    ['that ends as it starts', 0, 0, 'presentation.validity'],
    ['that ends before it starts', 1, 0, 'presentation.validity'],
  ])('%s', async (_what, start, end, expected) => {
    expect(await outcomeOf({ claims: { nbf: now + start, iat: now + start, exp: now + end } })).toBe(expected)
  })

  test.each([
    [9, 'granted'],
    [9.001, 'presentation.expired'],
    [-6, 'granted'],
    [-6.001, 'presentation.not_yet_valid'],
  ])('is judged to the millisecond when the clock is %d s away', async (seconds, expected) => {
    const presentation = tokenRequest(world).parameters['assertion'] ?? ''
    world.clock.move(seconds)
    // The credential itself starts a second before the presentation was made; it allows the same skew.
    expect(await outcomeOf({ presentation })).toBe(expected)
  })

  test('starts with iat when there is no nbf', async () => {
    expect(await outcomeOf({ claims: { nbf: undefined } })).toBe('granted')
    expect(await outcomeOf({ claims: { nbf: undefined, iat: now - 3 } })).toBe('presentation.validity')
  })

  test('without start or end is refused', async () => {
    expect(await outcomeOf({ claims: { nbf: undefined, iat: undefined } })).toBe('presentation.malformed')
    expect(await outcomeOf({ claims: { exp: undefined } })).toBe('presentation.malformed')
  })

  test('is judged again when verifying took long', async () => {
    let taken = 0
    const slow = await createTokenWorld({ whileVerifying: () => slow.clock.move(taken) })
    taken = 9
    expect((await slow.grant(tokenRequest(slow))).token_type).toBe('Bearer')
    taken = 9.001
    expect((await rejectionOf(slow.grant(tokenRequest(slow)))).code).toBe('presentation.expired')
  })
})

describe('the audience of a presentation', () => {
  test('may be one of several', async () => {
    expect(await outcomeOf({ claims: { aud: ['https://ander.example.nl', world.audience] } })).toBe('granted')
  })

  test.each([
    ['nobody', () => undefined],
    ['another authorization server', () => 'https://ander.example.nl/oauth2/ciz'],
    ['the same one with a slash', () => `${world.audience}/`],
    ['the same one in capitals', () => world.audience.toUpperCase()],
    ['another party of the node', () => world.audience.replace('ciz', 'cak')],
    ['the token endpoint', () => `${world.audience}/token`],
    ['the DID of the party', () => world.bronhouder.did],
  ])('is refused when it is %s', async (_who, audience) => {
    expect(await outcomeOf({ claims: { aud: audience() } })).toBe('presentation.audience')
  })
})

describe('the signer of a presentation', () => {
  const claimsOf = (changes: Record<string, unknown> = {}) => ({
    iss: world.member.did,
    sub: world.member.did,
    aud: world.audience,
    nbf: now - 1,
    iat: now - 1,
    exp: now + 4,
    nonce: 'n',
    vp: {
      '@context': ['https://www.w3.org/2018/credentials/v1'],
      type: ['VerifiablePresentation'],
      verifiableCredential: [world.membership()],
    },
    ...changes,
  })

  test('that signs with its own key is accepted', async () => {
    expect((await world.grant(tokenRequest(world, { presentation: world.member.signJwt(claimsOf()) }))).scope).toMatch(
      /read$/,
    )
  })

  test('that signs with an Ed25519 key is accepted', async () => {
    const holder = createTestHolder('EdDSA')
    const credentials = [world.membership({ of: holder.did })]
    const presentation = holder.presentation({ audience: world.audience, credentials, now: world.clock.now() })
    expect(await outcomeOf({ presentation })).toBe('granted')
  })

  test('that names the key of another is refused', async () => {
    const thief = createOutsider(world.clock)
    const presentation = thief.signJwt(claimsOf(), { kid: `${world.member.did}#0` })
    expect(await outcomeOf({ presentation })).toBe('presentation.signature')
  })

  test('that shows the credentials of another as its own is refused', async () => {
    const thief = createOutsider(world.clock)
    const presentation = thief.present({ audience: world.audience, credentials: [world.membership()] })
    expect(await outcomeOf({ presentation })).toBe('presentation.signer')
  })

  test('that shows one credential of another beside its own is refused', async () => {
    const credentials = [world.membership(), world.membership({ of: createOutsider(world.clock).did })]
    expect(await outcomeOf({ credentials })).toBe('presentation.signer')
  })

  test.each(['iss', 'sub'])('whose DID differs from %s is refused', async (claim) => {
    expect(await outcomeOf({ claims: { [claim]: createOutsider(world.clock).did } })).toBe('presentation.signer')
  })

  test('whose signature was changed is refused', async () => {
    const presentation = world.member.signJwt(claimsOf())
    const last = presentation.slice(0, -8)
    expect(await outcomeOf({ presentation: `${last}AAAAAAAA` })).toBe('presentation.signature')
  })

  test('whose claims were changed after signing is refused', async () => {
    const [header, , signature] = world.member.signJwt(claimsOf()).split('.')
    const changed = Buffer.from(JSON.stringify(claimsOf({ nonce: 'other' }))).toString('base64url')
    expect(await outcomeOf({ presentation: `${header}.${changed}.${signature}` })).toBe('presentation.signature')
  })

  test('that cannot be resolved is refused', async () => {
    const kid = 'did:web:weg.example.nl#0'
    const presentation = world.member.signJwt(
      claimsOf({
        iss: undefined,
        sub: undefined,
        vp: { ...claimsOf().vp, verifiableCredential: [world.membership({ of: 'did:web:weg.example.nl' })] },
      }),
      { kid },
    )
    expect(await outcomeOf({ presentation })).toBe('identity.did_unresolvable')
  })

  test.each(['none', 'HS256', 'RS256'])('that says it used %s is refused', async (alg) => {
    expect(await outcomeOf({ presentation: world.member.signJwt(claimsOf(), { alg }) })).toBe('presentation.algorithm')
  })
})

describe('the nonce of a presentation', () => {
  test.each([undefined, '', 1, null])('that is %j is refused', async (nonce) => {
    expect(await outcomeOf({ claims: { nonce } })).toBe('presentation.malformed')
  })
})

describe('an assertion', () => {
  test.each(['x', 'a.b.c', '{}', '[]', '..', 'eyJhbGciOiJFUzI1NiJ9..'])(
    'that is %s is refused',
    async (presentation) => {
      expect(await outcomeOf({ presentation })).toBe('presentation.malformed')
    },
  )

  test('in the form of nuts-node v6.2 is accepted', async () => {
    const claims = {
      iss: undefined,
      iat: undefined,
      vp: {
        '@context': 'https://www.w3.org/2018/credentials/v1',
        type: 'VerifiablePresentation',
        holder: world.member.did,
        verifiableCredential: [world.membership()],
      },
    }
    expect((await world.grant(tokenRequest(world, { claims }))).token_type).toBe('Bearer')
  })
})
