import { z } from 'zod'

const text = z.string().min(1).max(2048)
const oneOrMore = z.union([z.array(text).min(1).max(16), text])
const credential = z.union([z.string(), z.record(z.string(), z.unknown())])

/** What every presentation says of itself, wherever it stands. */
const content = {
  '@context': oneOrMore,
  type: oneOrMore,
  id: text.optional(),
  holder: z.union([text, z.looseObject({ id: text })]).optional(),
  verifiableCredential: z.union([z.array(credential).max(10), credential]).optional(),
}

/** What the claims of a JWT say beside it. @see RFC 7519 section 4.1 */
const claims = {
  iss: text.optional(),
  sub: text.optional(),
  jti: text.optional(),
  aud: z.union([text, z.array(text).min(1).max(16)]).optional(),
  nbf: z.number().optional(),
  iat: z.number().optional(),
  exp: z.number().optional(),
  nonce: text.optional(),
  retract_jti: text.optional(),
}

/** The `vp` claim of a JWT presentation. @see VC Data Model 1.1 section 6.3.1 */
const vpClaimSchema = z.looseObject(content)

/** Claims of a JWT presentation. @see Nuts RFC021 section 4 */
export const presentationClaimsSchema = z.looseObject({ ...claims, vp: vpClaimSchema })

/** The payload of a `vp+jwt`. @see VC-JOSE-COSE section 3.1.2 */
export const josePresentationSchema = z.looseObject({
  ...content,
  ...claims,
  vc: z.undefined().optional(),
  vp: z.undefined().optional(),
  proof: z.undefined().optional(),
})

const presentationProof = z.looseObject({
  type: text,
  verificationMethod: text,
  created: text.optional(),
  expires: text.optional(),
  domain: oneOrMore.optional(),
  challenge: text.optional(),
  nonce: text.optional(),
})

/** A presentation as a JSON object with a proof. @see VC Data Model 2.0 section 4.13 */
export const presentationObjectSchema = z.looseObject({
  ...content,
  proof: z.union([presentationProof, z.array(presentationProof).min(1).max(8)]),
})

export type VpClaim = z.output<typeof vpClaimSchema>
export type PresentationClaims = z.output<z.ZodObject<typeof claims>>
