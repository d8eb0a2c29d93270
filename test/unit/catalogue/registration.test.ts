import { beforeEach, describe, expect, test } from '@jest/globals'
import { epochSeconds } from '../../../node/kernel/clock.js'
import { NodeError } from '../../../node/kernel/errors.js'
import { createOutsider, type Outsider } from '../../support/outsider.js'
import { rejectionOf } from '../../support/refusals.js'
import {
  createDiscoveryWorld,
  idOf,
  listing,
  maxValiditySeconds,
  registration,
  retraction,
  service,
} from '../../support/discovery-world.js'
import type { DiscoveryWorld } from '../../support/discovery-world.js'
import { zorgkantoor } from '../../support/token-world.js'

let world: DiscoveryWorld
let member: Outsider
let now: number

beforeEach(() => {
  world = createDiscoveryWorld()
  member = createOutsider(world.clock)
  now = epochSeconds(world.clock.now())
})

/** `good`, or the code of the refusal. */
async function outcomeOf(presentation: string): Promise<string> {
  try {
    await world.verifyRegistration(presentation, world.definition)
    return 'good'
  } catch (error) {
    return NodeError.codeOf(error)
  }
}

const withClaims = (claims: Record<string, unknown>) => outcomeOf(registration(world, member, { claims }))
const withCredentials = (...credentials: readonly unknown[]) => outcomeOf(registration(world, member, { credentials }))

describe('a registration', () => {
  test('yields the fields of the definition and what the party says about itself', async () => {
    const own = listing(world, member.did, { indicatieregister: 'https://lid.example.nl/sources', id: member.did })
    const presentation = registration(world, member, { credentials: [world.membership(member.did), own] })
    expect(await world.verifyRegistration(presentation, world.definition)).toMatchObject({
      id: idOf(presentation),
      retracts: undefined,
      fields: { organization_name: 'Zorgkantoor Noord', auth_server_url: 'https://lid.example.nl/oauth2/lid' },
      parameters: {
        authServerURL: 'https://lid.example.nl/oauth2/lid',
        indicatieregister: 'https://lid.example.nl/sources',
      },
      presentation: { signer: member.did },
    })
  })

  test('must have an id', async () => {
    expect(await withClaims({ jti: undefined })).toBe('discovery.registration_invalid')
  })

  test.each([undefined, 'andere-lijst', `${service}/`, [], ['andere-lijst']])(
    'for the audience %j is refused',
    async (aud) => {
      expect(await withClaims({ aud })).toMatch(/^presentation\.(audience|malformed)$/)
    },
  )

  test('may be for several audiences', async () => {
    expect(await withClaims({ aud: ['andere-lijst', service] })).toBe('good')
  })

  test.each([
    ['as long as allowed', 0, maxValiditySeconds, 'good'],
    ['a second too long from its start', -1, maxValiditySeconds, 'presentation.validity'],
    ['a second too long from now', 1, maxValiditySeconds + 1, 'presentation.validity'],
    ['until a second from now', -10, 1, 'good'],
    ['until now', -10, 0, 'presentation.expired'],
    ['from within the skew', 5, 600, 'good'],
    ['from beyond the skew', 6, 600, 'presentation.not_yet_valid'],
    ['backwards', 3, 2, 'presentation.validity'],
  ])('that lives %s is judged so', async (_how, nbf, exp, expected) => {
    expect(await withClaims({ nbf: now + nbf, iat: now + nbf, exp: now + exp })).toBe(expected)
  })

  test('must have an end', async () => {
    expect(await withClaims({ exp: undefined })).toBe('presentation.malformed')
  })

  test('of a DID method that the list does not take is refused', async () => {
    const definition = { ...world.definition, didMethods: ['web'] }
    const refusal = await rejectionOf(world.verifyRegistration(registration(world, member), definition))
    expect([refusal.code, refusal.notes]).toEqual([
      'discovery.registration_invalid',
      ['the DID method is not allowed in this service'],
    ])
  })

  test('of any DID method is taken by a list that names none', async () => {
    const definition = { ...world.definition, didMethods: [] }
    expect((await world.verifyRegistration(registration(world, member), definition)).presentation.signer).toBe(
      member.did,
    )
  })

  test('of a DID that is too long to be kept is refused', async () => {
    const kid = `did:web:${'a'.repeat(505)}`
    const presentation = member.signJwt(
      { aud: service, jti: 'x', nbf: now, exp: now + 60, retract_jti: 'y', vp: retracted },
      { kid },
    )
    const refusal = await rejectionOf(world.verifyRegistration(presentation, world.definition))
    expect([refusal.code, refusal.notes]).toEqual([
      'discovery.registration_invalid',
      ['the DID is longer than 512 characters'],
    ])
    const shorter = member.signJwt(
      { aud: service, jti: 'x', nbf: now, exp: now + 60, retract_jti: 'y', vp: retracted },
      { kid: kid.slice(0, 512) },
    )
    expect(await outcomeOf(shorter)).toMatch(/^identity\./)
  })

  const retracted = {
    '@context': 'https://www.w3.org/2018/credentials/v1',
    type: ['VerifiablePresentation', 'RetractedVerifiablePresentation'],
  }

  test.each(['', 'x', '{}', '[]', '"x"', 'a.b.c'])('that is %j is refused', async (text) => {
    expect(await outcomeOf(text)).toBe('presentation.malformed')
  })

  test('of more than 64 KiB is refused', async () => {
    expect(await outcomeOf('x'.repeat(65_537))).toBe('discovery.registration_invalid')
    expect(await outcomeOf('x'.repeat(65_536))).toBe('presentation.malformed')
  })

  test('signed by another is refused', async () => {
    const [head, claims] = registration(world, member).split('.')
    const [, , signature] = registration(world, createOutsider(world.clock)).split('.')
    expect(await outcomeOf(`${head}.${claims}.${signature}`)).toBe('presentation.signature')
  })
})

describe('the credentials of a registration', () => {
  test('are all asked for by the definition', async () => {
    const credentials = [world.membership(member.did), listing(world, member.did)]
    expect(await withCredentials(...credentials)).toBe('good')
    expect(await withCredentials(...credentials, listing(world, member.did))).toBe('discovery.registration_invalid')
    expect(await withCredentials(...credentials, world.membership(member.did))).toBe('discovery.registration_invalid')
  })

  test('are all there', async () => {
    expect(await withCredentials(world.membership(member.did))).toBe('presentation.unfulfilled')
    expect(await withCredentials(listing(world, member.did))).toBe('presentation.unfulfilled')
    expect(await withCredentials()).toBe('presentation.unfulfilled')
  })

  test('live as long as the registration', async () => {
    const ending = (exp: number) => withCredentials(world.membership(member.did, { exp }), listing(world, member.did))
    expect([await ending(now + 600), await ending(now + 599)]).toEqual(['good', 'discovery.registration_invalid'])
  })

  test('of an issuer that the list does not know are refused', async () => {
    const subject = { id: member.did, organization: zorgkantoor }
    const own = member.issue({ type: 'LedenadministratieCredential', subject })
    expect(await withCredentials(own, listing(world, member.did))).toBe('presentation.unfulfilled')
  })

  test('of an issuer that the list knows but this node does not trust are refused', async () => {
    const other = createDiscoveryWorld({ clock: world.clock })
    const presentation = registration(world, member)
    const refusal = await rejectionOf(other.verifyRegistration(presentation, world.definition))
    expect(refusal.code).toBe('credential.issuer_untrusted')
  })

  test('are about the party itself', async () => {
    const other = createOutsider(world.clock)
    expect(await withCredentials(world.membership(other.did), listing(world, member.did))).toBe('presentation.signer')
    expect(await withCredentials(world.membership(member.did), listing(world, other.did))).toBe('presentation.signer')
  })

  test('by which a party describes itself are its own word', async () => {
    const forged = { ...listing(world, member.did), issuer: world.stelselbeheerder.did }
    expect(await withCredentials(world.membership(member.did), forged)).toBe('credential.issuer_untrusted')
  })
})

describe('a retraction', () => {
  test('needs no credentials', async () => {
    const presentation = retraction(world, member, 'the first')
    expect(await world.verifyRegistration(presentation, world.definition)).toMatchObject({
      retracts: 'the first',
      fields: {},
      parameters: {},
    })
  })

  test('names what it withdraws', async () => {
    expect(await outcomeOf(retraction(world, member, undefined))).toBe('discovery.registration_invalid')
  })

  test('holds no credentials', async () => {
    const vp = {
      '@context': ['https://www.w3.org/2018/credentials/v1'],
      type: ['VerifiablePresentation', 'RetractedVerifiablePresentation'],
      verifiableCredential: [world.membership(member.did)],
    }
    expect(await outcomeOf(retraction(world, member, 'the first', { vp }))).toBe('discovery.registration_invalid')
  })

  test('is signed too', async () => {
    const [head, claims] = retraction(world, member, 'the first').split('.')
    const [, , signature] = retraction(world, member, 'the first').split('.')
    expect(await outcomeOf(`${head}.${claims}.${signature}`)).toBe('presentation.signature')
  })

  test('is one by its type: a registration that names another one withdraws nothing', async () => {
    const presentation = registration(world, member, { claims: { retract_jti: 'the first' } })
    expect((await world.verifyRegistration(presentation, world.definition)).retracts).toBeUndefined()
  })
})
