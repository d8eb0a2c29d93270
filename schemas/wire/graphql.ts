import { z } from 'zod'

/** A request in GraphQL over HTTP, for the documentation: `sources/` checks what comes. */
export const graphqlRequestSchema = z.object({
  query: z.string().describe('One operation that the pack of the source knows.'),
  operationName: z.string().nullable().optional(),
  variables: z.record(z.string(), z.unknown()).nullable().optional(),
  extensions: z.record(z.string(), z.unknown()).nullable().optional(),
})

/** The same in the query of an address. */
export const graphqlQuerySchema = z.object({
  query: z.string().optional(),
  operationName: z.string().optional(),
  variables: z.string().optional().describe('JSON.'),
  extensions: z.string().optional().describe('JSON.'),
})

/** An answer of a source; one that is not a refusal has data. */
export const graphqlAnswerSchema = z.object({
  data: z.record(z.string(), z.unknown()).nullable().optional(),
  errors: z.array(z.looseObject({ message: z.string() })).optional(),
  extensions: z.looseObject({}).optional().describe('The rule that allowed it, where it comes from, and the trace.'),
})

/** How to get access to a source. */
export const sourceDescriptionSchema = z.object({
  source: z.string(),
  protocol: z.string(),
  authorizationServer: z.string().describe('Where to ask for a token.'),
  scopes: z.array(z.string()),
  description: z.string().optional().describe('Where the catalogue describes it.'),
})
