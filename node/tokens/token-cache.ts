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
 * Keeps tokens of others, so that not every call asks for one. Of equal requests at one moment one goes out. In memory only:
 * it saves work and decides nothing.
 *
 * With `fresh` what is kept is passed over and replaced: for who was refused with it.
 */
export function createTokenCache<O>(deps: {
  readonly clock: Clock
  readonly request: (options: O) => Promise<ObtainedToken>
  /** Another key for everything that can change the token. */
  readonly keyOf: (options: O) => string | Promise<string>
}): (options: O, use: { readonly fresh: boolean }) => Promise<ObtainedToken> {
  const cache = new LRUCache<string, ObtainedToken>({ max: maxKept })
  const underway = new Map<string, Promise<ObtainedToken>>()

  async function obtain(key: string, options: O): Promise<ObtainedToken> {
    const obtained = await deps.request(options)
    cache.set(key, obtained)
    return obtained
  }

  return async (options, { fresh }) => {
    const key = await deps.keyOf(options)
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

/**
 * Keeps tokens of other nodes, so that an application need not. A token is given again only while the wallet holds what it
 * did.
 * @see nuts-node v6: `Cache-Control: no-cache`
 */
export function createCachedRequestToken(deps: {
  readonly clock: Clock
  readonly wallet: Pick<Wallet, 'list'>
  readonly requestToken: RequestToken
}): (options: RequestTokenOptions, use: { readonly fresh: boolean }) => Promise<ObtainedToken> {
  return createTokenCache({
    clock: deps.clock,
    request: deps.requestToken,
    async keyOf(options) {
      const { party, serviceProvider } = options
      const held = await deps.wallet.list(party)
      return keyOf(options, serviceProvider ? [...held, ...(await deps.wallet.list(serviceProvider))] : held)
    },
  })
}

/** Everything that can change the token: also the key, because a bound token is of no use with the next one. */
function keyOf(
  { party, serviceProvider, trace: _, ...asked }: RequestTokenOptions,
  held: readonly Credential[],
): string {
  const asking = [party.subject, signingKey(party).keyId, serviceProvider?.subject ?? null]
  return JSON.stringify([asking, asked, held.map(({ id }) => id)])
}
