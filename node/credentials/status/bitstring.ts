import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'

/** Bits in every list that this node hosts: the fewest that both standards allow, 16 KiB. */
export const listLength = 131_072

/** The fewest bytes of a list: in fewer a single holder stands out. @see Bitstring Status List 1.0 section 6.1 */
export const shortestListBytes = listLength / 8

/** A list that expands beyond this is a bomb. */
const longestListBytes = 1024 * 1024

/** A fresh list: nobody is revoked. */
export function createBits(): Buffer {
  return Buffer.alloc(shortestListBytes)
}

/** The bit at `index`, counted from the most significant bit of the first byte; `undefined` outside the list. */
export function readBit(bits: Uint8Array, index: number): boolean | undefined {
  const byte = bits[Math.floor(index / 8)]
  return byte === undefined ? undefined : (byte & maskOf(index)) !== 0
}

/** Changes the bit at `index`, which lies in the list. */
export function writeBit(bits: Buffer, index: number, value: boolean): void {
  const at = Math.floor(index / 8)
  const byte = bits.readUInt8(at)
  bits.writeUInt8(value ? byte | maskOf(index) : byte & ~maskOf(index), at)
}

function maskOf(index: number): number {
  return 0x80 >> (index % 8)
}

/** Packs a list: gzip, then base64url without padding. */
export async function packBits(bits: Buffer): Promise<string> {
  return (await promisify(gzip)(bits)).toString('base64url')
}

/**
 * Unpacks a list, and stops at 1 MiB: what a small text expands to is decided by whoever wrote it. Padding is accepted.
 *
 * Does not check that the list is long enough.
 * @returns `undefined` for what is not base64url of gzip, or expands too far
 */
export async function unpackBits(packed: string): Promise<Buffer | undefined> {
  if (!/^[A-Za-z0-9_-]+={0,2}$/.test(packed)) return undefined
  try {
    return await promisify(gunzip)(Buffer.from(packed, 'base64url'), { maxOutputLength: longestListBytes })
  } catch {
    // Not gzip, broken off, or too large: of no use either way.
    return undefined
  }
}
