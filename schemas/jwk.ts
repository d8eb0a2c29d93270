import { z } from 'zod'

/** A public P-256 key as a JSON Web Key. @see RFC 7517, RFC 7518 section 6.2 */
export const publicKeySchema = z.strictObject({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: z.string().length(43),
  y: z.string().length(43),
})

export type PublicKey = z.output<typeof publicKeySchema>
