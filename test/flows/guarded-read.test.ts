import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createFixedClock, toRfc3339 } from '../../node/kernel/clock.js'
import type { AccessToken, ListedParty } from '../../registry-client/client.js'
import { participants } from '../../scripts/demo/participants.js'
import { loadExamples } from '../../scripts/demo/examples.js'
import { askSource, type SourceAnswer } from '../support/ask-source.js'
import { accountOf, journalOf } from '../support/journal.js'
import { describeWithShared } from '../support/shared.js'
import { startRegion, type Region } from '../support/region.js'

const indicatieScope = 'registers/wlzindicatieregister/indicaties/indicatie:read'
const autorisatieScope = 'registers/wlzindicatieregister/indicaties/autorisatie:read'
const byId =
  'query($id: UUID!) { wlzIndicatie(where: { wlzindicatieID: { eq: $id } }) { wlzindicatieID ingangsdatum } }'
const byIdAndUzovi = `query($id: UUID!, $uzovi: String!) {
  wlzIndicatie(where: { wlzindicatieID: { eq: $id }, initieelVerantwoordelijkZorgkantoor: { eq: $uzovi } }) { wlzindicatieID bsn }
}`

const examples = loadExamples()
const clock = createFixedClock(Date.parse('2026-11-24T09:00:00Z'))
const secondSource = participants.filter(({ name }) => name === 'ciz').map((ciz) => ({ ...ciz, name: 'ciz-elsewhere' }))

let region: Region
let ciz: ListedParty

beforeAll(async () => {
  region = await startRegion({ clock, extra: secondSource })
  const found = await region
    .application('zorgkantoor-noord')
    .discover.listings('bronnet-demo', { 'credentialSubject.indicatieregister': '*' })
  const party = found.parties.find(({ did }) => did === region.world.member('ciz').did)
  if (party === undefined) throw new Error('the source of CIZ was not found')
  ciz = party
})

afterAll(() => region.end())

/** Whose token it is: only its own node can make the proofs that go with it. */
const holders = new WeakMap<AccessToken, string>()

async function tokenFor(name: string, scope: string): Promise<AccessToken> {
  const token = await region
    .application(name)
    .token({ authorizationServer: ciz.parameters['authServerURL'] ?? '', scope, fresh: true })
  holders.set(token, name)
  return token
}

function ask(
  token: AccessToken,
  query: string,
  variables: Record<string, unknown>,
  url = sourceUrl(),
): Promise<SourceAnswer> {
  return askSource(region.application(holders.get(token) ?? ''), url, token, query, variables)
}

function sourceUrl(): string {
  return ciz.parameters['indicatieregister'] ?? ''
}

const accountOfCiz = (work: () => Promise<unknown>) => accountOf(region.world.member('ciz'), work)

describe('a zorgkantoor at the indicatieregister', () => {
  test('finds every party that serves the register, in its own copy of the list', async () => {
    const found = await region
      .application('zorgkantoor-noord')
      .discover.listings('bronnet-demo', { 'credentialSubject.indicatieregister': '*' })
    expect(found.stale).toBe(false)
    expect(found.parties.map(({ did }) => did).sort()).toEqual(
      ['ciz', 'ciz-elsewhere'].map((name) => region.world.member(name).did).sort(),
    )
  })

  test('reads the indicatie of its own client, and the journal holds the decision and the outcome', async () => {
    const token = await tokenFor('zorgkantoor-noord', indicatieScope)
    let answer: SourceAnswer | undefined
    const account = await accountOfCiz(async () => {
      answer = await ask(token, byIdAndUzovi, { id: examples.wlzindicatieID, uzovi: '5999' })
    })
    expect(answer?.status).toBe(200)
    expect(answer?.data).toMatchObject({ wlzIndicatie: [{ wlzindicatieID: examples.wlzindicatieID }] })
    expect(account).toMatchObject([
      { code: 'read.decided', outcome: 'success', rule: 'UCIR-0001.v1', actor: { organization: 'Zorgkantoor Noord' } },
      { code: 'read.answered', outcome: 'success', rule: 'UCIR-0001.v1', object: { recordCount: 1 } },
    ])
  })

  test('is told beside the data what its codes mean, when it asks that', async () => {
    const token = await tokenFor('zorgkantoor-noord', indicatieScope)
    const query = byIdAndUzovi.replace('{ wlzindicatieID bsn }', '{ soortWlzindicatie grondslag { grondslag } }')
    const variables = { id: examples.wlzindicatieID, uzovi: '5999' }
    const client = region.application('zorgkantoor-noord')
    const plain = await client.graphql({ url: sourceUrl(), token }, { query, variables })
    const { data, codes } = await client.graphql({ url: sourceUrl(), token }, { query, variables, codes: true })
    expect(data).toEqual(plain.data)
    expect(plain.codes).toBeUndefined()
    expect(codes?.fields).toEqual({
      'wlzIndicatie.soortWlzindicatie': ['COD169'],
      'wlzIndicatie.grondslag.grondslag': ['COD736'],
    })
    expect(codes?.lists['COD169']).toMatchObject({ name: 'Soort indicatie', codes: expect.any(Object) as object })
  })

  test('gets an empty list for the client of another zorgkantoor', async () => {
    const token = await tokenFor('zorgkantoor-zuid', indicatieScope)
    const answer = await ask(token, byIdAndUzovi, { id: examples.wlzindicatieID, uzovi: '5998' })
    expect(answer).toMatchObject({ status: 200, data: { wlzIndicatie: [] } })
  })

  test.each([
    ['fills in another uzovi', byIdAndUzovi, { uzovi: '5999' }, 403, 'must be your own uzovi'],
    ['leaves its uzovi out', byId, {}, 403, 'is required and must be your own uzovi'],
  ])('is refused by the rule when it %s', async (_case, query, variables, status, reason) => {
    const token = await tokenFor('zorgkantoor-zuid', indicatieScope)
    let answer: SourceAnswer | undefined
    const account = await accountOfCiz(async () => {
      answer = await ask(token, query, { id: examples.wlzindicatieID, ...variables })
    })
    expect(answer?.status).toBe(status)
    expect(answer?.data).toBeUndefined()
    expect(JSON.stringify(answer?.errors)).toContain(reason)
    expect(account).toMatchObject([{ code: 'read.decided', outcome: 'refused', rule: 'UCIR-0001.v1' }])
    expect(JSON.stringify(account)).toContain(reason)
  })

  test('gets a validation error of GraphQL for an unknown field, and the journal knows', async () => {
    const token = await tokenFor('zorgkantoor-noord', indicatieScope)
    let answer: SourceAnswer | undefined
    const account = await accountOfCiz(async () => {
      answer = await ask(token, byId.replace('ingangsdatum', 'lievelingskleur'), { id: examples.wlzindicatieID })
    })
    expect(answer?.status).toBe(400)
    expect(answer?.errors[0]?.message).toBe('Cannot query field "lievelingskleur" on type "WlzIndicatie".')
    expect(account).toMatchObject([{ code: 'read.refused', error: 'source.bad_request' }])
  })

  test('cannot use its token at another source, and that source accounts for the attempt', async () => {
    const token = await tokenFor('zorgkantoor-noord', indicatieScope)
    const elsewhere = region.world.member('ciz-elsewhere')
    const answer = await ask(
      token,
      byIdAndUzovi,
      { id: examples.wlzindicatieID, uzovi: '5999' },
      elsewhere.sources['indicatieregister'],
    )
    expect(answer.status).toBe(401)
    expect(answer.errors[0]?.extensions['code']).toBe('token-invalid')
    expect((await journalOf(region.world.member('ciz-elsewhere'))).at(-1)?.event).toMatchObject({
      code: 'read.refused',
      error: 'token.invalid',
    })
  })

  test('cannot use its token after it has expired', async () => {
    const token = await tokenFor('zorgkantoor-noord', indicatieScope)
    clock.move(token.expiresInSeconds + 1)
    expect((await ask(token, byIdAndUzovi, { id: examples.wlzindicatieID, uzovi: '5999' })).status).toBe(401)
  })

  test('is asked for a token when it sends none', async () => {
    const answer = await fetch(sourceUrl(), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    })
    expect(answer.status).toBe(401)
    expect(answer.headers.get('www-authenticate')).toBe('Bearer, DPoP algs="ES256 EdDSA"')
  })
})

describe('a zorgaanbieder at the indicatieregister', () => {
  const fields = ['WlzIndicatie.wlzindicatieID', 'WlzIndicatie.ingangsdatum']

  async function giveAuthorization(validSeconds: number, changes: Record<string, unknown> = {}): Promise<string> {
    const credential = await region.world.member('ciz').administrator.call('POST', '/internal/vcr/v2/issuer/vc', {
      type: 'AutorisatieCredential',
      issuer: region.world.member('ciz').did,
      expirationDate: toRfc3339(clock.now() + validSeconds * 1000),
      credentialSubject: {
        id: region.world.member('zorgaanbieder').did,
        legalBase: { consentType: 'implicit' },
        purposeOfUse: 'WLZ_UITVOERING',
        resources: [{ path: `/wlzIndicatie/${examples.wlzindicatieID}`, operations: ['query'], userContext: false }],
        localParameters: { fields },
        ...changes,
      },
    })
    await region.world
      .member('zorgaanbieder')
      .administrator.call('POST', '/internal/vcr/v2/holder/zorgaanbieder/vc', credential)
    return String(credential)
  }

  async function forgetAuthorization(compact: string): Promise<void> {
    const { jti } = JSON.parse(Buffer.from(compact.split('.')[1] ?? '', 'base64url').toString()) as { jti: string }
    await region.world
      .member('zorgaanbieder')
      .administrator.call('DELETE', `/internal/vcr/v2/holder/zorgaanbieder/vc/${encodeURIComponent(jti)}`)
  }

  test('is refused on its membership alone, by a rule that names the role', async () => {
    const token = await tokenFor('zorgaanbieder', indicatieScope)
    const answer = await ask(token, byIdAndUzovi, { id: examples.wlzindicatieID, uzovi: '5999' })
    expect(answer.status).toBe(403)
    expect(JSON.stringify(answer.errors)).toContain('een bemiddelingspecificatie van deze zorgaanbieder')
  })

  test('is told by its own node what it lacks for the scope of authorizations', async () => {
    await expect(tokenFor('zorgaanbieder', autorisatieScope)).rejects.toMatchObject({
      problem: 'no-matching-credential',
      reasons: [expect.stringContaining('autorisatie')],
    })
  })

  test('reads exactly the indicatie and the fields that its authorization names', async () => {
    const authorization = await giveAuthorization(3600)
    const token = await tokenFor('zorgaanbieder', autorisatieScope)
    expect(await ask(token, byId, { id: examples.wlzindicatieID })).toMatchObject({
      status: 200,
      data: { wlzIndicatie: [{ wlzindicatieID: examples.wlzindicatieID }] },
      extensions: { rule: 'AUTORISATIE-INDICATIE.v1' },
    })
    expect((await ask(token, byId, { id: examples.otherWlzindicatieID })).status).toBe(403)
    expect((await ask(token, byId.replace('ingangsdatum', 'bsn'), { id: examples.wlzindicatieID })).status).toBe(403)
    expect((await ask(token, byIdAndUzovi, { id: examples.wlzindicatieID, uzovi: '5999' })).status).toBe(403)
    await forgetAuthorization(authorization)
  })

  test('reads nothing more when its authorization has expired, with the old token or a new one', async () => {
    await giveAuthorization(60)
    const token = await tokenFor('zorgaanbieder', autorisatieScope)
    expect(token.expiresInSeconds).toBeLessThanOrEqual(60)
    clock.move(61)
    expect((await ask(token, byId, { id: examples.wlzindicatieID })).status).toBe(401)
    await expect(tokenFor('zorgaanbieder', autorisatieScope)).rejects.toMatchObject({
      problem: 'no-matching-credential',
    })
  })

  test('gets no use of an authorization that another party than the bronhouder issued', async () => {
    const elsewhere = region.world.member('ciz-elsewhere')
    const credential = await elsewhere.administrator.call('POST', '/internal/vcr/v2/issuer/vc', {
      type: 'AutorisatieCredential',
      issuer: elsewhere.did,
      expirationDate: toRfc3339(clock.now() + 3_600_000),
      credentialSubject: {
        id: region.world.member('zorgaanbieder').did,
        legalBase: { consentType: 'implicit' },
        purposeOfUse: 'WLZ_UITVOERING',
        resources: [{ path: `/wlzIndicatie/${examples.wlzindicatieID}`, operations: ['query'], userContext: false }],
        localParameters: { fields },
      },
    })
    await region.world
      .member('zorgaanbieder')
      .administrator.call('POST', '/internal/vcr/v2/holder/zorgaanbieder/vc', credential)
    await expect(tokenFor('zorgaanbieder', autorisatieScope)).rejects.toMatchObject({
      problem: 'no-matching-credential',
      reasons: [
        expect.stringContaining('its issuer is not one that the definition accepts'),
        'autorisatie: the AutorisatieCredential has expired',
      ],
    })
    await forgetAuthorization(String(credential))
  })
})

describeWithShared('the published query of the indicatieregister', ['official', 'iwlz'], (read) => {
  test('runs unchanged for the zorgkantoor with its own uzovi, and returns the whole indicatie', async () => {
    const token = await tokenFor('zorgkantoor-noord', indicatieScope)
    const answer = await ask(token, read('QIR-0001-ZKi.graphql'), {
      wlzIndicatieID: examples.wlzindicatieID,
      initieelVerantwoordelijkZorgkantoor: '5999',
    })
    expect(answer.status).toBe(200)
    const { wlzIndicatie } = answer.data as { wlzIndicatie: Record<string, unknown>[] }
    const seed = JSON.parse(readFileSync('scripts/demo/seed/indicatieregister.json', 'utf8')) as typeof answer.data
    const { wlzIndicatie: seeded } = seed as { wlzIndicatie: Record<string, unknown>[] }
    expect(wlzIndicatie[0]).toMatchObject({
      wlzindicatieID: seeded[0]?.['wlzindicatieID'],
      bsn: seeded[0]?.['bsn'],
      besluitnummer: seeded[0]?.['besluitnummer'],
    })
  })
})
