import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { indicatieScope, serials, startNidWorld, type NidWorld } from '../support/nid-world.js'

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
const asVendor = () => ({ 'x-client-cert': world.certificate(serials.vendor) })

describe('iwlz-3.6 refusals', () => {
  test.each<[string, unknown, number, string]>([
    ['no audience', { audience: undefined }, 400, 'audience is required'],
    ['an empty audience', { audience: '' }, 400, 'audience is required'],
    ['several audiences', { audience: ['https://a.example', 'https://b.example'] }, 400, 'audience is required'],
    ['an audience elsewhere', { audience: 'https://node.example/br/graphql' }, 400, 'audience is not known'],
    ['an unknown scope', { scope: 'registers/onbekend:read' }, 400, 'Access denied, invalid scope'],
    ['one unknown scope among others', { scope: `${indicatieScope} x` }, 400, 'Access denied, invalid scope'],
    ['an empty scope', { scope: '' }, 400, 'Invalid scope'],
    ['a scope of spaces', { scope: '  ' }, 400, 'Invalid scope'],
    ['no scope', { scope: undefined }, 400, 'Invalid scope'],
    ['another grant', { grant_type: 'password' }, 400, 'grant_type is not supported'],
    ['no grant', { grant_type: undefined }, 400, 'grant_type is not supported'],
    ['an unknown parameter', { client_secret: 'x' }, 400, 'Bad Request'],
    ['more about the other', { access_token: { sub: 'agbcode:06999901', name: 'x' } }, 400, 'Bad Request'],
    ['nothing about the other', { access_token: {} }, 400, 'Bad Request'],
  ])('%s', async (_what, changes, status, words) => {
    const reply = await world.ask(good(changes as Record<string, unknown>), asVendor())
    expect([reply.status, reply.json]).toEqual([status, words])
    expect(reply.headers.get('content-type')).toContain('application/json')
  })

  test.each([
    ['who did not consent', serials.vendor, 'uzovi:5999'],
    ['who consented and is not known', serials.vendor, 'uzovi:5997'],
    ['nobody that exists', serials.vendor, 'agbcode:012345678'],
    ['something else than an organisation', serials.vendor, 'bsn:999990019'],
    ['itself', serials.zorgkantoor, 'uzovi:5999'],
    ['another without any right', serials.zorgkantoor, 'agbcode:06999901'],
  ])('acting for %s: the same 401', async (_what, serial, sub) => {
    const reply = await world.ask(good({ access_token: { sub } }), { 'x-client-cert': world.certificate(serial) })
    expect([reply.status, reply.json]).toEqual([401, 'authenticating with issuing authority'])
    const event = (await world.journal()).at(-1)
    expect(event).toMatchObject({ code: 'token.refused', outcome: 'refused', error: 'token.actor_refused' })
    expect(JSON.stringify(event)).not.toContain('999990019')
  })

  test.each<[string, () => string | undefined]>([
    ['no certificate', () => undefined],
    ['an unknown one', () => world.certificate(serials.nobody)],
    ['one that is over', () => world.certificate(serials.zorgkantoor, '2026-11-24T08:59:59Z')],
    ['one of another authority, with a number that is known', () => world.forged],
    ['something else', () => 'geen certificaat'],
    ['broken percent-encoding', () => '%E0%A4%A'],
    ['two of them', () => `${world.certificate(serials.zorgkantoor)}, ${world.certificate(serials.zorgkantoor)}`],
    ['an empty one', () => '::'],
    ['base64 of nothing', () => ':AAAA:'],
  ])('%s: 403, with an account', async (_what, certificate) => {
    const given = certificate()
    const reply = await world.ask(good(), given === undefined ? {} : { 'x-client-cert': given })
    expect([reply.status, reply.json]).toEqual([403, 'Invalid Client Certificate'])
    expect((await world.journal()).at(-1)).toMatchObject({ code: 'token.refused', error: 'token.certificate_refused' })
  })

  test.each([
    ['a party without this face', '/nid/zonder/auth/token'],
    ['a party that does not exist', '/nid/onbekend/auth/token'],
  ])('%s: 404', async (_what, path) => {
    const response = await fetch(new URL(path, world.tokenUrl), {
      method: 'POST',
      headers: { ...header, 'content-type': 'application/json' },
      body: JSON.stringify(good()),
    })
    expect([response.status, await response.json()]).toEqual([404, 'Not Found'])
  })

  test.each([
    ['that is not JSON', '{', 400, 'Bad Request'],
    ['with a member twice', '{"scope":"a","scope":"b"}', 400, 'Bad Request'],
    ['that is a list', '[]', 400, 'Bad Request'],
    ['that is too long', JSON.stringify({ scope: 'x'.repeat(20_000) }), 413, 'Too Large'],
  ])('a body %s', async (_what, body, status, words) => {
    const reply = await world.ask(body, header)
    expect([reply.status, reply.json]).toEqual([status, expect.stringContaining(words)])
  })

  test('another media type: 415', async () => {
    const reply = await world.ask('x', { ...header, 'content-type': 'text/plain' })
    expect([reply.status, reply.json]).toEqual([415, 'Unsupported Media Type'])
  })
})

describe('a certificate that no proxy vouches for', () => {
  test('is refused, whatever it says, and the attempt is in the journal', async () => {
    const elsewhere = await startNidWorld({ proxies: ['192.0.2.0/24'] })
    try {
      const spoofed = { 'x-client-cert': elsewhere.certificate(serials.zorgkantoor) }
      const body = { grant_type: 'client_credentials', scope: indicatieScope, audience: elsewhere.audience }
      const reply = await elsewhere.ask(body, spoofed)
      expect([reply.status, reply.json]).toEqual([403, 'Invalid Client Certificate'])
      expect((await elsewhere.journal()).at(-1)).toMatchObject({
        error: 'token.certificate_refused',
        reasons: ['the header came from an address that is no known proxy'],
      })
    } finally {
      await elsewhere.end()
    }
  })

  test('is not even looked at from an address that may not ask', async () => {
    const strict = await startNidWorld({
      nid: { networks: ['203.0.113.0/24'] },
      clientAddressHeader: 'X-Forwarded-For',
    })
    try {
      const body = { grant_type: 'client_credentials', scope: indicatieScope, audience: strict.audience }
      const certificate = { 'x-client-cert': strict.certificate(serials.zorgkantoor) }
      const outcomes = []
      for (const address of ['203.0.113.7', '198.51.100.7', '203.0.113.7, 198.51.100.7', 'x']) {
        const { status, json } = await strict.ask(body, { ...certificate, 'x-forwarded-for': address })
        outcomes.push([status, status === 200 ? 'granted' : json])
      }
      expect(outcomes).toEqual([[200, 'granted'], ...Array.from({ length: 3 }, () => [403, 'Forbidden'])])
    } finally {
      await strict.end()
    }
  })
})
