import { createPublicKey, generateKeyPairSync, randomUUID, sign } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DIDResolver } from 'did-resolver'
import { createAudit, type Audit } from '../../node/audit/audit.js'
import type { AuditEvent } from '../../node/audit/event.js'
import { createIssuer, type Issuer } from '../../node/credentials/issue.js'
import { createPresent, type Present } from '../../node/credentials/present.js'
import { createLinkedData, type LinkedData } from '../../node/credentials/proofs/linked-data.js'
import { createVerifyProofs } from '../../node/credentials/proofs/verify-proofs.js'
import { createSignList } from '../../node/credentials/status/sign-list.js'
import { createStatusLists, type StatusLists } from '../../node/credentials/status/status-lists.js'
import { createTrust, type Trust } from '../../node/credentials/trust.js'
import { createCredentialVerifier, type CredentialVerifier } from '../../node/credentials/verify-credential.js'
import { createVerifyPresentation, type VerifyPresentation } from '../../node/credentials/verify-presentation.js'
import { createWallet, type Wallet } from '../../node/credentials/wallet.js'
import type { VerificationKey } from '../../node/identity/did-document.js'
import type { SignatureAlgorithm } from '../../node/identity/public-key.js'
import { createDidX509 } from '../../node/identity/did-x509.js'
import { resolveDidJwk } from '../../node/identity/did-jwk.js'
import { resolveDidKey } from '../../node/identity/did-key.js'
import { openFileKeyStore } from '../../node/identity/file-key-store.js'
import type { KeyStore } from '../../node/identity/key-store.js'
import { createParties, type Parties } from '../../node/identity/parties.js'
import { createDidResolver, type DidResolver } from '../../node/identity/resolve-did.js'
import { createFixedClock, epochSeconds, type Instant, type MovableClock } from '../../node/kernel/clock.js'
import { Secret } from '../../node/kernel/secret.js'
import type { Store } from '../../node/stores/contracts.js'
import { createMemoryStore } from '../../node/stores/memory.js'
import { testNode } from './node-parts.js'
import { createOfflineCheckStatus } from './offline-status.js'

export type Json = Readonly<Record<string, unknown>>

/** The instant at which clocks of tests stand still. */
export const testStart: Instant = Date.parse('2026-11-24T09:00:00Z')

/**
 * Somebody outside any node with a did:jwk of its own, who can say anything: honest, forged, stale or borrowed.
 *
 * `claims`, `vc`, `vp` and `header` replace members of what an honest holder would write; `undefined` leaves one out.
 */
export interface TestHolder {
  readonly did: string
  readonly keyId: string
  /** The public half. */
  readonly key: VerificationKey
  /** Signs whatever claims. */
  signVp(claims: Json, header?: Json): string
  /** A presentation as a node makes it: one second back-dated, valid for five. */
  presentation(options: {
    readonly audience: string
    readonly credentials: readonly unknown[]
    readonly now: Instant
    readonly nonce?: string
    readonly claims?: Json
    readonly vp?: Json
    readonly header?: Json
  }): string
  /** A credential of VC Data Model 1.1 with the holder as issuer, valid for an hour. */
  signVc(options: {
    readonly type: string
    readonly subject: Json
    readonly now: Instant
    readonly claims?: Json
    readonly vc?: Json
    readonly header?: Json
  }): string
}

/** Makes a holder with a fresh key: P-256 unless told otherwise. */
export function createTestHolder(algorithm: SignatureAlgorithm = 'ES256'): TestHolder {
  const isEdDsa = algorithm === 'EdDSA'
  const { privateKey } = isEdDsa ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const publicKey = createPublicKey(privateKey)
  const { kty, crv, x, y } = publicKey.export({ format: 'jwk' })
  const did = `did:jwk:${encode({ kty, crv, x, y })}`
  const keyId = `${did}#0`

  const signVp: TestHolder['signVp'] = (claims, header = {}) => {
    const input = `${encode({ alg: algorithm, typ: 'JWT', kid: keyId, ...header })}.${encode(claims)}`
    const signature = isEdDsa
      ? sign(null, Buffer.from(input), privateKey)
      : sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' })
    return `${input}.${signature.toString('base64url')}`
  }

  return {
    did,
    keyId,
    key: { keyId, algorithm, key: publicKey },
    signVp,
    presentation({ audience, credentials, now, nonce = randomUUID(), claims, vp, header }) {
      const start = epochSeconds(now) - 1
      return signVp(
        {
          iss: did,
          sub: did,
          jti: `${did}#${randomUUID()}`,
          aud: audience,
          nbf: start,
          iat: start,
          exp: start + 5,
          nonce,
          vp: {
            '@context': ['https://www.w3.org/2018/credentials/v1'],
            type: ['VerifiablePresentation'],
            verifiableCredential: credentials,
            ...vp,
          },
          ...claims,
        },
        header,
      )
    },
    signVc({ type, subject, now, claims, vc, header }) {
      const start = epochSeconds(now)
      return signVp(
        {
          iss: did,
          sub: subject['id'],
          jti: `${did}#${randomUUID()}`,
          nbf: start,
          iat: start,
          exp: start + 3600,
          vc: {
            '@context': ['https://www.w3.org/2018/credentials/v1'],
            type: ['VerifiableCredential', type],
            credentialSubject: [subject],
            ...vc,
          },
          ...claims,
        },
        header,
      )
    },
  }
}

/** The subject of a LedenadministratieCredential; `organization` replaces members. */
export function memberSubject(did: string, organization: Json = {}): Json & { readonly organization: Json } {
  return {
    id: did,
    organization: {
      name: 'Zorgkantoor Noord',
      city: 'Noordstad',
      id: '5999',
      id_type: 'uzovi',
      role: 'zorgkantoor',
      ...organization,
    },
  }
}

/** The subject of an AutorisatieCredential. */
export function autorisatieSubject(did: string): Json {
  return {
    id: did,
    legalBase: { consentType: 'implicit' },
    purposeOfUse: 'WLZ_UITVOERING',
    resources: [
      { path: '/wlzIndicatie/53089759-97a5-4a50-b1c9-bae97b8e73f0', operations: ['query'], userContext: false },
    ],
    localParameters: { fields: ['WlzIndicatie.wlzindicatieID'] },
  }
}

/** The claims of a compact JWT, whoever signed it. */
export function claimsOf(compact: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(compact.split('.')[1] ?? '', 'base64url').toString('utf8')) as Record<string, unknown>
}

/** The same JWT with other claims and the old signature. */
export function tamper(compact: string, change: (claims: Record<string, unknown>) => Json): string {
  const [header, , signature] = compact.split('.')
  return [header, encode(change(claimsOf(compact))), signature].join('.')
}

/** The rooms audit, identity and credentials of one node, over a store in memory and keys in a temporary directory. */
export interface TestIdentity {
  readonly clock: MovableClock
  readonly store: Store
  readonly keyDirectory: string
  readonly keyStore: KeyStore
  readonly audit: Audit
  readonly parties: Parties
  readonly resolver: DidResolver
  /** Whom the operator trusts, by credential type; add to it at any time. */
  readonly trusted: Record<string, string[]>
  readonly trust: Trust
  readonly verifier: CredentialVerifier
  readonly verifyPresentation: VerifyPresentation
  readonly statusLists: StatusLists
  readonly issuer: Issuer
  readonly linkedData: LinkedData
  readonly wallet: Wallet
  readonly present: Present
  /** The audit events so far. */
  journal(): Promise<readonly AuditEvent[]>
  /** Removes the keys. */
  end(): Promise<void>
}

/** Composes the rooms as a node does. Resolves did:key, did:jwk and what `methods` add. */
export async function createTestIdentity(
  options: {
    readonly clock?: MovableClock
    readonly methods?: Readonly<Record<string, DIDResolver>>
    readonly url?: string
  } = {},
): Promise<TestIdentity> {
  const { clock = createFixedClock(testStart), methods = {}, url = 'https://node.example' } = options
  const keyDirectory = await mkdtemp(join(tmpdir(), 'bronnet-keys-'))
  const store = createMemoryStore({ clock })
  const keyStore = await openFileKeyStore({ directory: keyDirectory, passphrase: Secret.of('correct horse battery') })
  const audit = createAudit({ store, clock, node: testNode, pseudonymKey: keyStore.secretFor('audit pseudonyms') })
  const parties = createParties({ store, keyStore, audit, clock, url })
  const resolver = createDidResolver({
    clock,
    methods: { web: async () => notFound, key: resolveDidKey, jwk: resolveDidJwk, ...methods },
    // Its chains name no revocation lists.
    chainedMethods: { x509: createDidX509({ clock, revocations: { check: async () => undefined } }) },
    own: (did) => parties.resolve(did),
  })
  const trusted: Record<string, string[]> = {}
  const trust = createTrust(trusted)
  const checkStatus = createOfflineCheckStatus({ clock, store, url })
  const linkedData = createLinkedData({ examples: false })
  const verifyProofs = createVerifyProofs({ clock, resolver, linkedData })
  const signList = createSignList({ parties, linkedData })
  const statusLists = createStatusLists({ store, audit, clock, parties, url, signList, restoredAt: 0 })
  const verifier = createCredentialVerifier({ clock, resolver, verifyProofs, trust, checkStatus })
  return {
    clock,
    store,
    linkedData,
    keyDirectory,
    keyStore,
    audit,
    parties,
    resolver,
    trusted,
    trust,
    verifier,
    verifyPresentation: createVerifyPresentation({ clock, resolver, linkedData, verifyProofs, credentials: verifier }),
    statusLists,
    issuer: createIssuer({ store, audit, clock, parties, statusLists, linkedData }),
    wallet: createWallet({ store, audit, clock, verifier }),
    present: createPresent({ clock, parties }),
    journal: async () => (await audit.read({ after: 0, limit: 1000 })).map(({ event }) => event),
    end: () => rm(keyDirectory, { recursive: true, force: true }),
  }
}

const notFound = { didResolutionMetadata: { error: 'notFound' }, didDocument: null, didDocumentMetadata: {} }

function encode(value: Json): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
