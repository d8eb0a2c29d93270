import { BlockList, isIP } from 'node:net'
import { NodeError } from './errors.js'

/** A range of addresses: every address whose first `prefixLength` bits are those of `address`. */
export interface Cidr {
  readonly address: string
  readonly prefixLength: number
  readonly family: 'ipv4' | 'ipv6'
}

/** Decides which IP addresses the node may call. */
export interface AddressGuard {
  /** Decides about an IP address as text. Anything that is not an IP address, and an address with a zone, is refused. */
  check(address: string): 'allowed' | 'refused'
}

/**
 * Creates the guard: public unicast addresses are allowed, and what the operator allows besides.
 *
 * Refused are every range of the IANA special-purpose registries, multicast, and IPv6 outside 2000::/3. An address that
 * stands for an IPv4 address and is routed to it (IPv4-mapped, NAT64) is judged as that IPv4 address; the tunnels
 * (6to4, Teredo) are refused. `allowed` makes exceptions to that, `denied` wins over `allowed`, and the cloud metadata
 * addresses stay refused in every spelling whatever is allowed. Does not look at ports or host names.
 * @see IANA IPv4 and IPv6 Special-Purpose Address Registries; RFC 6890
 */
export function createAddressGuard(options: {
  readonly allowed: readonly Cidr[]
  readonly denied: readonly Cidr[]
}): AddressGuard {
  const isMetadata = createRangeTest(metadataRanges.map(parseCidr))
  const isDenied = createRangeTest(options.denied)
  const isAllowed = createRangeTest(options.allowed)
  const isSpecial = createRangeTest(specialRanges.map(parseCidr))
  const isGlobalUnicast = createRangeTest([parseCidr('2000::/3')])

  return {
    check(address) {
      if (isIP(address) === 0 || address.includes('%')) return 'refused'
      const { ipv4, routed } = embeddedIpv4(address)
      const spellings = ipv4 === undefined ? [address] : [address, ipv4]
      if (spellings.some((spelling) => isMetadata(spelling) || isDenied(spelling))) return 'refused'
      const reached = ipv4 !== undefined && routed ? ipv4 : address
      if (isAllowed(reached)) return 'allowed'
      if (isSpecial(reached)) return 'refused'
      return isIP(reached) === 4 || isGlobalUnicast(reached) ? 'allowed' : 'refused'
    },
  }
}

/**
 * Returns the range of `text`, such as `10.20.0.0/16` or `fd00:1::/48`.
 *
 * Strict, because a range that an operator mistyped allows something else: the prefix length is required and no bit may
 * be set after it.
 * @throws `config.invalid` with a detail that says what is wrong
 */
export function parseCidr(text: string): Cidr {
  const [address = '', length, ...rest] = text.split('/')
  const version = isIP(address)
  if (version === 0 || address.includes('%') || rest.length > 0)
    throw badCidr(text, 'it is not an address and a length')
  const bits = version === 4 ? 32 : 128
  if (length === undefined) throw badCidr(text, `one address is written ${address}/${bits}`)
  const prefixLength = /^(0|[1-9][0-9]{0,2})$/.test(length) ? Number(length) : Number.NaN
  if (!(prefixLength <= bits)) throw badCidr(text, `the length is a number from 0 to ${bits}`)
  const bytes = bytesOf(address)
  if (bytes.some((byte, index) => (byte & hostMask(prefixLength - index * 8)) !== 0)) {
    throw badCidr(text, `bits are set after the first ${prefixLength}`)
  }
  // Judged as IPv4 wherever they occur, so a range of them would never match.
  if (prefixLength >= 96 && hasPrefix(bytes, mappedPrefix)) throw badCidr(text, 'write the IPv4 range itself')
  return { address, prefixLength, family: version === 4 ? 'ipv4' : 'ipv6' }
}

/** True for 127.0.0.0/8 and ::1, also IPv4-mapped. Does not say that the guard allows it. */
export function isLoopbackAddress(address: string): boolean {
  if (isIP(address) === 0 || address.includes('%')) return false
  const bytes = bytesOf(address)
  if (bytes.length === 4) return bytes[0] === 127
  if (hasPrefix(bytes, mappedPrefix)) return bytes[12] === 127
  return bytes.every((byte, index) => byte === (index === 15 ? 1 : 0))
}

/** Where clouds hand credentials to whoever asks from inside. */
const metadataRanges = [
  '169.254.169.254/32', // AWS, Azure, Google, Oracle, OpenStack and others
  '169.254.170.2/32', // AWS container credentials
  '169.254.170.23/32', // AWS pod identity
  '169.254.0.23/32', // Tencent
  '169.254.42.42/32', // Scaleway
  '100.100.100.200/32', // Alibaba
  '168.63.129.16/32', // Azure host agent; a public address
  '192.0.0.192/32', // Oracle, classic
  'fd00:ec2::254/128', // AWS
  'fd00:ec2::23/128', // AWS pod identity
  'fd20:ce::254/128', // Google
  'fd00:42::42/128', // Scaleway
  'fe80::a9fe:a9fe/128', // OpenStack
]

const specialRanges = [
  '0.0.0.0/8', // this network
  '10.0.0.0/8', // private
  '100.64.0.0/10', // shared by carriers
  '127.0.0.0/8', // loopback
  '169.254.0.0/16', // link local
  '172.16.0.0/12', // private
  '192.0.0.0/24', // protocol assignments
  '192.0.2.0/24', // documentation
  '192.31.196.0/24', // AS112
  '192.52.193.0/24', // AMT
  '192.88.99.0/24', // 6to4 relays
  '192.168.0.0/16', // private
  '192.175.48.0/24', // AS112
  '198.18.0.0/15', // benchmarks
  '198.51.100.0/24', // documentation
  '203.0.113.0/24', // documentation
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved and broadcast
  // Of IPv6 only what lies inside 2000::/3; the rest is refused as a whole.
  '2001::/23', // protocol assignments, with Teredo, benchmarks, ORCHID and AS112
  '2001:db8::/32', // documentation
  '2002::/16', // 6to4
  '2620:4f:8000::/48', // AS112
  '3fff::/20', // documentation
]

const mappedPrefix = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]

/**
 * The forms of IPv6 that hold an IPv4 address: their first bytes, where it stands, and whether a packet to the whole
 * ends up at that IPv4 address by ordinary routing.
 */
const embeddings: readonly { prefix: readonly number[]; at: number; inverted?: true; routed: boolean }[] = [
  { prefix: mappedPrefix, at: 12, routed: true },
  { prefix: [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0], at: 12, routed: true }, // NAT64, RFC 6052
  { prefix: [0, 0x64, 0xff, 0x9b, 0, 1], at: 12, routed: false }, // NAT64 for local use, RFC 8215
  { prefix: [0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0], at: 12, routed: false }, // IPv4-translated, RFC 7915
  { prefix: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], at: 12, routed: false }, // IPv4-compatible, RFC 4291
  { prefix: [0x20, 0x02], at: 2, routed: false }, // 6to4, RFC 3056
  { prefix: [0x20, 0x01, 0, 0], at: 12, inverted: true, routed: false }, // Teredo, RFC 4380
]

function embeddedIpv4(address: string): { readonly ipv4: string | undefined; readonly routed: boolean } {
  const bytes = bytesOf(address)
  const embedding = bytes.length === 16 ? embeddings.find(({ prefix }) => hasPrefix(bytes, prefix)) : undefined
  if (embedding === undefined) return { ipv4: undefined, routed: false }
  const four = bytes.slice(embedding.at, embedding.at + 4).map((byte) => (embedding.inverted ? byte ^ 0xff : byte))
  return { ipv4: four.join('.'), routed: embedding.routed }
}

function hasPrefix(bytes: readonly number[], prefix: readonly number[]): boolean {
  return bytes.length === 16 && prefix.every((byte, index) => bytes[index] === byte)
}

/** The bits of one byte that come after `networkBits` of it. */
function hostMask(networkBits: number): number {
  return 0xff >> Math.min(Math.max(networkBits, 0), 8)
}

/** True for the addresses within one of these ranges, also when IPv4 is written as IPv6; false for what is no address. */
export function createRangeCheck(ranges: readonly string[]): (address: string) => boolean {
  const isWithin = createRangeTest(ranges.map(parseCidr))
  return (address) => isIP(address) !== 0 && !address.includes('%') && isWithin(address)
}

function createRangeTest(ranges: readonly Cidr[]): (address: string) => boolean {
  const list = new BlockList()
  for (const { address, prefixLength, family } of ranges) list.addSubnet(address, prefixLength, family)
  return (address) => list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
}

/** The 4 or 16 bytes of an address that `isIP` accepts and that has no zone. */
export function bytesOf(address: string): readonly number[] {
  if (isIP(address) === 4) return address.split('.').map(Number)
  const lastColon = address.lastIndexOf(':')
  const tail = address.slice(lastColon + 1)
  const tailBytes = tail.includes('.') ? tail.split('.').map(Number) : undefined
  const [left = '', right] = (tailBytes === undefined ? address : address.slice(0, lastColon + 1)).split('::')
  const leftBytes = groupBytes(left)
  const rightBytes = [...groupBytes(right ?? ''), ...(tailBytes ?? [])]
  const zeros = new Array<number>(16 - leftBytes.length - rightBytes.length).fill(0)
  return [...leftBytes, ...zeros, ...rightBytes]
}

function groupBytes(groups: string): readonly number[] {
  return groups
    .split(':')
    .filter((group) => group !== '')
    .flatMap((group) => {
      const value = Number.parseInt(group, 16)
      return [value >> 8, value & 0xff]
    })
}

function badCidr(text: string, problem: string): NodeError {
  return new NodeError('config.invalid', { detail: `address range ${JSON.stringify(text)}: ${problem}` })
}
