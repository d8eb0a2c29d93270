import { LRUCache } from 'lru-cache'
import type { Clock } from '../kernel/clock.js'
import { signingKey } from '../identity/party.js'
import type { Credential } from '../credentials/credential.js'
import type { Wallet } from '../credentials/wallet.js'
import type { ObtainedToken, RequestToken, RequestTokenOptions } from './request-token.js'

/** A token is not handed out any more when it ends within this time. */
const marginMilliseconds = 30_000
const maxKept = 5_000

/**
 * Keeps tokens of other nodes, so that an application need not. Of equal requests at one moment one goes out. In memory
 * only: it saves work and decides nothing. A token is given again only while the wallet holds what it did.
 *
 * With `fresh` what is kept is passed over and replaced: for who was refused with it.
 * @see nuts-node v6: `Cache-Control: no-cache`
 */
export function createCachedRequestToken(deps: {
  readonly clock: Clock
  readonly wallet: Pick<Wallet, 'list'>
  readonly requestToken: RequestToken
}): (options: RequestTokenOptions, use: { readonly fresh: boolean }) => Promise<ObtainedToken> {
  const cache = new LRUCache<string, ObtainedToken>({ max: maxKept })
  const underway = new Map<string, Promise<ObtainedToken>>()

  async function obtain(key: string, options: RequestTokenOptions): Promise<ObtainedToken> {
    const obtained = await deps.requestToken(options)
    cache.set(key, obtained)
    return obtained
  }

  return async (options, { fresh }) => {
    const { party, serviceProvider } = options
    const held = await deps.wallet.list(party)
    const key = keyOf(options, serviceProvider ? [...held, ...(await deps.wallet.list(serviceProvider))] : held)
    if (fresh) cache.delete(key)
    const kept = cache.get(key)
    if (kept !== undefined && kept.expiresAt - marginMilliseconds > deps.clock.now()) return kept
    const running = fresh ? undefined : underway.get(key)
    if (running !== undefined) return running
    const started = obtain(key, options).finally(() => {
      if (underway.get(key) === started) underway.delete(key)
    })
    underway.set(key, started)
    return started
  }
}

/** Everything that can change the token: also the key, because a bound token is of no use with the next one. */
function keyOf(
  { party, serviceProvider, trace: _, ...asked }: RequestTokenOptions,
  held: readonly Credential[],
): string {
  const asking = [party.subject, signingKey(party).keyId, serviceProvider?.subject ?? null]
  return JSON.stringify([asking, asked, held.map(({ id }) => id)])
}
