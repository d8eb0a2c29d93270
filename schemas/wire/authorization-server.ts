import { z } from 'zod'
import { presentationDefinitionSchema } from '../presentation-exchange.js'

const formats = z.record(z.string(), z.record(z.string(), z.array(z.string())))

/** What the node says of the authorization server of a party. @see RFC 8414 section 2 */
export const serverMetadataAnswerSchema = z
  .looseObject({
    issuer: z.string(),
    token_endpoint: z.string(),
    revocation_endpoint: z.string(),
    presentation_definition_endpoint: z.string(),
    grant_types_supported: z.array(z.string()),
    did_methods_supported: z.array(z.string()),
    dpop_signing_alg_values_supported: z.array(z.string()),
    vp_formats_supported: formats,
    vp_formats: formats,
  })
  .describe('The same for a party that exists and one that does not.')

/** What the node says of a party as client. @see RFC 7591 section 2 */
export const clientMetadataSchema = z
  .looseObject({ token_endpoint_auth_method: z.string(), grant_types: z.array(z.string()), vp_formats: formats })
  .describe('The same for a party that exists and one that does not.')

/** The query of the definition endpoint. */
export const definitionQuerySchema = z.object({
  scope: z.string(),
  wallet_owner_type: z.enum(['organization', 'service_provider']).default('organization'),
})

export const definitionAnswerSchema = presentationDefinitionSchema.describe('A presentation definition.')

/** The form of a token request, of both grants. @see Nuts RFC021 section 4; RFC 7523 */
export const tokenFormSchema = z.object({
  grant_type: z.string(),
  scope: z.string(),
  assertion: z.string().describe('a presentation of the organization, or a JSON array of them'),
  client_id: z.string().optional().describe('for `vp_token-bearer`'),
  presentation_submission: z.string().optional().describe('for `vp_token-bearer`: JSON'),
  client_assertion_type: z.string().optional().describe('for the grant of RFC 7523'),
  client_assertion: z.string().optional().describe('for the grant of RFC 7523: a presentation of the service provider'),
})

/** A token. @see RFC 6749 section 5.1 */
export const grantedTokenSchema = z
  .object({
    access_token: z.string(),
    token_type: z.enum(['Bearer', 'DPoP']),
    expires_in: z.int(),
    scope: z.string(),
  })
  .describe('A token for the scope.')

/** The form of a revocation. @see RFC 7009 section 2.1 */
export const revocationFormSchema = z.object({
  token: z.string(),
  client_id: z.string(),
  token_type_hint: z.string().optional(),
})
