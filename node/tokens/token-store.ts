import { hash } from 'node:crypto'
import type { Clock, Instant } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import type { Claims } from '../policy/question.js'
import type { Epoch } from './epoch.js'
import type { StatusEvidence } from '../credentials/status/check-status.js'
import type { CredentialVerifier } from '../credentials/verify-credential.js'
import { put, remove, type Collection, type Operation, type Store, type Value } from '../stores/contracts.js'

/** What is kept of a token. The token itself is not. */
export interface TokenRecord {
  /** The party that issued it and at whose sources it counts. */
  readonly party: string
  /** The organization that may use it: the DID that signed its presentation; who is known otherwise, by its identifier. */
  readonly requester: string
  /** Who asked for the organization, where that is another. */
  readonly serviceProvider?: string
  /** The `client_id` of the token request; the service provider where there is one. */
  readonly clientId: string
  readonly scope: string
  /** The only URL at which it counts, where it is for one. */
  readonly audience?: string
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

/** By the SHA-256 of the token in hexadecimal. */
export const tokens: Collection<TokenRecord> = { name: 'tokens' }

let seal: (id: string, record: TokenRecord) => TokenGrant
/** Private is a word of the compiler only; who has no `stamp` makes none at run time either. */
const stamp = Symbol('found')

/**
 * What a valid access token says. Only the token store makes one, from a token that it knows and that has not expired, and
 * nobody changes it.
 */
export class TokenGrant {
  readonly #sealed = true
  /** The hash of the token, in hexadecimal. */
  readonly id: string
  readonly record: TokenRecord

  private constructor(proof: typeof stamp, id: string, record: TokenRecord) {
    if (proof !== stamp) throw new NodeError('internal.fault', { detail: 'only the token store makes one' })
    this.id = id
    this.record = Object.freeze({ ...record })
    Object.freeze(this)
  }

  /** True for a real one, whatever the type says. */
  static is(value: unknown): value is TokenGrant {
    return typeof value === 'object' && value !== null && #sealed in value
  }

  // Gives the token store in this file, and nobody else, the way to make one.
  static {
    seal = (id, record) => new TokenGrant(stamp, id, record)
  }
}

/** What was shown for a token, as it came. @see nuts-node v6 `introspect_extended` */
export interface Shown {
  /** Presentation submissions, by the id of the definition that they answer. */
  readonly submissions: Readonly<Record<string, Value>>
  /** Compact JWTs and JSON objects. */
  readonly presentations: readonly Value[]
}

/** By the same key as the token. */
export const shownFor: Collection<Shown> = { name: 'tokens-shown' }

/** A token that was found to be removed. */
export interface RemovableToken extends Pick<TokenGrant, 'id' | 'record'> {
  /** The operations that remove it; refused as a conflict when it is not there any more. */
  readonly removal: readonly Operation[]
}

/** Access tokens by their hash. */
export interface TokenStore {
  /**
   * The operations that store a new token; part of the batch that also spends the nonce and writes the audit event.
   * @throws `token.unconfirmed`, `token.too_soon` after a restore
   */
  operations(token: string, record: TokenRecord, shown?: Shown): readonly Operation[]
  /** A token that can be removed, whatever became of its credentials; `undefined` when it is unknown or ended. */
  findRemovable(token: string): Promise<RemovableToken | undefined>
  /**
   * The grant of a token, or `undefined` when it is unknown, has expired, or one of its credentials was revoked or
   * suspended (that is known within a minute), or it is of before a restore.
   * @throws `credential.status_unavailable` when a status cannot be had, `store.unavailable`
   */
  find(token: string): Promise<TokenGrant | undefined>
  /** As `find`. @throws `token.unconfirmed`; `token.invalid` when there is none, or it was issued by another party of this node */
  get(token: string, party: string): Promise<TokenGrant>
  /** What was shown for it; `undefined` when the node does not keep that. */
  findShown(grant: TokenGrant): Promise<Shown | undefined>
}

/** Ours have 43 characters, and those of the iWlz afsprakenstelsel are signed. */
const maxTokenLength = 4096

/** Finding a token compares hashes of fixed size, so the time it takes says nothing about other tokens. */
export function createTokenStore(deps: {
  readonly store: Store
  readonly clock: Clock
  readonly verifier: Pick<CredentialVerifier, 'checkStatus'>
  readonly epoch: Epoch
}): TokenStore {
  const { store, clock, verifier, epoch } = deps

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

  async function findRecord(token: string): Promise<Pick<TokenGrant, 'id' | 'record'> | undefined> {
    if (token === '' || token.length > maxTokenLength) return undefined
    const id = tokenIdOf(token)
    const stored = await store.records.get(tokens, [id])
    if (stored === undefined || stored.value.expiresAt <= clock.now()) return undefined
    return stored.value.issuedAt < epoch.tokensFrom ? undefined : { id, record: stored.value }
  }

  const find = async (token: string): Promise<TokenGrant | undefined> => {
    const kept = await findRecord(token)
    return kept === undefined || (await isWithdrawn(kept.record)) ? undefined : seal(kept.id, kept.record)
  }
  return {
    operations(token, record, shown) {
      epoch.requireGranting()
      const options = { expected: 'absent', expiresAt: record.expiresAt } as const
      const id = tokenIdOf(token)
      return [put(tokens, [id], record, options), ...(shown === undefined ? [] : [put(shownFor, [id], shown, options)])]
    },
    async findRemovable(token) {
      const kept = await findRecord(token)
      if (kept === undefined) return undefined
      // A token is written once, so its version is 1.
      return { ...kept, removal: [remove(tokens, [kept.id], { expected: 1 }), remove(shownFor, [kept.id])] }
    },
    find,
    async get(token, party) {
      await epoch.requireReading()
      const grant = await find(token)
      if (grant?.record.party !== party) throw new NodeError('token.invalid')
      return grant
    },
    findShown: async ({ id }) => (await store.records.get(shownFor, [id]))?.value,
  }
}

/** The name of a token in the store and in the journal: the SHA-256 of it in hexadecimal. */
export function tokenIdOf(token: string): string {
  return hash('sha256', token, 'hex')
}
