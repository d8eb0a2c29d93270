import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { bronnetContext } from '../../node/credentials/contexts/load-contexts.js'
import { systemClock, toRfc3339 } from '../../node/kernel/clock.js'
import { packageFile } from '../../node/kernel/package-root.js'
import { autorisatieSubject } from '../support/credentials.js'
import { membershipOf, startComposedNode, type ComposedNode, type Reply } from '../unit/http/composed.js'

type Json = Readonly<Record<string, unknown>>

const scope = 'registers/wlzindicatieregister/indicaties/indicatie:read'
const autorisatieScope = 'registers/wlzindicatieregister/indicaties/autorisatie:read'
const form = { 'content-type': 'application/x-www-form-urlencoded' }
const proofTypes = { proof_type: ['JsonWebSignature2020'] }
const linkedDataOnly = { ldp_vp: proofTypes, ldp_vc: proofTypes }

let directory: string
let running: ComposedNode
let membership: Json
let autorisatie: Json

/** The pack of the indicatieregister, except that its definitions accept linked data only. */
async function writePack(): Promise<void> {
  const text = await readFile(packageFile('policies', 'indicatieregister', 'pack.json'), 'utf8')
  const pack = JSON.parse(text) as { scopes: { organization: Json }[] }
  const scopes = pack.scopes.map((entry) => ({
    ...entry,
    organization: { ...entry.organization, format: linkedDataOnly },
  }))
  await mkdir(join(directory, 'indicatieregister'))
  await writeFile(join(directory, 'indicatieregister', 'pack.json'), JSON.stringify({ ...pack, scopes }))
}

async function issue(request: object): Promise<Json> {
  const linkedData = { '@context': [bronnetContext], format: 'ldp_vc' }
  return (await running.inside('POST', '/internal/vcr/v2/issuer/vc', { ...request, ...linkedData })).json as Json
}

async function hold(credential: unknown): Promise<void> {
  const json = { 'content-type': 'application/json' }
  await running.inside('POST', '/internal/vcr/v2/holder/noord/vc', JSON.stringify(credential), json)
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bronnet-linked-data-'))
  await writePack()
  running = await startComposedNode({ policies: { directory } })
  membership = await issue(membershipOf(running.dids))
  autorisatie = await issue({
    type: 'AutorisatieCredential',
    issuer: running.dids.ciz,
    expirationDate: '2099-01-01T00:00:00Z',
    credentialSubject: autorisatieSubject(running.dids.noord),
  })
})

afterAll(async () => {
  await running.end()
  await rm(directory, { recursive: true, force: true })
})

const obtain = (wanted: string): Promise<Reply> =>
  running.inside('POST', '/internal/auth/v2/noord/request-service-access-token', {
    authorization_server: `${running.publicUrl}/oauth2/ciz`,
    scope: wanted,
    token_type: 'Bearer',
  })

const introspect = async (reply: Reply): Promise<unknown> => {
  const { access_token: token } = reply.json as { access_token: string }
  return (await running.inside('POST', '/internal/auth/v2/accesstoken/introspect', `token=${token}`, form)).json
}

describe('nuts-5.4 a definition that accepts linked data only', () => {
  test('is answered by a node with a presentation as an object, of one credential and of several', async () => {
    const jwt = await running.inside('POST', '/internal/vcr/v2/issuer/vc', membershipOf(running.dids))
    await hold(jwt.json)
    // A JWT credential does not do, and nothing is sent.
    expect((await obtain(scope)).status).toBe(412)

    await hold(membership)
    const one = await obtain(scope)
    expect(one.status).toBe(200)
    expect(await introspect(one)).toMatchObject({ active: true, scope, organization_name: 'Zorgkantoor Noord' })

    await hold(autorisatie)
    const several = await obtain(autorisatieScope)
    expect(several.status).toBe(200)
    expect(await introspect(several)).toMatchObject({ active: true, autorisatie_geldigTot: '2099-01-01T00:00:00Z' })
  })

  test('is in metadata that names what is accepted', async () => {
    const { json } = await running.outside('GET', '/.well-known/oauth-authorization-server/oauth2/ciz')
    expect(json).toMatchObject({
      vp_formats_supported: {
        ldp_vp: { proof_type_values_supported: expect.arrayContaining(['JsonWebSignature2020']) },
        ldp_vc: { proof_type_values_supported: expect.arrayContaining(['JsonWebSignature2020']) },
      },
    })
  })
})

describe('nuts-4.3 a linked-data presentation at the token endpoint', () => {
  interface Showing {
    readonly credentials?: readonly unknown[]
    readonly domain?: string
    readonly expires?: string
  }

  const present = async (changes: Showing = {}): Promise<Json> => {
    const { credentials = [membership], domain = `${running.publicUrl}/oauth2/ciz` } = changes
    const reply = await running.inside('POST', '/internal/vcr/v2/holder/vp', {
      verifiableCredentials: credentials,
      domain,
      expires: changes.expires ?? toRfc3339(systemClock.now() + 5000),
    })
    return reply.json as Json
  }

  const entry = (id: string, path: string): Json => ({ id, format: 'ldp_vc', path })

  const ask = async (assertion: unknown, map: readonly Json[] = [entry('lidmaatschap', '$.verifiableCredential')]) => {
    const definition = map.length === 1 ? 'indicatieregister-lid' : 'indicatieregister-autorisatie'
    const parameters = new URLSearchParams({
      grant_type: 'vp_token-bearer',
      client_id: `${running.publicUrl}/oauth2/noord`,
      assertion: JSON.stringify(assertion),
      presentation_submission: JSON.stringify({ id: 's', definition_id: definition, descriptor_map: map }),
      scope: map.length === 1 ? scope : autorisatieScope,
    })
    const reply = await running.outside('POST', '/oauth2/ciz/token', parameters.toString(), form)
    const { error, error_description: description = '' } = reply.json as { error?: string; error_description?: string }
    return [reply.status, error, description] as const
  }
  const granted = [200, undefined, '']

  test('is accepted as a single value and in a list, with one credential and with several', async () => {
    expect(await ask(await present())).toEqual(granted)
    expect(await ask([await present()], [entry('lidmaatschap', '$[0].verifiableCredential')])).toEqual(granted)
    const nested = {
      ...entry('lidmaatschap', '$[0]'),
      format: 'ldp_vp',
      path_nested: entry('lidmaatschap', '$.verifiableCredential'),
    }
    expect(await ask([await present()], [nested])).toEqual(granted)
    const both = await present({ credentials: [membership, autorisatie] })
    const map = [entry('lidmaatschap', '$.verifiableCredential[0]'), entry('autorisatie', '$.verifiableCredential[1]')]
    expect(await ask(both, map)).toEqual(granted)
    // Two presentations of one signer, each with one of the credentials.
    const two = [await present(), await present({ credentials: [autorisatie] })]
    const paths = [
      entry('lidmaatschap', '$[0].verifiableCredential'),
      entry('autorisatie', '$[1].verifiableCredential'),
    ]
    expect(await ask(two, paths)).toEqual(granted)
  })

  test('counts once, however it is written', async () => {
    const shown = await present()
    expect(await ask(shown)).toEqual(granted)
    expect(await ask(shown)).toEqual([400, 'invalid_request', expect.stringMatching(/used already/)])
    const inList = await ask([shown], [entry('lidmaatschap', '$[0].verifiableCredential')])
    expect(inList).toEqual([400, 'invalid_request', expect.stringMatching(/used already/)])
  })

  const withProof = async (changes: Json): Promise<Json> => {
    const shown = await present()
    const proof = Object.entries({ ...(shown['proof'] as Json), ...changes }).filter(([, value]) => value !== undefined)
    return { ...shown, proof: Object.fromEntries(proof) }
  }

  test.each<[string, () => Promise<unknown>, RegExp]>([
    [
      'for another audience',
      () => present({ domain: 'https://ander.example/oauth2/ciz' }),
      /made for another|audience/,
    ],
    [
      'for longer than five seconds',
      () => present({ expires: toRfc3339(systemClock.now() + 60_000) }),
      /valid for too long/,
    ],
    ['without an end', () => withProof({ expires: undefined }), /malformed/],
    ['without a nonce', () => withProof({ nonce: undefined, challenge: undefined }), /nonce/],
    ['with another nonce than was signed', () => withProof({ nonce: 'ander' }), /signature/],
    [
      'with another domain beside the one that was signed',
      () => withProof({ domain: [`${running.publicUrl}/oauth2/ciz`, 'x'] }),
      /signature/,
    ],
    [
      'with two proofs',
      async () => ({ ...(await present()), proof: [(await present())['proof'], (await present())['proof']] }),
      /malformed/,
    ],
    [
      'with a JWT that its proof does not cover',
      async () => {
        const jwt = await running.inside('POST', '/internal/vcr/v2/issuer/vc', membershipOf(running.dids))
        return { ...(await present()), verifiableCredential: jwt.json }
      },
      /./,
    ],
  ])('%s is refused', async (_what, make, words) => {
    const [status, error, description] = await ask(await make())
    expect([status, error]).toEqual([400, 'invalid_request'])
    expect(description).toMatch(words)
  })
})
