import { constants, verify, type KeyObject, type SigningOptions } from 'node:crypto'
import type { AlgorithmIdentifier } from '@peculiar/asn1-x509'

/** How a certificate or a revocation list is signed, where that is strong enough. */
export interface X509SignatureWay {
  readonly digest: string | null
  readonly using: SigningOptions
  /** Types of keys that sign so. */
  readonly keyTypes: readonly string[]
}

const byAlgorithm: Readonly<Record<string, X509SignatureWay>> = {
  '1.2.840.10045.4.3.2': { digest: 'sha256', using: {}, keyTypes: ['ec'] },
  '1.2.840.10045.4.3.3': { digest: 'sha384', using: {}, keyTypes: ['ec'] },
  '1.2.840.10045.4.3.4': { digest: 'sha512', using: {}, keyTypes: ['ec'] },
  '1.2.840.113549.1.1.11': { digest: 'sha256', using: {}, keyTypes: ['rsa'] },
  '1.2.840.113549.1.1.12': { digest: 'sha384', using: {}, keyTypes: ['rsa'] },
  '1.2.840.113549.1.1.13': { digest: 'sha512', using: {}, keyTypes: ['rsa'] },
  '1.3.101.112': { digest: null, using: {}, keyTypes: ['ed25519'] },
}
const rsaPss = '1.2.840.113549.1.1.10'

/** SHA-2 by the last byte of its object identifier and the bytes that it gives. */
const sha2 = [
  ['sha256', 1, 32],
  ['sha384', 2, 48],
  ['sha512', 3, 64],
] as const

/**
 * ECDSA and RSA with SHA-2, Ed25519, and RSA-PSS with SHA-2, a mask by the same digest and a salt that is as long or longer;
 * `undefined` for all else. What parameters leave out is SHA-1, so RSA-PSS without them is weak.
 * @see RFC 5280 section 4.1.1.2; RFC 4055 section 3.1; RFC 8410
 */
export function findSignatureWay({ algorithm, parameters }: AlgorithmIdentifier): X509SignatureWay | undefined {
  if (algorithm === rsaPss) return findPssWay(Buffer.from(parameters ?? new ArrayBuffer(0)))
  return Object.hasOwn(byAlgorithm, algorithm) ? byAlgorithm[algorithm] : undefined
}

/** Whether `signature` over `bytes` was made in this way by this key, and is good. */
export function isSignedWith(key: KeyObject, way: X509SignatureWay, bytes: Buffer, signature: Buffer): boolean {
  return (
    way.keyTypes.some((type) => type === key.asymmetricKeyType) &&
    verify(way.digest, bytes, { key, ...way.using }, signature)
  )
}

/** Finds the parameters by writing each that is accepted: what is written otherwise is not known. */
function findPssWay(parameters: Buffer): X509SignatureWay | undefined {
  const saltLength = saltLengthOf(parameters)
  const found = sha2.find(([, id, bytes]) => {
    if (saltLength < bytes) return false
    // Both may leave the NULL out that a digest has for parameters. @see RFC 4055 section 2.1
    const digests = [writeDigest(id, Buffer.of(5, 0)), writeDigest(id, Buffer.alloc(0))]
    return digests.some((digest) =>
      digests.some((ofMask) => writeParameters(digest, ofMask, saltLength).equals(parameters)),
    )
  })
  if (found === undefined) return undefined
  const using = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }
  return { digest: found[0], using, keyTypes: ['rsa', 'rsa-pss'] }
}

/** What the last member says, an integer of one or two bytes; 0 for all else. */
function saltLengthOf(parameters: Buffer): number {
  const [, byte, twoBytes] =
    /(?:a2030201([0-7].)|a2040202(00[89a-f].|[0-7]...))$/.exec(parameters.toString('hex')) ?? []
  return Number.parseInt(byte ?? twoBytes ?? '0', 16)
}

function writeParameters(digest: Buffer, ofMask: Buffer, saltLength: number): Buffer {
  const mask = writeDer(0x30, Buffer.from('06092a864886f70d010108', 'hex'), ofMask)
  const salt = saltLength < 0x80 ? Buffer.of(2, 1, saltLength) : Buffer.of(2, 2, saltLength >> 8, saltLength & 0xff)
  return writeDer(0x30, writeDer(0xa0, digest), writeDer(0xa1, mask), writeDer(0xa2, salt))
}

function writeDigest(id: number, parameters: Buffer): Buffer {
  return writeDer(0x30, Buffer.from('06096086480165030402', 'hex'), Buffer.of(id), parameters)
}

/** All that is written here is shorter than 128 bytes. */
function writeDer(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  return Buffer.concat([Buffer.of(tag, content.length), content])
}
