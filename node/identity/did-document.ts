import { z } from 'zod'
import type { Instant } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import { publicKeyOfMultibase } from './multikey.js'
import { importJwk, type JwkMembers, type PublicKey } from './public-key.js'
import { didDocumentSchema, type DidDocumentData, type VerificationMethodData } from '../../schemas/did-document.js'

const readDocument = z.compile(didDocumentSchema)

/** What a key of a DID document may be used for. */
export type Relationship = 'assertionMethod' | 'authentication'

/** A key of a DID document, imported once. */
export interface VerificationKey extends PublicKey {
  readonly keyId: string
  /** What its certificate allows, when it has one: what it signs lies within. */
  readonly validity?: { readonly from: Instant; readonly until: Instant }
}

/** What each relationship of a document lists. */
type ByRelationship<T> = Readonly<Record<Relationship, T>>

/** A key of a document as it stands there: nobody imported it yet, and it may be none. */
export interface ListedKey {
  readonly keyId: string
  readonly jwk: JwkMembers
}

/** A DID document with its keys. */
export interface ResolvedDid {
  readonly did: string
  readonly document: DidDocumentData
  /** In the order of the document; of two with one id the first that can be imported counts. */
  readonly listed: ByRelationship<readonly ListedKey[]>
  /** Those that can be used, by absolute id. Imported at the first look. Keys of kinds that we do not verify are left out. */
  readonly keys: ByRelationship<ReadonlyMap<string, VerificationKey>>
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
 * Finds the keys of a document, and imports them when somebody looks at `keys`: that costs as much as a signature check, and
 * who reads in bulk has it done elsewhere. A key counts only when its id belongs to the DID, the DID itself controls it, and
 * it is listed under the relationship: by reference, or embedded and then for that relationship only.
 * @see DID Core section 5.3
 */
export function importKeys(document: DidDocumentData): ResolvedDid {
  const { id: did } = document
  const methods = document.verificationMethod.flatMap((method) => listMethod(method, did))
  const list = (relationship: Relationship): readonly ListedKey[] =>
    document[relationship].flatMap((entry) => {
      if (typeof entry !== 'string') return listMethod(entry, did)
      const named = absoluteId(entry, did)
      return methods.filter(({ keyId }) => keyId === named)
    })
  const listed = { assertionMethod: list('assertionMethod'), authentication: list('authentication') }
  let keys: ResolvedDid['keys'] | undefined
  return {
    did,
    document,
    listed,
    get keys() {
      return (keys ??= importListed(listed))
    },
  }
}

function importListed(listed: ResolvedDid['listed']): ResolvedDid['keys'] {
  // One that is listed twice is imported once, and is one key.
  const known = new Map<ListedKey, VerificationKey | undefined>()
  const importOne = (entry: ListedKey): VerificationKey | undefined => {
    if (known.has(entry)) return known.get(entry)
    const imported = importJwk(entry.jwk)
    const key = imported === undefined ? undefined : { keyId: entry.keyId, ...imported }
    known.set(entry, key)
    return key
  }
  const select = (entries: readonly ListedKey[]): ReadonlyMap<string, VerificationKey> => {
    const byId = new Map<string, VerificationKey>()
    for (const entry of entries) {
      const key = byId.has(entry.keyId) ? undefined : importOne(entry)
      if (key !== undefined) byId.set(entry.keyId, key)
    }
    return byId
  }
  return { assertionMethod: select(listed.assertionMethod), authentication: select(listed.authentication) }
}

function absoluteId(id: string, did: string): string {
  return id.startsWith('#') ? `${did}${id}` : id
}

/** The key of a method; none when it is of somebody else, or in no form that could be one. */
function listMethod(method: VerificationMethodData, did: string): readonly ListedKey[] {
  const keyId = absoluteId(method.id, did)
  if (method.controller !== did || !keyId.startsWith(`${did}#`)) return []
  const jwk = jwkOf(method)
  return jwk === undefined ? [] : [{ keyId, jwk }]
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
