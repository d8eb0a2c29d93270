import { z } from 'zod'

const text = z.string().min(1).max(2048)

/** `credentialSubject` on the wire: one object or several. Lists come first here and below: most write them. */
const subjects = z.union([z.array(z.record(z.string(), z.unknown())).min(1).max(16), z.record(z.string(), z.unknown())])
const oneOrMore = z.union([z.array(text).min(1).max(16), text])
const objects = z.union([z.array(z.record(z.string(), z.unknown())).min(1).max(8), z.record(z.string(), z.unknown())])

/** The `vc` claim of a JWT credential. @see VC Data Model 1.1 section 6.3.1 */
const vcClaimSchema = z.looseObject({
  '@context': oneOrMore,
  type: oneOrMore,
  id: text.optional(),
  issuer: text.optional(),
  issuanceDate: text.optional(),
  expirationDate: text.optional(),
  credentialSubject: subjects,
  credentialStatus: objects.optional(),
})

/** A credential as a JSON object, of either data model, with or without proofs. */
export const credentialObjectSchema = z.looseObject({
  '@context': oneOrMore,
  type: oneOrMore,
  id: text,
  issuer: z.union([text, z.looseObject({ id: text })]),
  issuanceDate: text.optional(),
  expirationDate: text.optional(),
  validFrom: text.optional(),
  validUntil: text.optional(),
  credentialSubject: subjects,
  credentialStatus: objects.optional(),
  proof: objects.optional(),
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

export type CredentialObject = z.output<typeof credentialObjectSchema>
