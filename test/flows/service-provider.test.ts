import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createFixedClock, toRfc3339 } from '../../node/kernel/clock.js'
import { packageFile } from '../../node/kernel/package-root.js'
import { readPacks } from '../../node/policy/pack.js'
import { loadExamples } from '../../scripts/demo/examples.js'
import type { PackData } from '../../schemas/pack.js'
import { accountOf } from '../support/journal.js'
import { startRegion, type Region } from '../support/region.js'
import { askServiceProvider } from '../support/service-provider.js'
import { scope } from '../support/token-world.js'

const clock = createFixedClock(Date.parse('2026-11-24T09:00:00Z'))
const query =
  'query($id: UUID!) { wlzIndicatie(where: { wlzindicatieID: { eq: $id } }) { wlzindicatieID ingangsdatum } }'
const nutsType = 'NutsOrganizationCredential'

let policies: string
let region: Region
/** The DID of the software vendor, whose node also speaks for the zorgaanbieder. */
let vendor: string

/** The pack in which a zorgaanbieder reads through its software vendor. */
function forProviders(data: PackData): PackData {
  const rules = data.rules.map((rule) =>
    rule.scope === scope ? { ...rule, wie: { role: ['zorgaanbieder'] }, wat: { ...rule.wat, filterEquals: {} } } : rule,
  )
  return { ...askServiceProvider(data), rules }
}

beforeAll(async () => {
  policies = await mkdtemp(join(tmpdir(), 'bronnet-policies-'))
  for (const data of (await readPacks(packageFile('policies'))).values()) {
    await mkdir(join(policies, data.id))
    await writeFile(join(policies, data.id, 'pack.json'), JSON.stringify(forProviders(data)))
  }
  region = await startRegion({
    clock,
    configure(name, settings) {
      const [issuer = ''] = settings.trust?.['LedenadministratieCredential'] ?? []
      const trust = { ...settings.trust, [nutsType]: [issuer] }
      const parties = [...(settings.parties ?? []), ...(name === 'zorgaanbieder' ? [{ subject: 'leverancier' }] : [])]
      return { ...settings, trust, parties, ...(name === 'ciz' ? { policies: { directory: policies } } : {}) }
    },
  })
  const { administrator } = region.world.member('zorgaanbieder')
  const subjects = await administrator.call('GET', '/internal/vdr/v2/subject/leverancier')
  vendor = (subjects as readonly string[])[0] ?? ''
  const expirationDate = toRfc3339(clock.now() + 86_400_000)
  const { administrator: beheerder, did } = region.world.member('stelselbeheerder')
  const organization = { name: 'Softwarehuis Voorbeeld', city: 'Voorbeeldstad' }
  const known = await beheerder.call('POST', '/internal/vcr/v2/issuer/vc', {
    type: nutsType,
    issuer: did,
    expirationDate,
    format: 'jwt_vc',
    credentialSubject: { id: vendor, organization },
  })
  await administrator.call('POST', '/internal/vcr/v2/holder/leverancier/vc', known)
  await actFor('06999901')
})

afterAll(async () => {
  await region.end()
  await rm(policies, { recursive: true })
})

/** The vendor says for whom it acts. */
async function actFor(registeredBy: string): Promise<void> {
  const { administrator } = region.world.member('zorgaanbieder')
  const said = await administrator.call('POST', '/internal/vcr/v2/issuer/vc', {
    type: 'HealthCareProfessionalDelegationCredential',
    issuer: vendor,
    expirationDate: toRfc3339(clock.now() + 86_400_000),
    format: 'jwt_vc',
    credentialSubject: { id: vendor, registeredBy, roleCode: '01.000' },
  })
  await administrator.call('POST', '/internal/vcr/v2/holder/leverancier/vc', said)
}

async function requestToken(changes: Record<string, unknown> = {}, name = 'zorgaanbieder') {
  const { internalUrl } = region.world.member(name)
  const response = await fetch(`${internalUrl}/internal/auth/v2/${name}/request-service-access-token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'cache-control': 'no-cache' },
    body: JSON.stringify({
      authorization_server: region.world.member('ciz').authorizationServer,
      scope,
      service_provider_subject_id: 'leverancier',
      token_type: 'Bearer',
      ...changes,
    }),
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

async function read(token: unknown): Promise<{ readonly status: number; readonly data: unknown }> {
  const response = await fetch(region.world.member('ciz').sources['indicatieregister'] ?? '', {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${String(token)}` },
    body: JSON.stringify({ query, variables: { id: loadExamples().wlzindicatieID } }),
  })
  return { status: response.status, data: ((await response.json()) as { data?: unknown }).data }
}

const accountOfCiz = (work: () => Promise<unknown>) => accountOf(region.world.member('ciz'), work)
const both = () => ({
  actor: { did: vendor, organization: 'Softwarehuis Voorbeeld' },
  onBehalfOf: {
    did: region.world.member('zorgaanbieder').did,
    organization: 'Zorgaanbieder De Proeftuin',
    identifier: 'agb:06999901',
  },
})

describe('a software vendor asks for a zorgaanbieder', () => {
  test('and reads at the register, whose journal names both at every step', async () => {
    let answer: Awaited<ReturnType<typeof read>> | undefined
    const account = await accountOfCiz(async () => {
      const { status, body } = await requestToken()
      expect(status).toBe(200)
      answer = await read(body['access_token'])
    })
    expect(answer).toMatchObject({ status: 200, data: { wlzIndicatie: [expect.anything()] } })
    expect(account.map(({ code }) => code)).toEqual(['token.granted', 'read.decided', 'read.answered'])
    for (const event of account) expect(event).toMatchObject({ outcome: 'success', ...both() })
  })

  test('with a token that introspection explains', async () => {
    const { body } = await requestToken()
    const response = await fetch(`${region.world.member('ciz').internalUrl}/internal/auth/v2/accesstoken/introspect`, {
      method: 'POST',
      body: new URLSearchParams({ token: String(body['access_token']) }),
    })
    expect(await response.json()).toMatchObject({
      active: true,
      sub: region.world.member('zorgaanbieder').did,
      act: { sub: vendor },
      organization_id: '06999901',
      service_provider_name: 'Softwarehuis Voorbeeld',
    })
  })

  test('because the register says that it takes such requests, and the others do not', async () => {
    const grantTypes = async (name: string) => {
      const { publicUrl } = region.world.member(name)
      const response = await fetch(`${publicUrl}/.well-known/oauth-authorization-server/oauth2/${name}`)
      return ((await response.json()) as Record<string, unknown>)['grant_types_supported']
    }
    expect(await grantTypes('ciz')).toEqual(['vp_token-bearer', 'urn:ietf:params:oauth:grant-type:jwt-bearer'])
    expect(await grantTypes('zorgkantoor-noord')).toEqual(['vp_token-bearer'])
  })

  test.each([
    ['organization', 'indicatieregister-lid'],
    ['service_provider', 'indicatieregister-dienstverlener'],
  ])('which asks each owner its own definition: %s', async (owner, id) => {
    const { authorizationServer } = region.world.member('ciz')
    const url = `${authorizationServer}/presentation_definition?${new URLSearchParams({ scope, wallet_owner_type: owner })}`
    expect(await (await fetch(url)).json()).toMatchObject({ id })
  })

  test.each(['user', 'service_provider'])('and nothing of an owner whom a scope does not ask: %s', async (owner) => {
    const { authorizationServer } = region.world.member('ciz')
    const scopes = { user: scope, service_provider: 'registers/wlzindicatieregister/indicaties/autorisatie:read' }
    const asked = new URLSearchParams({
      scope: owner === 'user' ? scopes.user : scopes.service_provider,
      wallet_owner_type: owner,
    })
    const response = await fetch(`${authorizationServer}/presentation_definition?${asked}`)
    expect([response.status, await response.json()]).toEqual([
      400,
      expect.objectContaining({ error: 'invalid_request' }),
    ])
  })
})

describe('is refused', () => {
  test('without its service provider, and is told which grant is meant', async () => {
    const { status, body } = await requestToken({ service_provider_subject_id: undefined })
    expect([status, JSON.stringify(body)]).toEqual([502, expect.stringContaining('unsupported_grant_type')])
  })

  test('for a scope that asks for no service provider', async () => {
    const { status } = await requestToken({ scope: 'registers/wlzindicatieregister/indicaties/autorisatie:read' })
    expect(status).toBe(502)
  })

  test('when the vendor says nothing about this organization', async () => {
    const account = await accountOfCiz(async () => {
      const { internalUrl } = region.world.member('zorgaanbieder')
      const wallet = await fetch(`${internalUrl}/internal/vcr/v2/holder/leverancier/vc`)
      const held = (await wallet.json()) as readonly string[]
      const said = held.find((jwt) =>
        Buffer.from(jwt.split('.')[1] ?? '', 'base64url')
          .toString()
          .includes('06999901'),
      )
      const { jti } = JSON.parse(Buffer.from(said?.split('.')[1] ?? '', 'base64url').toString()) as { jti: string }
      await region.world
        .member('zorgaanbieder')
        .administrator.call('DELETE', `/internal/vcr/v2/holder/leverancier/vc/${encodeURIComponent(jti)}`)
      await actFor('06999902')
      const { status, body } = await requestToken()
      expect([status, JSON.stringify(body)]).toEqual([412, expect.stringContaining('organization_id')])
    })
    // Nothing was sent to the register.
    expect(account).toEqual([])
  })

  test('with a subject that this node does not have', async () => {
    expect((await requestToken({ service_provider_subject_id: 'onbekend' })).status).toBe(404)
  })
})
