import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { epochSeconds } from '../../node/kernel/clock.js'
import { claimsOf } from '../support/credentials.js'
import { indicatieScope, serials, startNidWorld, type NidReply, type NidWorld } from '../support/nid-world.js'

const alias = 'registers/wlzindicatieregister/indicaties:read'

let world: NidWorld
let header: { readonly 'x-client-cert': string }

beforeAll(async () => {
  world = await startNidWorld()
  header = { 'x-client-cert': world.certificate(serials.zorgkantoor) }
})

afterAll(() => world.end())

const good = (changes: Readonly<Record<string, unknown>> = {}) => ({
  grant_type: 'client_credentials',
  scope: indicatieScope,
  audience: world.audience,
  ...changes,
})
const tokenOf = ({ json }: NidReply): string => (json as { access_token: string }).access_token
const asVendor = () => ({ 'x-client-cert': world.certificate(serials.vendor) })

describe('iwlz-3.2 a token request', () => {
  test('as JSON gets a token', async () => {
    const reply = await world.ask(good(), header)
    expect([reply.status, reply.json]).toEqual([
      200,
      { access_token: expect.any(String), token_type: 'Bearer', expires_in: 3600, scope: indicatieScope },
    ])
    expect(reply.headers.get('cache-control')).toBe('no-store')
  })

  test('as a form gets one too, with the name of a member inside another as its path', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    const plain = await world.ask(new URLSearchParams(good()).toString(), { ...header, ...form })
    expect(plain.status).toBe(200)
    const acting = new URLSearchParams({ ...good(), 'access_token.sub': 'agbcode:06999901' }).toString()
    const reply = await world.ask(acting, { ...asVendor(), ...form })
    expect(claimsOf(tokenOf(reply))).toMatchObject({ client_id: 'agbcode:06999901' })
  })

  test('counts a scope that is there twice once, and takes the deprecated alias', async () => {
    const scope = `${alias} ${alias}  ${indicatieScope}`
    const reply = await world.ask(good({ scope }), header)
    expect(reply.json).toMatchObject({ scope: `${alias} ${indicatieScope}` })
    expect(await world.introspect(tokenOf(reply))).toMatchObject({ scope: indicatieScope })
  })

  test('continues the trace of who asks', async () => {
    const traceId = '7f0c1c1e5d7a4b0f9a2e6d3c4b5a6978'
    const reply = await world.ask(good(), { ...header, 'x-b3-traceid': traceId, 'x-b3-spanid': '1b2c3d4e5f607182' })
    expect(reply.headers.get('x-b3-traceid')).toBe(traceId)
    expect((await world.journal()).at(-1)).toMatchObject({ code: 'token.granted', trace: { traceId } })
  })

  test('is known by the form of RFC 9440 too', async () => {
    const pem = decodeURIComponent(header['x-client-cert'])
    const base64 = pem.replace(/-----[A-Z ]+-----|\s/g, '')
    expect((await world.ask(good(), { 'x-client-cert': `:${base64}:` })).status).toBe(200)
  })
})

describe('iwlz-3.3 the token', () => {
  test('says what the specification names, and nothing else', async () => {
    const now = epochSeconds(world.clock.now())
    const claims = claimsOf(tokenOf(await world.ask(good({ scope: alias }), header)))
    expect(claims).toEqual({
      iss: world.tokenUrl,
      sub: serials.zorgkantoor,
      aud: world.audience,
      iat: now,
      nbf: now - 120,
      exp: now + 3600,
      jti: expect.any(String),
      client_id: 'uzovi:5999',
      scopes: [alias],
      _claim_names: { agb: 'localhost', uzovi: 'localhost' },
      _claim_sources: { localhost: { jwt: expect.any(String) } },
      subjects: null,
      consent_id: null,
      client_metadata: null,
    })
    const sources = claims['_claim_sources'] as { localhost: { jwt: string } }
    const [head = ''] = sources.localhost.jwt.split('.')
    expect(JSON.parse(Buffer.from(head, 'base64url').toString())).toEqual({ alg: 'HS256', typ: 'JWT' })
    expect(claimsOf(sources.localhost.jwt)).toEqual({ agb: null, uzovi: '5999' })
  })

  test('of who acts for another says for whom, who acts and by which consent', async () => {
    const reply = await world.ask(good({ access_token: { sub: 'agbcode:06999901' } }), asVendor())
    const claims = claimsOf(tokenOf(reply))
    expect(claims).toMatchObject({
      client_id: 'agbcode:06999901',
      consent_id: 'toestemming-1',
      act: { sub: serials.vendor },
    })
    const sources = claims['_claim_sources'] as { localhost: { jwt: string } }
    expect(claimsOf(sources.localhost.jwt)).toEqual({ agb: '06999901', uzovi: null })
    expect(await world.introspect(tokenOf(reply))).toMatchObject({
      active: true,
      aud: world.audience,
      sub: 'agbcode:06999901',
      act: { sub: 'kvk:90000380' },
      organization_id: '06999901',
      service_provider_name: 'Softwarehuis Voorbeeld',
    })
    expect((await world.journal()).findLast(({ code }) => code === 'token.granted')).toMatchObject({
      actor: { organization: 'Softwarehuis Voorbeeld', identifier: 'kvk:90000380' },
      onBehalfOf: { organization: 'Zorgaanbieder De Proeftuin', identifier: 'agb:06999901' },
      evidence: [expect.stringMatching(/^x509:sha256:[0-9a-f:]{95}$/), 'toestemming-1'],
    })
  })

  test.each([
    ['its certificate', 90, () => world.certificate(serials.zorgkantoor, '2026-11-24T09:01:30Z')],
    ['the credential that it rests on', 3599, () => world.pinned],
  ])('ends with %s', async (_what, seconds, certificate) => {
    const reply = await world.ask(good(), { 'x-client-cert': certificate() })
    expect(reply.json).toMatchObject({ expires_in: seconds })
  })

  test('is signed with the key that the party signs with now', async () => {
    const keyOf = (token: string): string => {
      const { kid } = JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as { kid: string }
      return kid
    }
    const before = keyOf(tokenOf(await world.ask(good(), header)))
    await world.rotateKey()
    const token = tokenOf(await world.ask(good(), header))
    expect(keyOf(token)).not.toBe(before)
    expect((await world.read(token)).status).toBe(200)
  })

  test('is stored by its hash only', async () => {
    const token = tokenOf(await world.ask(good(), header))
    const hash = createHash('sha256').update(token).digest('hex')
    expect((await world.journal()).at(-1)).toMatchObject({ code: 'token.granted', object: { token: hash } })
  })
})

describe('iwlz-3.4 at the source', () => {
  test('a zorgkantoor that is known by its certificate reads the indicatie of its client', async () => {
    const token = tokenOf(await world.ask(good(), header))
    const reply = await world.read(token)
    expect(reply).toMatchObject({ status: 200, json: { data: { wlzIndicatie: [{ bsn: expect.any(String) }] } } })
    const { actor, ...event } = (await world.journal()).at(-1) ?? {}
    expect(event).toMatchObject({ code: 'read.answered', rule: 'UCIR-0001.v1' })
    expect(actor).toEqual({ organization: 'Zorgkantoor Noord', role: 'zorgkantoor', identifier: 'uzovi:5999' })
  })

  test('the rules look at whom it is for: neither who acts nor another zorgkantoor reads it', async () => {
    const acting = await world.ask(good({ access_token: { sub: 'agbcode:06999901' } }), asVendor())
    expect((await world.read(tokenOf(acting))).status).toBe(403)
    expect((await world.read(tokenOf(await world.ask(good(), { 'x-client-cert': world.pinned })))).status).toBe(403)
  })

  test('a revoked token is over at once', async () => {
    const token = tokenOf(await world.ask(good(), header))
    const form = new URLSearchParams({ token }).toString()
    const revoked = await world.inside('POST', '/internal/bronnet/v1/tokens/revoke', form)
    expect(revoked.json).toEqual({ revoked: true })
    expect([(await world.read(token)).status, await world.introspect(token)]).toEqual([401, { active: false }])
  })

  test('a changed token is none', async () => {
    const token = tokenOf(await world.ask(good(), header))
    expect((await world.read(`${token.slice(0, -4)}AAAA`)).status).toBe(401)
  })

  test.each(['claims', 'Claims', 'CLAIMS'])('a header %s is refused from everybody', async (name) => {
    const token = tokenOf(await world.ask(good(), header))
    const spoofed = { [name]: JSON.stringify({ client_id: 'uzovi:5999' }) }
    expect((await world.read(token, spoofed)).status).toBe(400)
    expect((await world.ask(good(), { ...header, ...spoofed })).status).toBe(400)
  })
})

describe('iwlz-3.5 scopes', () => {
  test.each([
    [indicatieScope, 200],
    [alias, 200],
    ['organisaties/zorgkantoor/notificaties/notificatie:create', 400],
    ['organisaties/zorgaanbieder/meldingen/melding:create', 400],
    ['organisaties/aanbieder/meldingen/melding:create', 400],
    ['registers/wlzbemiddelingsregister/bemiddelingen/bemiddeling:read', 400],
    ['registers/wlzbemiddelingsregister/bemiddelingen/bemiddeling:create', 400],
    ['registers/leveringsregister/leveringen:read', 400],
    // It asks a credential that no certificate stands for.
    ['registers/wlzindicatieregister/indicaties/autorisatie:read', 400],
    [`${indicatieScope} registers/onbekend:read`, 400],
    ['registers/wlzindicatieregister', 400],
    ['*', 400],
  ])('%s gives %i at a register of indicaties', async (scope, status) => {
    expect((await world.ask(good({ scope }), header)).status).toBe(status)
  })
})

describe('who is known by a membership', () => {
  test('is weighed by that at every request', async () => {
    const reply = await world.ask(good(), { 'x-client-cert': world.pinned })
    expect(await world.introspect(tokenOf(reply))).toMatchObject({ organization_id: '5998' })
    const { evidence } = (await world.journal()).findLast(({ code }) => code === 'token.granted') ?? {}
    expect(evidence).toHaveLength(2)
    world.clock.move(3600)
    try {
      const later = await world.ask(good(), { 'x-client-cert': world.pinned })
      expect(later.status).toBe(400)
      expect((await world.journal()).at(-1)).toMatchObject({ error: 'credential.expired' })
    } finally {
      world.clock.move(-3600)
    }
  })
})
