import { z } from 'zod'

/** How a source answers over HTTP. */
export const sourceFaceFields = {
  statuses: z
    .enum(['strict', 'iwlz'])
    .default('strict')
    .describe(
      '`strict`: 403 for what the policy refuses; `iwlz`: the statuses, codes and texts of the present iWlz gateway and its decision point',
    ),
  graphql: z
    .strictObject({
      http: z
        .enum(['iwlz', 'standard'])
        .default('iwlz')
        .describe(
          '`iwlz`: POST only, and `application/graphql-response+json` unless only `application/json` is accepted (RFC0040); `standard`: `application/json` for who says nothing, and GET for queries without values',
        ),
      strictAccept: z
        .boolean()
        .default(false)
        .describe('406 for who does not accept `application/graphql-response+json`, as the iWlz handbook has it'),
      introspection: z
        .boolean()
        .default(false)
        .describe('answers questions about its schema to whom the pack lets; for development, not in strict mode'),
    })
    .prefault({}),
} as const

export type SourceFace = z.output<z.ZodObject<typeof sourceFaceFields>>
