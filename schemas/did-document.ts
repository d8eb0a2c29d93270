import { z } from 'zod'

/** Of any kind: a key that we cannot use does not make the others useless. */
const publicJwk = z.looseObject({
  kty: z.string().max(32),
  crv: z.string().max(32).optional(),
  x: z.string().max(256).optional(),
  y: z.string().max(256).optional(),
  n: z.string().max(2048).optional(),
  e: z.string().max(16).optional(),
})

const verificationMethod = z.looseObject({
  id: z.string().max(2048),
  type: z.string().max(128),
  controller: z.string().max(2048),
  publicKeyJwk: publicJwk.optional(),
  publicKeyMultibase: z.string().max(1024).optional(),
})

const relationship = z
  .array(z.union([z.string().max(2048), verificationMethod]))
  .max(100)
  .default([])

const service = z.looseObject({
  id: z.string().max(2048),
  type: z.union([z.string(), z.array(z.string())]),
  serviceEndpoint: z.unknown(),
})

/**
 * A DID document as others serve it. Members we do not use are ignored, as DID Core section 4 asks.
 * @see https://www.w3.org/TR/did-core/
 */
export const didDocumentSchema = z.looseObject({
  id: z.string().max(2048),
  verificationMethod: z.array(verificationMethod).max(100).default([]),
  assertionMethod: relationship,
  authentication: relationship,
  service: z.array(service).max(100).default([]),
})

export type DidDocumentData = z.output<typeof didDocumentSchema>
export type VerificationMethodData = z.output<typeof verificationMethod>
