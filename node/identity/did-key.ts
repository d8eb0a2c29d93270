import { ECDH } from 'node:crypto'
import type { DIDDocument, DIDResolver } from 'did-resolver'
import { NodeError } from '../kernel/errors.js'

const alphabet = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'
const maxMultibaseLength = 128

/**
 * Resolves did:key for P-256 and Ed25519 without any call out.
 * @throws `identity.did_malformed`
 * @see did:key method specification sections 3.1.1 and 3.1.2
 */
export const resolveDidKey: DIDResolver = async (did) => {
  const multibase = did.slice('did:key:'.length)
  const publicKeyJwk = multibaseToJwk(multibase)
  return singleKeyResult(did, `${did}#${multibase}`, publicKeyJwk)
}

/** The result for a DID that is its own single key. */
export function singleKeyResult(
  did: string,
  keyId: string,
  publicKeyJwk: Record<string, unknown>,
): Awaited<ReturnType<DIDResolver>> {
  const document: DIDDocument = {
    '@context': ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/suites/jws-2020/v1'],
    id: did,
    // The key is checked when it is imported; the library's type is narrower than a JWK.
    verificationMethod: [{ id: keyId, type: 'JsonWebKey2020', controller: did, publicKeyJwk: publicKeyJwk as never }],
    assertionMethod: [keyId],
    authentication: [keyId],
  }
  return { didResolutionMetadata: {}, didDocument: document, didDocumentMetadata: {} }
}

function multibaseToJwk(multibase: string): Record<string, unknown> {
  const bytes = decodeBase58(multibase)
  if (bytes[0] === 0xed && bytes[1] === 0x01 && bytes.length === 34) {
    return { kty: 'OKP', crv: 'Ed25519', x: bytes.subarray(2).toString('base64url') }
  }
  if (bytes[0] === 0x80 && bytes[1] === 0x24 && bytes.length === 35) {
    const point = uncompressed(bytes.subarray(2))
    const [x, y] = [point.subarray(1, 33), point.subarray(33)]
    return { kty: 'EC', crv: 'P-256', x: x.toString('base64url'), y: y.toString('base64url') }
  }
  throw new NodeError('identity.did_malformed', { detail: 'did:key of a kind that is not supported' })
}

function uncompressed(compressed: Buffer): Buffer {
  try {
    const point = ECDH.convertKey(compressed, 'prime256v1', undefined, undefined, 'uncompressed')
    return typeof point === 'string' ? Buffer.from(point, 'latin1') : point
  } catch (cause) {
    throw new NodeError('identity.did_malformed', { cause, detail: 'did:key does not hold a point of the curve' })
  }
}

/** Multibase `z`: base58btc. */
function decodeBase58(multibase: string): Buffer {
  const digits = multibase.slice(1)
  if (!multibase.startsWith('z') || digits === '' || multibase.length > maxMultibaseLength) {
    throw new NodeError('identity.did_malformed', { detail: 'did:key is not base58btc' })
  }
  let value = 0n
  for (const digit of digits) {
    const index = alphabet.indexOf(digit)
    if (index < 0) throw new NodeError('identity.did_malformed', { detail: 'did:key is not base58btc' })
    value = value * 58n + BigInt(index)
  }
  const hex = value.toString(16)
  const body = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')
  const zeros = /^1*/.exec(digits)?.[0].length ?? 0
  return Buffer.concat([Buffer.alloc(zeros), value === 0n ? Buffer.alloc(0) : body])
}
