import { z } from 'zod'
import type { Instant, Seconds } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import { pathOfFault } from '../kernel/schema-faults.js'
import { parseGuardedJson } from '../kernel/json-guard.js'
import { didOfKeyId } from '../identity/did-url.js'
import {
  josePresentationSchema,
  presentationClaimsSchema,
  presentationObjectSchema,
  type PresentationClaims,
  type VpClaim,
} from '../../schemas/credentials/presentation.js'
import { asArray, baseContext, baseContextV2, findDate, type Credential, type JsonObject } from './credential.js'
import { findEnveloped } from './enveloped.js'
import { decodeJwt, type DecodedJwt, type SignedJwt } from './jwt.js'
import { isVerifiedAlgorithm } from './signature.js'
import { skewMilliseconds, type CredentialVerifier } from './verify-credential.js'

const readClaims = z.compile(presentationClaimsSchema)
const readJoseClaims = z.compile(josePresentationSchema)
const readObject = z.compile(presentationObjectSchema)

/** How a presentation is secured, by the names of the field. @see CredentialFormat */
export type PresentationFormat = 'jwt_vp' | 'ldp_vp' | 'vp+jwt'

/** A presentation taken apart: parsed, not trusted. */
export interface Presentation {
  readonly format: PresentationFormat
  /** The compact JWT; for an object its JSON text. */
  readonly raw: string
  readonly jwt: SignedJwt | undefined
  /** The object as it came, with its one proof; for a JWT `undefined`. */
  readonly object: JsonObject | undefined
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
  /** The content of the `vp` claim, or the presentation itself: what submission paths run on. */
  readonly envelope: VpClaim
  /** The credential that a value of the envelope is. */
  readonly credentialOf: (value: unknown) => Credential | undefined
}

type Parser = Pick<CredentialVerifier, 'parse'>

/**
 * Takes a presentation apart: a compact JWT of either data model, or the JSON text of an object with a proof. Checks what
 * needs no key: that one DID signs, holds and is the subject of every credential.
 *
 * Does not check any signature, the period or the audience.
 * @throws `presentation.malformed`, `presentation.algorithm`, `presentation.signer`, `credential.*`
 */
export function parsePresentation(text: string, verifier: Parser): Presentation {
  if (!text.startsWith('{')) return fromCompact(text, verifier)
  return parsePresentationValue(readJson(text), verifier)
}

/** As `parsePresentation`, for a text or an object that was read as JSON already. */
export function parsePresentationValue(value: unknown, verifier: Parser): Presentation {
  if (typeof value === 'string') return fromCompact(value, verifier)
  const enveloped = findEnveloped(value, 'EnvelopedVerifiablePresentation')
  return enveloped === undefined ? fromObject(value, verifier) : fromCompact(enveloped, verifier)
}

function readJson(text: string): unknown {
  try {
    return parseGuardedJson(text)
  } catch (cause) {
    throw new NodeError('presentation.malformed', { cause, detail: 'not acceptable JSON' })
  }
}

function fromCompact(compact: string, verifier: Parser): Presentation {
  const jwt = decodeJwt(compact, 'presentation.malformed')
  if (!isVerifiedAlgorithm(jwt.header.alg)) throw new NodeError('presentation.algorithm')
  return jwt.header.typ === 'vp+jwt' ? fromJoseClaims(jwt, verifier) : fromClaims(jwt, verifier)
}

/**
 * Reads the form of nuts-node v6.2 (no `iss`, `vp.holder`, single values) and of its successor.
 * @see Nuts RFC021 section 4; VC Data Model 1.1 section 6.3.1
 */
function fromClaims(jwt: DecodedJwt, verifier: Parser): Presentation {
  const parsed = readClaims.safeParse(jwt.claims)
  if (!parsed.success) throw malformed(`claims: ${pathOfFault(parsed.error)}`)
  if (!asArray(parsed.data.vp['@context']).includes(baseContext)) throw malformed('context')
  return assemble({ format: 'jwt_vp', jwt, claims: parsed.data, envelope: parsed.data.vp, verifier })
}

/** @see VC-JOSE-COSE section 3.1.2: the payload is the presentation itself, without a `vp` claim */
function fromJoseClaims(jwt: DecodedJwt, verifier: Parser): Presentation {
  const parsed = readJoseClaims.safeParse(jwt.claims)
  if (!parsed.success) throw malformed(`claims: ${pathOfFault(parsed.error)}`)
  if (jwt.header.cty !== undefined && jwt.header.cty !== 'vp') throw malformed('content type')
  if (asArray(parsed.data['@context'])[0] !== baseContextV2) throw malformed('context')
  return assemble({ format: 'vp+jwt', jwt, claims: parsed.data, envelope: parsed.data, verifier })
}

/** What both JWT families say in the same words. */
function assemble(options: {
  readonly format: 'jwt_vp' | 'vp+jwt'
  readonly jwt: DecodedJwt
  readonly claims: PresentationClaims
  readonly envelope: VpClaim
  readonly verifier: Parser
}): Presentation {
  const { format, jwt, claims, envelope, verifier } = options
  const keyId = jwt.header.kid
  const start = claims.nbf ?? claims.iat
  if (keyId === undefined || start === undefined || claims.exp === undefined)
    throw malformed('kid, nbf and exp are required')
  return {
    format,
    raw: jwt.compact,
    jwt,
    object: undefined,
    keyId,
    ...readContent({ keyId, holders: [claims.iss, claims.sub], envelope, verifier }),
    id: claims.jti ?? envelope.id,
    audiences: claims.aud === undefined ? [] : asArray(claims.aud),
    notBefore: start * 1000,
    expiresAt: claims.exp * 1000,
    nonce: claims.nonce,
    retracts: claims.retract_jti,
  }
}

/**
 * One proof, which carries what the claims of a JWT carry.
 * @see nuts-node v6: `domain` is the audience; Data Integrity 1.0 section 2.1
 */
function fromObject(value: unknown, verifier: Parser): Presentation {
  const parsed = readObject.safeParse(value)
  if (!parsed.success) throw malformed(`object: ${pathOfFault(parsed.error)}`)
  const envelope = parsed.data
  const contexts = asArray(envelope['@context'])
  if (contexts.includes(baseContext) === (contexts[0] === baseContextV2)) throw malformed('context')
  const [proof, ...others] = asArray(envelope.proof)
  if (proof === undefined || others.length > 0) throw malformed('a presentation has one proof')
  const { verificationMethod: keyId, domain } = proof
  const notBefore = findDate(proof.created ?? '')
  const expiresAt = findDate(proof.expires ?? '')
  if (notBefore === undefined || expiresAt === undefined) throw malformed('created and expires are required')
  return {
    format: 'ldp_vp',
    raw: JSON.stringify(value),
    jwt: undefined,
    object: envelope,
    keyId,
    ...readContent({ keyId, holders: [], envelope, verifier }),
    id: envelope.id,
    audiences: domain === undefined ? [] : asArray(domain),
    notBefore,
    expiresAt,
    nonce: proof.nonce ?? proof.challenge,
    retracts: undefined,
  }
}

/** What every form shows: who holds it, and which credentials it has. */
function readContent(options: {
  readonly keyId: string
  readonly holders: readonly (string | undefined)[]
  readonly envelope: VpClaim
  readonly verifier: Parser
}): Pick<Presentation, 'signer' | 'types' | 'credentials' | 'envelope' | 'credentialOf'> {
  const { keyId, envelope, verifier } = options
  const types = asArray(envelope.type)
  if (!types.includes('VerifiablePresentation')) throw malformed('type')
  const signer = didOfKeyId(keyId)
  const holder = typeof envelope.holder === 'object' ? envelope.holder.id : envelope.holder
  for (const named of [...options.holders, holder]) {
    if (named !== undefined && named !== signer)
      throw new NodeError('presentation.signer', { detail: 'iss, sub, holder and key differ' })
  }
  const byValue = new Map<unknown, Credential>()
  for (const value of asArray<unknown>(envelope.verifiableCredential ?? [])) {
    const credential = verifier.parse(value)
    if (credential.subjectId !== signer) {
      throw new NodeError('presentation.signer', {
        detail: 'a credential is about somebody else',
        notes: ['every credential must be about the one who presents it'],
      })
    }
    byValue.set(value, credential)
  }
  return { signer, types, credentials: [...byValue.values()], envelope, credentialOf: (value) => byValue.get(value) }
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

/** Refuses a presentation made for none of these names of ours. The comparison is exact. @throws `presentation.audience` */
export function checkAudience({ audiences }: Presentation, ...own: readonly string[]): void {
  if (!own.some((name) => audiences.includes(name))) throw new NodeError('presentation.audience')
}

function malformed(detail: string): NodeError {
  return new NodeError('presentation.malformed', { detail })
}
