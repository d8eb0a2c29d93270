import { createPublicKey, verify, type JsonWebKey } from 'node:crypto'
import { NodeError } from '../../kernel/errors.js'
import type { JsonObject } from '../credential.js'
import { findEnveloped } from '../enveloped.js'
import { decodeJwt, type DecodedJwt } from '../jwt.js'
import { splitSigned } from '../signature.js'
import type { LinkedData } from '../proofs/linked-data.js'
import { checkIssuerClaim, joseCodes, josePayload, type JoseKind } from './jose-payload.js'
import { refuseUnnamedMembers } from './unnamed-members.js'
import { parseCredential2, parsePresentation2 } from './structure.js'

/** Algorithms of these functions, a closed list. What nodes sign for tokens is a shorter one. */
export const joseAlgorithms = ['ES256', 'ES384', 'ES512', 'EdDSA'] as const
export type JoseAlgorithm = (typeof joseAlgorithms)[number]

/**
 * How it ended. `indeterminate`: the key cannot be used, so that nothing can be said of the signature.
 */
export type JoseOutcome<T> =
  | { readonly outcome: 'success'; readonly value: T }
  | { readonly outcome: 'failure' | 'indeterminate'; readonly reason: string }

export interface JoseSigner {
  readonly algorithm: JoseAlgorithm
  readonly keyId?: string
  /** The raw signature: `r‖s` for ECDSA. */
  readonly sign: (input: Buffer) => Promise<Buffer>
}

/**
 * Secures a document as it stands, once it has the right shape and its contexts define its terms. Apart from HTTP and from
 * the keys of parties, as `verifyJose` is: the published suite of VC-JOSE-COSE is run on these two, and no route calls them.
 * @see VC-JOSE-COSE section 3.1
 */
export async function signJose(
  document: JsonObject,
  {
    kind,
    signer,
    linkedData,
  }: { readonly kind: JoseKind; readonly signer: JoseSigner; readonly linkedData: LinkedData },
): Promise<JoseOutcome<string>> {
  return outcomeOf(async () => {
    await checkDocument(document, kind, linkedData)
    const kid = signer.keyId === undefined ? {} : { kid: signer.keyId }
    const header = { alg: signer.algorithm, typ: `${kind}+jwt`, cty: kind, ...kid }
    const input = [header, document].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
    return `${input}.${(await signer.sign(Buffer.from(input))).toString('base64url')}`
  })
}

/**
 * Verifies a compact JWT, and for a presentation every enveloped credential in it, under one key.
 *
 * Does not check whose key it is, nor whether what is said is true or valid now.
 * @see VC-JOSE-COSE sections 3.1 and 4.1
 */
export async function verifyJose(
  compact: string,
  { kind, key, linkedData }: { readonly kind: JoseKind; readonly key: JsonWebKey; readonly linkedData: LinkedData },
): Promise<JoseOutcome<JsonObject>> {
  const publicKey = importKey(key)
  if (publicKey === undefined) return { outcome: 'indeterminate', reason: 'the key is of a kind that is not known' }
  async function open(token: string, tokenKind: JoseKind): Promise<JsonObject> {
    const jwt = decodeJwt(token, joseCodes[tokenKind])
    if (publicKey === undefined || !isSignedWith(jwt, publicKey)) throw new NodeError('credential.signature')
    const document = josePayload(jwt, tokenKind)
    await checkDocument(document, tokenKind, linkedData)
    checkIssuerClaim((jwt.claims as JsonObject)['iss'], document, tokenKind) // An object: it has a payload.
    if (tokenKind === 'vp') for (const token of envelopedIn(document)) await open(token, 'vc')
    return document
  }
  return outcomeOf(() => open(compact, kind))
}

async function checkDocument(document: JsonObject, kind: JoseKind, linkedData: LinkedData): Promise<void> {
  if (kind === 'vc') parseCredential2(document)
  else parsePresentation2(document)
  await linkedData.canonicalize(document, { undefinedTerms: 'refuse-and-name' })
  await refuseUnnamedMembers(document, kind, linkedData)
}

/** Every credential of a presentation, which must be in an envelope: nothing else secures it here. */
function envelopedIn(presentation: JsonObject): readonly string[] {
  return [presentation['verifiableCredential'] ?? []].flat().map((value) => {
    const compact = findEnveloped(value, 'EnvelopedVerifiableCredential')
    if (compact === undefined) throw new NodeError('credential.malformed', { notes: ['a credential is not secured'] })
    return compact
  })
}

interface JoseKey {
  readonly algorithm: JoseAlgorithm
  readonly isGood: (input: Buffer, signature: Buffer) => boolean
}

const curves: Readonly<Record<string, { readonly algorithm: JoseAlgorithm; readonly hash: string | null }>> = {
  'P-256': { algorithm: 'ES256', hash: 'sha256' },
  'P-384': { algorithm: 'ES384', hash: 'sha384' },
  'P-521': { algorithm: 'ES512', hash: 'sha512' },
  Ed25519: { algorithm: 'EdDSA', hash: null },
}

/** The public half is all that is taken of a key. */
function importKey({ d: _private, ...jwk }: JsonWebKey): JoseKey | undefined {
  const known = jwk.crv !== undefined && Object.hasOwn(curves, jwk.crv) ? curves[jwk.crv] : undefined
  if (known === undefined) return undefined
  try {
    const key = createPublicKey({ key: jwk, format: 'jwk' })
    return {
      algorithm: known.algorithm,
      isGood: (input, signature) =>
        known.hash === null
          ? verify(null, input, key, signature)
          : verify(known.hash, input, { key, dsaEncoding: 'ieee-p1363' }, signature),
    }
  } catch {
    // Not a key of that curve.
    return undefined
  }
}

function isSignedWith(jwt: DecodedJwt, key: JoseKey): boolean {
  const { input, signature } = splitSigned(jwt)
  return jwt.header.alg === key.algorithm && key.isGood(input, signature)
}

async function outcomeOf<T>(work: () => Promise<T>): Promise<JoseOutcome<T>> {
  try {
    return { outcome: 'success', value: await work() }
  } catch (cause) {
    if (!NodeError.is(cause)) throw cause
    // A refusal is an outcome here.
    return { outcome: 'failure', reason: [cause.code, ...cause.notes].join(': ') }
  }
}
