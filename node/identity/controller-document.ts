import { publicKeySchema } from '../../schemas/jwk.js'
import type { Relationship, ResolvedDid, VerificationKey } from './did-document.js'
import { multibaseOf } from './multikey.js'

/** A verification method with its key as multibase. */
export interface Multikey {
  readonly id: string
  readonly type: 'Multikey'
  readonly controller: string
  readonly publicKeyMultibase: string
}

/** Who controls which key for what, in one fixed form. @see Controlled Identifiers 1.0 section 2 */
export interface ControllerDocument extends Readonly<Record<Relationship, readonly string[]>> {
  readonly '@context': readonly string[]
  readonly id: string
  readonly verificationMethod: readonly Multikey[]
}

/**
 * The usable keys of a DID in the form that Data Integrity libraries read, whatever form its own document has. Its first
 * context is that of DID Core, so that no JSON-LD of others is processed to find a key.
 */
export function controllerDocumentOf({ did, keys }: ResolvedDid): ControllerDocument {
  const methods = new Map(
    [...keys.assertionMethod.values(), ...keys.authentication.values()].flatMap((key) => {
      const method = multikeyOf(key, did)
      return method === undefined ? [] : [[method.id, method] as const]
    }),
  )
  const idsOf = (relationship: Relationship): readonly string[] =>
    [...keys[relationship].keys()].filter((keyId) => methods.has(keyId))
  return {
    '@context': ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/multikey/v1'],
    id: did,
    verificationMethod: [...methods.values()],
    assertionMethod: idsOf('assertionMethod'),
    authentication: idsOf('authentication'),
  }
}

/** `undefined` for a key of a kind without such a form here. */
function multikeyOf({ keyId, key }: VerificationKey, did: string): Multikey | undefined {
  const publicKey = publicKeySchema.safeParse(key.export({ format: 'jwk' }))
  if (!publicKey.success) return undefined
  return { id: keyId, type: 'Multikey', controller: did, publicKeyMultibase: multibaseOf(publicKey.data) }
}
