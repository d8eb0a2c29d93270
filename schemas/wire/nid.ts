import { z } from 'zod'

/** The body of a token request as the iWlz afsprakenstelsel has it. @see iWlz RFC0014 */
export const nidRequestSchema = z.strictObject({
  grant_type: z.literal('client_credentials'),
  scope: z.string().max(4096).default(''),
  audience: z.string().max(2048).optional(),
  access_token: z.strictObject({ sub: z.string().min(1).max(64) }).optional(),
})

export type NidRequest = z.output<typeof nidRequestSchema>

/** The same in a form. */
export const nidFormSchema = nidRequestSchema
  .omit({ access_token: true })
  .extend({ 'access_token.sub': z.string().min(1).max(64).optional() })

/** The token that is given. */
export const nidAnswerSchema = z.strictObject({
  access_token: z.string(),
  token_type: z.literal('Bearer'),
  expires_in: z.int(),
  scope: z.string(),
})
