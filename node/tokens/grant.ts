import { createHash } from 'node:crypto'
import type { Clock, Instant } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import type { Claims } from '../policy/question.js'
import type { StatusEvidence } from '../credentials/status/check-status.js'
import type { CredentialVerifier } from '../credentials/verify-credential.js'
import { put, type Collection, type Operation, type Store } from '../stores/contracts.js'

/** What is kept of a token. The token itself is not. */
export interface TokenRecord {
  /** The party that issued it and at whose sources it counts. */
  readonly party: string
  /** The DID that signed the presentation. */
  readonly requester: string
  /** The `client_id` of the token request. */
  readonly clientId: string
  readonly scope: string
  readonly claims: Claims
  /** Ids of the credentials it was granted on. */
  readonly evidence: readonly string[]
  readonly issuedAt: Instant
  readonly expiresAt: Instant
  /** The thumbprint of the key that must come with it; absent when the bearer may use it. @see RFC 9449 section 6 */
  readonly thumbprint?: string
  /** Credentials whose status is looked at again while the token lives; absent when there are none. */
  readonly status?: readonly StatusEvidence[]
}

const tokens: Collection<TokenRecord> = { name: 'tokens' }

let seal: (record: TokenRecord) => TokenGrant
/** Private is a word of the compiler only; who has no `stamp` makes none at run time either. */
const stamp = Symbol('found')

/**
 * What a valid access token says. Only the token store makes one, from a token that it knows and that has not expired, and
 * nobody changes it.
 */
export class TokenGrant {
  readonly #sealed = true
  readonly record: TokenRecord

  private constructor(proof: typeof stamp, record: TokenRecord) {
    if (proof !== stamp) throw new NodeError('internal.fault', { detail: 'only the token store makes one' })
    this.record = Object.freeze({ ...record })
    Object.freeze(this)
  }

  /** True for a real one, whatever the type says. */
  static is(value: unknown): value is TokenGrant {
    return typeof value === 'object' && value !== null && #sealed in value
  }

  // Gives the token store in this file, and nobody else, the way to make one.
  static {
    seal = (record) => new TokenGrant(stamp, record)
  }
}

/** Access tokens by their hash. */
export interface TokenStore {
  /** The operation that stores a new token; part of the batch that also spends the nonce and writes the audit event. */
  operation(token: string, record: TokenRecord): Operation
  /**
   * The grant of a token, or `undefined` when it is unknown, has expired, or one of its credentials was revoked or
   * suspended: that is known within a minute.
   * @throws `credential.status_unavailable` when a status cannot be had, `store.unavailable`
   */
  find(token: string): Promise<TokenGrant | undefined>
  /** As `find`. @throws `token.invalid` when there is none, or it was issued by another party of this node */
  get(token: string, party: string): Promise<TokenGrant>
}

const maxTokenLength = 512

/** Finding a token compares hashes of fixed size, so the time it takes says nothing about other tokens. */
export function createTokenStore(deps: {
  readonly store: Store
  readonly clock: Clock
  readonly verifier: Pick<CredentialVerifier, 'checkStatus'>
}): TokenStore {
  const { store, clock, verifier } = deps

  async function isWithdrawn({ status = [] }: TokenRecord): Promise<boolean> {
    try {
      for (const evidence of status) await verifier.checkStatus(evidence, 'minute')
      return false
    } catch (cause) {
      const code = NodeError.codeOf(cause)
      if (code !== 'credential.revoked' && code !== 'credential.suspended') throw cause
      return true
    }
  }

  const find = async (token: string): Promise<TokenGrant | undefined> => {
    if (token === '' || token.length > maxTokenLength) return undefined
    const stored = await store.records.get(tokens, [hash(token)])
    if (stored === undefined || stored.value.expiresAt <= clock.now() || (await isWithdrawn(stored.value))) {
      return undefined
    }
    return seal(stored.value)
  }
  return {
    operation: (token, record) =>
      put(tokens, [hash(token)], record, { expected: 'absent', expiresAt: record.expiresAt }),
    find,
    async get(token, party) {
      const grant = await find(token)
      if (grant?.record.party !== party) throw new NodeError('token.invalid')
      return grant
    },
  }
}

function hash(token: string): string {
  return createHash('sha256').update(token).digest('base64url')
}
