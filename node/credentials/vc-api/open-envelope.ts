import { z } from 'zod'
import { epochSeconds, type Clock } from '../../kernel/clock.js'
import { NodeError } from '../../kernel/errors.js'
import { didOfKeyId } from '../../identity/did-url.js'
import type { DidResolver } from '../../identity/resolve-did.js'
import { asArray, baseContextV2, type JsonObject } from '../credential.js'
import { decodeJwt } from '../jwt.js'
import { hasGoodSignature, isVerifiedAlgorithm } from '../signature.js'
import { checkIssuerClaim, josePayload } from './jose-payload.js'

/** What was inside an envelope, under a good signature. */
export interface Opened {
  readonly document: JsonObject
  /** The DID whose key signed. */
  readonly signer: string
  readonly audiences: readonly string[]
  readonly nonce: string | undefined
}

const kinds = {
  credential: { type: 'EnvelopedVerifiableCredential', jose: 'vc', code: 'credential.malformed' },
  presentation: { type: 'EnvelopedVerifiablePresentation', jose: 'vp', code: 'presentation.malformed' },
} as const

const envelopeSchema = z.looseObject({
  '@context': z.union([z.string(), z.array(z.unknown()).min(1)]),
  type: z.union([z.string(), z.array(z.string())]),
  id: z.string(),
})
const text = z.string().max(2048)
const claimsSchema = z.looseObject({
  iss: text.optional(),
  aud: z.union([text, z.array(text).max(16)]).optional(),
  nonce: text.optional(),
  exp: z.number().optional(),
  nbf: z.number().optional(),
})

const skewSeconds = 5

/**
 * Opens an enveloped credential or presentation: a `data:` URL of a VC-JOSE JWT, whose payload is the document, or of an
 * `application/jwt`, which carries it in a `vc` or `vp` claim. `undefined` for a value that is no envelope.
 *
 * Does not look at the document.
 * @throws `credential.malformed`, `presentation.malformed`, `credential.algorithm`, `credential.signature`,
 *   `proof.expired`, `identity.*`
 * @see VC Data Model 2.0 sections 4.12.1 and 4.12.2; VC-JOSE-COSE sections 3.1 and 3.3
 */
export async function openEnvelope(
  value: unknown,
  kind: keyof typeof kinds,
  { clock, resolver }: { readonly clock: Clock; readonly resolver: DidResolver },
): Promise<Opened | undefined> {
  const { type, jose, code } = kinds[kind]
  const parsed = envelopeSchema.safeParse(value)
  const isEnvelope = parsed.success && [parsed.data.type].flat().includes(type)
  if (!isEnvelope) {
    if (typeof value === 'object' && value !== null && 'type' in value && [value.type].flat().includes(type))
      throw malformed(code, 'an envelope has a context, a type and a data URL as id')
    return undefined
  }
  if (asArray<unknown>(parsed.data['@context'])[0] !== baseContextV2)
    throw malformed(code, '@context: not of data model 2.0')
  const { mediaType, compact } = splitDataUrl(parsed.data.id) ?? {}
  if (compact === undefined || (mediaType !== 'application/jwt' && mediaType !== `application/${jose}+jwt`)) {
    throw malformed(code, 'id: not a data URL of a JWT')
  }
  const jwt = decodeJwt(compact, code)
  const isJose = mediaType !== 'application/jwt' || jwt.header.typ === `${jose}+jwt`
  const claims = claimsSchema.safeParse(jwt.claims)
  if (!claims.success) throw malformed(code, 'a claim is malformed')
  const document = isJose ? josePayload(jwt, jose) : claims.data[jose]
  if (typeof document !== 'object' || document === null) throw malformed(code, 'there is nothing inside')
  checkIssuerClaim(claims.data.iss, document as JsonObject, jose) // JSON, and an object.
  if (!isVerifiedAlgorithm(jwt.header.alg)) throw new NodeError('credential.algorithm')
  const keyId = jwt.header.kid ?? claims.data.iss ?? ''
  const key = await resolver.keyFor(keyId, 'assertionMethod')
  if (!hasGoodSignature(jwt, key)) throw new NodeError('credential.signature')
  const { aud, nonce, nbf, exp } = claims.data
  const now = epochSeconds(clock.now())
  if ((nbf !== undefined && nbf > now + skewSeconds) || (exp !== undefined && exp <= now)) {
    throw new NodeError('proof.expired')
  }
  return {
    document: document as JsonObject, // JSON, and an object.
    signer: didOfKeyId(keyId),
    audiences: aud === undefined ? [] : asArray(aud),
    nonce,
  }
}

function splitDataUrl(id: string): { readonly mediaType: string; readonly compact: string } | undefined {
  const match = /^data:([a-z+/]{1,32}),([A-Za-z0-9._-]+)$/.exec(id)
  return match?.[1] === undefined || match[2] === undefined ? undefined : { mediaType: match[1], compact: match[2] }
}

function malformed(code: 'credential.malformed' | 'presentation.malformed', note: string): NodeError {
  return new NodeError(code, { notes: [note] })
}
