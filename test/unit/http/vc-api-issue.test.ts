import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { JsonObject } from '../../../node/credentials/credential.js'
import { createTestProver } from '../../support/proofs.js'
import { examples, expectRefused, good, proveNow, startVcApiWorld, v2, type VcApiWorld } from './vc-api-world.js'

const prover = createTestProver()

let world: VcApiWorld
let strict: VcApiWorld
beforeAll(async () => {
  world = await startVcApiWorld({ conformance: true })
  strict = await startVcApiWorld({ conformance: false })
})
afterAll(async () => {
  await world.running.end()
  await strict.running.end()
})

describe('issuing', () => {
  test('gives the credential back with a proof and a place in a status list, which verifies', async () => {
    const credential = await world.issued({
      '@context': [v2, examples],
      credentialSubject: { id: 'did:example:s', anything: { at: 'all' } },
    })
    expect(credential).toMatchObject({
      '@context': [v2, examples],
      id: 'urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33',
      issuer: world.issuer,
      credentialSubject: { id: 'did:example:s', anything: { at: 'all' } },
      credentialStatus: {
        type: 'BitstringStatusListEntry',
        statusPurpose: 'revocation',
        statusListIndex: expect.stringMatching(/^\d+$/),
      },
      proof: { type: 'DataIntegrityProof', cryptosuite: 'eddsa-rdfc-2022', proofPurpose: 'assertionMethod' },
    })
    const { status, json } = await world.verify(credential)
    expect([status, json]).toEqual([200, good])
    const list = (credential['credentialStatus'] as { statusListCredential: string }).statusListCredential
    expect((await world.running.outside('GET', new URL(list).pathname)).status).toBe(200)
  })

  test.each([
    ['/vc-api/jcs', 'eddsa-jcs-2022'],
    ['/vc-api/ecdsa', 'ecdsa-rdfc-2019'],
  ])('%s secures with %s', async (base, cryptosuite) => {
    const credential = await world.issued(
      { issuer: base.endsWith('ecdsa') ? world.running.dids.ciz : world.issuer },
      base,
    )
    expect(credential['proof']).toMatchObject({ cryptosuite })
    expect((await world.verify(credential)).json).toEqual(good)
  })

  test('in an envelope makes a VC-JOSE JWT', async () => {
    const enveloped = await world.issued({}, '/vc-api/jwt')
    expect(enveloped).toEqual({
      '@context': v2,
      type: 'EnvelopedVerifiableCredential',
      id: expect.stringMatching(/^data:application\/vc\+jwt,/),
    })
    const [header, payload] =
      String(enveloped['id'])
        .split(',')[1]
        ?.split('.')
        .slice(0, 2)
        .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()) as JsonObject) ?? []
    expect(header).toMatchObject({ typ: 'vc+jwt', cty: 'vc' })
    expect(payload).toMatchObject(world.draft())
    expect((await world.verify(enveloped)).json).toEqual(good)
  })

  test('of what has a proof already adds one and changes nothing that the first one covers', async () => {
    const before = await proveNow(world.draft(), prover)
    const credential = await world.issued(before)
    expect(credential).toEqual({ ...before, proof: [before['proof'], expect.any(Object)] })
    expect((await world.verify(credential)).json).toEqual(good)
    const [first, second] = credential['proof'] as readonly JsonObject[]
    for (const proof of [[first], [first, { ...second, created: '2020-01-01T00:00:00Z' }]]) {
      expectRefused(await world.verify({ ...credential, proof }))
    }
  })

  test('is possible under the did:web of a party too', async () => {
    expect((await world.verify(await world.issued({ issuer: world.running.dids.ciz }))).json).toEqual(good)
  })

  test('stands in the journal before it leaves', async () => {
    await world.issued({ id: 'urn:uuid:journalled' })
    const { text } = await world.running.inside('GET', '/internal/bronnet/v1/audit?limit=1000')
    expect(text).toContain('urn:uuid:journalled')
  })

  test.each<[string, JsonObject]>([
    ['a beginning far away', { validFrom: '2900-01-01T00:00:00Z' }],
    [
      'a beginning with an offset',
      { validFrom: '2020-01-01T00:00:00+02:00', validUntil: '2900-01-01T00:00:00.5-05:00' },
    ],
    ['an issuer object', { issuer: undefined }],
    ['several subjects', { credentialSubject: [{ id: 'did:example:a' }, { id: 'did:example:b', name: 'B' }] }],
    ['a subject without id', { credentialSubject: { name: 'Alice' } }],
    ['no id', { id: undefined }],
    [
      'words in a language',
      {
        name: { '@value': 'x', '@language': 'en', '@direction': 'ltr' },
        description: [{ '@value': 'y', '@language': 'nl' }],
      },
    ],
    [
      'a context of its own',
      { '@context': [v2, { term: 'https://node.example/term' }], credentialSubject: { term: 'x' } },
    ],
    [
      'a type that its context defines',
      { '@context': [v2, { Own: 'https://node.example/Own' }], type: ['VerifiableCredential', 'Own'] },
    ],
    [
      'a status of its own',
      { credentialStatus: { id: 'https://node.example/s#1', type: 'https://node.example/Status' } },
    ],
    ['a schema', { credentialSchema: { id: 'https://node.example/schema', type: 'JsonSchema' } }],
    [
      'a related resource that the node has',
      {
        relatedResource: [
          {
            id: v2,
            digestSRI: 'sha384-l/HrjlBCNWyAX91hr6LFV2Y3heB5Tcr6IeE4/Tje8YyzYBM8IhqjHWiWpr8+ZbYU',
            digestMultibase: 'uWZVc7WaX1h4D8rJVb-vlMIqxaEKEb1tYbX8fet7JJzQ',
          },
        ],
      },
    ],
    [
      'a related resource that the node does not have',
      { relatedResource: { id: 'https://node.example/r', digestSRI: `sha384-${'A'.repeat(64)}` } },
    ],
    [
      'a multihash and a bare digest of resources that the node does not have',
      {
        relatedResource: [
          { id: 'https://node.example/r', digestMultibase: `uEiA${'A'.repeat(43)}` },
          { id: 'https://node.example/s', digestMultibase: `u${'A'.repeat(43)}` },
        ],
      },
    ],
  ])('takes %s', async (_, changes) => {
    const whole = 'issuer' in changes ? { ...changes, issuer: { id: world.issuer, name: 'CIZ' } } : changes
    const { credentialSubject } = await world.issued(whole)
    expect(credentialSubject).toEqual(changes['credentialSubject'] ?? world.draft()['credentialSubject'])
  })

  // web-contracts 2.1, row by row.
  test.each<[string, JsonObject]>([
    ['no context', { '@context': undefined }],
    ['a context that is no list', { '@context': v2 }],
    ['a context that is a number', { '@context': [v2, 123192875] }],
    ['a context that is null', { '@context': [v2, null] }],
    ['another context first', { '@context': [examples, v2] }],
    ['no context of data model 2.0', { '@context': [examples] }],
    ['the context of data model 1.1', { '@context': ['https://www.w3.org/2018/credentials/v1'] }],
    [
      'a context that redefines a protected term',
      { '@context': [v2, { VerifiableCredential: 'https://node.example/x' }] },
    ],
    ['a context that nobody has', { '@context': [v2, 'https://node.example/context'] }],
    ['no type', { type: undefined }],
    ['an empty list of types', { type: [] }],
    ['no base type', { type: ['Own'] }],
    ['a type that nothing defines', { type: ['VerifiableCredential', 'Unheard'] }],
    ['a type that is defined as no IRI', { '@context': [v2, { Own: 'own' }], type: ['VerifiableCredential', 'Own'] }],
    ['a term that nothing defines', { credentialSubject: { id: 'did:example:s', unheard: 1 } }],
    ['an id that is no URL', { id: 'not-a-url' }],
    ['several ids', { id: ['urn:uuid:1', 'urn:uuid:2'] }],
    ['a subject whose id is no URL', { credentialSubject: { id: 'not a url' } }],
    ['a subject with several ids', { credentialSubject: { id: ['did:example:a', 'did:example:b'] } }],
    ['an issuer of null', { issuer: null }],
    ['an issuer that is no URL', { issuer: 'somebody' }],
    ['an issuer object without id', { issuer: { name: 'x' } }],
    ['the issuer of somebody else', { issuer: prover.did }],
    ['no subject', { credentialSubject: undefined }],
    ['an empty subject', { credentialSubject: {} }],
    ['no subject in the list', { credentialSubject: [] }],
    ['an empty subject in the list', { credentialSubject: [{ id: 'did:example:a' }, {}] }],
    ['a subject that is a text', { credentialSubject: 'did:example:a' }],
    ['a beginning without a zone', { validFrom: '2024-01-01T00:00:00' }],
    ['a beginning without a time', { validFrom: '2024-01-01' }],
    ['an end that is none', { validUntil: '2024-13-01T00:00:00Z' }],
    ['an end before the beginning', { validFrom: '2024-01-02T00:00:00Z', validUntil: '2024-01-01T00:00:00Z' }],
    ['a status without type', { credentialStatus: { id: 'https://node.example/s' } }],
    ['a status whose id is no URL', { credentialStatus: { id: 'x', type: 'https://node.example/Status' } }],
    [
      'a status with several ids',
      { credentialStatus: { id: ['urn:a:1', 'urn:a:2'], type: 'https://node.example/Status' } },
    ],
    ['a status of a relative type', { credentialStatus: { id: 'urn:a:1', type: 'Unheard' } }],
    [
      'a status with an unknown member',
      {
        '@context': [v2, examples],
        credentialStatus: {
          type: 'BitstringStatusListEntry',
          statusPurpose: 'revocation',
          statusListIndex: '1',
          statusListCredential: 'https://node.example/l',
          statusEntry: 'x',
        },
      },
    ],
    ['a schema without type', { credentialSchema: { id: 'https://node.example/schema' } }],
    ['a schema without id', { credentialSchema: { type: 'JsonSchema' } }],
    ['a schema whose id is no URL', { credentialSchema: { id: 'x', type: 'JsonSchema' } }],
    ['a refresh service without type', { '@context': [v2, examples], refreshService: { url: 'https://node.example' } }],
    ['terms of use without type', { '@context': [v2, examples], termsOfUse: [{ id: 'urn:a:1' }] }],
    ['evidence without type', { '@context': [v2, examples], evidence: [{ id: 'urn:a:1' }] }],
    ['a name with extra keys', { name: { '@value': 'x', '@language': 'en', url: 'y' } }],
    ['a description with extra keys', { description: { '@value': 'x', extra: 'y' } }],
    ['a name of its issuer with extra keys', { issuer: 'extra' }],
    ['a related resource that is a text', { relatedResource: ['https://node.example/r'] }],
    ['a related resource without id', { relatedResource: { digestSRI: 'sha384-AAAA' } }],
    [
      'a related resource twice',
      {
        relatedResource: [1, 2].map(() => ({ id: 'https://node.example/r', digestSRI: `sha384-${'A'.repeat(64)}` })),
      },
    ],
    [
      'a related resource, unknown, with an SRI digest that is too short',
      { relatedResource: { id: 'https://node.example/r', digestSRI: 'sha384-AAAA' } },
    ],
    [
      'a related resource, unknown, with a digest in hexadecimal',
      { relatedResource: { id: 'https://node.example/r', digestSRI: `sha256-${'a'.repeat(64)}` } },
    ],
    [
      'a related resource, unknown, with an algorithm that is no digest',
      { relatedResource: { id: 'https://node.example/r', digestSRI: `__proto__-${'A'.repeat(64)}` } },
    ],
    [
      'a related resource, unknown, with a multihash of another length than it says',
      { relatedResource: { id: 'https://node.example/r', digestMultibase: `uEiE${'A'.repeat(43)}` } },
    ],
    ['a related resource without digest', { relatedResource: { id: v2 } }],
    ['a related resource with another SRI digest', { relatedResource: { id: v2, digestSRI: 'sha384-AAAA' } }],
    ['a related resource with another multibase digest', { relatedResource: { id: v2, digestMultibase: 'uAAAA' } }],
  ])('refuses %s, in every instance, and a verifier does too', async (_, changes) => {
    const whole =
      changes['issuer'] === 'extra' ? { issuer: { id: world.issuer, name: { '@value': 'x', extra: 1 } } } : changes
    for (const base of ['/vc-api', '/vc-api/jcs', '/vc-api/jwt'])
      expectRefused(await world.issue(world.draft(whole), base))
    expectRefused(await world.verify({ ...(await world.issued()), ...whole }))
  })

  test('refuses without an issuer, and fills none in', async () => {
    expectRefused(await world.issue(world.draft({ issuer: undefined })))
  })

  test('names the term that nothing defines', async () => {
    expect((await world.issue(world.draft({ credentialSubject: { unheard: 1 } }))).text).toContain(
      'no context defines: unheard',
    )
  })

  test.each<[string, unknown]>([
    ['no credential', { options: {} }],
    ['a credential that is a text', { credential: 'x' }],
    ['a credential that is null', { credential: null }],
    ['a list', []],
  ])('refuses %s', async (_, body) => {
    expectRefused(await world.running.inside('POST', '/vc-api/credentials/issue', body))
  })

  test('knows neither the context of examples nor did:key issuers outside the conformance profile', async () => {
    const { ciz, noord } = strict.running.dids
    expectRefused(await strict.issue(strict.draft({ issuer: ciz, '@context': [v2, examples] })))
    expectRefused(await strict.issue(strict.draft()))
    expect((await strict.issue(strict.draft({ issuer: ciz }))).status).toBe(201)
    expectRefused(await strict.issue(strict.draft({ issuer: noord })))
  })

  test('is not served to the world', async () => {
    expect(
      (await world.running.outside('POST', '/vc-api/credentials/issue', { credential: world.draft() })).status,
    ).toBe(404)
  })
})
