import { randomBytes, randomInt, randomUUID } from 'node:crypto'

/** 256 bits from the operating system, as 43 characters base64url: tokens and nonces. */
export function randomToken(): string {
  return randomBytes(32).toString('base64url')
}

/** A version 4 UUID (RFC 9562). For names, not for secrets: it holds 122 random bits. */
export function randomId(): string {
  return randomUUID()
}

/** `length` random bytes as lower-case hexadecimal, for example trace ids. */
export function randomHex(length: number): string {
  return randomBytes(length).toString('hex')
}

/** A whole number from 0 up to, and not including, `limit`; all are equally likely. `limit` is at most 2^48 - 1. */
export function randomBelow(limit: number): number {
  return randomInt(limit)
}
