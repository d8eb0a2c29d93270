import { beforeEach, describe, expect, test } from '@jest/globals'
import { epochSeconds, toRfc3339 } from '../../../node/kernel/clock.js'
import {
  autorisatieScope,
  createTokenWorld,
  outcomeOf as outcomeOfRequest,
  submission,
  tokenRequest,
  zorgkantoor,
} from '../../support/token-world.js'
import type { TokenWorld } from '../../support/token-world.js'

let world: TokenWorld
let now: number

beforeEach(async () => {
  world = await createTokenWorld()
  now = epochSeconds(world.clock.now())
})

type Changes = Parameters<typeof tokenRequest>[1]

const outcomeOf = (changes: Changes): Promise<string> => outcomeOfRequest(world, tokenRequest(world, changes))

describe('the credentials of a presentation', () => {
  test('made by the member itself are refused, although the signature is good', async () => {
    const subject = { id: world.member.did, organization: zorgkantoor }
    const credentials = [world.member.issue({ type: 'LedenadministratieCredential', subject })]
    expect(await outcomeOf({ credentials })).toBe('presentation.unfulfilled')
  })

  test('of an issuer that is not trusted are refused beside good ones too', async () => {
    const subject = { id: world.member.did, organization: zorgkantoor }
    const own = world.member.issue({ type: 'LedenadministratieCredential', subject })
    expect(await outcomeOf({ credentials: [world.membership(), own] })).toBe('credential.issuer_untrusted')
  })

  test('that name the trusted issuer but are signed by another are refused', async () => {
    const forged = world.member.issue({
      type: 'LedenadministratieCredential',
      subject: { id: world.member.did, organization: zorgkantoor },
      claims: { iss: world.stelselbeheerder.did },
    })
    expect(await outcomeOf({ credentials: [forged] })).toBe('credential.controller')
  })

  test('that have expired are refused', async () => {
    expect(await outcomeOf({ credentials: [world.membership({ claims: { exp: now } })] })).toBe('credential.expired')
    expect(await outcomeOf({ credentials: [world.membership({ claims: { exp: now + 1 } })] })).toBe('granted')
  })

  test('that are not valid yet are refused', async () => {
    const starting = (nbf: number) => outcomeOf({ credentials: [world.membership({ claims: { nbf } })] })
    expect([await starting(now + 5), await starting(now + 6)]).toEqual(['granted', 'credential.not_yet_valid'])
  })

  test('cannot be none', async () => {
    expect(await outcomeOf({ credentials: [] })).toBe('presentation.unfulfilled')
  })

  test.each([
    [60, 60],
    [899, 899],
    [900, 900],
    [901, 900],
  ])('that end after %d s cap the life of the token at %d s', async (seconds, expected) => {
    const credentials = [world.membership({ claims: { exp: now + seconds } })]
    const { access_token, expires_in } = await world.grant(tokenRequest(world, { credentials }))
    expect(expires_in).toBe(expected)
    world.clock.move(expected - 0.001)
    expect(await world.tokenStore.find(access_token)).toBeDefined()
    world.clock.move(0.001)
    expect(await world.tokenStore.find(access_token)).toBeUndefined()
  })

  test('that end within a second give no token', async () => {
    const credentials = [world.membership({ claims: { exp: now + 1 } })]
    world.clock.move(0.001)
    expect(await outcomeOf({ credentials })).toBe('credential.expired')
  })
})

describe('an autorisatie', () => {
  const autorisatie = (id: string) => ({
    id,
    legalBase: { consentType: 'implicit' },
    purposeOfUse: 'WLZ_UITVOERING',
    resources: [
      { path: '/wlzIndicatie/53089759-97a5-4a50-b1c9-bae97b8e73f0', operations: ['query'], userContext: false },
    ],
    localParameters: { fields: ['WlzIndicatie.wlzindicatieID'] },
  })
  const fromBronhouder = async () => {
    const { issuer } = world.node
    const subject = autorisatie(world.member.did)
    const expiresAt = world.clock.now() + 60_000
    return (await issuer.issue({ issuer: world.bronhouder, type: 'AutorisatieCredential', subject, expiresAt })).raw
  }
  const both = {
    ...submission,
    definition_id: 'indicatieregister-autorisatie',
    descriptor_map: [
      ...submission.descriptor_map,
      { id: 'autorisatie', format: 'jwt_vc', path: '$.verifiableCredential[1]' },
    ],
  }
  const parameters = { scope: autorisatieScope, presentation_submission: JSON.stringify(both) }

  test('of the bronhouder, beside a membership, gets a token for what it names and until it ends', async () => {
    const credentials = [world.membership(), await fromBronhouder()]
    const answer = await world.grant(tokenRequest(world, { credentials, parameters }))
    expect([answer.scope, answer.expires_in]).toEqual([autorisatieScope, 60])
    const { record } = await world.tokenStore.get(answer.access_token, 'ciz')
    expect(record.claims).toMatchObject({
      organization_id: '5999',
      autorisatie_wlzindicatieID: '53089759-97a5-4a50-b1c9-bae97b8e73f0',
      autorisatie_velden: ['WlzIndicatie.wlzindicatieID'],
    })
    expect(record.evidence).toHaveLength(2)
  })

  test('of the one who asks is no autorisatie of the bronhouder', async () => {
    const subject = autorisatie(world.member.did)
    const own = world.member.issue({ type: 'AutorisatieCredential', subject })
    expect(await outcomeOf({ credentials: [world.membership(), own], parameters })).toBe('presentation.unfulfilled')
  })

  test('of somebody else is refused also where none is asked', async () => {
    const own = world.stelselbeheerder.issue({ type: 'AutorisatieCredential', subject: autorisatie(world.member.did) })
    expect(await outcomeOf({ credentials: [world.membership(), own] })).toBe('credential.issuer_untrusted')
    expect(await outcomeOf({ credentials: [world.membership(), await fromBronhouder()] })).toBe('granted')
  })
})

describe('the submission', () => {
  const [entry] = submission.descriptor_map
  const sent = (value: unknown) => ({ parameters: { presentation_submission: JSON.stringify(value) } })

  test('may point at the credential by a list of one in the form of older nodes', async () => {
    const membership = world.membership()
    const vp = { ...vpOf(), verifiableCredential: membership }
    const path = '$.verifiableCredential'
    const changes = { claims: { vp }, ...sent({ ...submission, descriptor_map: [{ ...entry, path }] }) }
    expect((await world.grant(tokenRequest(world, changes))).token_type).toBe('Bearer')
  })

  test('may point past a credential that does not fit', async () => {
    const listing = {
      '@context': ['https://www.w3.org/2018/credentials/v1'],
      type: ['VerifiableCredential', 'DiscoveryRegistrationCredential'],
      id: 'urn:uuid:8f5e7a0e-6b1f-4d6b-9a36-0f5f5dd0c1c5',
      issuer: world.member.did,
      issuanceDate: toRfc3339(world.clock.now()),
      credentialSubject: { id: world.member.did, authServerURL: 'https://lid.example.nl/oauth2/lid' },
    }
    const pointingAt = (index: number) => ({
      credentials: [listing, world.membership()],
      ...sent({ ...submission, descriptor_map: [{ ...entry, path: `$.verifiableCredential[${index}]` }] }),
    })
    expect(await outcomeOf(pointingAt(1))).toBe('granted')
    expect(await outcomeOf(pointingAt(0))).toBe('presentation.submission')
  })

  test('must point at the first credential that fits', async () => {
    const credentials = [world.membership(), world.membership()]
    const pointingAt = (index: number) => ({
      credentials,
      ...sent({ ...submission, descriptor_map: [{ ...entry, path: `$.verifiableCredential[${index}]` }] }),
    })
    expect(await outcomeOf(pointingAt(0))).toBe('granted')
    expect(await outcomeOf(pointingAt(1))).toBe('presentation.submission')
  })

  test.each([
    ['another definition', { ...submission, definition_id: 'indicatieregister-autorisatie' }],
    ['another descriptor', { ...submission, descriptor_map: [{ ...entry, id: 'autorisatie' }] }],
    ['another format', { ...submission, descriptor_map: [{ ...entry, format: 'ldp_vc' }] }],
    ['the format of presentations', { ...submission, descriptor_map: [{ ...entry, format: 'jwt_vc_json' }] }],
    ['nothing', { ...submission, descriptor_map: [{ ...entry, path: '$.verifiableCredential[7]' }] }],
    ['the whole presentation', { ...submission, descriptor_map: [{ ...entry, path: '$' }] }],
    ['a member of every object', { ...submission, descriptor_map: [{ ...entry, path: '$.constructor' }] }],
    ['a path that is none', { ...submission, descriptor_map: [{ ...entry, path: '$..verifiableCredential' }] }],
    ['one descriptor twice', { ...submission, descriptor_map: [entry, entry] }],
    ['no descriptor', { ...submission, descriptor_map: [] }],
    ['no shape', []],
  ])('with %s is refused', async (_what, value) => {
    expect(await outcomeOf(sent(value))).toBe('presentation.submission')
  })

  test.each(['', '{', 'null', '{"id":"a","id":"b"}'])('that is %j is refused', async (text) => {
    const expected = text === '' ? 'token.bad_request' : 'presentation.submission'
    expect(await outcomeOf({ parameters: { presentation_submission: text } })).toBe(expected)
  })

  function vpOf() {
    return { '@context': ['https://www.w3.org/2018/credentials/v1'], type: ['VerifiablePresentation'] }
  }
})
