import { z } from 'zod'

const formats = z.record(
  z.string(),
  z.looseObject({
    alg_values_supported: z.array(z.string()).optional(),
    proof_type_values_supported: z.array(z.string()).optional(),
  }),
)

/** Metadata of another node's authorization server: what a requester needs of it. @see RFC 8414 section 2 */
export const authorizationServerMetadataSchema = z.looseObject({
  issuer: z.string(),
  token_endpoint: z.url({ protocol: /^https?$/ }),
  presentation_definition_endpoint: z.url({ protocol: /^https?$/ }),
  grant_types_supported: z.array(z.string()).default([]),
  did_methods_supported: z.array(z.string()).default([]),
  vp_formats_supported: formats.default({}),
  dpop_signing_alg_values_supported: z.array(z.string()).default([]),
})

/** A token answer. A missing `expires_in` means 15 minutes, as nuts-node v6 reads it. @see RFC 6749 section 5.1 */
export const tokenAnswerSchema = z.looseObject({
  access_token: z.string().min(1).max(16_384),
  token_type: z.string().min(1).max(32),
  expires_in: z.number().positive().default(900),
  scope: z.string().optional(),
  /** Empty from a server of nuts-node v6; our own node fills it in. */
  dpop_kid: z.string().max(2048).optional(),
})

/** An error answer. @see RFC 6749 section 5.2 */
export const oauthErrorSchema = z.looseObject({
  error: z.string().max(200),
  error_description: z.string().max(2000).optional(),
})

/** A credential that the party says about itself, without issuer, subject id and proof: those are the node's. */
export const credentialDraftSchema = z.looseObject({
  '@context': z.union([z.string(), z.array(z.string()).max(10)]),
  type: z.union([z.string(), z.array(z.string()).max(2)]),
  id: z.string().min(1).max(512).optional(),
  issuanceDate: z.iso.datetime({ offset: true }).optional(),
  credentialSubject: z.looseObject({ id: z.undefined('is filled in by the node').optional() }),
  issuer: z.undefined('is filled in by the node').optional(),
  proof: z.undefined('is not accepted: the presentation is signed').optional(),
})

/** The body of `request-service-access-token`, as nuts-node v6 has it. */
export const serviceTokenRequestSchema = z.strictObject({
  authorization_server: z.url({ protocol: /^https?$/ }).max(2048),
  scope: z.string().min(1).max(2048),
  credentials: z.array(credentialDraftSchema).max(10).optional(),
  credential_selection: z.record(z.string().max(256), z.string().max(2048)).optional(),
  token_type: z.enum(['Bearer', 'DPoP', 'bearer', 'dpop']).optional(),
  service_provider_subject_id: z.string().min(1).max(64).optional(),
})

/** What `request-service-access-token` answers. */
export const serviceTokenAnswerSchema = z
  .object({
    access_token: z.string(),
    token_type: z.string().describe('`DPoP` for a token that is bound to the key `dpop_kid`, or `Bearer`'),
    expires_in: z.int().describe('in seconds'),
    expires_at: z.int().describe('in seconds since 1970'),
    scope: z.string(),
    dpop_kid: z.string().optional().describe('the key that makes the proofs that go with the token'),
  })
  .describe('A token of the other party.')

/** What introspection answers: claims of the fulfilled definitions stand beside those that are named here. */
export const introspectionAnswerSchema = z
  .looseObject({
    active: z.boolean(),
    iss: z.string().optional().describe('the authorization server that issued it'),
    client_id: z.string().optional(),
    scope: z.string().optional(),
    iat: z.int().optional(),
    exp: z.int().optional(),
    cnf: z.object({ jkt: z.string() }).optional().describe('the thumbprint of the key that it is bound to'),
  })
  .describe('What the token says; of one that does not count only `active: false`.')

/** As `introspectionAnswerSchema`, with what was asked and what was shown. */
export const extendedIntrospectionAnswerSchema = introspectionAnswerSchema.extend({
  presentation_definitions: z.record(z.string(), z.unknown()).optional().describe('by wallet owner'),
  presentation_submissions: z.record(z.string(), z.unknown()).optional().describe('by id of the definition'),
  vps: z.array(z.unknown()).optional(),
})

/** A form that holds a token. */
export const tokenOnlyFormSchema = z.looseObject({ token: z.string() })

/** What revoking says to the operator. */
export const revocationAnswerSchema = z
  .object({ revoked: z.boolean() })
  .describe('Whether the token was there; it is gone now.')

export type AuthorizationServerMetadata = z.output<typeof authorizationServerMetadataSchema>
