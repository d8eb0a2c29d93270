import { LRUCache } from 'lru-cache'
import { dpopAnswerSchema } from '../schemas/wire/dpop.js'
import { tokenAnswerSchema } from '../schemas/wire/oauth.js'
import type { Caller, Operation } from './call.js'
import { reasonOf } from './clock.js'
import { RegistryError } from './error.js'
import type { OwnNode } from './own-node.js'
import { parseAddress } from './url.js'

/** Which token is wanted. */
export interface TokenRequest {
  /** The issuer URL of the other party's authorization server. */
  readonly authorizationServer: string
  /** Scopes, with spaces between them. */
  readonly scope: string
  /** A new one, for who was refused with the old. */
  readonly fresh?: boolean
}

/** An access token for another party's sources. */
export interface AccessToken {
  readonly token: string
  /** `DPoP` or `Bearer`. */
  readonly type: string
  readonly expiresInSeconds: number
  /** The id of the key of the party that the token is bound to. Its node makes the proofs. */
  readonly keyId?: string
}

/** Tokens of others, kept as long as they count. */
export interface Tokens {
  /**
   * A token for a scope of another party, of those that are kept or a new one; who asks for the same at the same moment
   * gets the same.
   * @throws RegistryError `refused` with what the wallet lacks, or in the words of the other party
   */
  get(operation: Operation, request: TokenRequest): Promise<AccessToken>
  /** Forgets a token, so that nobody gets it again. */
  forget(token: AccessToken): void
  /** A proof by the party's key that goes with one request with this token. @throws RegistryError */
  prove(
    operation: Operation,
    keyId: string,
    proof: { readonly htm: string; readonly htu: URL; readonly token: string; readonly nonce?: string | undefined },
  ): Promise<string>
}

interface Kept {
  readonly token: AccessToken
  /** Milliseconds since 1970. */
  readonly until: number
}

/** A token is not used in its last seconds: it must still count when it arrives. */
const marginSeconds = 10

/** Keeps the tokens of one party, at most `capacity` of them. */
export function createTokens(deps: {
  readonly node: OwnNode
  readonly caller: Caller
  readonly subject: string
  readonly now: () => number
  readonly capacity: number
}): Tokens {
  const { node, caller, subject, now } = deps
  const kept = new LRUCache<string, Kept>({ max: deps.capacity })
  const running = new Map<string, Promise<AccessToken>>()

  async function request({ authorizationServer, scope, fresh }: TokenRequest): Promise<AccessToken> {
    // Not the operation of one caller: others may wait for the same.
    const answer = await node.post(caller.begin(), tokenAnswerSchema, {
      parts: ['internal', 'auth', 'v2', subject, 'request-service-access-token'],
      body: { authorization_server: authorizationServer, scope },
      headers: fresh === true ? { 'cache-control': 'no-cache' } : {},
    })
    const { access_token: token, token_type: type, expires_in: expiresInSeconds, dpop_kid: keyId } = answer
    return { token, type, expiresInSeconds, ...(keyId === undefined ? {} : { keyId }) }
  }

  return {
    async get(operation, { authorizationServer, scope, fresh = false }) {
      parseAddress(authorizationServer, 'authorizationServer')
      const key = JSON.stringify([authorizationServer, scope])
      const found = fresh ? undefined : kept.get(key)
      if (found !== undefined && found.until > now()) return found.token
      const runningKey = JSON.stringify([key, fresh])
      let asked = running.get(runningKey)
      if (asked === undefined) {
        asked = request({ authorizationServer, scope, fresh })
          .then((token) => {
            kept.set(key, { token, until: now() + (token.expiresInSeconds - marginSeconds) * 1000 })
            return token
          })
          .finally(() => running.delete(runningKey))
        running.set(runningKey, asked)
      }
      return waitFor(asked, operation)
    },
    forget(token) {
      for (const [key, entry] of kept.entries()) if (entry.token.token === token.token) kept.delete(key)
    },
    async prove(operation, keyId, { htm, htu, token, nonce }) {
      const { dpop } = await node.post(operation, dpopAnswerSchema, {
        parts: ['internal', 'auth', 'v2', 'dpop', keyId],
        // Without query and fragment. @see RFC 9449 section 4.2
        body: { htm, htu: `${htu.origin}${htu.pathname}`, token, nonce },
      })
      return dpop
    },
  }
}

/** Waits as long as the operation may take and its signal lets; what is waited for goes on, for others. */
async function waitFor<T>(promise: Promise<T>, { clock, signal, deadline }: Operation): Promise<T> {
  const done = new AbortController()
  const stop = signal === undefined ? done.signal : AbortSignal.any([signal, done.signal])
  const end = clock.sleep(Math.max(0, deadline - clock.now()), stop).then(
    () => {
      throw new RegistryError('unavailable', 'The node did not answer in time.', { from: 'node' })
    },
    () => {
      throw reasonOf(signal)
    },
  )
  try {
    return await Promise.race([promise, end])
  } finally {
    done.abort()
  }
}
