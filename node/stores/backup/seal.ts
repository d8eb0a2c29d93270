import { createCipheriv, createDecipheriv, scrypt } from 'node:crypto'
import { NodeError } from '../../kernel/errors.js'
import { randomHex } from '../../kernel/random.js'
import type { Secret } from '../../kernel/secret.js'

/** The first bytes of a sealed file; behind them 16 bytes of salt. */
const magic = Buffer.from('bronnet-sealed-1')
const saltBytes = 16
const tagBytes = 16
const chunkBytes = 64 * 1024
const algorithm = 'aes-256-gcm'
/** About a third of a second and 128 MiB: for whoever guesses passphrases too. */
const cost = { N: 2 ** 17, r: 8, p: 1, maxmem: 256 * 1024 * 1024 }

/** Whether a file that begins so was sealed. */
export function isSealed(beginning: Buffer): boolean {
  return beginning.subarray(0, magic.length).equals(magic)
}

/**
 * Encrypts under a passphrase: chunks of 64 KiB with AES-256-GCM, under a key that scrypt makes from the passphrase and a
 * salt of this file alone. The nonce of a chunk is its number and whether it is the last, so that nothing can be left
 * out, moved or cut off.
 */
export async function* seal(parts: AsyncIterable<Buffer>, passphrase: Secret): AsyncGenerator<Buffer> {
  const head = Buffer.concat([magic, Buffer.from(randomHex(saltBytes), 'hex')])
  const key = await deriveKey(passphrase, head)
  yield head
  let number = 0
  for await (const { chunk, isLast } of chunksOf(parts, chunkBytes)) {
    const cipher = createCipheriv(algorithm, key, nonceOf(number, isLast)).setAAD(head)
    yield Buffer.concat([cipher.update(chunk), cipher.final(), cipher.getAuthTag()])
    number += 1
  }
}

/** What was sealed. @throws `store.damaged` from the first chunk that was changed, or when the passphrase is another one */
export async function* unseal(parts: AsyncIterable<Buffer>, passphrase: Secret): AsyncGenerator<Buffer> {
  const reading = parts[Symbol.asyncIterator]()
  let beginning = Buffer.alloc(0)
  while (beginning.length < magic.length + saltBytes) {
    const part = await reading.next()
    if (part.done === true) throw unreadable()
    beginning = Buffer.concat([beginning, part.value])
  }
  const head = beginning.subarray(0, magic.length + saltBytes)
  if (!isSealed(head)) throw unreadable()
  const key = await deriveKey(passphrase, head)
  const rest = concatenate(beginning.subarray(head.length), reading)
  let number = 0
  for await (const { chunk, isLast } of chunksOf(rest, chunkBytes + tagBytes)) {
    if (chunk.length < tagBytes) throw unreadable()
    const decipher = createDecipheriv(algorithm, key, nonceOf(number, isLast)).setAAD(head)
    decipher.setAuthTag(chunk.subarray(-tagBytes))
    const text = decipher.update(chunk.subarray(0, -tagBytes))
    try {
      decipher.final()
    } catch {
      // Without the cause: it says nothing more.
      throw unreadable()
    }
    yield text
    number += 1
  }
}

function deriveKey(passphrase: Secret, head: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(passphrase.reveal(), head, 32, cost, (error, key) => {
      if (error === null) resolve(key)
      else reject(error)
    })
  })
}

function nonceOf(number: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(12)
  nonce.writeBigUInt64BE(BigInt(number), 0)
  nonce.writeUInt8(isLast ? 1 : 0, 11)
  return nonce
}

async function* concatenate(first: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield first
  for (;;) {
    const part = await rest.next()
    if (part.done === true) return
    yield part.value
  }
}

/** The same bytes in chunks of `size`, and a last one of 0 to `size`. */
async function* chunksOf(
  parts: AsyncIterable<Buffer>,
  size: number,
): AsyncGenerator<{ readonly chunk: Buffer; readonly isLast: boolean }> {
  let waiting: Buffer[] = []
  let length = 0
  for await (const part of parts) {
    waiting.push(part)
    length += part.length
    if (length <= size) continue
    let bytes = Buffer.concat(waiting)
    for (; bytes.length > size; bytes = bytes.subarray(size)) yield { chunk: bytes.subarray(0, size), isLast: false }
    waiting = [bytes]
    length = bytes.length
  }
  yield { chunk: Buffer.concat(waiting), isLast: true }
}

function unreadable(): NodeError {
  const words = 'the backup cannot be decrypted: the passphrase is another one, or the file was changed or cut off'
  return new NodeError('store.damaged', { detail: words, notes: [words] })
}
