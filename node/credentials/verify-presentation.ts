import type { Clock, Instant } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import type { DidResolver } from '../identity/resolve-did.js'
import { asArray, type Credential } from './credential.js'
import { hasGoodSignature, hasGoodSignatureAside } from './signature.js'
import { createIsGoodAside, type SignaturesAside } from './signature-thread.js'
import type { Presentation } from './presentation.js'
import type { LinkedData } from './proofs/linked-data.js'
import type { VerifyProofs } from './proofs/verify-proofs.js'
import type { CredentialVerifier, VerifiedCredential, VerifyOptions } from './verify-credential.js'

let seal: (
  presentation: Presentation,
  credentials: readonly VerifiedCredential[],
  verifiedAt: Instant,
) => VerifiedPresentation
/** Private is a word of the compiler only; who has no `stamp` makes none at run time either. */
const stamp = Symbol('verified')

/**
 * A presentation whose signature and credentials were all good at `verifiedAt`. Only the verifier makes one, and nobody
 * changes it.
 */
export class VerifiedPresentation {
  readonly #sealed = true
  readonly presentation: Presentation
  /** In the order of the presentation. */
  readonly credentials: readonly VerifiedCredential[]
  readonly verifiedAt: Instant

  private constructor(
    proof: typeof stamp,
    presentation: Presentation,
    credentials: readonly VerifiedCredential[],
    verifiedAt: Instant,
  ) {
    if (proof !== stamp) throw new NodeError('internal.fault', { detail: 'only the verifier makes one' })
    this.presentation = presentation
    this.credentials = Object.freeze([...credentials])
    this.verifiedAt = verifiedAt
    Object.freeze(this)
  }

  /** True for a real one, whatever the type says. */
  static is(value: unknown): value is VerifiedPresentation {
    return typeof value === 'object' && value !== null && #sealed in value
  }

  // Gives the verifier in this file, and nobody else, the way to make one.
  static {
    seal = (presentation, credentials, verifiedAt) =>
      new VerifiedPresentation(stamp, presentation, credentials, verifiedAt)
  }
}

/**
 * Verifies the holder's signature, under a key that the DID lists for assertion, and then every credential.
 *
 * Does not check period, audience, nonce or whether a definition is fulfilled: those are cheaper and come before.
 * @throws `presentation.signature`, `credential.*`, `identity.*`
 */
export type VerifyPresentation = (presentation: Presentation, options: VerifyOptions) => Promise<VerifiedPresentation>

export function createVerifyPresentation(deps: {
  readonly clock: Clock
  readonly resolver: DidResolver
  readonly linkedData: LinkedData
  readonly verifyProofs: VerifyProofs
  readonly credentials: CredentialVerifier
  readonly aside?: SignaturesAside | undefined
}): VerifyPresentation {
  const isGoodAside = createIsGoodAside(deps)
  return async (presentation, options) => {
    await checkSigner(presentation, options)
    const verified: VerifiedCredential[] = []
    // One after the other: a bad credential spares the work of those behind it.
    for (const credential of presentation.credentials) verified.push(await deps.credentials.verify(credential, options))
    return seal(presentation, verified, deps.clock.now())
  }

  async function checkSigner(presentation: Presentation, { pace }: VerifyOptions): Promise<void> {
    const { jwt, object, keyId, credentials, envelope } = presentation
    if (jwt !== undefined && !(pace === 'bulk' && (await isGoodAside(jwt, keyId)))) {
      const key = await deps.resolver.keyFor(keyId, 'assertionMethod')
      const isGood = pace === 'bulk' ? await hasGoodSignatureAside(jwt, key) : hasGoodSignature(jwt, key)
      if (!isGood) throw new NodeError('presentation.signature')
    }
    if (object === undefined) return
    // For linked data it is an address that leads nowhere, and is left out of what is signed.
    if (asArray<unknown>(envelope.verifiableCredential).some((value) => typeof value === 'string')) {
      throw new NodeError('presentation.signature', {
        notes: ['a proof does not cover a JWT that stands in the presentation as text: send a JWT presentation'],
      })
    }
    await deps.verifyProofs(object, { purpose: 'assertionMethod', undefinedTerms: 'drop' })
    for (const credential of credentials) await checkOwnWord(credential)
  }

  /**
   * What the holder says itself is protected by the proof of the presentation alone, and that leaves out what no context
   * defines. So nothing may be undefined there, but for the id: nuts-node gives one that is not absolute.
   */
  async function checkOwnWord({ object, proofs }: Credential): Promise<void> {
    if (object === undefined || proofs.length > 0) return
    await deps.linkedData.canonicalize({ ...object, id: 'urn:uuid:own' }, { undefinedTerms: 'refuse' })
  }
}
