import { z } from 'zod'

const text = z.string().min(1).max(2048)

/** `credentialSubject` on the wire: one object or several. */
const subjects = z.union([z.record(z.string(), z.unknown()), z.array(z.record(z.string(), z.unknown())).min(1).max(16)])
const oneOrMore = z.union([text, z.array(text).min(1).max(16)])

/** The `vc` claim of a JWT credential. @see VC Data Model 1.1 section 6.3.1 */
export const vcClaimSchema = z.looseObject({
  '@context': oneOrMore,
  type: oneOrMore,
  id: text.optional(),
  issuer: text.optional(),
  issuanceDate: text.optional(),
  expirationDate: text.optional(),
  credentialSubject: subjects,
  credentialStatus: z.unknown().optional(),
})

/** A credential as a JSON object: in a presentation it is one that the holder says about itself. */
export const credentialObjectSchema = z.looseObject({
  '@context': oneOrMore,
  type: oneOrMore,
  id: text,
  issuer: text,
  issuanceDate: text,
  expirationDate: text.optional(),
  credentialSubject: subjects,
  credentialStatus: z.unknown().optional(),
  proof: z.unknown().optional(),
})

/** Claims of a JWT credential. Claims that are not named here are ignored, as RFC 7519 section 4 asks. */
export const credentialClaimsSchema = z.looseObject({
  iss: text,
  sub: text.optional(),
  jti: text,
  nbf: z.number(),
  iat: z.number().optional(),
  exp: z.number().optional(),
  vc: vcClaimSchema,
})

/** The `vp` claim of a JWT presentation. @see VC Data Model 1.1 section 6.3.1 */
export const vpClaimSchema = z.looseObject({
  '@context': oneOrMore,
  type: oneOrMore,
  holder: text.optional(),
  verifiableCredential: z
    .union([
      z.string(),
      z.record(z.string(), z.unknown()),
      z.array(z.union([z.string(), z.record(z.string(), z.unknown())])).max(10),
    ])
    .optional(),
})

/** Claims of a JWT presentation. @see Nuts RFC021 section 4 */
export const presentationClaimsSchema = z.looseObject({
  iss: text.optional(),
  sub: text.optional(),
  jti: text.optional(),
  aud: z.union([text, z.array(text).min(1).max(16)]).optional(),
  nbf: z.number().optional(),
  iat: z.number().optional(),
  exp: z.number().optional(),
  nonce: text.optional(),
  retract_jti: text.optional(),
  vp: vpClaimSchema,
})

export type CredentialObject = z.output<typeof credentialObjectSchema>
export type VpClaim = z.output<typeof vpClaimSchema>
