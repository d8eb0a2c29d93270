import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { JsonObject } from '../../../node/credentials/credential.js'
import { signJwt } from '../../../node/credentials/jwt.js'
import { createTestProver } from '../../support/proofs.js'
import { examples, expectRefused, good, proveNow, startVcApiWorld, v2, type VcApiWorld } from './vc-api-world.js'

const prover = createTestProver()
const proven = (
  document: JsonObject,
  purpose?: 'assertionMethod' | 'authentication',
  members?: JsonObject,
): Promise<JsonObject> => proveNow(document, prover, purpose, members)

let world: VcApiWorld
beforeAll(async () => {
  world = await startVcApiWorld({ conformance: true })
})
afterAll(() => world.running.end())

describe('verifying a credential', () => {
  const foreign = (changes: JsonObject = {}): JsonObject => world.draft({ issuer: prover.did, ...changes })

  test('takes one that a stranger signed, with whatever types', async () => {
    expect((await world.verify(await proven(foreign()))).json).toEqual(good)
  })

  test('takes one whose issuer is no DID, because nobody can say whose key that has to be', async () => {
    expect((await world.verify(await proven(foreign({ issuer: 'https://issuer.example/1' })))).status).toBe(200)
  })

  test.each<[string, (credential: JsonObject) => unknown]>([
    ['no proof', ({ proof: _, ...rest }) => rest],
    ['a proof of null', (credential) => ({ ...credential, proof: null })],
    ['the signature of another', (credential) => ({ ...credential, id: 'urn:uuid:other' })],
    ['another issuer', (credential) => ({ ...credential, issuer: 'did:web:other.example' })],
    [
      'a proof of another type',
      (credential) => ({ ...credential, proof: { ...(credential['proof'] as object), type: 'X' } }),
    ],
    ['itself as a text', () => 'eyJhbGciOiJFUzI1NiJ9.e30.AA'],
  ])('refuses %s', async (_, change) => {
    expectRefused(await world.verify(change(await proven(foreign()))))
  })

  test('refuses one that is not valid yet, or no longer', async () => {
    expectRefused(await world.verify(await proven(foreign({ validFrom: '2900-01-01T00:00:00Z' }))))
    expectRefused(await world.verify(await proven(foreign({ validUntil: '2020-01-01T00:00:00Z' }))))
  })

  test('refuses a status that it cannot check, and one that it can whose list is out of reach', async () => {
    const entry = {
      type: 'BitstringStatusListEntry',
      statusPurpose: 'revocation',
      statusListIndex: '1',
      statusListCredential: 'https://list.invalid/1',
    }
    expectRefused(
      await world.verify(await proven(foreign({ credentialStatus: { type: 'https://node.example/Status' } }))),
    )
    expectRefused(await world.verify(await proven(foreign({ credentialStatus: entry }))))
  })

  test('looks at the domain, the challenge and the purpose that the caller expects', async () => {
    const credential = await proven(foreign(), 'assertionMethod', { domain: 'https://a.example', challenge: 'c' })
    expect((await world.verify(credential, { domain: 'https://a.example', challenge: 'c' })).status).toBe(200)
    expectRefused(await world.verify(credential, { domain: 'https://b.example' }))
    expectRefused(await world.verify(credential, { challenge: 'd' }))
    expectRefused(await world.verify(credential, { expectedProofPurpose: 'authentication' }))
  })

  test.each<[string, JsonObject]>([
    ['an empty context', { '@context': [] }],
    ['another context', { '@context': examples }],
    ['no type', { type: undefined }],
    ['another type', { type: 'VerifiableCredential' }],
    ['no data URL', { id: 'eyJhbGciOiJFUzI1NiJ9.e30.AA' }],
    ['a data URL of something else', { id: 'data:text/plain,x' }],
  ])('refuses an envelope with %s', async (_, changes) => {
    expectRefused(await world.verify({ ...(await world.issued({}, '/vc-api/jwt')), ...changes }))
  })

  test('refuses an envelope whose payload was changed, or is of the other family', async () => {
    const { id, ...rest } = await world.issued({}, '/vc-api/jwt')
    const [header = '', , signature = ''] = String(id).split(',')[1]?.split('.') ?? []
    const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
    for (const payload of [
      world.draft({ id: 'urn:uuid:other' }),
      { vc: world.draft() },
      world.draft({ vc: world.draft() }),
    ]) {
      expectRefused(
        await world.verify({ ...rest, id: `data:application/vc+jwt,${header}.${encode(payload)}.${signature}` }),
      )
    }
  })

  test('refuses an envelope whose iss is another than the issuer, in both families', async () => {
    const envelope = async (mediaType: string, typ: string, claims: JsonObject): Promise<JsonObject> => {
      const { keyId, sign: signBytes } = prover.signer
      const sign = (input: string): Promise<Buffer> => signBytes(Buffer.from(input))
      const compact = await signJwt({ header: { alg: 'EdDSA', typ, kid: keyId }, claims, sign })
      return { '@context': v2, type: 'EnvelopedVerifiableCredential', id: `data:${mediaType},${compact}` }
    }
    for (const [iss, isGood] of [[prover.did, true] as const, ['did:web:other.example', false] as const]) {
      const jose = await envelope('application/vc+jwt', 'vc+jwt', { iss, ...foreign() })
      const claim = await envelope('application/jwt', 'JWT', { iss, vc: foreign() })
      for (const one of [jose, claim]) {
        const reply = await world.verify(one)
        if (isGood) expect([reply.status, reply.text]).toEqual([200, expect.any(String)])
        else expectRefused(reply)
      }
    }
  })
})

describe('verifying a presentation', () => {
  const presentation = async (
    changes: JsonObject = {},
    members: JsonObject = { challenge: 'c' },
  ): Promise<JsonObject> =>
    proven(
      {
        '@context': [v2],
        type: ['VerifiablePresentation'],
        verifiableCredential: [
          await proven(world.draft({ issuer: prover.did })),
          await world.issued({}, '/vc-api/jwt'),
        ],
        ...changes,
      },
      'authentication',
      members,
    )

  test.each<[string, JsonObject]>([
    ['without holder', {}],
    ['with its holder', { holder: prover.did }],
    ['with its holder as an object', { holder: { id: prover.did } }],
    ['with an id', { id: 'urn:uuid:p' }],
    ['without credentials', { verifiableCredential: undefined }],
  ])('takes one %s', async (_, changes) => {
    expect((await world.verifyPresentation(await presentation(changes), { challenge: 'c' })).json).toEqual(good)
  })

  test('takes what the holder says itself, and refuses it from anybody else', async () => {
    const own = (issuerDid: string): JsonObject => world.draft({ issuer: issuerDid })
    const holding = (holder: string | undefined, credential: JsonObject): Promise<JsonObject> =>
      presentation({ ...(holder === undefined ? {} : { holder }), verifiableCredential: [credential] })
    expect((await world.verifyPresentation(await holding(prover.did, own(prover.did)))).json).toEqual(good)
    expectRefused(await world.verifyPresentation(await holding(undefined, own(prover.did))))
    expectRefused(await world.verifyPresentation(await holding('did:example:acme', own(prover.did))))
    expectRefused(await world.verifyPresentation(await holding(prover.did, own('did:example:acme'))))
    expectRefused(await world.verifyPresentation(await holding('https://acme.example', own('https://acme.example'))))
  })

  test.each<[string, (value: JsonObject) => JsonObject]>([
    ['another context first', (value) => ({ ...value, '@context': [examples, v2] })],
    ['no context', ({ '@context': _, ...rest }) => rest],
    ['a context that is a number', (value) => ({ ...value, '@context': [v2, 1] })],
    ['no type', (value) => ({ ...value, type: undefined })],
    ['a holder without id', (value) => ({ ...value, holder: { name: 'x' } })],
    ['a credential that is a text', (value) => ({ ...value, verifiableCredential: ['x'] })],
    ['one credential less', (value) => ({ ...value, verifiableCredential: [] })],
    ['no proof', ({ proof: _, ...rest }) => rest],
    ['another challenge', (value) => ({ ...value, proof: { ...(value['proof'] as object), challenge: 'd' } })],
  ])('refuses one with %s', async (_, change) => {
    expectRefused(await world.verifyPresentation(change(await presentation())))
  })

  test('refuses a credential inside that is not good', async () => {
    const credential = { ...(await proven(world.draft({ issuer: prover.did }))), id: 'urn:uuid:other' }
    expectRefused(await world.verifyPresentation(await presentation({ verifiableCredential: [credential] })))
  })
})
