import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { packageFile } from '../../node/kernel/package-root.js'
import { claimsOf } from '../support/credentials.js'
import { createRequesterWorld } from '../support/requester-world.js'
import { createTokenWorld, outcomeOf, scope, tokenRequest } from '../support/token-world.js'
import { membershipOf, startComposedNode, type ComposedNode } from '../unit/http/composed.js'

let running: ComposedNode

beforeAll(async () => {
  running = await startComposedNode()
  const issued = await running.inside('POST', '/internal/vcr/v2/issuer/vc', membershipOf(running.dids))
  const json = { 'content-type': 'application/json' }
  await running.inside('POST', '/internal/vcr/v2/holder/noord/vc', JSON.stringify(issued.json), json)
})

afterAll(() => running.end())

const form = { 'content-type': 'application/x-www-form-urlencoded' }

describe('a DID document', () => {
  test('nuts-19-S1 has absolute ids, lists its key under four relationships and is kept by nobody', async () => {
    const { ciz: did } = running.dids
    const reply = await running.outside('GET', `/iam/${did.split(':').at(-1) ?? ''}/did.json`)
    const document = reply.json as Record<string, readonly unknown[]>
    const [method] = document['verificationMethod'] as readonly { id: string; controller: string }[]
    expect(method).toMatchObject({ id: expect.stringMatching(`^${did}#.+`), controller: did })
    for (const relationship of ['assertionMethod', 'authentication', 'capabilityInvocation', 'capabilityDelegation']) {
      expect(document[relationship]).toContain(method?.id)
    }
    expect(reply.headers.get('content-type')).toMatch(/^application\/(did\+ld\+json|did\+json|json)/)
    expect(reply.headers.get('cache-control')).toBe('no-store')
  })
})

describe('the metadata of an authorization server', () => {
  test('nuts-19-S2 names its formats under both names, JWT and linked data', async () => {
    const { json } = await running.outside('GET', '/.well-known/oauth-authorization-server/oauth2/ciz')
    const metadata = json as Record<string, Record<string, unknown>>
    expect(metadata['vp_formats']).toEqual(metadata['vp_formats_supported'])
    expect(Object.keys(metadata['vp_formats_supported'] ?? {})).toEqual(
      expect.arrayContaining(['jwt_vc_json', 'jwt_vp_json', 'ldp_vc', 'ldp_vp']),
    )
  })
})

describe('the token endpoint', () => {
  test.each(['text/html', '*/*', 'application/xml', 'application/json'])(
    'nuts-19-S4 answers a bad request as JSON to who accepts %s',
    async (accept) => {
      const reply = await running.outside('POST', '/oauth2/ciz/token', 'grant_type=x', { ...form, accept })
      expect(reply.headers.get('content-type')).toBe('application/json; charset=utf-8')
      expect([reply.status, reply.json]).toEqual([
        400,
        expect.objectContaining({ error: 'unsupported_grant_type', error_description: expect.any(String) }),
      ])
    },
  )

  test('nuts-17-D1 does not take the DID of the party for its audience', async () => {
    const world = await createTokenWorld()
    const forDid = tokenRequest(world, { claims: { aud: world.bronhouder.did } })
    expect(await outcomeOf(world, forDid)).toBe('presentation.audience')
    expect(await outcomeOf(world, tokenRequest(world))).toBe('granted')
  })
})

test('nuts-19-C1 credentials are shown as a list, also when there is one, and the submission says where', async () => {
  const world = await createRequesterWorld()
  try {
    await world.requestToken()
    const sent = new URLSearchParams(world.server.requests.at(-1)?.body)
    expect(claimsOf(sent.get('assertion') ?? '')).toMatchObject({ vp: { verifiableCredential: [expect.any(String)] } })
    expect(JSON.parse(sent.get('presentation_submission') ?? '')).toMatchObject({
      descriptor_map: [{ format: 'jwt_vc', path: '$.verifiableCredential[0]' }],
    })
  } finally {
    await world.close()
  }
})

test('nuts-17-D10 introspection of a token that a party got for itself has neither aud nor sub', async () => {
  const reply = await running.inside('POST', '/internal/auth/v2/noord/request-service-access-token', {
    authorization_server: `${running.publicUrl}/oauth2/ciz`,
    scope,
    token_type: 'Bearer',
  })
  const { access_token: token } = reply.json as { access_token: string }
  const { json } = await running.inside(
    'POST',
    '/internal/auth/v2/accesstoken/introspect',
    new URLSearchParams({ token }).toString(),
    form,
  )
  expect(json).toMatchObject({ active: true, client_id: `${running.publicUrl}/oauth2/noord` })
  for (const absent of ['aud', 'sub', 'act']) expect(json).not.toHaveProperty(absent)
})

test.each(['/oauth2/callback', '/oauth2/ciz/callback', '/oauth2/ciz/authorize', '/oauth2/ciz/request.jwt/1'])(
  'nuts-17-D16 %s is not there: flows with a user are not served',
  async (path) => {
    expect((await running.outside('GET', path)).status).toBe(404)
  },
)

describe('the table of lines', () => {
  const table = readFileSync(packageFile('test', 'conformance', 'README.md'), 'utf8')
  const rows = [...table.matchAll(/^\| ([SCKDP]\d+) \| .*? \| (.+) \|$/gm)]
  const references = rows.flatMap(([, line = '', cell = '']) =>
    cell.split('; ').map((reference): [string, string, string] => {
      const [, file = '', name = ''] = /^`([^`]+)`: (.+)$/.exec(reference) ?? []
      return [line, file, name]
    }),
  )

  test('has every line of the checklist and every difference', () => {
    const server = Array.from({ length: 7 }, (_, index) => `S${String(index + 1)}`)
    const others = ['C1', 'C2', 'C3', 'K1', 'K2', ...Array.from({ length: 18 }, (_, index) => `D${String(index + 1)}`)]
    const gateway = Array.from({ length: 10 }, (_, index) => `P${String(index + 1)}`)
    expect([...new Set(rows.map(([, line]) => line))]).toEqual([...server, ...others, ...gateway])
  })

  test.each(references)('%s is proven in %s by "%s"', (_line, file, name) => {
    expect(readFileSync(packageFile(...file.split('/')), 'utf8')).toContain(name)
  })
})
