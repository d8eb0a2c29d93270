import { createHash, createHmac } from 'node:crypto'
import type { Clock, Instant } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import { claim, type Key, type Operation, type Store } from '../stores/contracts.js'
import {
  checkDpopProof,
  parseDpopProof,
  proofWindowMilliseconds,
  type DpopProof,
  type ExpectedRequest,
} from './dpop-proof.js'

/** How long one nonce is given out; it counts this long once more. */
const nonceMilliseconds = 60_000

/** The proofs of possession that come with requests. @see RFC 9449 */
export interface Dpop {
  /**
   * Takes the header apart and checks everything that needs neither key nor store.
   * @throws `token.dpop_invalid` with a note, `token.dpop_nonce` when the node wants its own nonce in it
   */
  read(header: string, expected: ExpectedRequest): DpopProof
  /** Checks the signature. @throws `token.dpop_invalid` */
  verify(proof: DpopProof): void
  /** The operation that spends the proof, as part of a batch. */
  spending(proof: DpopProof): Operation
  /** Spends a proof by itself. @throws `token.dpop_invalid` when it was used before, `store.unavailable` */
  spend(proof: DpopProof): Promise<void>
  /** The header that hands out the nonce to use; none where no nonce is asked. */
  nonceHeaders(): Readonly<Record<string, string>>
}

export interface DpopDeps {
  readonly clock: Clock
  readonly store: Pick<Store, 'claims'>
  /** With this key the node makes nonces and wants them back; the same in every replica. */
  readonly nonceKey?: Buffer | undefined
}

/**
 * Checks proofs by every rule of RFC 9449 section 4.3. A proof is spent per key, durably, in one atomic step, until no
 * replica could accept it any more, however far its clock is off within the window.
 *
 * Nonces are made from the time and a key, so that every replica knows them and nothing is stored for who only asks.
 */
export function createDpop({ clock, store, nonceKey }: DpopDeps): Dpop {
  const nonceAt = (slot: number, key: Buffer): string =>
    createHmac('sha256', key)
      .update(`dpop nonce ${String(slot)}`)
      .digest('base64url')
      .slice(0, 22)

  const isOwnNonce = (nonce: string | undefined, key: Buffer): boolean => {
    const slot = Math.floor(clock.now() / nonceMilliseconds)
    return nonce === nonceAt(slot, key) || nonce === nonceAt(slot - 1, key)
  }

  return {
    read(header, expected) {
      const proof = parseDpopProof(header)
      checkDpopProof(proof, { ...expected, now: clock.now() })
      if (nonceKey !== undefined && !isOwnNonce(proof.nonce, nonceKey)) throw new NodeError('token.dpop_nonce')
      return proof
    },
    verify(proof) {
      if (!proof.isSigned())
        throw new NodeError('token.dpop_invalid', { notes: ['the signature is not made with the key in the proof'] })
    },
    spending(proof) {
      const { key, until } = spendingOf(proof)
      return claim(key, until)
    },
    async spend(proof) {
      const { key, until } = spendingOf(proof)
      if (!(await store.claims.claim(key, until)))
        throw new NodeError('token.dpop_invalid', { notes: ['the proof was used before'] })
    },
    nonceHeaders: () =>
      nonceKey === undefined ? {} : { 'dpop-nonce': nonceAt(Math.floor(clock.now() / nonceMilliseconds), nonceKey) },
  }
}

/** What is claimed of a proof. Another replica may be behind by the whole window, and so may the client. */
function spendingOf(proof: DpopProof): { readonly key: Key; readonly until: Instant } {
  const id = createHash('sha256').update(proof.id).digest('base64url')
  return { key: ['dpop-proof', proof.thumbprint, id], until: proof.issuedAt + 3 * proofWindowMilliseconds }
}
