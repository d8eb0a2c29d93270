import { toRfc3339, type Clock, type Instant } from '../kernel/clock.js'
import type { Log } from '../kernel/log.js'
import type { Parties } from '../identity/parties.js'
import type { Wallet } from './wallet.js'

const dayMilliseconds = 86_400_000
/** In days before the end, the nearest first. */
const limits = [3, 14, 30] as const

/** The nearest limit in days that the end of a credential is within; `undefined` when it is further, over, or never. */
export function expiresWithinDays(expiresAt: Instant | undefined, now: Instant): (typeof limits)[number] | undefined {
  if (expiresAt === undefined || expiresAt <= now) return undefined
  return limits.find((days) => expiresAt - now <= days * dayMilliseconds)
}

export interface WatchExpiryDeps {
  readonly clock: Clock
  readonly log: Log
  readonly parties: Pick<Parties, 'list'>
  readonly wallet: Pick<Wallet, 'list'>
  /** Hears the earliest end per credential type, over all wallets. */
  readonly report: (ends: ReadonlyMap<string, Instant>) => void
}

/**
 * Looks through all wallets: reports the earliest end per type, and warns once a day of every credential that ends within
 * 30 days.
 */
export function createWatchExpiry(deps: WatchExpiryDeps): () => Promise<void> {
  const { clock, log, parties, wallet, report } = deps
  let warnedAt: Instant | undefined
  return async () => {
    const now = clock.now()
    const warns = warnedAt === undefined || now - warnedAt >= dayMilliseconds
    const ends = new Map<string, Instant>()
    for (const party of await parties.list()) {
      for (const { type, expiresAt } of await wallet.list(party)) {
        if (expiresAt === undefined) continue
        ends.set(type, Math.min(expiresAt, ends.get(type) ?? expiresAt))
        if (!warns || expiresWithinDays(expiresAt, now) === undefined) continue
        log.warn('a credential expires soon', { party: party.subject, detail: `${type}: ${toRfc3339(expiresAt)}` })
      }
    }
    if (warns) warnedAt = now
    report(ends)
  }
}
