import { z } from 'zod'

const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']

/** The public key in a proof: of one of the two kinds that the node verifies, spelled in the one canonical way. */
const publicJwk = z
  .looseObject({
    kty: z.enum(['EC', 'OKP']),
    crv: z.enum(['P-256', 'Ed25519']),
    x: z.string().length(43),
    y: z.string().length(43).optional(),
  })
  .refine((jwk) => !privateMembers.some((member) => member in jwk), 'holds a private key')
  .refine(({ x, y }) => isCanonical(x) && (y === undefined || isCanonical(y)), 'is not base64url of 32 bytes')

function isCanonical(text: string): boolean {
  return Buffer.from(text, 'base64url').toString('base64url') === text
}

/** The header of a DPoP proof. Members that change how it must be read are refused. @see RFC 9449 section 4.2 */
export const dpopHeaderSchema = z.looseObject({
  typ: z.literal('dpop+jwt'),
  alg: z.enum(['ES256', 'EdDSA']),
  jwk: publicJwk,
  crit: z.undefined().optional(),
  b64: z.undefined().optional(),
})

/** The claims of a DPoP proof. @see RFC 9449 section 4.2; nuts-node v6: `jti` of at most 256 characters */
export const dpopClaimsSchema = z.looseObject({
  jti: z.string().min(1).max(256),
  htm: z.string().min(1).max(32),
  htu: z.string().min(1).max(2048),
  iat: z.number(),
  ath: z.string().max(64).optional(),
  nonce: z.string().max(256).optional(),
})

/** The body of `dpop/{kid}`: what to make a proof for. @see nuts-node v6 */
export const dpopRequestSchema = z.strictObject({
  htm: z.string().regex(/^[A-Z]{1,32}$/, 'an HTTP method in capitals'),
  htu: z.url({ protocol: /^https?$/ }).max(2048),
  token: z.string().min(1).max(16_384),
  nonce: z.string().min(1).max(256).optional().describe('of the resource, when it asked for one'),
})

/** What `dpop/{kid}` answers. */
export const dpopAnswerSchema = z.object({ dpop: z.string() }).describe('The proof, for one request.')

/** What `dpop/validate` answers. */
export const dpopVerdictSchema = z
  .object({ valid: z.boolean(), reason: z.string().optional() })
  .describe('Whether the proof goes with the token and the request, and if not, why.')

/** The body of `dpop/validate`. @see nuts-node v6 */
export const dpopValidateSchema = z.strictObject({
  dpop_proof: z.string().max(16_384),
  method: z.string().max(32),
  thumbprint: z.string().max(64),
  token: z.string().max(16_384),
  url: z.string().max(8192),
})
