import type { Audit } from '../audit/audit.js'
import type { Clock } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import type { Trace } from '../kernel/trace.js'
import { put, remove, type Collection, type Store } from '../stores/contracts.js'
import { readAll } from '../stores/read-all.js'
import type { Party } from '../identity/party.js'
import type { Credential } from './credential.js'
import type { CredentialVerifier } from './verify-credential.js'

interface WalletEntry {
  readonly raw: string
  readonly type: string
  readonly issuer: string
}

const wallet: Collection<WalletEntry> = { name: 'wallet' }
/** What a key of the store can hold. */
const idPattern = /^[^\0]{1,512}$/

/** The credentials that the parties of this node hold. */
export interface Wallet {
  /**
   * Takes a credential in after verifying it. It is durable, and in the audit journal, when this returns.
   * @throws `credential.*`, `credential.subject_mismatch` when it is about somebody else, `credential.exists`,
   *   `credential.malformed` also for an id of more than 512 characters
   */
  add(party: Party, compact: string, trace?: Trace): Promise<Credential>
  /** The party's credentials, in the order of their ids; those that have expired are left out. */
  list(party: Party): Promise<readonly Credential[]>
  /** @throws `credential.not_found` */
  remove(party: Party, credentialId: string, trace?: Trace): Promise<void>
}

export interface WalletDeps {
  readonly store: Store
  readonly audit: Audit
  readonly clock: Clock
  readonly verifier: CredentialVerifier
}

/** Keeps credentials in the store, by party and credential id. */
export function createWallet({ store, audit, clock, verifier }: WalletDeps): Wallet {
  const event = (
    code: 'credential.received' | 'credential.removed',
    party: Party,
    entry: WalletEntry,
    id: string,
    trace?: Trace,
  ) =>
    audit.operation({
      code,
      action: code === 'credential.received' ? 'create' : 'delete',
      outcome: 'success',
      party: party.subject,
      // The issuer speaks when a credential comes; it has no part in throwing one away.
      actor: { did: code === 'credential.received' ? entry.issuer : party.did },
      object: { credential: id, credentialType: entry.type },
      ...(trace === undefined ? {} : { trace }),
    })

  return {
    async add(party, compact, trace) {
      const credential = verifier.parse(compact)
      if (credential.subjectId !== party.did) {
        throw new NodeError('credential.subject_mismatch', {
          notes: ['the credential is about another organisation than this wallet’s'],
        })
      }
      if (!idPattern.test(credential.id)) throw new NodeError('credential.malformed', { detail: 'the id is too long' })
      await verifier.verify(credential, {})
      const entry: WalletEntry = { raw: credential.raw, type: credential.type, issuer: credential.issuer }
      try {
        await store.write([
          put(wallet, [party.subject, credential.id], entry, { expected: 'absent' }),
          event('credential.received', party, entry, credential.id, trace),
        ])
      } catch (cause) {
        if (NodeError.codeOf(cause) === 'store.conflict') throw new NodeError('credential.exists', { cause })
        throw cause
      }
      return credential
    },
    async list(party) {
      const held = await readAll(store.records, wallet, [party.subject])
      const now = clock.now()
      return held
        .map(({ value }) => verifier.parse(value.raw))
        .filter(({ expiresAt }) => expiresAt === undefined || expiresAt > now)
    },
    async remove(party, credentialId, trace) {
      const stored = idPattern.test(credentialId)
        ? await store.records.get(wallet, [party.subject, credentialId])
        : undefined
      if (stored === undefined) throw new NodeError('credential.not_found')
      try {
        await store.write([
          remove(wallet, stored.key, { expected: stored.version }),
          event('credential.removed', party, stored.value, credentialId, trace),
        ])
      } catch (cause) {
        // Somebody else was quicker.
        if (NodeError.codeOf(cause) === 'store.conflict') throw new NodeError('credential.not_found', { cause })
        throw cause
      }
    },
  }
}
