import { LRUCache } from 'lru-cache'
import type { Caller, Expect, Operation, Outgoing } from './call.js'
import { RegistryError } from './error.js'
import { failureOf, type Received } from './failure.js'
import type { AccessToken, Tokens } from './token.js'
import { parseAddress } from './url.js'

/** A source of another party, with where tokens for it come from or the token itself. */
export type Source = SourceByScope | SourceByToken

/** A source for which the client gets tokens by itself. */
export interface SourceByScope {
  /** The address of the source. */
  readonly url: string
  /** The issuer URL of the authorization server of the party that serves it. */
  readonly authorizationServer: string
  /** The scope to ask a token for. */
  readonly scope: string
}

/** A source for which the application has a token. It is used as it is: when it is refused, no other is asked for. */
export interface SourceByToken {
  /** The address of the source. */
  readonly url: string
  readonly token: AccessToken
}

/** Asks sources, with a token and, where the token asks it, with a proof. */
export interface Sources {
  /**
   * Sends a request that only reads. A token that is refused is forgotten, and the request sent once more with a new
   * one; a source that wants its own nonce in a proof gets it.
   * @throws RegistryError
   */
  ask(operation: Operation, source: Source, outgoing: Outgoing, expect?: Omit<Expect, 'to'>): Promise<Received>
}

/** How many sources are known by the nonce that they wanted last. */
const nonceCapacity = 100

/** Makes the caller of sources of one client. */
export function createSources({ caller, tokens }: { readonly caller: Caller; readonly tokens: Tokens }): Sources {
  const nonces = new LRUCache<string, string>({ max: nonceCapacity })

  async function send(operation: Operation, token: AccessToken, outgoing: Outgoing, expect: Omit<Expect, 'to'>) {
    const { url, method, headers } = outgoing
    const make = async (): Promise<Outgoing> => {
      const nonce = nonces.get(url.origin)
      const dpop =
        token.keyId === undefined
          ? undefined
          : await tokens.prove(operation, token.keyId, { htm: method, htu: url, token: token.token, nonce })
      const authorization = `${token.type} ${token.token}`
      return { ...outgoing, headers: { ...headers, authorization, ...(dpop === undefined ? {} : { dpop }) } }
    }
    const accept = [401, ...(expect.accept ?? [])]
    const received = await caller.send(operation, make, { ...expect, accept, to: 'source' })
    const nonce = received.headers.get('dpop-nonce')
    if (nonce !== null && nonce.length <= 256) nonces.set(url.origin, nonce)
    return received
  }

  /** Sends it with one token, and once more when only the nonce of the source was missing. */
  async function sendWith(operation: Operation, token: AccessToken, outgoing: Outgoing, expect: Omit<Expect, 'to'>) {
    const received = await send(operation, token, outgoing, expect)
    return wantsNonce(received) ? send(operation, token, outgoing, expect) : received
  }

  return {
    async ask(operation, source, outgoing, expect = {}) {
      const refusal = (received: Received) => failureOf('source', received, operation.clock.now())
      if ('token' in source) {
        const received = await sendWith(operation, source.token, outgoing, expect)
        if (received.status === 401) throw refusal(received)
        return received
      }
      const { authorizationServer, scope } = source
      const token = await tokens.get(operation, { authorizationServer, scope })
      const received = await sendWith(operation, token, outgoing, expect)
      if (received.status !== 401) return received
      tokens.forget(token)
      const next = await tokens.get(operation, { authorizationServer, scope, fresh: true })
      const again = await sendWith(operation, next, outgoing, expect)
      if (again.status !== 401) return again
      tokens.forget(next)
      throw refusal(again)
    },
  }
}

/** True when only the nonce of the proof was missing. @see RFC 9449 section 9 */
function wantsNonce({ status, headers }: Received): boolean {
  return status === 401 && /error="?use_dpop_nonce/.test(headers.get('www-authenticate') ?? '')
}

/** The address of a source, safe to send a token to. @throws RegistryError `invalid_request` */
export function parseSource(source: Source): URL {
  if (!('token' in source)) {
    parseAddress(source.authorizationServer, 'authorizationServer')
    if (source.scope.trim() === '') throw new RegistryError('invalid_request', 'Name a scope.', { from: 'client' })
  }
  return parseAddress(source.url, 'The address of the source')
}
