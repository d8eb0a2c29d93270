import { hkdfSync, type KeyObject } from 'node:crypto'
import { createAudit, type Audit, type AuditEntry } from '../../node/audit/audit.js'
import { createIssuer, type Issuer } from '../../node/credentials/issue.js'
import { createPresent, type Present } from '../../node/credentials/present.js'
import { createPresentObject, type PresentObject } from '../../node/credentials/present-object.js'
import { createLinkedData } from '../../node/credentials/proofs/linked-data.js'
import { createVerifyProofs } from '../../node/credentials/proofs/verify-proofs.js'
import { createCheckStatus } from '../../node/credentials/status/check-status.js'
import { createSignList } from '../../node/credentials/status/sign-list.js'
import { createStatusLists, type StatusLists } from '../../node/credentials/status/status-lists.js'
import { createTrust, type Trust } from '../../node/credentials/trust.js'
import type { SignaturesAside } from '../../node/credentials/signature-thread.js'
import { createCredentialVerifier, type CredentialVerifier } from '../../node/credentials/verify-credential.js'
import { createVerifyPresentation, type VerifyPresentation } from '../../node/credentials/verify-presentation.js'
import { createWallet, type Wallet } from '../../node/credentials/wallet.js'
import { resolveDidJwk } from '../../node/identity/did-jwk.js'
import type { KeyStore } from '../../node/identity/key-store.js'
import { createParties, type Parties } from '../../node/identity/parties.js'
import { createKeyring } from '../../node/identity/keyring.js'
import { createDidResolver, type DidResolver } from '../../node/identity/resolve-did.js'
import { createFixedClock, type MovableClock } from '../../node/kernel/clock.js'
import { NodeError } from '../../node/kernel/errors.js'
import { silentLog } from '../../node/kernel/log.js'
import type { Outbound } from '../../node/kernel/outbound.js'
import type { Store } from '../../node/stores/contracts.js'
import { createMemoryBytes } from '../../node/stores/memory.js'
import { noEnds } from '../../node/stores/chain.js'
import { createOrderedStore } from '../../node/stores/ordered-store.js'
import { createLeases, type Leases } from '../../node/stores/lease.js'
import type { OrderedBytes } from '../../node/stores/ordered-bytes.js'
import { createOfflineCheckStatus } from './offline-status.js'

/** When the clock of a test stands still, unless it is told otherwise. */
export const moment = Date.parse('2026-11-24T09:00:00Z')

/** What the journal of a test says about where it was written. */
export const testNode = { name: 'test', version: '0.0.0' }

/** The rooms of one node up to credentials, without a listener and without a way out. */
export interface NodeParts {
  readonly clock: MovableClock
  readonly store: Store
  readonly leases: Leases
  readonly audit: Audit
  readonly parties: Parties
  /** To registers elsewhere: no call ever gets through. */
  readonly outboundTo: () => Outbound
  readonly keyStore: KeyStore
  readonly resolver: DidResolver
  readonly trust: Trust
  readonly verifier: CredentialVerifier
  readonly verifyPresentation: VerifyPresentation
  readonly statusLists: StatusLists
  readonly issuer: Issuer
  readonly wallet: Wallet
  readonly present: Present
  readonly presentObject: PresentObject
  /** The journal, oldest first. */
  journal(): Promise<readonly AuditEntry['event'][]>
}

export interface NodePartsOptions {
  readonly url?: string
  readonly clock?: MovableClock
  readonly store?: Store
  /** The keys of an earlier life of the same node. */
  readonly keyStore?: KeyStore
  /** How status lists of others are had; not at all unless given. */
  readonly outbound?: Pick<Outbound, 'request'>
  /** Trusted issuers by credential type. */
  readonly trust?: Readonly<Record<string, readonly string[]>>
  /** How did:web DIDs of others are found; nobody is found unless given. */
  readonly others?: (did: string) => Promise<unknown>
  /** Who checks signatures in bulk; the threads of the platform unless given. */
  readonly aside?: SignaturesAside | undefined
}

/** Wires the parts as `compose.ts` does. */
export function createNodeParts(options: NodePartsOptions = {}): NodeParts {
  const { clock = createFixedClock(moment), keyStore = createMemoryKeyStore() } = options
  const { store = createDumpableStore(clock).store, url = 'https://node.example.nl' } = options
  const audit = createAudit({ store, clock, node: testNode, pseudonymKey: keyStore.secretFor('audit pseudonyms') })
  const parties = createParties({ store, keyStore, audit, clock, url })
  const resolver = createDidResolver({
    clock,
    methods: {
      jwk: resolveDidJwk,
      async web(did) {
        const found = await options.others?.(did)
        const didResolutionMetadata = found === undefined ? { error: 'notFound' } : {}
        // The resolver checks the document itself; its library's type is only in the way here.
        return { didResolutionMetadata, didDocument: (found ?? null) as never, didDocumentMetadata: {} }
      },
    },
    own: (did) => parties.resolve(did),
  })
  const trust = createTrust(options.trust ?? {})
  const { outbound, aside } = options
  const checkStatus =
    outbound === undefined
      ? createOfflineCheckStatus({ clock, store, url })
      : createCheckStatus({ clock, log: silentLog, store, outbound, url })
  const linkedData = createLinkedData({ examples: false })
  const verifyProofs = createVerifyProofs({ clock, resolver, linkedData })
  const signList = createSignList({ parties, linkedData })
  const statusLists = createStatusLists({ store, audit, clock, parties, url, signList, restoredAt: 0 })
  const verifier = createCredentialVerifier({ clock, resolver, verifyProofs, trust, checkStatus, aside })
  return {
    clock,
    store,
    leases: createLeases({ store, clock, log: silentLog }),
    audit,
    parties,
    keyStore,
    outboundTo: () => ({ request: () => Promise.reject(new NodeError('outbound.failed')), close: () => undefined }),
    resolver,
    trust,
    verifier,
    verifyPresentation: createVerifyPresentation({
      clock,
      resolver,
      linkedData,
      verifyProofs,
      credentials: verifier,
      aside,
    }),
    statusLists,
    issuer: createIssuer({ store, audit, clock, parties, statusLists, linkedData }),
    wallet: createWallet({ store, audit, clock, verifier }),
    present: createPresent({ clock, parties }),
    presentObject: createPresentObject({ clock, parties, linkedData }),
    journal: async () => (await audit.read({ after: 0, limit: 1000 })).map(({ event }) => event),
  }
}

/** A store in memory of which everything that it holds can be read as text. */
export function createDumpableStore(clock: MovableClock): { readonly store: Store; dump(): Promise<string> } {
  const { place, bytes } = createMemoryBytes()
  return { store: createOrderedStore({ place, clock, log: silentLog }, bytes, noEnds), dump: () => dumpBytes(bytes) }
}

/** Everything in `bytes`, keys and values, one line each. */
export async function dumpBytes(bytes: OrderedBytes): Promise<string> {
  const lines: string[] = []
  for await (const { key, value } of bytes.scan({ from: Buffer.of(0), to: Buffer.of(255) })) {
    lines.push(`${key.toString('utf8')} ${value.toString('utf8')}`)
  }
  return lines.join('\n')
}

/** A key store that forgets with the process and needs no passphrase. */
export function createMemoryKeyStore(): KeyStore {
  const keys = new Map<string, KeyObject>()
  const keyring = createKeyring({
    read: async (keyId) => keys.get(keyId),
    async create(keyId, privateKey) {
      keys.set(keyId, privateKey)
    },
  })
  return {
    createKey: keyring.createKey,
    sign: keyring.sign,
    listKeys: async () => [...keys.keys()],
    async deleteKey(keyId) {
      keys.delete(keyId)
      keyring.forget(keyId)
    },
    secretFor: (purpose) => Buffer.from(hkdfSync('sha256', 'only for tests', '', purpose, 32)),
  }
}
