import { z } from 'zod'

/** A public key that the node can make, as a JSON Web Key. @see RFC 7517, RFC 7518 section 6.2, RFC 8037 section 2 */
export const publicKeySchema = z.discriminatedUnion('kty', [
  z.strictObject({
    kty: z.literal('EC'),
    crv: z.literal('P-256'),
    x: z.string().length(43),
    y: z.string().length(43),
  }),
  z.strictObject({
    kty: z.literal('OKP'),
    crv: z.literal('Ed25519'),
    x: z.string().length(43),
  }),
])

export type PublicKey = z.output<typeof publicKeySchema>
