import { createCipheriv, createDecipheriv, scrypt } from 'node:crypto'
import { inspect } from 'node:util'
import { NodeError } from './errors.js'
import { randomHex } from './random.js'

/**
 * A text that must not be seen: passphrase, client secret, connection string.
 *
 * Prints, inspects and serialises as `secret:***`; `reveal` is the only way to the text, so that every use can be found.
 */
export class Secret {
  readonly #text: string

  private constructor(text: string) {
    this.#text = text
  }

  /** Hides `text`. The caller drops its own copy. */
  static of(text: string): Secret {
    return new Secret(text)
  }

  /** True for a real `Secret`, whatever the type says: a cast can lie. */
  static is(value: unknown): value is Secret {
    return typeof value === 'object' && value !== null && #text in value
  }

  /** The text. Never put it in a log, an error or an answer. */
  reveal(): string {
    return this.#text
  }

  toString(): string {
    return 'secret:***'
  }

  toJSON(): string {
    return 'secret:***'
  }

  [inspect.custom](): string {
    return 'secret:***'
  }
}

const version = 1
const keyBytes = 32
const nonceBytes = 12
const tagBytes = 16
const headerBytes = 1 + nonceBytes
const minSaltBytes = 16

/**
 * Returns `plain` encrypted and sealed: version (1 byte), nonce (12), ciphertext, tag (16).
 *
 * `context` says what the bytes are and where they belong, such as `key:<party>:<key id>`; only the same context opens
 * them, so a sealed value cannot be moved to another place. It is not stored. The nonce is random: use one key for at
 * most 2^32 seals.
 * @param key 32 bytes, for example from `deriveKey`
 * @throws `internal.fault` when the key is not 32 bytes
 * @see NIST SP 800-38D sections 8.2.2 and 8.3
 */
export function seal(plain: Buffer, key: Buffer, context: string): Buffer {
  checkKey(key)
  const nonce = Buffer.from(randomHex(nonceBytes), 'hex')
  const header = Buffer.concat([Buffer.of(version), nonce])
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes })
  cipher.setAAD(additionalData(context))
  return Buffer.concat([header, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

/**
 * Returns what was sealed with this key and context.
 *
 * Does not tell a wrong key from another context or changed bytes: the seal cannot tell them apart either.
 * @throws `store.damaged` when it does not open
 * @throws `internal.fault` when the key is not 32 bytes
 */
export function open(sealed: Buffer, key: Buffer, context: string): Buffer {
  checkKey(key)
  if (sealed.length < headerBytes + tagBytes || sealed[0] !== version) {
    throw new NodeError('store.damaged', { detail: 'sealed bytes are cut short or of an unknown version' })
  }
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(1, headerBytes), { authTagLength: tagBytes })
  decipher.setAAD(additionalData(context))
  decipher.setAuthTag(sealed.subarray(-tagBytes))
  const opened = decipher.update(sealed.subarray(headerBytes, -tagBytes))
  try {
    return Buffer.concat([opened, decipher.final()])
  } catch (cause) {
    throw new NodeError('store.damaged', {
      detail: 'sealed bytes do not open: other key, other context, or changed',
      cause,
    })
  }
}

/**
 * Returns the 32-byte key that belongs to the passphrase and salt. Takes about 0.1 s and 32 MiB, off the main thread.
 *
 * Does not judge the passphrase. The salt is not secret and is kept beside what the key seals.
 * @param salt at least 16 random bytes, of its own for each passphrase
 * @throws `internal.fault` when the salt is too short
 * @see RFC 7914 section 2: N = 2^15, r = 8, p = 1
 */
export async function deriveKey(passphrase: Secret, salt: Buffer): Promise<Buffer> {
  if (salt.length < minSaltBytes) throw new NodeError('internal.fault', { detail: `salt under ${minSaltBytes} bytes` })
  // scrypt needs 128 * N * r = 32 MiB and a little more; Node's own limit is exactly 32 MiB.
  const cost = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 }
  return new Promise((resolve, reject) => {
    scrypt(passphrase.reveal(), salt, keyBytes, cost, (error, key) => {
      if (error === null) resolve(key)
      else reject(error)
    })
  })
}

function checkKey(key: Buffer): void {
  if (key.length !== keyBytes) throw new NodeError('internal.fault', { detail: `key is not ${keyBytes} bytes` })
}

/** The version is covered too, so that a later format cannot be passed off as this one. */
function additionalData(context: string): Buffer {
  return Buffer.concat([Buffer.of(version), Buffer.from(context, 'utf8')])
}
