import type { DIDDocument, DIDResolver } from 'did-resolver'

type Result = Awaited<ReturnType<DIDResolver>>

const relationships = ['assertionMethod', 'authentication', 'capabilityInvocation', 'capabilityDelegation'] as const

/** The result for a DID that is its own single key, as a JSON Web Key; its users check that the key is one they can use. */
export function singleKeyResult(
  did: string,
  keyId: string,
  publicKeyJwk: Record<string, unknown>,
  listedUnder: readonly string[] = relationships,
): Result {
  // The library's type is narrower than a JWK.
  const method = { id: keyId, type: 'JsonWebKey2020', controller: did, publicKeyJwk: publicKeyJwk as never }
  return resultOf(did, 'https://w3id.org/security/suites/jws-2020/v1', method, listedUnder)
}

/** As `singleKeyResult`, with the key as multibase. @see Controlled Identifiers 1.0 section 2.2.2 */
export function singleMultikeyResult(did: string, keyId: string, publicKeyMultibase: string): Result {
  const method = { id: keyId, type: 'Multikey', controller: did, publicKeyMultibase }
  return resultOf(did, 'https://w3id.org/security/multikey/v1', method, relationships)
}

function resultOf(
  did: string,
  context: string,
  method: NonNullable<DIDDocument['verificationMethod']>[number],
  listedUnder: readonly string[],
): Result {
  const didDocument: DIDDocument = {
    '@context': ['https://www.w3.org/ns/did/v1', context],
    id: did,
    verificationMethod: [method],
    ...Object.fromEntries(listedUnder.map((relationship) => [relationship, [method.id]])),
  }
  return { didResolutionMetadata: {}, didDocument, didDocumentMetadata: {} }
}
