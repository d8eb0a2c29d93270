import { toRfc3339, type Instant } from '../../kernel/clock.js'
import { encodeBase58 } from '../../identity/base58.js'
import type { SignatureAlgorithm } from '../../identity/public-key.js'
import { NodeError } from '../../kernel/errors.js'
import type { JsonObject } from '../credential.js'
import { algorithmOf, signedBytes, type Cryptosuite } from './data-integrity.js'
import { jws2020Type, jwsSignedBytes, signDetachedJws } from './json-web-signature.js'
import type { LinkedData } from './linked-data.js'

/** How an object can be secured. */
export type ProofKind = Cryptosuite | 'JsonWebSignature2020'

/** Who signs, with which key. */
export interface ProofSigner {
  readonly keyId: string
  readonly algorithm: SignatureAlgorithm
  readonly sign: (input: Buffer) => Promise<Buffer>
}

export interface ProofOptions {
  readonly kind: ProofKind
  readonly signer: ProofSigner
  readonly purpose: 'assertionMethod' | 'authentication'
  readonly created: Instant
  /** Further members of the proof: `domain`, `challenge`, `expires`, `nonce`. */
  readonly members?: JsonObject
  readonly linkedData: LinkedData
}

/**
 * The document with a proof; a proof that it has already is replaced. In whole seconds, which every verifier writes the
 * same. What no context defines is refused by name, because the proof would not protect it.
 * @throws `credential.context`, `proof.too_large`, `proof.unsupported` for a suite and a key that do not go together
 * @see Data Integrity 1.0 section 4.2; nuts-node v6 linked-data proofs
 */
export async function addProof(document: JsonObject, options: ProofOptions): Promise<JsonObject> {
  const { kind, signer, linkedData } = options
  const { proof: _replaced, ...unsecured } = document
  const shared = {
    proofPurpose: options.purpose,
    verificationMethod: signer.keyId,
    created: toRfc3339(options.created),
    ...options.members,
  }
  const undefinedTerms = 'refuse-and-name'
  if (kind === jws2020Type) {
    const proof = { type: kind, ...shared }
    const payload = await jwsSignedBytes({ document: unsecured, proof }, { linkedData, undefinedTerms })
    return { ...unsecured, proof: { ...proof, jws: await signDetachedJws({ ...signer, payload }) } }
  }
  if (algorithmOf(kind) !== signer.algorithm) {
    throw new NodeError('proof.unsupported', { notes: [`${kind} needs a key for ${algorithmOf(kind)}`] })
  }
  const context = kind === 'eddsa-jcs-2022' ? { '@context': unsecured['@context'] } : {}
  const proof = { ...context, type: 'DataIntegrityProof', cryptosuite: kind, ...shared }
  // The text of a JCS proof protects everything, but others read the document as linked data.
  if (kind === 'eddsa-jcs-2022') await linkedData.canonicalize(unsecured, { undefinedTerms })
  const bytes = await signedBytes(kind, { document: unsecured, proof }, { linkedData, undefinedTerms })
  return { ...unsecured, proof: { ...proof, proofValue: `z${encodeBase58(await signer.sign(bytes))}` } }
}
