import type { Instant, Seconds } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import { presentationClaimsSchema, type VpClaim } from '../../schemas/credentials/credential.js'
import { asArray, baseContext, type Credential } from './credential.js'
import { decodeJwt, isSignatureAlgorithm, type DecodedJwt } from './jwt.js'
import { skewMilliseconds, type CredentialVerifier } from './verify-credential.js'

/** A presentation taken apart: parsed, not trusted. */
export interface Presentation {
  readonly jwt: DecodedJwt
  /** The key that is said to have signed. */
  readonly keyId: string
  /** The DID of `keyId`; also the holder and the subject of every credential. */
  readonly signer: string
  readonly id: string | undefined
  readonly audiences: readonly string[]
  readonly notBefore: Instant
  readonly expiresAt: Instant
  readonly nonce: string | undefined
  readonly types: readonly string[]
  /** The `jti` that a retraction withdraws. */
  readonly retracts: string | undefined
  readonly credentials: readonly Credential[]
  /** The content of the `vp` claim: what submission paths run on. */
  readonly envelope: VpClaim
  /** The credential that a value of the envelope is. */
  readonly credentialOf: (value: unknown) => Credential | undefined
}

/**
 * Takes a JWT presentation apart and checks what needs no key: that one DID signs, holds and is the subject of every
 * credential. Reads the form of nuts-node v6.2 (no `iss`, `vp.holder`, single values) and of its successor.
 *
 * Does not check any signature, the period or the audience.
 * @throws `presentation.malformed`, `presentation.algorithm`, `presentation.signer`, `credential.*`
 * @see Nuts RFC021 section 4; VC Data Model 1.1 section 6.3.1
 */
export function parsePresentation(compact: string, verifier: Pick<CredentialVerifier, 'parse'>): Presentation {
  const jwt = decodeJwt(compact, 'presentation.malformed')
  if (!isSignatureAlgorithm(jwt.header.alg)) throw new NodeError('presentation.algorithm')
  const parsed = presentationClaimsSchema.safeParse(jwt.claims)
  if (!parsed.success) throw malformed(`claims: ${parsed.error.issues[0]?.path.join('.') ?? ''}`)
  const claims = parsed.data
  const types = asArray(claims.vp.type)
  if (!types.includes('VerifiablePresentation') || !asArray(claims.vp['@context']).includes(baseContext)) {
    throw malformed('context or type')
  }
  const keyId = jwt.header.kid
  const start = claims.nbf ?? claims.iat
  if (keyId === undefined || start === undefined || claims.exp === undefined)
    throw malformed('kid, nbf and exp are required')
  const signer = keyId.split('#')[0] ?? ''
  for (const holder of [claims.iss, claims.sub, claims.vp.holder]) {
    if (holder !== undefined && holder !== signer)
      throw new NodeError('presentation.signer', { detail: 'iss, sub, holder and kid differ' })
  }
  const byValue = new Map<unknown, Credential>()
  for (const value of asArray<unknown>(claims.vp.verifiableCredential ?? [])) {
    const credential = verifier.parse(value)
    if (credential.subjectId !== signer) {
      throw new NodeError('presentation.signer', {
        detail: 'a credential is about somebody else',
        notes: ['every credential must be about the one who presents it'],
      })
    }
    byValue.set(value, credential)
  }
  return {
    jwt,
    keyId,
    signer,
    id: claims.jti,
    audiences: claims.aud === undefined ? [] : asArray(claims.aud),
    notBefore: start * 1000,
    expiresAt: claims.exp * 1000,
    nonce: claims.nonce,
    types,
    retracts: claims.retract_jti,
    credentials: [...byValue.values()],
    envelope: claims.vp,
    credentialOf: (value) => byValue.get(value),
  }
}

/**
 * Refuses a presentation that is valid for longer than `longest` seconds, not valid yet, or no longer valid, with 5 s of
 * skew. Does not check the signature.
 * @throws `presentation.validity`, `presentation.not_yet_valid`, `presentation.expired`
 * @see Nuts RFC021 section 4.2 (9)
 */
export function checkPeriod(
  presentation: Presentation,
  options: { readonly now: Instant; readonly longest: Seconds },
): void {
  const { notBefore, expiresAt } = presentation
  if (expiresAt <= notBefore || expiresAt - notBefore > options.longest * 1000)
    throw new NodeError('presentation.validity')
  if (notBefore > options.now + skewMilliseconds) throw new NodeError('presentation.not_yet_valid')
  if (expiresAt + skewMilliseconds < options.now) throw new NodeError('presentation.expired')
}

/** Refuses a presentation made for somebody else. The comparison is exact. @throws `presentation.audience` */
export function checkAudience(presentation: Presentation, audience: string): void {
  if (!presentation.audiences.includes(audience)) throw new NodeError('presentation.audience')
}

function malformed(detail: string): NodeError {
  return new NodeError('presentation.malformed', { detail })
}
