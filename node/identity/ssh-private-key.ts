import { createPrivateKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import type { NodeError } from '../kernel/errors.js'
import { randomHex } from '../kernel/random.js'
import { getSshCurve, readEd25519, readPoint, toSshPublicKey } from './ssh-public-key.js'
import { readSsh, unusable, writeSshBytes, writeSshUint32, type SshReader } from './ssh-wire.js'

/** A private key out of a file. */
export interface PrivateKeyFile {
  readonly key: KeyObject
  /** What the file says of whose it is; PEM does not. */
  readonly comment: string | undefined
}

const armour = /^\s*-----BEGIN OPENSSH PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END OPENSSH PRIVATE KEY-----\s*$/
const magic = 'openssh-key-v1\0'
const blockBytes = 8

/**
 * The private key in a file of OpenSSH or in PEM, for what `parseSshPublicKey` accepts. One that is encrypted cannot be
 * used: nobody is asked for a passphrase.
 * @throws `config.invalid` with a note that holds nothing of the file
 * @see OpenSSH PROTOCOL.key
 */
export function parsePrivateKeyFile(text: string): PrivateKeyFile {
  const base64 = armour.exec(text)?.[1]
  const file = base64 === undefined ? { key: fromPem(text), comment: undefined } : fromOpenSsh(base64)
  toSshPublicKey(file.key)
  return file
}

function fromPem(text: string): KeyObject {
  if (/^-----BEGIN ENCRYPTED|^Proc-Type: 4,ENCRYPTED/m.test(text)) throw encrypted()
  try {
    return createPrivateKey(text)
  } catch (cause) {
    throw unusable('it holds no private key in PEM or of OpenSSH', cause)
  }
}

function encrypted(): NodeError {
  return unusable('it is encrypted, and nobody is asked for a passphrase here')
}

function fromOpenSsh(base64: string): PrivateKeyFile {
  const data = Buffer.from(base64, 'base64')
  if (data.subarray(0, magic.length).toString('latin1') !== magic) throw unusable('it is no key of OpenSSH')
  const outer = readSsh(data.subarray(magic.length))
  const cipher = outer.text()
  const derivation = outer.text()
  outer.bytes()
  if (cipher !== 'none' || derivation !== 'none') throw encrypted()
  if (outer.uint32() !== 1) throw unusable('it must hold one key')
  outer.bytes()
  const inner = readSsh(outer.bytes())
  if (inner.uint32() !== inner.uint32()) throw unusable('it is damaged')
  const jwk = readPrivatePart(inner)
  const comment = inner.bytes().toString('utf8').trim()
  try {
    return { key: createPrivateKey({ key: jwk, format: 'jwk' }), comment: comment === '' ? undefined : comment }
  } catch (cause) {
    throw unusable('the key is none of its kind', cause)
  }
}

function readPrivatePart(reader: SshReader): JsonWebKey {
  const type = reader.text()
  if (type === 'ssh-rsa') return readRsa(reader)
  if (type === 'ssh-ed25519') return { ...readEd25519(reader), d: encode(reader.bytes().subarray(0, 32)) }
  const curve = getSshCurve(type)
  const point = readPoint(reader, curve)
  const number = reader.number()
  return { ...point, d: encode(Buffer.concat([Buffer.alloc(Math.max(0, curve.size - number.length)), number])) }
}

/** In the order of OpenSSH; two numbers that a JWK has and OpenSSH leaves out are made. @see RFC 7518 section 6.3.2 */
function readRsa(reader: SshReader): JsonWebKey {
  const [n, e, d] = [reader.number(), reader.number(), reader.number()]
  const [qi, p, q] = [reader.number(), reader.number(), reader.number()]
  const rest = (prime: Buffer): string => {
    const below = toBigInt(prime) - 1n
    if (below === 0n) throw unusable('the key is none of its kind')
    return encode(toBytes(toBigInt(d) % below))
  }
  return {
    kty: 'RSA',
    n: encode(n),
    e: encode(e),
    d: encode(d),
    p: encode(p),
    q: encode(q),
    dp: rest(p),
    dq: rest(q),
    qi: encode(qi),
  }
}

function toBigInt(bytes: Buffer): bigint {
  return BigInt(`0x0${bytes.toString('hex')}`)
}

function toBytes(value: bigint): Buffer {
  const hex = value.toString(16)
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex')
}

function encode(bytes: Buffer): string {
  return bytes.toString('base64url')
}

/** A private key of Ed25519 as a file of OpenSSH, with whose it is; not encrypted. @see OpenSSH PROTOCOL.key */
export function writePrivateKeyFile(key: KeyObject, comment: string): string {
  const { d = '' } = key.export({ format: 'jwk' })
  const { type, blob } = toSshPublicKey(key)
  const point = blob.subarray(blob.length - 32)
  const check = Buffer.from(randomHex(4), 'hex')
  const inner = Buffer.concat([
    check,
    check,
    writeSshBytes(type),
    writeSshBytes(point),
    writeSshBytes(Buffer.concat([Buffer.from(d, 'base64url'), point])),
    writeSshBytes(comment),
  ])
  const padding = Buffer.from(
    Array.from({ length: (blockBytes - (inner.length % blockBytes)) % blockBytes }, (_, at) => at + 1),
  )
  const data = Buffer.concat([
    Buffer.from(magic, 'latin1'),
    writeSshBytes('none'),
    writeSshBytes('none'),
    writeSshBytes(''),
    writeSshUint32(1),
    writeSshBytes(blob),
    writeSshBytes(Buffer.concat([inner, padding])),
  ])
  const lines = data.toString('base64').replace(/.{70}(?=.)/g, '$&\n')
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines}\n-----END OPENSSH PRIVATE KEY-----\n`
}
