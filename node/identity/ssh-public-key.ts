import { createHash, createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import { thumbprintOf } from '../kernel/jwk-thumbprint.js'
import { modulusBits } from './public-key.js'
import { readSsh, unusable, writeSshBytes, writeSshNumber, type SshReader } from './ssh-wire.js'

const maxBlobBytes = 4096

/** A public key as SSH writes it. */
export interface SshPublicKey {
  /** Such as `ssh-ed25519`. */
  readonly type: string
  readonly key: KeyObject
  /** The bytes that stand for it in base64. */
  readonly blob: Buffer
}

/** A curve by the type of its keys and its name in SSH, its name in a JWK, and the length of a coordinate in bytes. */
interface SshCurve {
  readonly type: string
  readonly name: string
  readonly crv: string
  readonly size: number
}

const curves: readonly SshCurve[] = [
  { type: 'ecdsa-sha2-nistp256', name: 'nistp256', crv: 'P-256', size: 32 },
  { type: 'ecdsa-sha2-nistp384', name: 'nistp384', crv: 'P-384', size: 48 },
  { type: 'ecdsa-sha2-nistp521', name: 'nistp521', crv: 'P-521', size: 66 },
]

/**
 * The public key of a type, such as `ssh-ed25519`, and its base64. Keys of Ed25519, of the curves P-256, P-384 and P-521,
 * and RSA keys of 2048 to 8192 bits are usable, as in nuts-node v6; keys on a hardware token sign something else.
 * @throws `config.invalid` with a note
 * @see RFC 4253 section 6.6; RFC 5656 section 3.1; RFC 8709 section 4
 */
export function parseSshPublicKey(type: string, base64: string): SshPublicKey {
  const blob = Buffer.from(base64, 'base64')
  if (blob.length > maxBlobBytes || blob.toString('base64') !== base64) throw unusable('the key is not base64')
  const reader = readSsh(blob)
  if (reader.text() !== type) throw unusable('the key is of another type than it says')
  const jwk = readPublicPart(reader, type)
  if (reader.rest().length > 0) throw unusable('something stands behind the key')
  return { type, key: importPublic(jwk), blob }
}

function importPublic(jwk: JsonWebKey): KeyObject {
  let key: KeyObject
  try {
    key = createPublicKey({ key: jwk, format: 'jwk' })
  } catch (cause) {
    throw unusable('the key is none of its kind', cause)
  }
  const bits = key.asymmetricKeyDetails?.modulusLength
  if (bits !== undefined && (bits < modulusBits.least || bits > modulusBits.most))
    throw unusable(`an RSA key must have ${modulusBits.least} to ${modulusBits.most} bits`)
  return key
}

function readPublicPart(reader: SshReader, type: string): JsonWebKey {
  if (type === 'ssh-ed25519') return readEd25519(reader)
  if (type === 'ssh-rsa') return { kty: 'RSA', e: encode(reader.number()), n: encode(reader.number()) }
  return readPoint(reader, getSshCurve(type))
}

/** The public part of a key of Ed25519, with or without a private one behind it. */
export function readEd25519(reader: SshReader): JsonWebKey {
  return { kty: 'OKP', crv: 'Ed25519', x: encode(reader.bytes()) }
}

/** The curve of a type of keys. @throws `config.invalid` for a type that is not accepted */
export function getSshCurve(type: string): SshCurve {
  return curves.find((curve) => curve.type === type) ?? refuseType()
}

/**
 * The public part of a key on a curve, with or without a private one behind it. Does not check that the point is on it.
 * @throws `config.invalid` with a note
 */
export function readPoint(reader: SshReader, { name, crv, size }: SshCurve): JsonWebKey {
  if (reader.text() !== name) throw unusable('the key is on another curve than it says')
  const point = reader.bytes()
  if (point.length !== 1 + 2 * size || point[0] !== 4) throw unusable('the point of the key is malformed')
  return { kty: 'EC', crv, x: encode(point.subarray(1, 1 + size)), y: encode(point.subarray(1 + size)) }
}

/** The public key as SSH writes it, also of a private key. @throws `config.invalid` for a kind that is not accepted */
export function toSshPublicKey(key: KeyObject): SshPublicKey {
  const publicKey = key.type === 'public' ? key : createPublicKey(key)
  const [type, ...parts] = partsOf(publicKey.export({ format: 'jwk' }))
  const blob = Buffer.concat([writeSshBytes(type), ...parts])
  return parseSshPublicKey(type, blob.toString('base64'))
}

function partsOf({ kty, crv, x = '', y = '', n = '', e = '' }: JsonWebKey): readonly [string, ...Buffer[]] {
  if (kty === 'RSA') return ['ssh-rsa', writeSshNumber(decode(e)), writeSshNumber(decode(n))]
  if (kty === 'OKP' && crv === 'Ed25519') return ['ssh-ed25519', writeSshBytes(decode(x))]
  const { type, name } = curves.find((curve) => curve.crv === crv) ?? refuseType()
  const point = Buffer.concat([Buffer.of(4), decode(x), decode(y)])
  return [type, writeSshBytes(name), writeSshBytes(point)]
}

/** How SSH names a key: `SHA256:` and the digest of its bytes in base64 without padding. */
export function sshFingerprint({ blob }: SshPublicKey): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`
}

/** How JOSE names it. */
export function jwkThumbprint({ key }: Pick<SshPublicKey, 'key'>): string {
  const { kty = '', ...members } = key.export({ format: 'jwk' })
  return thumbprintOf({ kty, ...members })
}

function refuseType(): never {
  throw unusable('keys of this type are not accepted')
}

function encode(bytes: Buffer): string {
  return bytes.toString('base64url')
}

function decode(text: string): Buffer {
  return Buffer.from(text, 'base64url')
}
