import { LRUCache } from 'lru-cache'
import type { Audit } from '../audit/audit.js'
import type { Clock } from '../kernel/clock.js'
import { NodeError, type ErrorCode } from '../kernel/errors.js'
import type { Trace } from '../kernel/trace.js'
import { put, remove, type Collection, type Store } from '../stores/contracts.js'
import { readAll } from '../stores/read-all.js'
import type { Party } from '../identity/party.js'
import type { Credential } from './credential.js'
import type { HeldCredential } from './exchange/explain.js'
import type { CredentialVerifier } from './verify-credential.js'

interface WalletEntry {
  readonly raw: string
  readonly type: string
  readonly issuer: string
}

/** By party and credential id. */
export const wallet: Collection<WalletEntry> = { name: 'wallet' }
/** One record per wallet, written with every change of it: its version says whether what was read before still holds. */
export const walletStates: Collection<null> = { name: 'wallet-states' }

/** What a key of the store can hold. */
const idPattern = /^[^\0]{1,512}$/
/** How many credentials of all wallets together are kept taken apart. */
const maxKept = 20_000

/** Why a credential that is held cannot be shown to anybody. */
const unusableCodes: readonly ErrorCode[] = [
  'credential.expired',
  'credential.not_yet_valid',
  'credential.revoked',
  'credential.suspended',
]

/** The credentials that the parties of this node hold. */
export interface Wallet {
  /**
   * Takes a credential in, a compact JWT or an object, after verifying it. It is durable, and in the audit journal, when
   * this returns.
   * @throws `credential.*`, `credential.subject_mismatch` when it is about somebody else, `credential.exists`,
   *   `credential.malformed` also for an id of more than 512 characters
   */
  add(party: Party, credential: unknown, trace?: Trace): Promise<Credential>
  /** The party's credentials, in the order of their ids; those that have expired are left out. */
  list(party: Party): Promise<readonly Credential[]>
  /** All of them, also those that have expired, in the order of their ids. */
  listAll(party: Party): Promise<readonly Credential[]>
  /** All of them, and which cannot be shown: their period and their status are checked now. */
  examine(party: Party): Promise<readonly HeldCredential[]>
  /** @throws `credential.not_found` */
  remove(party: Party, credentialId: string, trace?: Trace): Promise<void>
}

export interface WalletDeps {
  readonly store: Store
  readonly audit: Audit
  readonly clock: Clock
  readonly verifier: CredentialVerifier
}

/**
 * Keeps credentials in the store, by party and credential id.
 *
 * What was read of a wallet is kept until the wallet changes, whichever process changes it: a look costs one record,
 * however many credentials there are.
 */
export function createWallet({ store, audit, clock, verifier }: WalletDeps): Wallet {
  const kept = new LRUCache<string, { readonly version: number; readonly credentials: readonly Credential[] }>({
    maxSize: maxKept,
    sizeCalculation: ({ credentials }) => credentials.length + 1,
  })

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

  async function listAll({ subject }: Party): Promise<readonly Credential[]> {
    // Before the credentials: what changes meanwhile has a later version, and is read again.
    const version = (await store.records.get(walletStates, [subject]))?.version ?? 0
    const before = kept.get(subject)
    if (before?.version === version) return before.credentials
    const credentials = (await readAll(store.records, wallet, [subject])).map(({ value }) => parseEntry(value))
    kept.set(subject, { version, credentials })
    return credentials
  }

  function parseEntry({ raw }: WalletEntry): Credential {
    // The text of an object that this node wrote itself.
    return verifier.parse(raw.startsWith('{') ? (JSON.parse(raw) as unknown) : raw)
  }

  async function findFault(credential: Credential): Promise<string | undefined> {
    try {
      await verifier.verify(credential, {})
      return undefined
    } catch (cause) {
      // Any other fault may be one of this node only: whom it trusts, what it can reach.
      if (!NodeError.is(cause) || !unusableCodes.includes(cause.code)) return undefined
      return cause.notes.join('; ')
    }
  }

  return {
    listAll,
    async add(party, value, trace) {
      const credential = verifier.parse(value)
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
          put(walletStates, [party.subject], null),
          event('credential.received', party, entry, credential.id, trace),
        ])
      } catch (cause) {
        if (NodeError.codeOf(cause) === 'store.conflict') throw new NodeError('credential.exists', { cause })
        throw cause
      }
      return credential
    },
    async list(party) {
      const now = clock.now()
      return (await listAll(party)).filter(({ expiresAt }) => expiresAt === undefined || expiresAt > now)
    },
    async examine(party) {
      const held: HeldCredential[] = []
      // One after the other: their lists of statuses are often the same, and then had once.
      for (const credential of await listAll(party)) held.push({ credential, unusable: await findFault(credential) })
      return held
    },
    async remove(party, credentialId, trace) {
      const stored = idPattern.test(credentialId)
        ? await store.records.get(wallet, [party.subject, credentialId])
        : undefined
      if (stored === undefined) throw new NodeError('credential.not_found')
      try {
        await store.write([
          remove(wallet, stored.key, { expected: stored.version }),
          put(walletStates, [party.subject], null),
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
