import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Party } from '../../../node/identity/party.js'
import { createCachedRequestToken } from '../../../node/tokens/token-cache.js'
import { rejectionOf } from '../../support/refusals.js'
import { createRequesterWorld, definitionPath, metadataPath, tokenPath } from '../../support/requester-world.js'
import type { RequesterWorld } from '../../support/requester-world.js'
import { askServiceProvider, jwtBearer } from '../../support/service-provider.js'
import { scope } from '../../support/token-world.js'

let world: RequesterWorld
let serviceProvider: Party

beforeEach(async () => {
  world = await createRequesterWorld({ changePack: askServiceProvider, trustedTypes: ['NutsOrganizationCredential'] })
  const { parties, wallet } = world.requester
  serviceProvider = await parties.create({ subject: 'leverancier' })
  const organization = { name: 'Softwarehuis Voorbeeld', city: 'Voorbeeldstad' }
  const subject = { id: serviceProvider.did, organization }
  const credential = world.peer.stelselbeheerder.issue({ type: 'NutsOrganizationCredential', subject })
  await wallet.add(serviceProvider, credential)
  await actFor('5998')
  await actFor('5999')
})

afterEach(() => world.close())

/** The service provider says for whom it acts; it keeps that in its wallet. */
async function actFor(id: string): Promise<void> {
  const { issuer, wallet } = world.requester
  const issued = await issuer.issue({
    issuer: serviceProvider,
    type: 'HealthCareProfessionalDelegationCredential',
    subject: { id: serviceProvider.did, registeredBy: id, roleCode: '01.000' },
    status: [],
  })
  await wallet.add(serviceProvider, issued.raw)
}

const form = (): URLSearchParams => {
  const last = world.server.requests.filter(({ method }) => method === 'POST').at(-1)
  return new URLSearchParams(last?.body)
}

describe('a party with a service provider', () => {
  test('gets a token with two presentations, and nothing that the grant does not know', async () => {
    const token = await world.requestToken({ serviceProvider })
    expect(token).toMatchObject({ tokenType: 'DPoP', scope })
    expect(Object.fromEntries(form())).toEqual({
      grant_type: jwtBearer,
      assertion: expect.stringMatching(/^[^.]+\.[^.]+\.[^.]+$/),
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: expect.stringMatching(/^[^.]+\.[^.]+\.[^.]+$/),
      scope,
    })
    const granted = (await world.peer.tokenStore.find(token.accessToken))?.record
    expect(granted).toMatchObject({ requester: world.party.did, serviceProvider: serviceProvider.did })
  })

  test('shows the credential for the very organization, of several that would fit', async () => {
    await world.requestToken({ serviceProvider })
    const [, payload = ''] = (form().get('client_assertion') ?? '').split('.')
    const { vp } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as {
      vp: { verifiableCredential: readonly string[] }
    }
    const shown = vp.verifiableCredential.map((jwt) => Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString())
    expect(shown).toEqual([
      expect.stringContaining('Softwarehuis Voorbeeld'),
      expect.stringContaining('"registeredBy":"5999"'),
    ])
  })

  test('is in the journal of its own node with both', async () => {
    await world.requestToken({ serviceProvider })
    expect((await world.requester.journal()).at(-1)).toMatchObject({
      code: 'token.requested',
      outcome: 'success',
      party: 'lid',
      actor: { did: serviceProvider.did },
      onBehalfOf: { did: world.party.did },
    })
  })

  test('asks nothing of a server that does not offer the grant', async () => {
    const metadata = await fetch(`http://localhost:${String(world.server.port)}${metadataPath.slice(4)}`)
    const offered = (await metadata.json()) as Record<string, unknown>
    world.script.set(metadataPath, { json: { ...offered, grant_types_supported: ['vp_token-bearer'] } })
    expect(await rejectionOf(world.requestToken({ serviceProvider }))).toMatchObject({
      code: 'token.peer_unsupported',
      notes: ['the other node grants no tokens to service providers'],
    })
    expect(world.seen()).not.toContain(tokenPath)
  })

  test('is told what its service provider lacks', async () => {
    const other = await world.requester.parties.create({ subject: 'ander' })
    const refusal = await rejectionOf(world.requestToken({ serviceProvider: other }))
    expect(refusal.code).toBe('token.no_matching_credential')
    expect(refusal.notes).toEqual(expect.arrayContaining(['dienstverlener: there is no credential']))
    expect(world.seen()).not.toContain(tokenPath)
  })

  test('hears of a selection that neither definition knows', async () => {
    const refusal = await rejectionOf(world.requestToken({ serviceProvider, selection: { kleur: 'rood' } }))
    expect(refusal.code).toBe('request.bad_parameters')
    await expect(
      world.requestToken({ serviceProvider, selection: { service_provider_name: 'Softwarehuis Voorbeeld' } }),
    ).resolves.toBeDefined()
  })

  test('asks each definition by its owner', async () => {
    await world.requestToken({ serviceProvider })
    const asked = world.server.requests.filter(({ path }) => path.startsWith(definitionPath.slice(4)))
    expect(asked.map(({ path }) => new URLSearchParams(path.split('?')[1]).get('wallet_owner_type'))).toEqual([
      null,
      'service_provider',
    ])
  })

  test('does not get the token that another service provider got', async () => {
    const { clock, requester } = world
    let made = 0
    const requestToken = createCachedRequestToken({
      clock,
      wallet: requester.wallet,
      requestToken: (options) => {
        made += 1
        return world.requestToken(options)
      },
    })
    const options = { party: world.party, authorizationServer: world.authorizationServer, scope }
    const trace = { traceId: '0123456789abcdef0123456789abcdef', spanId: '0123456789abcdef' }
    await requestToken({ ...options, serviceProvider, trace }, { fresh: false })
    await requestToken({ ...options, serviceProvider, trace }, { fresh: false })
    expect(made).toBe(1)
    await rejectionOf(requestToken({ ...options, trace }, { fresh: false }))
    expect(made).toBe(2)
  })
})
