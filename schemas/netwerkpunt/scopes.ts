import { z } from 'zod'
import { presentationDefinitionSchema } from '../presentation-exchange.js'

/** The form of `schemas/netwerkpunt/scopes.json`: what may be asked at a netwerkpunt, and what who asks must show. */
export const netwerkpuntScopesSchema = z.strictObject({
  scopes: z
    .array(
      z.strictObject({
        scope: z
          .string()
          .regex(/^[a-z]+\/\{rol\}\/[a-z]+\/[a-z]+:[a-z]+$/)
          .describe('with `{rol}` where the role of the receiving party stands'),
        title: z.string().min(1),
      }),
    )
    .min(1),
  organization: presentationDefinitionSchema.describe('presentation definition that goes with each of them'),
})
