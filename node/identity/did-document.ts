import { createPublicKey, type KeyObject } from 'node:crypto'
import { NodeError } from '../kernel/errors.js'
import { didDocumentSchema, type DidDocumentData, type VerificationMethodData } from '../../schemas/did-document.js'

/** Signature algorithms of the node, a closed list. @see RFC 7518 section 3.4, RFC 8037 */
export const signatureAlgorithms = ['ES256', 'EdDSA'] as const
export type SignatureAlgorithm = (typeof signatureAlgorithms)[number]

/** What a key of a DID document may be used for. */
export type Relationship = 'assertionMethod' | 'authentication'

/** A public key, imported once, with the only algorithm that it serves. */
export interface VerificationKey {
  readonly keyId: string
  readonly algorithm: SignatureAlgorithm
  readonly key: KeyObject
}

/** A DID document with its usable keys imported. */
export interface ResolvedDid {
  readonly did: string
  readonly document: DidDocumentData
  /** Per relationship the keys by absolute id. Keys of kinds that we do not verify are left out. */
  readonly keys: Readonly<Record<Relationship, ReadonlyMap<string, VerificationKey>>>
}

/** @throws `identity.did_unresolvable` when `value` is not a DID document */
export function parseDidDocument(value: unknown): DidDocumentData {
  const parsed = didDocumentSchema.safeParse(value)
  if (!parsed.success) throw new NodeError('identity.did_unresolvable', { detail: 'not a DID document' })
  return parsed.data
}

/**
 * Imports the keys of a document. A key counts only when it is controlled by the DID itself and listed under the
 * relationship, by reference or embedded.
 * @see DID Core section 5.3
 */
export function importKeys(document: DidDocumentData): ResolvedDid {
  const methods = new Map<string, VerificationKey>()
  const add = (method: VerificationMethodData): string | undefined => {
    const keyId = absoluteId(method.id, document.id)
    const key = method.controller === document.id ? importKey(keyId, method) : undefined
    if (key === undefined) return undefined
    methods.set(keyId, key)
    return keyId
  }
  document.verificationMethod.forEach(add)
  const select = (relationship: Relationship): ReadonlyMap<string, VerificationKey> => {
    const selected = new Map<string, VerificationKey>()
    for (const entry of document[relationship]) {
      const keyId = typeof entry === 'string' ? absoluteId(entry, document.id) : add(entry)
      const key = keyId === undefined ? undefined : methods.get(keyId)
      if (key !== undefined) selected.set(key.keyId, key)
    }
    return selected
  }
  return {
    did: document.id,
    document,
    keys: { assertionMethod: select('assertionMethod'), authentication: select('authentication') },
  }
}

function absoluteId(id: string, did: string): string {
  return id.startsWith('#') ? `${did}${id}` : id
}

function importKey(keyId: string, method: VerificationMethodData): VerificationKey | undefined {
  const jwk = method.publicKeyJwk
  if (jwk === undefined || 'd' in jwk) return undefined
  const { kty, crv, x, y } = jwk
  try {
    if (kty === 'EC' && crv === 'P-256' && y !== undefined) {
      return { keyId, algorithm: 'ES256', key: createPublicKey({ key: { kty, crv, x, y }, format: 'jwk' }) }
    }
    if (kty === 'OKP' && crv === 'Ed25519') {
      return { keyId, algorithm: 'EdDSA', key: createPublicKey({ key: { kty, crv, x }, format: 'jwk' }) }
    }
  } catch {
    // Not a point on the curve: the same as a key that is not there.
  }
  return undefined
}
