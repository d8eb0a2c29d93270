import { generateKeyPairSync, sign } from 'node:crypto'
import type { JsonObject } from '../../node/credentials/credential.js'
import {
  addProof,
  type ProofKind,
  type ProofOptions,
  type ProofSigner,
} from '../../node/credentials/proofs/add-proof.js'
import { createLinkedData } from '../../node/credentials/proofs/linked-data.js'
import { createVerifyProofs, type VerifyProofs } from '../../node/credentials/proofs/verify-proofs.js'
import type { SignatureAlgorithm } from '../../node/identity/public-key.js'
import { resolveDidJwk } from '../../node/identity/did-jwk.js'
import { resolveDidKey } from '../../node/identity/did-key.js'
import { multibaseOf } from '../../node/identity/multikey.js'
import { createDidResolver, type DidResolver } from '../../node/identity/resolve-did.js'
import { createFixedClock, type MovableClock } from '../../node/kernel/clock.js'
import { publicKeySchema } from '../../schemas/jwk.js'
import { testStart } from './credentials.js'

export const linkedData = createLinkedData({ examples: false })

/** Somebody with a did:key or did:jwk who can put a proof under anything. */
export interface TestProver {
  readonly did: string
  readonly signer: ProofSigner
  prove(document: JsonObject, kind: ProofKind, options?: Partial<ProofOptions>): Promise<JsonObject>
}

export function createTestProver(algorithm: SignatureAlgorithm = 'EdDSA', method: 'key' | 'jwk' = 'key'): TestProver {
  const { privateKey, publicKey } =
    algorithm === 'EdDSA' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { kty, crv, x, y } = publicKey.export({ format: 'jwk' })
  const jwk = publicKeySchema.parse(kty === 'OKP' ? { kty, crv, x } : { kty, crv, x, y })
  const id = method === 'key' ? multibaseOf(jwk) : Buffer.from(JSON.stringify(jwk)).toString('base64url')
  const did = `did:${method}:${id}`
  const signer: ProofSigner = {
    keyId: `${did}#${method === 'key' ? id : '0'}`,
    algorithm,
    sign: async (input) =>
      algorithm === 'EdDSA'
        ? sign(null, input, privateKey)
        : sign('sha256', input, { key: privateKey, dsaEncoding: 'ieee-p1363' }),
  }
  return {
    did,
    signer,
    prove: (document, kind, options = {}) =>
      addProof(document, { kind, signer, purpose: 'assertionMethod', created: testStart, linkedData, ...options }),
  }
}

/** A verifier of proofs that resolves did:key and did:jwk, at a clock that stands still. */
export function createTestProofVerifier(): {
  readonly clock: MovableClock
  readonly resolver: DidResolver
  readonly verifyProofs: VerifyProofs
} {
  const clock = createFixedClock(testStart)
  const methods = { key: resolveDidKey, jwk: resolveDidJwk }
  const resolver = createDidResolver({ clock, methods, own: async () => undefined })
  return { clock, resolver, verifyProofs: createVerifyProofs({ clock, resolver, linkedData }) }
}

/** A credential of data model 2.0 about nobody in particular, whose terms its contexts define. */
export function plainCredential(issuer: string, changes: JsonObject = {}): JsonObject {
  return {
    '@context': ['https://www.w3.org/ns/credentials/v2'],
    id: 'urn:uuid:2d0c0d1e-7d0f-4f6e-9d5e-0b7a2d0b2c11',
    type: ['VerifiableCredential'],
    issuer,
    validFrom: '2026-11-24T09:00:00Z',
    credentialSubject: { id: 'did:web:node.example', name: 'Zorgkantoor Noord' },
    ...changes,
  }
}
