import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import fc from 'fast-check'
import { systemClock, toRfc3339 } from '../../node/kernel/clock.js'
import { claimsOf } from '../support/credentials.js'
import { requestText, send } from '../unit/http/connection.js'
import { membershipOf, startComposedNode, type ComposedNode } from '../unit/http/composed.js'

// Hundreds of requests, on a machine that may have other work.
jest.setTimeout(180_000)

type Json = Readonly<Record<string, unknown>>

const scope = 'registers/wlzindicatieregister/indicaties/indicatie:read'
const unhandled: unknown[] = []
const onUnhandled = (reason: unknown): void => void unhandled.push(reason)

let running: ComposedNode
/** Where the node must never call: an address of this machine. */
let trap: Server
let trapped = 0
let trapPort: number
let membership: string
let linkedData: Json

beforeAll(async () => {
  process.on('unhandledRejection', onUnhandled)
  trap = createServer((_request, response) => {
    trapped += 1
    response.end('{}')
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => trap.once('listening', resolve))
  trapPort = (trap.address() as AddressInfo).port
  running = await startComposedNode({ loopback: false, refusalsPerMinute: 100_000 })
  const issued = await running.inside('POST', '/internal/vcr/v2/issuer/vc', membershipOf(running.dids))
  membership = issued.json as string
  linkedData = (await present('ldp_vp')) as Json
})

afterAll(async () => {
  process.off('unhandledRejection', onUnhandled)
  await running.end()
  trap.close()
})

async function present(format: 'jwt_vp' | 'ldp_vp'): Promise<unknown> {
  const linked = { format: 'ldp_vc', '@context': ['https://w3id.org/bronnet/credentials/v1'] }
  const credential =
    format === 'jwt_vp'
      ? membership
      : (await running.inside('POST', '/internal/vcr/v2/issuer/vc', { ...membershipOf(running.dids), ...linked })).json
  const reply = await running.inside('POST', '/internal/vcr/v2/holder/vp', {
    verifiableCredentials: [credential],
    domain: `${running.publicUrl}/oauth2/ciz`,
    expires: toRfc3339(systemClock.now() + 4000),
    format,
  })
  return reply.json
}

const submission = {
  id: 's',
  definition_id: 'indicatieregister-lid',
  descriptor_map: [{ id: 'lidmaatschap', format: 'jwt_vc', path: '$.verifiableCredential[0]' }],
}

const good = async (): Promise<Record<string, string>> => ({
  grant_type: 'vp_token-bearer',
  client_id: `${running.publicUrl}/oauth2/noord`,
  assertion: (await present('jwt_vp')) as string,
  presentation_submission: JSON.stringify(submission),
  scope,
})

const formType = 'application/x-www-form-urlencoded'

/** Sends to the one that serves and to two that issue no tokens; what these two say may not differ. */
async function ask(body: string, headers: Record<string, string> = {}): Promise<number> {
  const all = { 'content-type': formType, ...headers }
  const [served, unknown, silent] = await Promise.all(
    ['ciz', 'onbekend', 'noord'].map(async (subject) => {
      const reply = await running.outside('POST', `/oauth2/${subject}/token`, body, all)
      const { trace_id: _, ...said } = reply.json as Json
      const names = [...reply.headers.keys()].filter((name) => name !== 'date').toSorted()
      return { status: reply.status, said, names }
    }),
  )
  expect(silent).toEqual(unknown)
  expect(unknown?.status).not.toBe(200)
  expect([200, 400, 413, 415]).toContain(served?.status)
  if (served?.status !== 200) expect(served?.said).toMatchObject({ error: expect.stringMatching(/^[a-z_]+$/) })
  return served?.status ?? 0
}

/** What must have come of everything so far. */
function expectUnharmed(): void {
  expect([trapped, unhandled]).toEqual([0, []])
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

const trapUrl = (): string => `http://127.0.0.1:${trapPort}/x`
const trapDid = (): string => `did:web:localhost%3A${trapPort}`

/** Values that look like what is expected in some places, and like anything in others. */
const hostile = fc.oneof(
  fc.constantFrom<() => unknown>(
    ...['', null, -1, 1e308, '__proto__'].map((value) => () => value),
    () => [[[]]],
    () => ({ toString: null }),
    () => trapUrl(),
    () => trapDid(),
    () => `${trapDid()}#0`,
    () => 'did:web:169.254.169.254',
    () => [trapUrl()],
    () => [
      { id: `${trapUrl()}#1`, type: 'StatusList2021Entry', statusListCredential: trapUrl(), statusListIndex: '1' },
    ],
    () => 'a'.repeat(5000),
    () => '\u0000\ud800',
  ),
  fc.jsonValue({ maxDepth: 2 }).map((value) => () => value as unknown),
)

test('a good request gets a token, so the refusals below are for their own reason', async () => {
  expect(await ask(new URLSearchParams(await good()).toString())).toBe(200)
})

test('no form makes the token endpoint fail, and none tells who exists', async () => {
  const names = ['grant_type', 'client_id', 'assertion', 'presentation_submission', 'scope', 'resource', '__proto__']
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('', '%', '%00', '[', '{}', '"', '[[]]', '0', 'e30.e30.'),
  )
  const changes = fc.array(fc.tuple(fc.constantFrom(...names), text), { minLength: 1, maxLength: 3 })
  const raw = fc.constantFrom('', '&assertion=', '&%E0%A4%A', '&a=%00', `&${'x=1&'.repeat(60)}`)
  await fc.assert(
    fc.asyncProperty(changes, raw, async (replaced, appended) => {
      const form = new URLSearchParams(await good())
      for (const [name, value] of replaced) form.set(name, value)
      await ask(form.toString() + appended)
    }),
    { numRuns: 60 },
  )
  expectUnharmed()
})

test('no claim, header or member of a presentation makes it fail or call where it may not', async () => {
  const claim = fc.constantFrom(
    'iss',
    'sub',
    'aud',
    'nbf',
    'exp',
    'iat',
    'jti',
    'nonce',
    'vp',
    'holder',
    'verifiableCredential',
  )
  const header = fc.constantFrom('kid', 'alg', 'typ', 'cty', 'x5c', 'jwk', 'crit', 'b64')
  await fc.assert(
    fc.asyncProperty(claim, header, hostile, hostile, async (name, headerName, value, headerValue) => {
      const form = await good()
      const compact = form['assertion'] ?? ''
      const claims = claimsOf(compact)
      const vp = claims['vp'] as Json
      const changed = name in claims ? { ...claims, [name]: value() } : { ...claims, vp: { ...vp, [name]: value() } }
      const head = JSON.parse(Buffer.from(compact.split('.')[0] ?? '', 'base64url').toString()) as Json
      const assertion = [encode({ ...head, [headerName]: headerValue() }), encode(changed), compact.split('.')[2]].join(
        '.',
      )
      await ask(new URLSearchParams({ ...form, assertion }).toString())
    }),
    { numRuns: 60 },
  )
  expectUnharmed()
})

test('no linked data makes it fail or call where it may not', async () => {
  const member = fc.constantFrom(
    '@context',
    'id',
    'type',
    'holder',
    'verifiableCredential',
    'proof',
    '@id',
    '@graph',
    '@included',
  )
  const inner = fc.constantFrom(
    '@context',
    'id',
    'issuer',
    'issuanceDate',
    'credentialStatus',
    'credentialSubject',
    'proof',
    '@reverse',
  )
  await fc.assert(
    fc.asyncProperty(member, inner, hostile, fc.boolean(), async (name, innerName, value, isInner) => {
      const credential = { ...(linkedData['verifiableCredential'] as Json), [innerName]: value() }
      const document = isInner
        ? { ...linkedData, verifiableCredential: credential }
        : { ...linkedData, [name]: value() }
      await ask(new URLSearchParams({ ...(await good()), assertion: JSON.stringify(document) }).toString())
    }),
    { numRuns: 60 },
  )
  expectUnharmed()
})

test('a presentation whose signer lives at an address of this machine makes the node call nobody', async () => {
  const form = await good()
  const [header = '', , signature = ''] = (form['assertion'] ?? '').split('.')
  // Whole, up to the signatures: the key of the signer is what comes next.
  const credential = [
    membership.split('.')[0],
    encode({ ...claimsOf(membership), sub: trapDid(), vc: aboutTrap() }),
    'AA',
  ].join('.')
  const head = { ...(JSON.parse(Buffer.from(header, 'base64url').toString()) as Json), kid: `${trapDid()}#0` }
  const { vp, ...claims } = claimsOf(form['assertion'] ?? '')
  const changed = {
    ...claims,
    iss: trapDid(),
    sub: trapDid(),
    vp: { ...(vp as Json), verifiableCredential: [credential] },
  }
  const assertion = [encode(head), encode(changed), signature].join('.')
  const body = new URLSearchParams({ ...form, client_id: 'x', assertion }).toString()
  const reply = await running.outside('POST', '/oauth2/ciz/token', body, { 'content-type': formType })
  expect([reply.status, reply.json]).toEqual([400, expect.objectContaining({ code: 'did-unresolvable' })])
  expectUnharmed()
})

function aboutTrap(): Json {
  const vc = claimsOf(membership)['vc'] as Json
  const [subject] = vc['credentialSubject'] as readonly Json[]
  return { ...vc, credentialSubject: [{ ...subject, id: trapDid() }] }
}

/** Documents made to be costly. */
const bombs: readonly [string, () => string][] = [
  ['an array in an array, 50 000 deep', () => '['.repeat(50_000)],
  ['an object in an object, 20 000 deep', () => '{"a":'.repeat(20_000)],
  [
    '200 KB of members',
    () => JSON.stringify(Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`m${index}`, 1]))),
  ],
  ['a member twice', () => '{"verifiableCredential":1,"verifiableCredential":2}'],
  ['a list of a thousand presentations', () => JSON.stringify(Array.from({ length: 1000 }, () => 'e30.e30.e30'))],
  ['blank nodes in a clique', () => JSON.stringify({ ...linkedData, verifiableCredential: clique(12) })],
  [
    'contexts in contexts',
    () =>
      JSON.stringify({
        ...linkedData,
        '@context': Array.from({ length: 200 }, () => ({ a: { '@id': 'urn:a', '@context': {} } })),
      }),
  ],
  [
    'a context elsewhere',
    () => JSON.stringify({ ...linkedData, '@context': [trapUrl(), 'https://www.w3.org/2018/credentials/v1'] }),
  ],
]

function clique(size: number): Json {
  const nodes = Array.from({ length: size }, (_, index) => `_:b${index}`)
  return { '@graph': nodes.map((id) => ({ '@id': id, 'urn:knows': nodes.map((other) => ({ '@id': other })) })) }
}

test.each(bombs)('%s is refused as assertion and as submission', async (_what, make) => {
  const text = make()
  expect(await ask(new URLSearchParams({ ...(await good()), assertion: text }).toString())).not.toBe(200)
  expect(await ask(new URLSearchParams({ ...(await good()), presentation_submission: text }).toString())).not.toBe(200)
  expectUnharmed()
})

test.each<[string, Record<string, string>, number]>([
  ['application/json', { 'content-type': 'application/json' }, 415],
  ['no known media type', { 'content-type': 'x' }, 415],
  ['another charset', { 'content-type': `${formType}; charset=utf-16` }, 415],
  ['a coding', { 'content-encoding': 'gzip' }, 415],
  ['a DPoP header of 12 KB', { dpop: 'e30.'.repeat(3000) }, 400],
  ['a DPoP header that is no JWT', { dpop: '..' }, 400],
])('a request with %s is refused', async (_what, headers, status) => {
  expect(await ask(new URLSearchParams(await good()).toString(), headers)).toBe(status)
})

test('a header larger than the node reads is refused before anything else', async () => {
  const port = Number(new URL(running.publicUrl).port)
  const answer = await send(port, requestText('POST', '/oauth2/ciz/token', [`DPoP: ${'a'.repeat(20_000)}`]))
  expect(answer.status).toBe(431)
  expectUnharmed()
})
