import { createHash } from 'node:crypto'
import { beforeEach, describe, expect, test } from '@jest/globals'
import type { JsonObject } from '../../../../node/credentials/credential.js'
import { signedBytes } from '../../../../node/credentials/proofs/data-integrity.js'
import type { ProofDemands } from '../../../../node/credentials/proofs/verify-proofs.js'
import { encodeBase58 } from '../../../../node/identity/base58.js'
import type { NodeError } from '../../../../node/kernel/errors.js'
import { createTestProofVerifier, createTestProver, linkedData, plainCredential } from '../../../support/proofs.js'
import { rejectionOf } from '../../../support/refusals.js'

const prover = createTestProver()
const second = createTestProver()
const p256 = createTestProver('ES256')
const credential = plainCredential(prover.did)
const nutsCredential: JsonObject = {
  '@context': ['https://nuts.nl/credentials/v1', 'https://www.w3.org/2018/credentials/v1'],
  id: 'urn:uuid:1',
  type: ['NutsOrganizationCredential', 'VerifiableCredential'],
  issuer: p256.did,
  issuanceDate: '2026-11-24T10:00:00.123456789+01:00',
  credentialSubject: { id: 'did:web:node.example', organization: { name: 'Zorgkantoor Noord', city: 'Noordstad' } },
}

let verifier: ReturnType<typeof createTestProofVerifier>
beforeEach(() => {
  verifier = createTestProofVerifier()
})

const verify = (document: JsonObject, demands: Partial<ProofDemands> = {}): Promise<void> =>
  verifier.verifyProofs(document, { purpose: 'assertionMethod', ...demands })
const refuse = (document: JsonObject, demands?: Partial<ProofDemands>): Promise<NodeError> =>
  rejectionOf(verify(document, demands))
const codeOf = async (document: JsonObject, demands?: Partial<ProofDemands>): Promise<string> =>
  (await refuse(document, demands)).code
const withProof = (document: JsonObject, changes: JsonObject): JsonObject => ({
  ...document,
  proof: { ...(document['proof'] as JsonObject), ...changes },
})

/** Signs one more proof, over the document and the proofs that it names. */
async function chain(document: JsonObject, members: JsonObject, over: readonly JsonObject[]): Promise<JsonObject> {
  const { proof: written, ...unsecured } = document
  const before = [written].flat() as readonly JsonObject[]
  const proof: JsonObject = {
    type: 'DataIntegrityProof',
    cryptosuite: 'eddsa-rdfc-2022',
    proofPurpose: 'assertionMethod',
    verificationMethod: second.signer.keyId,
    created: '2026-11-24T09:00:00Z',
    ...members,
  }
  const covered = over.length === 0 ? unsecured : { ...unsecured, proof: over }
  const bytes = await signedBytes(
    'eddsa-rdfc-2022',
    { document: covered, proof },
    { linkedData, undefinedTerms: 'refuse' },
  )
  const proofValue = `z${encodeBase58(await second.signer.sign(bytes))}`
  return { ...unsecured, proof: [...before, { ...proof, proofValue }] }
}

describe('a proof', () => {
  test.each([
    ['eddsa-rdfc-2022', prover],
    ['eddsa-jcs-2022', prover],
    ['ecdsa-rdfc-2019', p256],
    ['JsonWebSignature2020', p256],
    ['JsonWebSignature2020', prover],
  ] as const)('%s is good, and no longer when anything changes', async (kind, by) => {
    const secured = await by.prove(kind === 'JsonWebSignature2020' ? nutsCredential : plainCredential(by.did), kind)
    await verify(secured, { controller: by.did })
    const other = { ...secured, credentialSubject: { id: 'did:web:other.example' } }
    expect(await codeOf(other)).toBe('proof.signature')
    expect(await codeOf(withProof(secured, { created: '2026-11-24T08:59:59Z' }))).toBe('proof.signature')
    expect(await codeOf(withProof(secured, { domain: 'https://node.example' }))).toBe('proof.signature')
  })

  test('is verified once for the same object, and its times every time', async () => {
    const secured = await prover.prove(credential, 'eddsa-rdfc-2022', { members: { expires: '2026-11-24T09:01:00Z' } })
    await verify(secured)
    await verify(secured)
    verifier.clock.move(60)
    expect(await codeOf(secured)).toBe('proof.expired')
  })

  test('is refused when it was made after now, but not within five seconds', async () => {
    const secured = await prover.prove(credential, 'eddsa-rdfc-2022')
    verifier.clock.move(-5)
    await verify(secured)
    verifier.clock.move(-1)
    expect(await codeOf(secured)).toBe('proof.expired')
  })

  test.each<[string, JsonObject, string]>([
    ['no type', { type: undefined }, 'proof.malformed'],
    ['another type', { type: 'Ed25519Signature2020' }, 'proof.unsupported'],
    ['no key', { verificationMethod: undefined }, 'proof.malformed'],
    ['a key of no DID', { verificationMethod: 'https://node.example/key' }, 'identity.did_malformed'],
    ['a key that is not there', { verificationMethod: `${prover.did}#other` }, 'identity.key_unknown'],
    ['no purpose', { proofPurpose: undefined }, 'proof.malformed'],
    ['another purpose', { proofPurpose: 'authentication' }, 'proof.purpose'],
    ['no cryptosuite', { cryptosuite: undefined }, 'proof.unsupported'],
    ['an unknown cryptosuite', { cryptosuite: 'eddsa-2022' }, 'proof.unsupported'],
    ['a cryptosuite of another kind of key', { cryptosuite: 'ecdsa-rdfc-2019' }, 'proof.unsupported'],
    ['another cryptosuite of the same kind of key', { cryptosuite: 'eddsa-jcs-2022' }, 'proof.signature'],
    ['no value', { proofValue: undefined }, 'proof.malformed'],
    ['a value that is nothing', { proofValue: null }, 'proof.malformed'],
    ['a value that is not multibase', { proofValue: 'abc' }, 'proof.malformed'],
    ['a value in another base', { proofValue: `u${'A'.repeat(86)}` }, 'proof.malformed'],
    ['a value that is too short', { proofValue: 'z111' }, 'proof.malformed'],
    ['a date without a zone', { created: '2026-11-24T09:00:00' }, 'proof.malformed'],
    ['a date that is none', { created: 'today' }, 'proof.malformed'],
    ['an end that is none', { expires: 'never' }, 'proof.malformed'],
    ['an end in the past', { expires: '2026-11-24T09:00:00Z' }, 'proof.expired'],
    ['a predecessor that is not there', { previousProof: 'urn:uuid:other' }, 'proof.chain'],
    ['a predecessor that is no text', { previousProof: 1 }, 'proof.malformed'],
    ['no predecessor in the list', { previousProof: [] }, 'proof.malformed'],
  ])('with %s is refused', async (_, changes, code) => {
    expect(await codeOf(withProof(await prover.prove(credential, 'eddsa-rdfc-2022'), changes))).toBe(code)
  })

  test.each<[string, unknown]>([
    ['absent', undefined],
    ['null', null],
    ['an empty list', []],
    ['a text', 'x'],
    ['too many', Array.from({ length: 9 }, () => ({}))],
  ])('that is %s is refused', async (_, proof) => {
    expect(await codeOf({ ...credential, proof })).toBe('proof.malformed')
  })

  test('over the other form, or with another hash, is refused', async () => {
    const { proof, ...document } = await prover.prove(credential, 'eddsa-rdfc-2022')
    const { proofValue: _, ...unsigned } = proof as JsonObject
    const jcs = await signedBytes(
      'eddsa-jcs-2022',
      { document, proof: unsigned },
      { linkedData, undefinedTerms: 'refuse' },
    )
    const hash = (text: string): Buffer => createHash('sha512').update(text).digest()
    const canonical = (value: JsonObject): Promise<string> =>
      linkedData.canonicalize(value, { undefinedTerms: 'refuse' })
    const config = { ...unsigned, '@context': document['@context'] }
    const sha512 = Buffer.concat([hash(await canonical(config)), hash(await canonical(document))])
    for (const bytes of [jcs, sha512]) {
      const proofValue = `z${encodeBase58(await prover.signer.sign(bytes))}`
      expect(await codeOf({ ...document, proof: { ...unsigned, proofValue } })).toBe('proof.signature')
    }
  })

  test('binds to the domain and the challenge that are asked for', async () => {
    const members = { domain: 'https://node.example', challenge: 'c' }
    const secured = await prover.prove(credential, 'eddsa-rdfc-2022', { members })
    await verify(secured, members)
    await verify(secured)
    expect(await codeOf(secured, { domain: 'https://other.example' })).toBe('proof.binding')
    expect(await codeOf(secured, { challenge: 'd' })).toBe('proof.binding')
    expect(await codeOf(await prover.prove(credential, 'eddsa-rdfc-2022'), { challenge: 'c' })).toBe('proof.binding')
  })

  test('of JCS begins with the contexts of the document', async () => {
    const secured = await prover.prove(credential, 'eddsa-jcs-2022')
    await verify(secured)
    const contexts = [[], ['https://www.w3.org/2018/credentials/v1'], [...[credential['@context']].flat(), 'urn:more']]
    const [none, ...others] = contexts
    for (const context of others)
      expect(await codeOf(withProof(secured, { '@context': context }))).toBe('proof.malformed')
    // What it does name is signed too.
    expect(await codeOf(withProof(secured, { '@context': none }))).toBe('proof.signature')
  })

  test('is not made by a key of another kind than its suite', async () => {
    for (const [by, kind] of [
      [prover, 'ecdsa-rdfc-2019'],
      [p256, 'eddsa-rdfc-2022'],
      [p256, 'eddsa-jcs-2022'],
    ] as const) {
      expect((await rejectionOf(by.prove(credential, kind))).code).toBe('proof.unsupported')
    }
  })

  test('by somebody else than the controller that is asked for is refused', async () => {
    const secured = await prover.prove(credential, 'eddsa-rdfc-2022')
    expect(await codeOf(secured, { controller: second.did })).toBe('credential.controller')
    expect(await codeOf(secured, { controller: prover.did.slice(0, -1) })).toBe('credential.controller')
  })

  test('over a term that no context defines is refused, however it was added', async () => {
    const secured = await p256.prove(nutsCredential, 'JsonWebSignature2020')
    const subject = nutsCredential['credentialSubject'] as JsonObject
    expect(await codeOf({ ...secured, credentialSubject: { ...subject, role: 'zorgkantoor' } })).toBe(
      'credential.context',
    )
    await verify({ ...secured, note: 'unprotected' }, { undefinedTerms: 'drop' })
  })

  test.each<[string, JsonObject, string]>([
    ['no JWS', { jws: undefined }, 'proof.malformed'],
    ['a JWS with a payload', { jws: 'eyJhbGciOiJFUzI1NiJ9.e30.AA' }, 'proof.malformed'],
    ['a header that encodes its payload', { jws: `${header({ alg: 'ES256' })}..AA` }, 'proof.malformed'],
    [
      'a header with a critical member that we do not know',
      { jws: `${header({ alg: 'ES256', b64: false, crit: ['b64', 'x'] })}..AA` },
      'proof.malformed',
    ],
    [
      'the algorithm of another key',
      { jws: `${header({ alg: 'EdDSA', b64: false, crit: ['b64'] })}..AA` },
      'proof.unsupported',
    ],
    ['no algorithm', { jws: `${header({ alg: 'none', b64: false, crit: ['b64'] })}..AA` }, 'proof.unsupported'],
    ['a short signature', { jws: `${header({ alg: 'ES256', b64: false, crit: ['b64'] })}..AA` }, 'proof.signature'],
  ])('JsonWebSignature2020 with %s is refused', async (_, changes, code) => {
    expect(await codeOf(withProof(await p256.prove(nutsCredential, 'JsonWebSignature2020'), changes))).toBe(code)
  })

  test('JsonWebSignature2020 is over the texts of dates as they stand', async () => {
    const secured = await p256.prove(nutsCredential, 'JsonWebSignature2020')
    expect(secured['issuanceDate']).toBe('2026-11-24T10:00:00.123456789+01:00')
    expect(await codeOf({ ...secured, issuanceDate: '2026-11-24T09:00:00.123456789Z' })).toBe('proof.signature')
  })
})

describe('several proofs', () => {
  test('are all verified, in any order', async () => {
    const both = await chain(await prover.prove(credential, 'eddsa-rdfc-2022'), {}, [])
    await verify(both, { controller: prover.did })
    const [first, last] = both['proof'] as readonly JsonObject[]
    await verify({ ...both, proof: [last, first] }, { controller: prover.did })
    expect(await codeOf({ ...both, proof: [first, { ...last, proofValue: first?.['proofValue'] }] })).toBe(
      'proof.signature',
    )
  })

  test.each([['urn:uuid:p1'], [['urn:uuid:p1']]])('may be a chain: %j', async (previousProof) => {
    const first = await prover.prove(credential, 'eddsa-rdfc-2022', { members: { id: 'urn:uuid:p1' } })
    const chained = await chain(first, { previousProof }, [first['proof'] as JsonObject])
    await verify(chained)
    const [one, two] = chained['proof'] as readonly JsonObject[]
    expect(await codeOf({ ...chained, proof: [two] })).toBe('proof.chain')
    expect(await codeOf({ ...chained, proof: [one, one, two] })).toBe('proof.chain')
    expect(await codeOf({ ...chained, proof: [{ ...one, created: '2026-11-24T08:00:00Z' }, two] })).toBe(
      'proof.signature',
    )
  })

  test('may come together in one that they both build on', async () => {
    const first = await prover.prove(credential, 'eddsa-rdfc-2022', { members: { id: 'a:1' } })
    const one = first['proof'] as JsonObject
    const left = await chain(first, { id: 'a:2', previousProof: 'a:1' }, [one])
    const [, two = {}] = left['proof'] as readonly JsonObject[]
    const right = await chain(left, { id: 'a:3', previousProof: 'a:1' }, [one])
    const [, , three = {}] = right['proof'] as readonly JsonObject[]
    const members = { id: 'a:4', previousProof: ['a:2', 'a:3'] }
    await verify(await chain(right, members, [two, three]))
    expect(await codeOf(await chain(right, members, [two, one]))).toBe('proof.signature')
  })

  test('whose chain does not cover the predecessor are refused', async () => {
    const first = await prover.prove(credential, 'eddsa-rdfc-2022', { members: { id: 'urn:uuid:p1' } })
    expect(await codeOf(await chain(first, { previousProof: 'urn:uuid:p1' }, []))).toBe('proof.signature')
  })

  test('that go round in a circle are refused', async () => {
    const { proof, ...rest } = await prover.prove(credential, 'eddsa-rdfc-2022')
    const turn = (id: string, previousProof: string): JsonObject => ({ ...(proof as JsonObject), id, previousProof })
    for (const proofs of [[turn('a:1', 'a:1')], [turn('a:1', 'a:2'), turn('a:2', 'a:1')]]) {
      expect(await codeOf({ ...rest, proof: proofs })).toBe('proof.chain')
    }
  })
})

function header(value: JsonObject): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
