import { LRUCache } from 'lru-cache'
import type { Clock, Instant } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import { networkOf, withoutPort } from './caller-network.js'

const maxAddresses = 10_000

/** Keeps count of what addresses are refused, so that none of them can make the node do endless work for nobody. */
export interface Throttle {
  /** @throws `request.too_many` when the address was refused too often of late */
  check(address: string): void
  /** Counts a refusal. */
  refused(address: string): void
  /** How many requests were turned away unread since the last call, and from how many addresses at least. */
  takeCount(): { readonly requests: number; readonly addresses: number }
  /** In how many seconds a refused address may ask again, for `Retry-After`. */
  readonly retryAfterSeconds: number
}

/**
 * A bucket per address: so many refusals at once, and then as many as come back in time. Good requests cost nothing.
 * Of IPv6 the network counts, because everybody has many addresses in one.
 *
 * In memory of one process: it bounds work and decides nothing about access. It forgets the address that was quiet longest
 * when there are too many.
 */
export function createThrottle(options: { readonly clock: Clock; readonly refusalsPerMinute: number }): Throttle {
  const { clock, refusalsPerMinute } = options
  const millisecondsPerRefusal = 60_000 / refusalsPerMinute
  /** Until when the refusals of an address weigh: now for none, a minute ahead for as many as there may be. */
  const debts = new LRUCache<string, Instant>({ max: maxAddresses })
  let turnedAway = { requests: 0, addresses: new Set<string>() }

  return {
    retryAfterSeconds: Math.max(1, Math.ceil(millisecondsPerRefusal / 1000)),
    check(address) {
      const network = networkOf(address)
      const debt = debts.get(network)
      // Also after the clock was set back: a debt is never more than a minute.
      if (debt === undefined || Math.min(debt - clock.now(), 60_000) <= 60_000 - millisecondsPerRefusal) return
      turnedAway.requests += 1
      if (turnedAway.addresses.size < maxAddresses) turnedAway.addresses.add(network)
      throw new NodeError('request.too_many')
    },
    refused(address) {
      const network = networkOf(address)
      const now = clock.now()
      const debt = Math.min(Math.max(debts.get(network) ?? now, now), now + 60_000)
      debts.set(network, debt + millisecondsPerRefusal)
    },
    takeCount() {
      const { requests, addresses } = turnedAway
      turnedAway = { requests: 0, addresses: new Set() }
      return { requests, addresses: addresses.size }
    },
  }
}

/**
 * The address of a caller: that of the connection, or what the proxy in front says in `header`. Of a list the last counts,
 * because a proxy adds what it saw itself at the end; a port behind
 * it does not count.
 */
export function addressOf(
  request: {
    readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
    readonly socket: { readonly remoteAddress?: string | undefined }
  },
  header: string | undefined,
): string {
  const said = header === undefined ? undefined : request.headers[header.toLowerCase()]
  const last = (Array.isArray(said) ? said.join(',') : said?.toString())?.split(',').at(-1)?.trim()
  return last === undefined || last === '' || last.length > 64
    ? (request.socket.remoteAddress ?? '')
    : withoutPort(last)
}
