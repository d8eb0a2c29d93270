import { z } from 'zod'

const formats = z.record(z.string(), z.looseObject({ alg_values_supported: z.array(z.string()).optional() }))

/** Metadata of another node's authorization server: what a requester needs of it. @see RFC 8414 section 2 */
export const authorizationServerMetadataSchema = z.looseObject({
  issuer: z.string(),
  token_endpoint: z.url({ protocol: /^https?$/ }),
  presentation_definition_endpoint: z.url({ protocol: /^https?$/ }),
  did_methods_supported: z.array(z.string()).default([]),
  vp_formats_supported: formats.default({}),
})

/** A token answer. A missing `expires_in` means 15 minutes, as nuts-node v6 reads it. @see RFC 6749 section 5.1 */
export const tokenAnswerSchema = z.looseObject({
  access_token: z.string().min(1).max(16_384),
  token_type: z.string().min(1).max(32),
  expires_in: z.number().positive().default(900),
  scope: z.string().optional(),
})

/** An error answer. @see RFC 6749 section 5.2 */
export const oauthErrorSchema = z.looseObject({
  error: z.string().max(200),
  error_description: z.string().max(2000).optional(),
})

/** The body of `request-service-access-token`, as nuts-node v6 has it. */
export const serviceTokenRequestSchema = z.strictObject({
  authorization_server: z.url({ protocol: /^https?$/ }).max(2048),
  scope: z.string().min(1).max(2048),
  token_type: z.enum(['Bearer', 'DPoP', 'bearer', 'dpop']).optional(),
})

export type AuthorizationServerMetadata = z.output<typeof authorizationServerMetadataSchema>
