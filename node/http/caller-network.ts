import { isIPv4, isIPv6 } from 'node:net'
import { bytesOf } from '../kernel/address-guard.js'

/**
 * The network that counts as one caller: an IPv4 address, also when it is written as IPv6; of an IPv6 address the first 64
 * bits, however it is written, because everybody has many addresses in one network. What is no address stands for itself.
 */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  const plain = address.split('%', 1)[0] ?? ''
  if (!isIPv6(plain)) return address
  const bytes = bytesOf(plain)
  return [0, 2, 4, 6].map((at) => (((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)).toString(16)).join(':')
}

/** An address as proxies write it, without the port that some add: `192.0.2.1:50000`, `[2001:db8::1]:50000`. */
export function withoutPort(text: string): string {
  const [, bracketed] = /^\[([^\]]*)\](?::\d{1,5})?$/.exec(text) ?? []
  if (bracketed !== undefined && isIPv6(bracketed)) return bracketed
  const [, plain] = /^([^:]*):\d{1,5}$/.exec(text) ?? []
  return plain !== undefined && isIPv4(plain) ? plain : text
}
