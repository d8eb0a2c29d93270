import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parseObjectCredential, type JsonObject } from '../../../node/credentials/credential.js'
import { parsePresentations } from '../../../node/credentials/presentations.js'
import { parseCredential2, parsePresentation2 } from '../../../node/credentials/vc-api/structure.js'
import { createVcVerifier } from '../../../node/credentials/vc-api/verify.js'
import { NodeError } from '../../../node/kernel/errors.js'
import { createTestProofVerifier, createTestProver, linkedData, plainCredential } from '../../support/proofs.js'

const prover = createTestProver()
const { clock, resolver, verifyProofs } = createTestProofVerifier()
const verifier = createVcVerifier({
  clock,
  resolver,
  linkedData,
  verifyProofs,
  verifier: { checkStatus: async () => undefined },
  findAlias: async () => undefined,
})
const credential = await prover.prove(
  plainCredential(prover.did, {
    credentialStatus: { type: 'https://node.example/Status' },
    evidence: [{ type: 'https://node.example/Evidence' }],
  }),
  'eddsa-rdfc-2022',
)
const presentation = await prover.prove(
  {
    '@context': ['https://www.w3.org/ns/credentials/v2'],
    type: ['VerifiablePresentation'],
    holder: prover.did,
    verifiableCredential: [credential],
  },
  'eddsa-rdfc-2022',
  { purpose: 'authentication' },
)
const envelope = {
  '@context': 'https://www.w3.org/ns/credentials/v2',
  type: 'EnvelopedVerifiableCredential',
  id: 'data:application/vc+jwt,eyJhbGciOiJFUzI1NiIsInR5cCI6InZjK2p3dCJ9.e30.AA',
}

const hostile = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    '',
    0,
    -1,
    1e308,
    true,
    [],
    {},
    [[]],
    '__proto__',
    'constructor',
    '_:b0',
    'did:key:z',
    '@type',
    {
      '@context': { '@vocab': 'urn:' },
    },
    { '@value': 1, '@type': '@json' },
    { '@list': [{ '@list': [] }] },
    { '@id': 1 },
    { '@graph': [] },
    { '@reverse': {} },
    { '@included': 1 },
  ),
  fc.jsonValue({ maxDepth: 2 }),
)
const names = fc.oneof(
  fc.constantFrom(
    '@context',
    'type',
    'id',
    'proof',
    'issuer',
    '@id',
    '@type',
    '@graph',
    'credentialSubject',
    'previousProof',
    'created',
    'proofValue',
    'verificationMethod',
    'holder',
    'verifiableCredential',
  ),
  fc.string({ maxLength: 8 }),
)

/** A good document with one place, at any depth, changed into anything. */
function changed(good: JsonObject): fc.Arbitrary<JsonObject> {
  return fc.tuple(fc.array(fc.nat(12), { maxLength: 4 }), names, hostile).map(([path, name, value]) => {
    const copy = structuredClone(good) as Record<string, unknown>
    let place: Record<string, unknown> = copy
    for (const step of path) {
      const inner = Object.values(place)[step % Math.max(1, Object.keys(place).length)]
      if (typeof inner !== 'object' || inner === null) break
      place = inner as Record<string, unknown>
    }
    const keys = Object.keys(place)
    const key = path.length % 2 === 0 || keys.length === 0 ? name : (keys[(path[0] ?? 0) % keys.length] ?? name)
    if (Array.isArray(place)) place.push(value)
    else Object.defineProperty(place, key, { value, enumerable: true, configurable: true, writable: true })
    return copy
  })
}

/** How it ended; anything thrown that is not a refusal is a defect. */
async function outcomeOf(work: () => unknown): Promise<string> {
  try {
    await work()
    return 'done'
  } catch (error) {
    if (NodeError.is(error) && error.code !== 'internal.fault') return error.code
    throw error
  }
}

describe('whatever a document holds', () => {
  test('verifying it ends in an answer or a refusal', async () => {
    const property = fc.asyncProperty(fc.oneof(changed(credential), changed(envelope)), async (document) => {
      await outcomeOf(() => verifier.verifyCredential(document, {}))
      await outcomeOf(() => verifyProofs(document, { purpose: 'assertionMethod', undefinedTerms: 'drop' }))
    })
    await fc.assert(property, { numRuns: 400 })
    expect(await outcomeOf(() => verifier.verifyCredential(credential, {}))).toBe('done')
  })

  test('verifying it as a presentation does too', async () => {
    const property = fc.asyncProperty(changed(presentation), async (document) => {
      await outcomeOf(() => verifier.verifyPresentation(document, {}))
    })
    await fc.assert(property, { numRuns: 200 })
    expect(await outcomeOf(() => verifier.verifyPresentation(presentation, {}))).toBe('done')
  })

  test('reading it ends in an answer or a refusal', async () => {
    const parser = { parse: parseObjectCredential }
    const property = fc.asyncProperty(
      fc.oneof(changed(credential), changed(presentation), hostile),
      async (document) => {
        await outcomeOf(() => parseObjectCredential(document))
        await outcomeOf(() => parseCredential2(document))
        await outcomeOf(() => parsePresentation2(document))
        await outcomeOf(() => parsePresentations(JSON.stringify(document), parser))
        await outcomeOf(() => parsePresentations(JSON.stringify([document]), parser))
      },
    )
    await fc.assert(property, { numRuns: 500 })
  })
})
