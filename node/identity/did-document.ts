import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import { z } from 'zod'
import type { Instant } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import { publicKeyOfMultibase } from './multikey.js'
import { didDocumentSchema, type DidDocumentData, type VerificationMethodData } from '../../schemas/did-document.js'

/** Signature algorithms of the node, a closed list. @see RFC 7518 section 3.4, RFC 8037 */
export const signatureAlgorithms = ['ES256', 'EdDSA'] as const
export type SignatureAlgorithm = (typeof signatureAlgorithms)[number]

/**
 * Algorithms under which JWTs of others are verified: certificates of the field hold RSA keys. Not RS256, of which the
 * padding is predictable.
 * @see RFC 7518 section 3.5; FAPI 2.0 Security Profile section 5.4
 */
export const verifiedAlgorithms = [...signatureAlgorithms, 'PS256', 'PS384', 'PS512'] as const
export type VerifiedAlgorithm = (typeof verifiedAlgorithms)[number]

const readDocument = z.compile(didDocumentSchema)
const leastModulusBits = 2048
/** Verifying takes longer with every bit. */
const mostModulusBits = 8192

/** What a key of a DID document may be used for. */
export type Relationship = 'assertionMethod' | 'authentication'

/** A public key, imported once. */
export interface VerificationKey {
  readonly keyId: string
  /** The only algorithm that it serves; an RSA key is a `PS256` and serves `PS384` and `PS512` too. */
  readonly algorithm: SignatureAlgorithm | 'PS256'
  readonly key: KeyObject
  /** What its certificate allows, when it has one: what it signs lies within. */
  readonly validity?: { readonly from: Instant; readonly until: Instant }
}

/** A DID document with its usable keys imported. */
export interface ResolvedDid {
  readonly did: string
  readonly document: DidDocumentData
  /** Per relationship the keys by absolute id. Keys of kinds that we do not verify are left out. */
  readonly keys: Readonly<Record<Relationship, ReadonlyMap<string, VerificationKey>>>
}

/** The refusal of a document that was found and is no good; the code of its cause says so. */
export function badDocument(detail: string): NodeError {
  const cause = new NodeError('identity.did_document_invalid')
  return new NodeError('identity.did_unresolvable', { cause, detail })
}

/** @throws `identity.did_unresolvable` when `value` is not a DID document */
export function parseDidDocument(value: unknown): DidDocumentData {
  const parsed = readDocument.safeParse(value)
  if (!parsed.success) throw badDocument('not a DID document')
  return parsed.data
}

/**
 * Imports the keys of a document. A key counts only when its id belongs to the DID, the DID itself controls it, and it is
 * listed under the relationship: by reference, or embedded and then for that relationship only. Of two keys with one id
 * the first counts.
 * @see DID Core section 5.3
 */
export function importKeys(document: DidDocumentData): ResolvedDid {
  const { id: did } = document
  const methods = firstById(document.verificationMethod.map((method) => importMethod(method, did)))
  const select = (relationship: Relationship): ReadonlyMap<string, VerificationKey> =>
    firstById(
      document[relationship].map((entry) =>
        typeof entry === 'string' ? methods.get(absoluteId(entry, did)) : importMethod(entry, did),
      ),
    )
  return {
    did,
    document,
    keys: { assertionMethod: select('assertionMethod'), authentication: select('authentication') },
  }
}

function absoluteId(id: string, did: string): string {
  return id.startsWith('#') ? `${did}${id}` : id
}

function firstById(keys: readonly (VerificationKey | undefined)[]): ReadonlyMap<string, VerificationKey> {
  const byId = new Map<string, VerificationKey>()
  for (const key of keys) if (key !== undefined && !byId.has(key.keyId)) byId.set(key.keyId, key)
  return byId
}

function importMethod(method: VerificationMethodData, did: string): VerificationKey | undefined {
  const keyId = absoluteId(method.id, did)
  if (method.controller !== did || !keyId.startsWith(`${did}#`)) return undefined
  const jwk = jwkOf(method)
  const imported = jwk === undefined ? undefined : importJwk(jwk)
  return imported === undefined ? undefined : { keyId, ...imported }
}

/** The public key that a JWK says, or `undefined` when it is of a kind that the node does not verify. */
export function importJwk({ kty, crv, x, y, n, e }: JwkMembers): Omit<VerificationKey, 'keyId'> | undefined {
  try {
    if (kty === 'EC' && crv === 'P-256' && x !== undefined && y !== undefined) {
      return { algorithm: 'ES256', key: createPublicKey({ key: { kty, crv, x, y }, format: 'jwk' }) }
    }
    if (kty === 'OKP' && crv === 'Ed25519' && x !== undefined) {
      return { algorithm: 'EdDSA', key: createPublicKey({ key: { kty, crv, x }, format: 'jwk' }) }
    }
    if (kty === 'RSA' && n !== undefined && e !== undefined) return importRsa({ kty, n, e })
  } catch {
    // Not a point on the curve, or no numbers: the same as a key that is not there.
  }
  return undefined
}

function importRsa(jwk: JsonWebKey): Omit<VerificationKey, 'keyId'> | undefined {
  const key = createPublicKey({ key: jwk, format: 'jwk' })
  const bits = key.asymmetricKeyDetails?.modulusLength
  if (bits === undefined || bits < leastModulusBits || bits > mostModulusBits) return undefined
  return { algorithm: 'PS256', key }
}

/**
 * The public key of a method, in the one form that it has: two forms could name two keys.
 * @see DID Core section 5.2.1: "MUST NOT contain multiple verification material properties"
 */
function jwkOf({ type, publicKeyJwk, publicKeyMultibase }: VerificationMethodData): JwkMembers | undefined {
  if (publicKeyMultibase === undefined)
    return publicKeyJwk === undefined || 'd' in publicKeyJwk ? undefined : publicKeyJwk
  if (publicKeyJwk !== undefined) return undefined
  const publicKey = publicKeyOfMultibase(publicKeyMultibase)
  return type === 'Multikey' || (type === 'Ed25519VerificationKey2020' && publicKey?.kty === 'OKP')
    ? publicKey
    : undefined
}

interface JwkMembers {
  readonly kty: string
  readonly crv?: string | undefined
  readonly x?: string | undefined
  readonly y?: string | undefined
  readonly n?: string | undefined
  readonly e?: string | undefined
}
