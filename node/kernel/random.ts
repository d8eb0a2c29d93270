import { randomBytes, randomInt, randomUUID } from 'node:crypto'

/** 256 bits from the operating system, as 43 characters base64url: tokens and nonces. */
export function randomToken(): string {
  return randomBytes(32).toString('base64url')
}

/**
 * A version 4 UUID (RFC 9562). For names, not for secrets: it holds nearly 122 random bits.
 *
 * Never holds exactly nine digits in a row: who looks for such numbers, as the published network profile of catalogues
 * does, would take them for a BSN.
 */
export function randomId(): string {
  let id = randomUUID()
  while (nineDigits.test(id)) id = randomUUID()
  return id
}

/** `length` random bytes as lower-case hexadecimal. */
export function randomHex(length: number): string {
  return randomBytes(length).toString('hex')
}

const nineDigits = /(^|\D)\d{9}(\D|$)/

const poolBytes = 4096
let pool = Buffer.alloc(0)

/**
 * As `randomHex`, for at most 4096 bytes, and for what is no secret, such as trace ids: the bytes are got from the operating
 * system in advance, because a call for each request costs more than the id is worth.
 */
export function randomName(length: number): string {
  if (pool.length < length) pool = randomBytes(poolBytes)
  const taken = pool.toString('hex', 0, length)
  pool = pool.subarray(length)
  return taken
}

/** A whole number from 0 up to, and not including, `limit`; all are equally likely. `limit` is at most 2^48 - 1. */
export function randomBelow(limit: number): number {
  return randomInt(limit)
}
