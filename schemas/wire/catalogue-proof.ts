import { z } from 'zod'

/** `typ` of the proof beside a catalogue. */
export const catalogueProofType = 'catalog-proof+jwt'
/** The longest life of a proof, in seconds. */
export const maxProofSeconds = 7 * 86_400

const seconds = z.int().min(0).max(99_999_999_999)

/** The claims of the proof beside a catalogue: which digest counts, as of when and until when. */
export const catalogueProofSchema = z.looseObject({
  iss: z.string().max(2048),
  sub: z.string().max(2048),
  iat: seconds,
  nbf: seconds,
  exp: seconds,
  seq: z.int().min(0),
  version: z.string().max(128),
  digest: z.looseObject({ alg: z.literal('rdfc-1.0+sha-256'), value: z.string().regex(/^[A-Za-z0-9_-]{43}$/) }),
})
