import { LRUCache } from 'lru-cache'
import type { Clock, Instant } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import type { VerificationKey } from '../identity/did-document.js'
import type { DidResolver } from '../identity/resolve-did.js'
import { parseCompactCredential, parseObjectCredential, type Credential } from './credential.js'
import { findEnveloped } from './enveloped.js'
import { getKey } from './get-key.js'
import { hasGoodSignature, hasGoodSignatureAside, isVerifiedAlgorithm } from './signature.js'
import { createIsGoodAside, type SignaturesAside } from './signature-thread.js'
import type { VerifyProofs } from './proofs/verify-proofs.js'
import type { CheckStatus, ListLook, ListedStatus, StatusEvidence } from './status/check-status.js'
import type { Freshness } from './status/keep-lists.js'
import type { Trust } from './trust.js'
import type { CredentialType } from './types/credential-type.js'
import { checkTypeRules } from './types/table.js'

/** Clocks of two nodes may differ this much. @see Nuts RFC021 section 4.2 */
export const skewMilliseconds = 5_000
const maxCached = 5_000

let seal: (credential: Credential, verifiedAt: Instant) => VerifiedCredential
/** Private is a word of the compiler only; who has no `stamp` makes none at run time either. */
const stamp = Symbol('verified')

/**
 * A credential whose type rules, signature, period and issuer were good at `verifiedAt`. Only the verifier makes one,
 * and nobody changes it.
 */
export class VerifiedCredential {
  readonly #sealed = true
  readonly credential: Credential
  readonly verifiedAt: Instant

  private constructor(proof: typeof stamp, credential: Credential, verifiedAt: Instant) {
    if (proof !== stamp) throw new NodeError('internal.fault', { detail: 'only the verifier makes one' })
    this.credential = credential
    this.verifiedAt = verifiedAt
    Object.freeze(this)
  }

  /** True for a real one, whatever the type says. */
  static is(value: unknown): value is VerifiedCredential {
    return typeof value === 'object' && value !== null && #sealed in value
  }

  // Gives the verifier in this file, and nobody else, the way to make one.
  static {
    seal = (credential, verifiedAt) => new VerifiedCredential(stamp, credential, verifiedAt)
  }
}

/** What is known of a credential that was looked at before. */
interface Known {
  /** The rules that it keeps. */
  type?: CredentialType
  /** The key under which its signature was good. */
  goodUnder?: VerificationKey
}

/** Verifies credentials. */
export interface CredentialVerifier {
  /**
   * Takes a compact JWT, an enveloped credential or a credential object apart; a text that was verified before is parsed
   * no more.
   * @throws `credential.malformed`
   */
  parse(value: unknown): Credential
  /**
   * Verifies type rules, period, issuer, signature and status, cheap before costly. A credential without proof passes
   * only when its type is the holder's own word, its issuer is its subject, and it has no status.
   *
   * Does not check who presents it.
   * @throws `credential.*`, `identity.*` when the issuer's key cannot be had
   */
  verify(credential: Credential, options: VerifyOptions): Promise<VerifiedCredential>
  /**
   * Checks the status alone, for evidence that was verified before.
   * @throws `credential.revoked`, `credential.suspended`, `credential.status_unsupported`,
   *   `credential.status_unavailable`, `store.unavailable`
   */
  checkStatus(evidence: StatusEvidence, freshness: Freshness): Promise<void>
  /** Looks at one status list, for who keeps an eye on many credentials in it. @see LookAtList */
  lookAtList(entry: ListedStatus, freshness: Freshness): Promise<ListLook>
}

export interface VerifyOptions {
  /** The DID of the party at whose source the credential is used. */
  readonly bronhouder?: string | undefined
  /** How old copies of status lists may be; `usual` unless given. */
  readonly freshness?: Freshness
  /** `bulk` checks signatures of JWTs beside the main thread, for work that nobody waits for. */
  readonly pace?: 'bulk'
}

export interface CredentialVerifierDeps {
  readonly clock: Clock
  readonly resolver: DidResolver
  readonly verifyProofs: VerifyProofs
  readonly trust: Trust
  readonly checkStatus: CheckStatus
  /** For what is read in bulk; without it signatures are checked by the threads of the platform. */
  readonly aside?: SignaturesAside | undefined
}

/**
 * Keeps what was parsed and found well signed by exact text and by key, so that the same credential costs one signature
 * check per version of its issuer's document. Period, status and trust are looked at every time.
 */
export function createCredentialVerifier(deps: CredentialVerifierDeps): CredentialVerifier {
  const { clock, resolver, verifyProofs, trust } = deps
  const isGoodAside = createIsGoodAside(deps)
  /** Only those whose signature was good: what anybody can make up must not push out what is shown each day. */
  const goodByText = new LRUCache<string, Credential>({
    max: maxCached,
    maxSize: 32 * 1024 * 1024,
    sizeCalculation: (c) => c.raw.length * 3,
  })
  /** One map for all that is known of a credential: the collector of memory looks at each entry of each map. */
  const known = new WeakMap<Credential, Known>()

  /** What is read in bulk is looked at once, and nothing is kept of it. */
  function knownOf(credential: Credential, pace?: 'bulk'): Known {
    const before = known.get(credential)
    if (before !== undefined) return before
    const found: Known = {}
    if (pace !== 'bulk') known.set(credential, found)
    return found
  }

  function checkPeriod(credential: Credential): void {
    const now = clock.now()
    if (credential.issuedAt !== undefined && credential.issuedAt > now + skewMilliseconds)
      throw new NodeError('credential.not_yet_valid', { notes: [`the ${credential.type} is not valid yet`] })
    if (credential.expiresAt !== undefined && credential.expiresAt <= now) {
      throw new NodeError('credential.expired', { notes: [`the ${credential.type} has expired`] })
    }
  }

  async function checkSignature(credential: Credential, found: Known, pace?: 'bulk'): Promise<void> {
    const { jwt, object } = credential
    if (object !== undefined && credential.proofs.length > 0) {
      await verifyProofs(object, { purpose: 'assertionMethod', controller: credential.issuer })
      goodByText.set(credential.raw, credential)
      return
    }
    if (jwt === undefined) {
      throw new NodeError('credential.signature', {
        detail: 'no proof',
        notes: [`the ${credential.type} has no proof`],
      })
    }
    if (!isVerifiedAlgorithm(jwt.header.alg))
      throw new NodeError('credential.algorithm', { detail: 'algorithm is not in the list' })
    const keyId = jwt.header.kid ?? credential.issuer
    if (keyId !== credential.issuer && !keyId.startsWith(`${credential.issuer}#`)) {
      throw new NodeError('credential.controller', { detail: 'the key is not the issuer’s' })
    }
    if (pace === 'bulk' && (await isGoodAside(jwt, keyId))) return
    const use = { use: 'assertionMethod', wrongUse: 'credential.key_purpose', chain: jwt.header.x5c } as const
    const key = await getKey(resolver, keyId, use)
    if (found.goodUnder === key) return
    checkValidity(credential, key)
    const isGood = pace === 'bulk' ? await hasGoodSignatureAside(jwt, key) : hasGoodSignature(jwt, key)
    if (!isGood) {
      throw new NodeError('credential.signature', { notes: [`the signature of the ${credential.type} is not good`] })
    }
    found.goodUnder = key
    // What is read in bulk is not shown each day.
    if (pace !== 'bulk') goodByText.set(credential.raw, credential)
  }

  /** @see Nuts RFC023: a credential lies within the period of the certificate that signed it */
  function checkValidity({ type, issuedAt, expiresAt = Infinity }: Credential, { validity }: VerificationKey): void {
    if (
      validity === undefined ||
      (issuedAt !== undefined && issuedAt >= validity.from && expiresAt <= validity.until)
    ) {
      return
    }
    throw new NodeError('credential.rule_broken', { notes: [`the ${type} is valid longer than its certificate`] })
  }

  function parse(value: unknown): Credential {
    const compact = typeof value === 'string' ? value : findEnveloped(value, 'EnvelopedVerifiableCredential')
    if (compact === undefined) return goodByText.get(JSON.stringify(value) ?? '') ?? parseObjectCredential(value)
    return goodByText.get(compact) ?? parseCompactCredential(compact)
  }

  async function verifyList(value: unknown): Promise<Credential> {
    const credential = parse(value)
    checkPeriod(credential)
    await checkSignature(credential, knownOf(credential))
    return credential
  }

  const checkStatus: CredentialVerifier['checkStatus'] = (evidence, freshness) =>
    deps.checkStatus.check(evidence, { freshness, verifyList })

  return {
    parse,
    checkStatus,
    lookAtList: (entry, freshness) => deps.checkStatus.look(entry, { freshness, verifyList }),
    async verify(credential, { bronhouder, freshness = 'usual', pace }) {
      const found = knownOf(credential, pace)
      const type = (found.type ??= checkTypeRules(credential))
      checkPeriod(credential)
      if (credential.subjects.length > 1) {
        throw new NodeError('credential.rule_broken', { notes: [`a ${type.type} has one subject`] })
      }
      trust.checkIssuer(credential, type, bronhouder)
      const selfAttested = type.trust === 'holder' && credential.jwt === undefined && credential.proofs.length === 0
      if (!selfAttested) await checkSignature(credential, found, pace)
      // An address in what nobody signed is not called.
      else if (credential.statusEntries.length > 0) throw new NodeError('credential.status_unsupported')
      await checkStatus(credential, freshness)
      return seal(credential, clock.now())
    },
  }
}
